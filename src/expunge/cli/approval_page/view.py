"""The content of the page about a plan: every number and sentence, without markup."""

from collections import Counter
from datetime import datetime
from typing import get_args

from attrs import frozen

from ...plans.age_grammar import parse_age
from ...plans.execution import MAX_AGE
from ...plans.plan import Plan
from ...plans.planned_model import PlannedModel
from ...plans.retention import Rule
from ...providers import parse_ref
from ..plans.table import remark_of, rule_of
from .request import RuleView, asked_for, cutoff_of, moment_shown, request_in_options, rules_of
from .risk import ModelRisks, RiskView, risk_views, risks_in
from .timeline import Timeline, timeline_of
from .version_table import KEPT_BY, VersionTable, tables_of

_LEAST = 1
"""Smallest part of a bar that stands for anything at all."""


@frozen(kw_only=True)
class ModelParts:
    """The drawing and the tables of one model's versions.

    Attributes:
        timeline: Its versions by creation time, or None.
        to_delete: The table of the versions to delete, or None.
        to_keep: The table of the versions to keep, or None.
    """

    timeline: Timeline | None
    to_delete: VersionTable | None
    to_keep: VersionTable | None


@frozen(kw_only=True)
class ModelView:
    """One model's part of the page.

    Attributes:
        anchor: The name of its part, for links.
        ref: The model.
        host: The host that it was read from.
        rule: The rule of the policy that applies to it, in words; empty without a policy.
        cutoff: The time before which its versions are old enough; None without `older_than`.
        goes: Number of versions to delete.
        stays: Number of versions to keep.
        remarks: Remarks on the model.
        model: The model in the plan.
        cutoff_time: The same as *cutoff*, as a time.
        now: The time of the plan.

    The drawing and the tables are made when the page comes to them, and forgotten: a plan may have many models.
    """

    anchor: str
    ref: str
    host: str
    rule: str
    cutoff: str | None
    goes: int
    stays: int
    remarks: tuple[str, ...]
    model: PlannedModel
    cutoff_time: datetime | None
    now: datetime

    @property
    def share(self) -> float:
        """Part of its versions to delete, of 100."""
        return _share(self.goes, self.stays)

    @property
    def parts(self) -> ModelParts:
        """The drawing and the tables of its versions."""
        to_delete, to_keep = tables_of(self.model.choices, self.now)
        timeline = timeline_of(self.ref, self.model.choices, self.cutoff_time)
        return ModelParts(timeline=timeline, to_delete=to_delete, to_keep=to_keep)


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
        risks: Each risk with the versions to delete that have it.
        models: Each model that was read, the most dangerous deletions first.
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
    risks: tuple[RiskView, ...]
    models: tuple[ModelView, ...]


def view_of(plan: Plan) -> PageView:
    """Return the content of the page about *plan*; it depends only on the plan."""
    goes = len(plan.deletions)
    seen = sum(len(model.choices) for model in plan.models)
    kept: Counter[Rule] = Counter()
    found: list[tuple[PlannedModel, ModelRisks]] = []
    for model in plan.models:
        choices = tuple(model.choices)
        kept.update(choice.rule for choice in choices if choice.action == "keep")
        found.append((model, risks_in(choices)))
    found.sort(key=lambda each: each[1].rank)
    placed = [(f"model-{n}", model, risks) for n, (model, risks) in enumerate(found, 1)]
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
        kept_by=tuple((rule, KEPT_BY[rule], kept[rule]) for rule in get_args(Rule) if kept[rule]),
        remarks=tuple(map(remark_of, plan.remarks)),
        risks=risk_views((anchor, risks) for anchor, _, risks in placed),
        models=tuple(_model(plan, model, anchor) for anchor, model, _ in placed),
    )


def counted(number: int) -> str:
    """Return *number* with its noun."""
    return f"{number} version{'' if number == 1 else 's'}"


def _model(plan: Plan, model: PlannedModel, anchor: str) -> ModelView:
    cutoff = cutoff_of(plan.selection_of(model), plan)
    goes = len(model.deletions)
    return ModelView(
        anchor=anchor,
        ref=model.ref,
        host=plan.origins[parse_ref(model.ref).provider],
        rule=rule_of(plan, model),
        cutoff=None if cutoff is None else moment_shown(cutoff),
        goes=goes,
        stays=len(model.choices) - goes,
        remarks=tuple(map(remark_of, model.remarks)),
        model=model,
        cutoff_time=cutoff,
        now=plan.created_at,
    )


def _share(goes: int, stays: int) -> float:
    """Return the part of *goes*, of 100; a single version among a million is drawn, too."""
    if not goes or not stays:
        return 100 if goes else 0
    return round(min(max(100 * goes / (goes + stays), _LEAST), 100 - _LEAST), 1)


def _with_profile(provider: str, profile: str | None) -> str:
    return provider if profile is None else f"{provider}, profile {profile}"
