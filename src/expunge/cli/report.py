"""`expunge report`: show what a plan would delete."""

from pathlib import Path
from typing import Annotated

import typer

from ..plans.plan import Plan
from .exit_codes import say
from .options import PlanFile
from .page.file import write_page
from .plan_table import notes_of, print_plan, summary_of


def report(
    plan_file: PlanFile,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page for a browser instead; it can be printed."),
    ] = None,
) -> None:
    """Show what a plan would delete. Nothing is sent."""
    plan = Plan.load(plan_file)
    if html is None:
        print_plan(plan)
    else:
        write_page(plan, plan_file, html)
    for line in notes_of(plan):
        say(line)
    say(summary_of(plan))
    if html is not None:
        say(f"The page is in {html}. The SHA-256 of its plan is {plan.sha256}.")
