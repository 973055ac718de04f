"""A model's versions as tables for the page: grouped by reason, those with a risk first."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from attrs import frozen

from ...plans.packed import PackedChoices
from ...plans.retention import Action, Choice, Rule
from ..rendering import LIVE_WORDS, age_in_words, time_shown
from .columns import Columns
from .risk import NO_RISK, RISK_WORDS, rank_of, risks_of

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
    choices: Sequence[Choice]
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


class _Draft:
    """The table of the versions of one model with one action, while its choices are seen one after another.

    Only their places are kept: the rows are made from the *choices* when the page comes to them.
    """

    def __init__(self, choices: PackedChoices, newest: str) -> None:
        self._choices = choices
        self._newest = newest
        self._places: dict[tuple[int, Rule, str], array[int]] = {}
        self._first: Choice | None = None
        self._columns = Columns[Choice](
            {
                "risk": lambda choice: risks_of(choice, newest),
                "created": lambda choice: choice.version.created_at,
                "aliases": lambda choice: choice.version.aliases,
                "live": lambda choice: choice.version.is_live,
                "status": lambda choice: choice.version.status,
            }
        )

    def see(self, place: int, choice: Choice) -> None:
        """Take note of the choice at *place*."""
        self._first = self._first or choice
        self._columns.see(choice)
        rank = rank_of(risks_of(choice, self._newest))
        self._places.setdefault((rank, choice.rule, choice.reason), array("I")).append(place)

    def table(self, now: datetime) -> VersionTable | None:
        """Return the table, with the versions' ages at *now*; None if there are none."""
        if self._first is None:
            return None

        def row(choice: Choice) -> Row:
            return _row(choice, self._newest, now)

        grouped = self._grouped()
        count = sum(map(len, grouped.values()))
        columns = self._columns.differing
        if count == 1 and not risks_of(self._first, self._newest):
            columns = tuple(name for name in columns if name != "risk")
        if any(reason is None for _, reason in grouped):
            columns = (*columns, "reason")
        return VersionTable(
            count=count,
            columns=tuple((name, head) for name, head in _HEADS.items() if name in columns),
            common=tuple(_common(row(self._first), columns)),
            groups=tuple(
                Group(
                    words=KEPT_BY.get(rule, "selected, each for its own reason") if reason is None else reason,
                    rule=rule,
                    choices=self._choices.at(places),
                    row_of=row,
                )
                for (rule, reason), places in grouped.items()
            ),
        )

    def _grouped(self) -> "dict[tuple[Rule, str | None], array[int]]":
        """Return the places by rule and reason; by the rule only, with None, if few of its reasons are there twice."""
        reasons: dict[Rule, set[str]] = {}
        counts = Counter[Rule]()
        for (_, rule, reason), places in self._places.items():
            reasons.setdefault(rule, set()).add(reason)
            counts[rule] += len(places)
        differ = {rule for rule, count in counts.items() if 1 < count < 2 * len(reasons[rule])}
        grouped: dict[tuple[Rule, str | None], array[int]] = {}
        for rank in range(NO_RISK + 1):
            found: dict[tuple[Rule, str | None], array[int]] = {}
            for (its_rank, rule, reason), places in self._places.items():
                if its_rank == rank:
                    key = (rule, None if rule in differ else reason)
                    found.setdefault(key, array("I")).extend(places)
            for key, places in sorted(found.items(), key=lambda each: min(each[1])):
                grouped.setdefault(key, array("I")).extend(places if key[1] is not None else sorted(places))
        return grouped


def tables_of(choices: Sequence[Choice], now: datetime) -> tuple[VersionTable | None, VersionTable | None]:
    """Return the tables of one model's versions to delete and to keep, with their ages at *now*; None without any."""
    packed = PackedChoices.of(choices)
    newest = next((choice.ref for choice in packed), "")  # choices are newest first
    drafts: dict[Action, _Draft] = {"delete": _Draft(packed, newest), "keep": _Draft(packed, newest)}
    for place, choice in enumerate(packed):
        drafts[choice.action].see(place, choice)
    return drafts["delete"].table(now), drafts["keep"].table(now)


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
