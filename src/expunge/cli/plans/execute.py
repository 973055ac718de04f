"""`expunge execute`: show a plan, ask, and delete the versions that it selected."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import typer

from ..._client import Client
from ..._facade import DEFAULT_CONCURRENCY
from ..._provider_access import limits_of
from ...plans.execution import MAX_AGE
from ...plans.plan import Plan
from ...providers import parse_ref
from ...types import Tombstone
from ..exit_codes import fail, say
from ..journal.place import journal_for
from ..list_and_show import settings_for
from ..options import (
    AsJson,
    Concurrency,
    DryRun,
    FailedTo,
    FailFast,
    JournalFile,
    MaxAge,
    MaxDelete,
    MissingOk,
    PlanFile,
    Timeout,
    Wait,
    Yes,
)
from ..profiles.active import require_profile_of
from ..run.outcomes import replanning
from ..run.run import Run
from .table import notes_of, print_plan, summary_of


def execute(  # noqa: PLR0917 - the framework passes options by name
    plan_file: PlanFile,
    yes: Yes = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    max_age: MaxAge = MAX_AGE,
    max_delete: MaxDelete = None,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
    wait: Wait = False,
    timeout: Timeout = 300.0,
    missing_ok: MissingOk = False,
    journal: JournalFile = None,
    failed_to: FailedTo = None,
    fail_fast: FailFast = False,
) -> None:
    """Delete the versions that a plan selected, skipping any version that has changed.

    Refuses a plan that was edited, is older than a day, or was made for another host.
    """
    made = Plan.load(plan_file)
    require_profile_of(made.profile, str(plan_file))
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
            wait=wait,
            timeout=timeout,
            missing_ok=missing_ok,
            journal=journal,
            failed_to=failed_to,
            fail_fast=fail_fast,
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
    wait: bool,
    timeout: float,
    missing_ok: bool,
    journal: Path | None,
    failed_to: Path | None,
    fail_fast: bool,
) -> None:
    """Show the plan, ask for approval, and delete the versions that it selected."""
    wanted = [choice.ref for choice in made.deletions]
    run = Run(
        wanted,
        Counter(parse_ref(ref).provider for ref in wanted),
        lambda: limits_of(client),
        replanning(),
        missing_ok=missing_ok,
        wait=wait,
        dry_run=dry_run,
        failed_to=failed_to,
        journal=journal_for(journal, len(wanted), "execute", dry_run=dry_run),
    )

    def begin(refs: list[str]) -> Iterator[Tombstone]:
        return client.execute(
            made,
            only=refs,
            concurrency=concurrency,
            wait=wait,
            timeout=timeout,
            dry_run=dry_run,
            max_age=max_age,
            max_delete=max_delete,
            missing_ok=missing_ok,
            journal=run.watched,
            fail_fast=fail_fast,
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
        run.show(begin(wanted), as_json=as_json)
    raise typer.Exit(run.exit_code())


def _ask(count: int) -> None:
    """Have a person type the number of versions: a habit of saying yes is not enough."""
    if not sys.stdin.isatty():
        raise fail("there is no terminal to ask on, so --yes is required; nothing was deleted.")
    sys.stderr.write(f"Delete {count} version{'' if count == 1 else 's'}? Type the number of versions: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != str(count):
        raise fail("not confirmed; nothing was deleted.")
