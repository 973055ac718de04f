"""A plan in a terminal: a table for each model, deletions first, with words beside the colours."""

import os
import sys
from typing import TextIO

from attrs import fields

from ..._text import one_line
from ...plans.plan import Plan
from ...plans.planned_model import PlannedModel
from ...plans.retention import Choice
from ...plans.selection import Selection, name_of
from ..options import as_options
from ..rendering import LIVE_WORDS, NO_VERSIONS, Styled, age_shown, print_json, print_rows, time_shown

_HEADS = ("plan", "version", "created", "aliases", "live", "why")
_HEADS_OF_POLICIES = ("plan", "version", "created", "aliases", "live", "rule", "why")
_MOST_KEPT = 200
"""Kept versions of one model that a terminal shows: nobody reads more."""
_MOST_NAMED = 3
"""Models with the same remark that are named one by one."""
_STYLES = {"delete": "bold red", "keep": "green"}


def print_plan(plan: Plan, file: TextIO | None = None) -> None:
    """Print the versions of *plan*, model by model, on stdout or *file*; a pipe gets all of them, one per line."""
    target = file or sys.stdout
    for model in plan.models:
        if not target.isatty():
            heads = _HEADS if model.policy_rule is None else _HEADS_OF_POLICIES
            rule = () if model.policy_rule is None else (rule_of(plan, model),)
            print_rows(heads, (_row(choice, choice.ref, *rule) for choice in model.choices), file=target)
            continue
        shown, left_out = _shown(model)
        rows = [
            _row(choice, name_of(choice.version), made=age_shown(choice.version, plan.created_at)) for choice in shown
        ]
        print_rows(_HEADS, rows, file=target, title=_title(model, plan))
        if left_out:
            target.write(f"… and {left_out} more to keep; the plan's file lists all of them.\n")


def print_plan_as_json(plan: Plan) -> None:
    """Print each version of *plan* as a line of JSON, and each model that is not touched."""
    for model in plan.models:
        for choice in model.choices:
            decision = {"action": choice.action, "rule": choice.rule, "reason": choice.reason}
            print_json(choice.version.to_dict() | {"model": model.ref, "policy_rule": model.policy_rule} | decision)
    for ref in plan.untouched:
        print_json({"model": ref, "policy_rule": None, "ref": None, "action": "not touched"})


def rule_of(plan: Plan, model: PlannedModel) -> str:
    """Return the rule of the policy that applies to *model*, with its line; empty without a policy."""
    if plan.policy is None or model.policy_rule is None:
        return ""
    return f"rule {model.policy_rule}, line {plan.policy.rules[model.policy_rule - 1].line}"


def notes_of(plan: Plan) -> list[str]:
    """Return the remarks on *plan* and on its models, a line each; a remark on many models is one line."""
    named: dict[str, list[str]] = {}
    for model in plan.models:
        for remark in model.remarks:
            named.setdefault(remark, []).append(model.ref)
    lines = [f"{_names(refs)}: {remark_of(remark)}" for remark, refs in named.items()]
    lines += map(remark_of, plan.remarks)
    lines += (NO_VERSIONS.format(model.ref) for model in plan.models if not model.choices)
    if plan.untouched:
        lines.append(f"Not touched, as no rule of the policy fits: {', '.join(plan.untouched)}.")
    return [one_line(line, 2_000) for line in lines]


def _names(refs: list[str]) -> str:
    """Return the models' names to show: all of a few, else the first one and the number of the others."""
    return ", ".join(refs) if len(refs) <= _MOST_NAMED else f"{refs[0]} and {len(refs) - 1} other models"


def remark_of(remark: str) -> str:
    """Return a plan's *remark* in the command line's words."""
    return as_options(remark, (field.name for field in fields(Selection) if field.name not in {"timezone", "named"}))


def summary_of(plan: Plan) -> str:
    """Return a sentence with the number of deletions and the hosts."""
    seen = sum(len(model.choices) for model in plan.models)
    hosts = one_line(", ".join(sorted(set(plan.origins.values()))))
    hosts += f" (profile {plan.profile})" if plan.profile else ""
    if not plan.deletions:
        return f"Nothing was selected: all {seen} versions on {hosts} are kept."
    return f"{len(plan.deletions)} of {seen} versions on {hosts} would be deleted, which cannot be undone."


def _shown(model: PlannedModel) -> tuple[list[Choice], int]:
    """Return the choices to show, including all deletions, and the number of kept versions that are left out."""
    kept = [choice.ref for choice in model.choices if choice.action == "keep"]
    left_out = set(kept[_MOST_KEPT:])
    return [choice for choice in model.choices if choice.ref not in left_out], len(left_out)


def _title(model: PlannedModel, plan: Plan) -> str:
    going, origin = len(model.deletions), one_line(plan.origins[model.ref.partition(":")[0]])
    by = f", by {rule}" if (rule := rule_of(plan, model)) else ""
    return f"{model.ref} on {origin}: {going} to delete, {len(model.choices) - going} to keep{by}"


def _row(choice: Choice, name: str, *rule: str, made: str | None = None) -> tuple[Styled | str, ...]:
    version = choice.version
    style = "" if os.environ.get("NO_COLOR") else _STYLES[choice.action]
    aliases = one_line(", ".join(version.aliases)) or "-"
    live = LIVE_WORDS[version.is_live]
    return (
        Styled(choice.action, style),
        name,
        time_shown(version) if made is None else made,
        aliases,
        live,
        *rule,
        choice.reason,
    )
