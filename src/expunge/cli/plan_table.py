"""How a plan looks in a terminal: a table for each model, what goes first, with words beside the colours."""

import os
import sys
from typing import TextIO

from rich.text import Text

from .._answer import one_line
from ..bulk.plan import Plan, PlannedModel
from ..bulk.retention import Choice
from .rendering import LIVE_WORDS, print_rows, time_shown

_HEADS = ("plan", "version", "created", "aliases", "live", "why")
_STYLES = {"delete": "bold red", "keep": "green"}


def print_plan(plan: Plan, file: TextIO | None = None) -> None:
    """Print every version of *plan*, model by model, on stdout or *file*; in a pipe a line each."""
    file = file or sys.stdout
    for model in plan.models:
        print_rows(_HEADS, [_row(choice) for choice in model.choices], file=file, title=_title(model))


def notes_of(plan: Plan) -> list[str]:
    """Give what a person should know besides: remarks, who made it of what, and how much would go."""
    lines = [f"{model.ref}: {remark}" for model in plan.models for remark in model.remarks]
    lines += plan.remarks
    return [one_line(line, 2_000) for line in lines]


def summary_of(plan: Plan) -> str:
    """Say in one sentence how much of the plan goes, and where."""
    seen = sum(len(model.choices) for model in plan.models)
    hosts = ", ".join(sorted(set(plan.origins.values())))
    if not plan.deletions:
        return f"Nothing was selected: all {seen} versions on {hosts} stay."
    return f"{len(plan.deletions)} of {seen} versions on {hosts} would be deleted, which cannot be undone."


def _title(model: PlannedModel) -> str:
    return f"{model.ref}   {len(model.deletions)} to delete, {len(model.choices) - len(model.deletions)} to keep"


def _row(choice: Choice) -> tuple[Text, str, str, str, str, str]:
    version = choice.version
    style = "" if os.environ.get("NO_COLOR") else _STYLES[choice.action]
    aliases = one_line(", ".join(version.aliases)) or "-"
    live = LIVE_WORDS[version.is_live]
    return Text(choice.action, style=style), version.ref, time_shown(version), aliases, live, choice.reason
