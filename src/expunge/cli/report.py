"""`expunge report`: what a plan would remove, for those who look at it."""

from pathlib import Path
from typing import Annotated

import typer

from ..bulk.plan import Plan
from .endings import say
from .plan_table import notes_of, print_plan, summary_of


def report(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="What expunge plan has written.")],
) -> None:
    """Show what a plan would remove. Nothing is sent."""
    plan = Plan.load(plan_file)
    print_plan(plan)
    for line in notes_of(plan):
        say(line)
    say(summary_of(plan))
