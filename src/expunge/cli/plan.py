"""`expunge plan`, `execute` and `prune`: choose by rules, look at it, and delete what was looked at."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from .._client import DEFAULT_CONCURRENCY, MAX_AGE, Client
from ..errors import InvalidPlan
from ..plans.plan import Plan
from ..plans.selection import MAX_DELETE
from ..providers import parse_ref
from ..refs import Reference
from ..types import Tombstone
from .exit_codes import fail, say
from .list_and_show import AsJson, settings_for
from .options import IncludeAliased, KeepLast, Match, MaxPercent, ModelRefs, OlderThan, Protect
from .plan_table import notes_of, print_plan, summary_of
from .progress import Run
from .rendering import reading

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask. Needed where there is no terminal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only read, and say what would be deleted.")]
MaxAge = Annotated[str, typer.Option("--max-age", metavar="AGE", help="Refuse a plan that is older.")]
Concurrency = Annotated[
    int, typer.Option("--concurrency", metavar="N", min=1, max=128, help="Deletions under way at once.")
]


def plan(  # noqa: PLR0917 - the framework passes options by name
    model_refs: ModelRefs,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PLAN", help="The file to write the plan to.")],
    keep_last: KeepLast = None,
    older_than: OlderThan = None,
    match: Match = None,
    protect: Protect = None,
    include_aliased: IncludeAliased = False,
    max_delete: Annotated[
        int, typer.Option("--max-delete", metavar="N", help="Make no plan that deletes more.")
    ] = MAX_DELETE,
    max_percent: MaxPercent = None,
) -> None:
    """Choose which versions should go, and write that down. Nothing but GET is sent.

    A selector is needed: --keep-last, --older-than or --match; several must all agree. Never chosen are a model's last
    version, a live one, one with an alias, and one whose age or live state should be known and is not.
    """
    models = _models(model_refs)
    _require_writable(output)
    with Client(*settings_for(models)) as client, reading(", ".join(map(str, models))):
        made = client.plan(
            models,
            keep_last=keep_last,
            older_than=older_than,
            match=match,
            protect=protect,
            include_aliased=include_aliased,
            max_delete=max_delete,
            max_percent=max_percent,
        )
    try:
        made.save(output)
    except OSError as error:
        raise fail(f"{output} cannot be written: {error.strerror}; no plan was made.", 1) from None
    print_plan(made)
    for line in notes_of(made):
        say(line)
    say(
        f"{summary_of(made)} The plan is in {output}"
        + (f": expunge execute {quote(str(output))}" if made.deletions else ".")
    )


def execute(  # noqa: PLR0917 - the framework passes options by name
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="What expunge plan has written.")],
    yes: Yes = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    max_age: MaxAge = MAX_AGE,
    max_delete: Annotated[
        int | None, typer.Option("--max-delete", metavar="N", min=0, help="Send nothing when there are more.")
    ] = None,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
) -> None:
    """Delete what a plan has chosen, each version only if it is still as it was seen.

    A plan that was changed, is older than a day, or was made for another host is refused.
    """
    made = Plan.load(plan_file)
    settings = settings_for(parse_ref(model.ref) for model in made.models)
    with Client(*settings) as client:
        _carry_out(
            client,
            made,
            yes=yes,
            as_json=as_json,
            dry_run=dry_run,
            max_age=max_age,
            max_delete=max_delete,
            concurrency=concurrency,
        )


def prune(  # noqa: PLR0917 - the framework passes options by name
    model_refs: ModelRefs,
    keep_last: KeepLast = None,
    older_than: OlderThan = None,
    match: Match = None,
    protect: Protect = None,
    include_aliased: IncludeAliased = False,
    max_delete: Annotated[
        int, typer.Option("--max-delete", metavar="N", help="Delete nothing when more would go.")
    ] = MAX_DELETE,
    max_percent: MaxPercent = None,
    yes: Yes = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    max_age: MaxAge = MAX_AGE,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
) -> None:
    """Choose which versions should go, show them, ask, and delete them: plan and execute in one.

    A selector is needed: --keep-last, --older-than or --match; several must all agree.
    """
    models = _models(model_refs)
    with Client(*settings_for(models)) as client:
        with reading(", ".join(map(str, models))):
            made = client.plan(
                models,
                keep_last=keep_last,
                older_than=older_than,
                match=match,
                protect=protect,
                include_aliased=include_aliased,
                max_delete=max_delete,
                max_percent=max_percent,
            )
        _carry_out(
            client,
            made,
            yes=yes,
            as_json=as_json,
            dry_run=dry_run,
            max_age=max_age,
            max_delete=None,
            concurrency=concurrency,
        )


def _carry_out(
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
    """Show the plan, have a person agree to it, and delete what it has chosen."""
    run = Run([choice.ref for choice in made.deletions])

    def begin(refs: Iterable[str]) -> Iterator[Tombstone]:
        return client.execute(
            made, only=refs, concurrency=concurrency, dry_run=dry_run, max_age=max_age, max_delete=max_delete
        )

    begin([])  # what speaks against the plan is said before it is shown, and again when somebody has looked at it
    if not yes:
        print_plan(made, sys.stderr)
    for line in notes_of(made):
        say(line)
    say(summary_of(made))
    if not made.deletions:
        return
    say(f"SHA-256 of the plan: {made.sha256}")  # what an approver has noted
    if dry_run:
        say("dry run: nothing but GET is sent")
    elif not yes:
        _ask(len(made.deletions))
    with run:
        run.show(begin(run.feed()), as_json=as_json)
    raise typer.Exit(run.exit_code())


def _ask(count: int) -> None:
    """Have a person type how many versions go: a habit of saying yes does not do it."""
    if not sys.stdin.isatty():
        raise fail("there is no terminal to ask on, so --yes is needed; nothing was deleted.")
    sys.stderr.write(f"Delete {count} version{'' if count == 1 else 's'}? Type the number of versions: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != str(count):
        raise fail("not confirmed; nothing was deleted.")


def _models(texts: list[str]) -> list[Reference]:
    """Read and check every model's reference before anything is sent."""
    models = [parse_ref(text) for text in texts]
    for model in models:
        if model.scope != "model":
            raise fail(f"{model} names a version; a plan is of models: {model.model}")
    return models


def _require_writable(output: Path) -> None:
    """Refuse, before anything is read, to write where that cannot be done or would replace what is no plan."""
    try:
        if str(output) == "-" or output.is_dir() or not output.resolve().parent.is_dir():
            raise fail(f"{output} cannot be written: it is no file, or its folder is not there.")
        if output.is_file() and output.stat().st_size:
            Plan.load(output)
    except InvalidPlan:
        raise fail(f"{output} is there and is no plan, so it is not replaced; name another file.") from None
    except (OSError, RuntimeError) as error:  # a link that leads to itself is no OSError to Python
        raise fail(f"{output} cannot be written: {error}.") from None
