"""A model's versions as tables for the page: grouped by reason, those with a risk first."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from attrs import frozen

from ...plans.retention import Action, Choice, Rule
from ..rendering import LIVE_WORDS, age_in_words, time_shown
from .columns import differing
from .risk import RISK_WORDS, rank_of, risks_of

KEPT_BY: dict[Rule, str] = {
    "keep_last": "among the newest versions, which are kept",
    "keep_daily": "the newest of a day",
    "keep_weekly": "the newest of a week",
    "keep_monthly": "the newest of a month",
    "keep_yearly": "the newest of a year",
    "keep_within": "young enough to be kept, or of unknown age",
    "older_than": "not old enough, or of unknown age",
    "match": "not selected by name",
    "named": "not named",
    "undated": "without a plausible creation time",
    "protected": "protected",
    "live": "live now",
    "live_unknown": "perhaps live: the live state could not be read",
    "aliased": "with an alias",
    "alias_unknown": "perhaps with an alias: the aliases could not be read",
    "last_version": "the newest of a model that would be emptied",
    "at_most": "not among the oldest, which go first",
}
"""Each rule that keeps a version, in a few words."""

_HEADS = {
    "risk": "Risk",
    "created": "Created",
    "aliases": "Aliases",
    "live": "Live",
    "status": "Status",
    "reason": "Why",
}
"""The columns after that of the reference, in their order."""


@frozen(kw_only=True)
class Row:
    """One version in a table."""

    ref: str
    identity: str | None
    risk: str
    created: str
    age: str
    aliases: tuple[str, ...]
    live: str
    status: str
    reason: str


@frozen(kw_only=True)
class Group:
    """The versions with one reason, or with one rule that gives nearly each of them another reason.

    Attributes:
        words: The reason.
        rule: The rule behind it.
        choices: The versions.
        row_of: Makes the row of one of them.
    """

    words: str
    rule: Rule
    choices: tuple[Choice, ...]
    row_of: Callable[[Choice], Row]

    @property
    def count(self) -> int:
        """Number of versions."""
        return len(self.choices)

    @property
    def rows(self) -> Iterator[Row]:
        """The versions, which are made one at a time: a table may be long."""
        return map(self.row_of, self.choices)


@frozen(kw_only=True)
class VersionTable:
    """The versions of one model to delete, or to keep.

    Attributes:
        count: Number of versions.
        columns: The columns after that of the reference, each with its head.
        common: The other columns, each with what it would say in every row.
        groups: The versions by reason.
    """

    count: int
    columns: tuple[tuple[str, str], ...]
    common: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]


def table_of(model: Sequence[Choice], action: Action, now: datetime) -> VersionTable | None:
    """Return the table of the versions of a *model* with *action*, with their ages at *now*; None if there are none."""
    choices = [choice for choice in model if choice.action == action]
    if not choices:
        return None
    newest = model[0].ref  # choices are newest first

    def row(choice: Choice) -> Row:
        return _row(choice, newest, now)

    def rank(choice: Choice) -> int:
        return rank_of(risks_of(choice, newest))

    grouped = _grouped(sorted(choices, key=rank))
    columns = differing(
        choices,
        {
            "risk": lambda choice: risks_of(choice, newest),
            "created": lambda choice: choice.version.created_at,
            "aliases": lambda choice: choice.version.aliases,
            "live": lambda choice: choice.version.is_live,
            "status": lambda choice: choice.version.status,
        },
    )
    if len(choices) == 1 and not risks_of(choices[0], newest):
        columns = tuple(name for name in columns if name != "risk")
    if any(reason is None for _, reason in grouped):
        columns = (*columns, "reason")
    return VersionTable(
        count=len(choices),
        columns=tuple((name, head) for name, head in _HEADS.items() if name in columns),
        common=tuple(_common(row(choices[0]), columns)),
        groups=tuple(
            Group(
                words=KEPT_BY.get(rule, "selected, each for its own reason") if reason is None else reason,
                rule=rule,
                choices=tuple(found),
                row_of=row,
            )
            for (rule, reason), found in grouped.items()
        ),
    )


def _grouped(choices: list[Choice]) -> dict[tuple[Rule, str | None], list[Choice]]:
    """Return *choices* by rule and reason; by the rule only, with None, if hardly any of its reasons is there twice."""
    by_rule: dict[Rule, list[Choice]] = {}
    for choice in choices:
        by_rule.setdefault(choice.rule, []).append(choice)
    differ = {rule for rule, found in by_rule.items() if 1 < len(found) < 2 * len({each.reason for each in found})}
    grouped: dict[tuple[Rule, str | None], list[Choice]] = {}
    for choice in choices:
        grouped.setdefault((choice.rule, None if choice.rule in differ else choice.reason), []).append(choice)
    return grouped


def _common(row: Row, columns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    texts = {
        "risk": row.risk,
        "created": f"{row.created}, {row.age}" if row.age else row.created,
        "aliases": ", ".join(row.aliases) or "none",
        "live": row.live,
        "status": row.status,
    }
    yield from ((_HEADS[name], text) for name, text in texts.items() if name not in columns and text != "-")


def _row(choice: Choice, newest: str, now: datetime) -> Row:
    version = choice.version
    return Row(
        ref=version.ref,
        identity=choice.identity,
        risk=", ".join(RISK_WORDS[risk] for risk in risks_of(choice, newest)) or "-",
        created=time_shown(version),
        age=age_in_words(now - version.created_at) if version.created_at else "",
        aliases=version.aliases,
        live=LIVE_WORDS[version.is_live],
        status=version.status or "not known",
        reason=choice.reason,
    )
