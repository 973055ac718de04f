"""The risks of a plan: the versions to delete that a person should look at first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from attrs import field, frozen

from ...plans.retention import Choice

Risk = Literal["live", "aliased", "newest", "live_unknown"]
"""A reason to look at a deletion twice; the most dangerous one is first."""

RISK_WORDS: dict[Risk, str] = {
    "live": "live now",
    "aliased": "with an alias",
    "newest": "the newest of its model",
    "live_unknown": "live state not known",
}
"""Each risk in a few words."""

NO_RISK = len(get_args(Risk))
"""The rank of a version without a risk."""

_MOST_NAMED = 10
"""Versions with one risk that are named one by one."""


@frozen(kw_only=True)
class RiskyVersion:
    """A version to delete, with the place of its model on the page."""

    ref: str
    anchor: str
    aliases: tuple[str, ...]


@frozen(kw_only=True)
class RiskView:
    """The versions to delete that have one risk.

    Attributes:
        words: The risk.
        count: Number of these versions.
        named: The first of them.
    """

    words: str
    count: int
    named: tuple[RiskyVersion, ...]


@frozen
class ModelRisks:
    """The risks of one model's deletions.

    Attributes:
        rank: The rank of the most dangerous deletion; that of a model without deletions is the last one.
        counts: Number of versions by risk.
        named: The first versions with each risk: reference and aliases.
    """

    rank: int
    counts: Mapping[Risk, int] = field(factory=dict[Risk, int])
    named: Mapping[Risk, list[tuple[str, tuple[str, ...]]]] = field(
        factory=dict[Risk, list[tuple[str, tuple[str, ...]]]]
    )


def risks_of(choice: Choice, newest: str) -> tuple[Risk, ...]:
    """Return the risks of *choice*, the most dangerous one first; *newest* is the newest version of its model."""
    if choice.action == "keep":
        return ()
    is_there: dict[Risk, bool] = {
        "live": choice.version.is_live is True,
        "aliased": bool(choice.version.aliases),
        "newest": choice.ref == newest,
        "live_unknown": choice.version.is_live is None,
    }
    return tuple(risk for risk in get_args(Risk) if is_there[risk])


def rank_of(risks: tuple[Risk, ...]) -> int:
    """Return the place of the first of *risks* among all risks: the lowest is the most dangerous."""
    return get_args(Risk).index(risks[0]) if risks else NO_RISK


def risks_in(choices: Sequence[Choice]) -> ModelRisks:
    """Return the risks of the deletions among *choices*: those of one model, newest first."""
    rank = NO_RISK + 1
    counts: dict[Risk, int] = {}
    named: dict[Risk, list[tuple[str, tuple[str, ...]]]] = {}
    for choice in choices:
        if choice.action == "delete":
            risks = risks_of(choice, choices[0].ref)
            rank = min(rank, rank_of(risks))
            for risk in risks:
                counts[risk] = counts.get(risk, 0) + 1
                first = named.setdefault(risk, [])
                if len(first) < _MOST_NAMED:
                    first.append((choice.ref, choice.version.aliases if risk == "aliased" else ()))
    return ModelRisks(rank, counts, named)


def risk_views(models: Iterable[tuple[str, ModelRisks]]) -> tuple[RiskView, ...]:
    """Return each risk with its versions; the risks of each model come with the name of its place on the page."""
    counts: dict[Risk, int] = dict.fromkeys(RISK_WORDS, 0)
    named: dict[Risk, list[RiskyVersion]] = {risk: [] for risk in RISK_WORDS}
    for anchor, found in models:
        for risk, count in found.counts.items():
            counts[risk] += count
            for ref, aliases in found.named[risk][: _MOST_NAMED - len(named[risk])]:
                named[risk].append(RiskyVersion(ref=ref, anchor=anchor, aliases=aliases))
    return tuple(
        RiskView(words=words, count=counts[risk], named=tuple(named[risk])) for risk, words in RISK_WORDS.items()
    )
