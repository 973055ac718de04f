"""The rules and guard rails that a policy applies to one version, and the opinion of each."""

from collections.abc import Iterator, Mapping, Sequence
from math import isinf
from typing import Final, Literal

from attrs import frozen

from ...refs import Reference
from ...types import Version
from ..retention import Choice, Rule, why_selected
from ..selection import Selection
from .policy import Policy

Opinion = Literal["keeps", "selects", "fits", "does not fit"]
"""The opinion of a rule: a rule of the policy fits a model, and selectors and guard rails judge a version."""

_GUARDS: Final[Mapping[Rule, str]] = {
    "undated": "Its creation time is plausible, or its provider gives none.",
    "protected": "No glob of protect matches it.",
    "live": "It is not known to be live.",
    "live_unknown": "Its live state leaves no doubt, or the doubt was waived.",
    "aliased": "It has no alias, or versions with an alias may go.",
    "alias_unknown": "Its aliases could be read.",
    "last_version": "Another version of its model is kept.",
}
"""The guard rails in their order, with a sentence about a version that they do not keep."""


@frozen(kw_only=True)
class Verdict:
    """The opinion of one rule or guard rail.

    Attributes:
        rule: A rule of the policy as `rule 1`, or a selector or guard rail by its name in plans.
        line: The line of the policy's rule that it is, or that has it; None for a guard rail.
        opinion: Its opinion.
        reason: The reason as a sentence.
    """

    rule: str
    line: int | None
    opinion: Opinion
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return the fields as JSON has them."""
        return {"rule": self.rule, "line": self.line, "verdict": self.opinion, "reason": self.reason}


@frozen(kw_only=True)
class Explanation:
    """All that a policy says about one version.

    Attributes:
        ref: Canonical text of the version.
        verdicts: Each rule of the policy, then each selector of the rule that applies, then each guard rail.
        limits: Each limit of the policy: a plan that exceeds one is not made. Empty if no rule fits.
        choice: The decision; None if no rule fits, so that the model is not touched.
    """

    ref: str
    verdicts: tuple[Verdict, ...]
    choice: Choice | None
    limits: tuple[Verdict, ...] = ()

    @property
    def decision(self) -> str:
        """Return `delete`, `keep`, or `not touched`."""
        return "not touched" if self.choice is None else self.choice.action

    @property
    def reason(self) -> str:
        """Return the reason for the decision as a sentence."""
        return "No rule of the policy fits its model." if self.choice is None else self.choice.reason

    def to_dict(self) -> dict[str, object]:
        """Return the decision as JSON has it."""
        rule = None if self.choice is None else self.choice.rule
        return {"ref": self.ref, "decision": self.decision, "rule": rule, "reason": self.reason}


def fitting(policy: Policy, model: Reference) -> Iterator[Verdict]:
    """Yield whether each rule of *policy* fits *model*, and is the first one that does."""
    first = policy.rule_of(model)
    for rule in policy.rules:
        reason = f"Its models are {', '.join(rule.models)}."
        if first is not None and rule.number > first.number and rule.fits(model):
            reason = f"Rule {first.number} fits first."
        yield Verdict(
            rule=f"rule {rule.number}",
            line=rule.line,
            opinion="fits" if rule is first else "does not fit",
            reason=reason,
        )


def limiting(choices: Sequence[Choice], selection: Selection) -> Iterator[Verdict]:
    """Yield whether each limit of *selection* allows the *choices* on one model."""
    going = sum(choice.action == "delete" for choice in choices)
    # Rounded up, as a limit would have to be.
    percent = -(-100 * going // len(choices))
    allowed = f"It is {selection.max_delete} for the complete plan; {going} would go of this model."
    yield _limit("max_delete", going > selection.max_delete, allowed)
    share = f"It is {selection.most_percent:g}%, and this would delete {percent}% of the model."
    if isinf(selection.most_percent):
        share = "It does not apply, as the rule keeps a number of versions."
    yield _limit("max_percent", 100 * going > selection.most_percent * len(choices), share)


def _limit(name: str, is_exceeded: bool, reason: str) -> Verdict:
    return Verdict(
        rule=name,
        line=None,
        opinion="keeps" if is_exceeded else "does not fit",
        reason=f"{reason} No plan is made." if is_exceeded else reason,
    )


def judging(
    version: Version, selection: Selection, line: int | None, objections: Mapping[Rule, str], choice: Choice
) -> Iterator[Verdict]:
    """Yield the opinion of each selector of *selection*, which is on *line*, and of each guard rail about *version*.

    *objections* are the rules that keep it, with their reasons, and *choice* is the decision.
    """
    for rule, clause in why_selected(version, selection):
        reason = objections.get(rule)
        yield Verdict(
            rule=rule,
            line=line,
            opinion="selects" if reason is None else "keeps",
            reason=f"{clause[0].upper()}{clause[1:]}." if reason is None else reason,
        )
    kept = dict(objections)
    if choice.rule == "last_version":
        kept["last_version"] = choice.reason
    for rule, sentence in _GUARDS.items():
        reason = kept.get(rule)
        yield Verdict(
            rule=rule,
            line=None,
            opinion="does not fit" if reason is None else "keeps",
            reason=sentence if reason is None else reason,
        )
