"""`expunge execute`: show a plan, ask, and delete the versions that it selected."""

import sys
from collections.abc import Iterable, Iterator

import typer

from .._client import Client
from .._facade import DEFAULT_CONCURRENCY
from ..plans.execution import MAX_AGE
from ..plans.plan import Plan
from ..providers import parse_ref
from ..types import Tombstone
from .exit_codes import fail, say
from .list_and_show import settings_for
from .options import AsJson, Concurrency, DryRun, MaxAge, MaxDelete, PlanFile, Yes
from .plan_table import notes_of, print_plan, summary_of
from .progress import Run


def execute(  # noqa: PLR0917 - the framework passes options by name
    plan_file: PlanFile,
    yes: Yes = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    max_age: MaxAge = MAX_AGE,
    max_delete: MaxDelete = None,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
) -> None:
    """Delete the versions that a plan selected, skipping any version that has changed.

    Refuses a plan that was edited, is older than a day, or was made for another host.
    """
    made = Plan.load(plan_file)
    settings = settings_for(parse_ref(model.ref) for model in made.models)
    with Client(*settings) as client:
        carry_out(
            client,
            made,
            yes=yes,
            as_json=as_json,
            dry_run=dry_run,
            max_age=max_age,
            max_delete=max_delete,
            concurrency=concurrency,
        )


def carry_out(
    client: Client,
    made: Plan,
    *,
    yes: bool,
    as_json: bool,
    dry_run: bool,
    max_age: str,
    max_delete: int | None,
    concurrency: int,
) -> None:
    """Show the plan, ask for approval, and delete the versions that it selected."""
    run = Run([choice.ref for choice in made.deletions])

    def begin(refs: Iterable[str]) -> Iterator[Tombstone]:
        return client.execute(
            made, only=refs, concurrency=concurrency, dry_run=dry_run, max_age=max_age, max_delete=max_delete
        )

    begin([])  # an unusable plan is refused before it is shown, and checked again after the approval
    if not yes:
        print_plan(made, sys.stderr)
    for line in notes_of(made):
        say(line)
    say(summary_of(made))
    if not made.deletions:
        return
    say(f"SHA-256 of the plan: {made.sha256}")  # for an approver to compare
    if dry_run:
        say("dry run: only GET requests are sent")
    elif not yes:
        _ask(len(made.deletions))
    with run:
        run.show(begin(run.feed()), as_json=as_json)
    raise typer.Exit(run.exit_code())


def _ask(count: int) -> None:
    """Have a person type the number of versions: a habit of saying yes is not enough."""
    if not sys.stdin.isatty():
        raise fail("there is no terminal to ask on, so --yes is required; nothing was deleted.")
    sys.stderr.write(f"Delete {count} version{'' if count == 1 else 's'}? Type the number of versions: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != str(count):
        raise fail("not confirmed; nothing was deleted.")
