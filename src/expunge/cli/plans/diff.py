"""`expunge diff`: show the versions that two plans decide on in another way."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...plans.difference import Decision, Difference, difference
from ...plans.plan import Plan
from ..approval_page.markdown import counts_of, difference_as_markdown
from ..exit_codes import fail, say
from ..options import AsJson, AsMarkdown
from ..rendering import print_rows

OldPlan = Annotated[Path, typer.Argument(metavar="OLD_PLAN", help="The plan to compare with.")]
NewPlan = Annotated[Path, typer.Argument(metavar="NEW_PLAN", help="The plan that follows it.")]


def diff(old_plan: OldPlan, new_plan: NewPlan, as_json: AsJson = False, as_markdown: AsMarkdown = False) -> None:
    """Show the versions that would newly go, would no longer go, are gone, or have another reason. Nothing is sent."""
    if as_json and as_markdown:
        raise fail("use --json or --markdown, not both.")
    old, new = Plan.load(old_plan), Plan.load(new_plan)
    found = difference(old, new)
    if as_json:
        sys.stdout.writelines(_as_json(found))
    elif as_markdown:
        sys.stdout.writelines(difference_as_markdown(found))
    elif any(map(len, (changes for _, changes in found.lists()))):
        rows = (
            (name, change.ref, _reason(change.before), _reason(change.after))
            for name, changes in found.lists()
            for change in changes
        )
        print_rows(("change", "version", "before", "now"), rows)
    for provider, origin in new.origins.items():
        if old.origins.get(provider, origin) != origin:
            say(f"The plans were made for different hosts of {provider}: {old.origins[provider]} and {origin}.")
    say(f"{counts_of(found)}.")


def _as_json(found: Difference) -> Iterator[str]:
    """Yield the lists of references as one object on a line, in pieces."""
    mark = "{"
    for name, changes in found.lists():
        yield f"{mark}{json.dumps(name)}: ["
        yield from (f"{', ' if number else ''}{json.dumps(change.ref)}" for number, change in enumerate(changes))
        mark = "], "
    yield "]}\n"


def _reason(decision: Decision | None) -> str:
    return "-" if decision is None else decision.reason
