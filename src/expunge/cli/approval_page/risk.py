"""The risks of a plan: the versions to delete that a person should look at first."""

from collections.abc import Iterable
from typing import Literal, get_args

from attrs import frozen

from ...plans.plan import PlannedModel
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


def risks_of(choice: Choice, model: PlannedModel) -> tuple[Risk, ...]:
    """Return the risks of *choice*, which is a version of *model*, the most dangerous one first."""
    if choice.action == "keep":
        return ()
    is_there: dict[Risk, bool] = {
        "live": choice.version.is_live is True,
        "aliased": bool(choice.version.aliases),
        "newest": choice is model.choices[0],  # choices are newest first
        "live_unknown": choice.version.is_live is None,
    }
    return tuple(risk for risk in get_args(Risk) if is_there[risk])


def rank_of(risks: tuple[Risk, ...]) -> int:
    """Return the place of the first of *risks* among all risks: the lowest is the most dangerous."""
    return get_args(Risk).index(risks[0]) if risks else NO_RISK


def rank_of_model(model: PlannedModel) -> int:
    """Return the rank of the most dangerous deletion of *model*; a model without deletions has the last one."""
    return min((rank_of(risks_of(choice, model)) for choice in model.deletions), default=NO_RISK + 1)


def risk_views(models: Iterable[tuple[str, PlannedModel]]) -> tuple[RiskView, ...]:
    """Return each risk with its versions; *models* come with the names of their places on the page."""
    counts: dict[Risk, int] = dict.fromkeys(RISK_WORDS, 0)
    named: dict[Risk, list[RiskyVersion]] = {risk: [] for risk in RISK_WORDS}
    for anchor, model in models:
        for choice in model.deletions:
            for risk in risks_of(choice, model):
                counts[risk] += 1
                if len(named[risk]) < _MOST_NAMED:
                    aliases = choice.version.aliases if risk == "aliased" else ()
                    named[risk].append(RiskyVersion(ref=choice.ref, anchor=anchor, aliases=aliases))
    return tuple(
        RiskView(words=words, count=counts[risk], named=tuple(named[risk])) for risk, words in RISK_WORDS.items()
    )
