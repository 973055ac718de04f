"""The content of the page about a plan: every number and sentence, without markup."""

from collections import Counter
from typing import get_args

from attrs import frozen

from ...plans.age_grammar import parse_age
from ...plans.execution import MAX_AGE
from ...plans.plan import Plan, PlannedModel
from ...plans.retention import Choice, Rule
from ...providers import parse_ref
from ..plans.table import remark_of, rule_of
from ..rendering import LIVE_WORDS, time_shown
from .request import RuleView, asked_for, cutoff_of, moment_shown, request_in_options, rules_of
from .timeline import Timeline, timeline_of

_KEPT_BY: dict[Rule, str] = {
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


@frozen(kw_only=True)
class Row:
    """One version in a table."""

    ref: str
    identity: str | None
    created: str
    aliases: tuple[str, ...]
    live: str
    status: str
    rule: str
    reason: str


@frozen(kw_only=True)
class ModelView:
    """One model's part of the page.

    Attributes:
        anchor: The name of its part, for links.
        ref: The model.
        host: The host that it was read from.
        rule: The rule of the policy that applies to it, in words; empty without a policy.
        cutoff: The time before which its versions are old enough; None without `older_than`.
        goes: Versions to delete.
        stays: Versions to keep.
        remarks: Remarks on the model.
        timeline: Its versions by creation time, or None.
    """

    anchor: str
    ref: str
    host: str
    rule: str
    cutoff: str | None
    goes: tuple[Row, ...]
    stays: tuple[Row, ...]
    remarks: tuple[str, ...]
    timeline: Timeline | None


@frozen(kw_only=True)
class PageView:
    """The complete page.

    Attributes:
        title: The number of deletions, in a line.
        goes: Number of versions to delete.
        stays: Number of versions to keep.
        hosts: Each host with its provider.
        created_by: The user and the machine that made the plan.
        created: Its creation time.
        tool: The program that made it.
        executable_until: Time at which `execute` begins to refuse it for its age.
        max_age: That age, as the command line writes it.
        sha256: The plan's own hash.
        asked_for: The selectors and limits as sentences; for a policy, its name and the limits.
        rules: Each rule of the policy, if there is one.
        untouched: Models that no rule fits.
        flags: The same as options of the command line.
        kept_by: Each rule that keeps versions, in words, with their number.
        remarks: Remarks on the complete plan.
        models: Each model that was read.
    """

    title: str
    goes: int
    stays: int
    hosts: tuple[tuple[str, str], ...]
    created_by: str
    created: str
    tool: str
    executable_until: str
    max_age: str
    sha256: str
    asked_for: tuple[str, ...]
    rules: tuple[RuleView, ...]
    untouched: tuple[str, ...]
    flags: str
    kept_by: tuple[tuple[str, str, int], ...]
    remarks: tuple[str, ...]
    models: tuple[ModelView, ...]


def view_of(plan: Plan) -> PageView:
    """Return the content of the page about *plan*; it depends only on the plan."""
    goes = len(plan.deletions)
    seen = sum(len(model.choices) for model in plan.models)
    kept = Counter(choice.rule for model in plan.models for choice in model.choices if choice.action == "keep")
    return PageView(
        title=f"{goes} of {counted(seen)} would be deleted" if goes else "Nothing would be deleted",
        goes=goes,
        stays=seen - goes,
        hosts=tuple((_with_profile(name, plan.profile), host) for name, host in sorted(plan.origins.items())),
        created_by=plan.created_by,
        created=moment_shown(plan.created_at),
        tool=plan.tool,
        executable_until=moment_shown(plan.created_at + parse_age(MAX_AGE)),
        max_age=MAX_AGE,
        sha256=plan.sha256,
        asked_for=tuple(asked_for(plan)),
        rules=tuple(rules_of(plan)),
        untouched=plan.untouched,
        flags=request_in_options(plan),
        kept_by=tuple((rule, _KEPT_BY[rule], kept[rule]) for rule in get_args(Rule) if kept[rule]),
        remarks=tuple(map(remark_of, plan.remarks)),
        models=tuple(_model(plan, model, number) for number, model in enumerate(plan.models, 1)),
    )


def counted(number: int) -> str:
    """Return *number* with its noun."""
    return f"{number} version{'' if number == 1 else 's'}"


def _model(plan: Plan, model: PlannedModel, number: int) -> ModelView:
    cutoff = cutoff_of(plan.selection_of(model), plan)
    return ModelView(
        anchor=f"model-{number}",
        ref=model.ref,
        host=plan.origins[parse_ref(model.ref).provider],
        rule=rule_of(plan, model),
        cutoff=None if cutoff is None else moment_shown(cutoff),
        goes=tuple(_row(choice) for choice in model.deletions),
        stays=tuple(_row(choice) for choice in model.choices if choice.action == "keep"),
        remarks=tuple(map(remark_of, model.remarks)),
        timeline=timeline_of(model, cutoff),
    )


def _row(choice: Choice) -> Row:
    version = choice.version
    return Row(
        ref=version.ref,
        identity=choice.identity,
        created=time_shown(version),
        aliases=version.aliases,
        live=LIVE_WORDS[version.is_live],
        status=version.status or "not known",
        rule=choice.rule,
        reason=choice.reason,
    )


def _with_profile(provider: str, profile: str | None) -> str:
    return provider if profile is None else f"{provider}, profile {profile}"
