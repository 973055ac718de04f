"""The request behind a plan: its selectors and limits as sentences, and as options that can be typed again."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from math import inf

from attrs import frozen

from ...plans.plan import Plan
from ...plans.policies.rule import PolicyRule
from ...plans.selection import COUNTED, SELECTORS, Selection

_PERIODS = {"keep_daily": "day", "keep_weekly": "week", "keep_monthly": "month", "keep_yearly": "year"}


@frozen(kw_only=True)
class RuleView:
    """One rule of a policy.

    Attributes:
        title: Its number, its line and its models.
        applies: Number of models in the plan that it applies to.
        asked_for: Its selectors and exceptions as sentences.
    """

    title: str
    applies: int
    asked_for: tuple[str, ...]


def asked_for(plan: Plan) -> Iterator[str]:
    """Yield the selectors, the exceptions and the limits of *plan*, each as a sentence; of a policy, the limits."""
    if plan.selection is not None:
        yield from _sentences(plan.selection, cutoff_of(plan.selection, plan))
        yield from limits_of(plan.selection)
    elif plan.policy is not None:
        yield f"The rules are those of the policy {plan.policy.name}. Its SHA-256 is {plan.policy.sha256}."
        yield "The first rule that fits a model applies to it."
        yield from _totals(plan.policy.rules[0].selection)


def rules_of(plan: Plan) -> Iterator[RuleView]:
    """Yield each rule of the policy of *plan*, if it has one."""
    for rule in plan.policy.rules if plan.policy is not None else ():
        sentences = [*_sentences(rule.selection, cutoff_of(rule.selection, plan)), *_share(rule.selection)]
        applies = sum(model.policy_rule == rule.number for model in plan.models)
        yield RuleView(title=_title(rule), applies=applies, asked_for=tuple(sentences))


def cutoff_of(selection: Selection, plan: Plan) -> datetime | None:
    """Return the time before which a version is old enough for *selection*; None without `older_than`."""
    return selection.oldest_kept(plan.created_at)


def limits_of(selection: Selection) -> Iterator[str]:
    """Yield the limits, each as a sentence."""
    yield from _totals(selection)
    yield from _share(selection)


def request_in_options(plan: Plan) -> str:
    """Return the request behind *plan* as options of the command line."""
    if plan.policy is not None:
        options = plan.policy.rules[0].selection
        return " ".join([f"--policy {shlex.quote(plan.policy.name)}", *_exceptions(options)])
    return "" if plan.selection is None else " ".join(flags_of(plan.selection))


def flags_of(selection: Selection) -> Iterator[str]:
    """Yield the same as options that can be typed again."""
    for name in (*COUNTED, "keep_within", "older_than"):
        value: int | str | None = getattr(selection, name)
        if value is not None:
            yield f"--{name.replace('_', '-')} {value}"
    if selection.named:
        yield "--from-file FILE"
    yield from (f"--match {shlex.quote(glob)}" for glob in selection.match)
    yield from (f"--protect {shlex.quote(glob)}" for glob in selection.protect)
    yield from _exceptions(selection)
    yield f"--max-delete {selection.max_delete}"
    if selection.max_percent is not None:
        yield f"--max-percent {selection.max_percent:g}"


def moment_shown(moment: datetime) -> str:
    """Return *moment*, which is in UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _title(rule: PolicyRule) -> str:
    return f"Rule {rule.number}, line {rule.line}: {', '.join(rule.models)}"


def _exceptions(selection: Selection) -> Iterator[str]:
    if selection.include_aliased:
        yield "--include-aliased"
    yield from (f"--assume-not-live {shlex.quote(glob)}" for glob in selection.assume_not_live)
    if selection.at_most is not None:
        yield f"--at-most {selection.at_most}"


def _totals(selection: Selection) -> Iterator[str]:
    if selection.at_most is not None:
        yield f"Of all that may go, delete only the oldest {selection.at_most}."
    yield f"Delete at most {selection.max_delete} in total."


def _share(selection: Selection) -> Iterator[str]:
    if selection.most_percent != inf:
        yield f"Delete at most {selection.most_percent:g}% of a model's versions."


def _sentences(selection: Selection, cutoff: datetime | None) -> Iterator[str]:
    """Yield the selectors and the exceptions, each as a sentence."""
    yield from _selectors(selection, cutoff)
    if sum(getattr(selection, name) not in (None, (), False) for name in (*SELECTORS, "named")) > 1:
        yield "Only versions that all of these select are deleted."
    if selection.protect:
        yield f"Keep versions whose number, id or alias matches {' or '.join(selection.protect)}."
    aliased = "may be deleted" if selection.include_aliased else "are kept"
    yield f"Versions with an alias {aliased}."
    for glob in selection.assume_not_live:
        yield f"In models that match {glob}, versions whose live state is not known may be deleted."


def _selectors(selection: Selection, cutoff: datetime | None) -> Iterator[str]:
    if selection.keep_last is not None:
        newest = "the newest" if selection.keep_last == 1 else f"among the newest {selection.keep_last} versions"
        yield f"Delete versions that are not {newest} of their model."
    for name, period in _PERIODS.items():
        count: int | None = getattr(selection, name)
        if count is not None:
            last = f"the last {period} that has any"
            if count > 1:
                last = f"one of the last {count} {period}s that have any"
            yield f"Delete versions that are not the newest of {last}, by {selection.timezone}."
    if selection.keep_within is not None:
        yield f"Delete versions that are older than {selection.keep_within}."
    if selection.older_than is not None and cutoff is not None:
        yield f"Delete versions older than {selection.older_than}: made before {moment_shown(cutoff)}."
    if selection.match:
        yield f"Delete versions whose number, id or alias matches {' or '.join(selection.match)}."
    if selection.named:
        yield "Delete versions that were named one by one."
