"""`expunge delete`: delete the named versions."""

from pathlib import Path
from typing import Annotated

import typer

from .._client import Client
from .._facade import DEFAULT_CONCURRENCY
from .._provider_access import limits_of
from ..errors import Refused
from ..providers import PROVIDERS
from ..refs import Reference
from .exit_codes import fail, say
from .journal.place import journal_for
from .list_and_show import settings_of
from .manifests import read_manifest
from .options import (
    AsJson,
    Concurrency,
    DryRun,
    FailedTo,
    FailFast,
    FromFile,
    JournalFile,
    MaxDelete,
    MissingOk,
    Timeout,
    Wait,
    Yes,
)
from .profiles.active import with_profile
from .run.outcomes import deleting
from .run.question import ask
from .run.references import References
from .run.run import Run


def delete(  # noqa: PLR0917 - the framework passes options by name
    context: typer.Context,
    refs: Annotated[list[str] | None, typer.Argument(metavar="REF…", help="Versions to delete.")] = None,
    from_file: FromFile = None,
    wait: Wait = False,
    timeout: Timeout = 300.0,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    missing_ok: MissingOk = False,
    allow_model: Annotated[
        bool, typer.Option("--allow-model", help="Allow baseten:MODEL_ID, which deletes a model with all deployments.")
    ] = False,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help="Send this manifest to delete a TrueFoundry version."),
    ] = None,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
    max_delete: MaxDelete = None,
    journal: JournalFile = None,
    failed_to: FailedTo = None,
    fail_fast: FailFast = False,
) -> None:
    """Delete model versions, and show the outcome of each.

    A deletion cannot be undone. On a terminal, expunge asks first; without one, --yes is required.
    """

    def check(ref: Reference, is_typed: bool) -> None:
        if ref.scope == "model":
            _check_model(ref, is_typed=is_typed, allow_model=allow_model)

    wanted = References(refs or [], from_file or [], check)
    context.call_on_close(wanted.close)
    if not wanted:
        raise fail("no reference was given; nothing was sent. Example: expunge delete baseten:mod3x7q@dep1aaa")
    if max_delete is not None and len(wanted) > max_delete:
        raise fail(f"{len(wanted)} references were given; the limit is --max-delete {max_delete}. Nothing was sent.")
    if failed_to is not None and wanted.is_source(failed_to):
        raise fail(f"{failed_to} is read by --from-file; name another file for --failed-to. Nothing was sent.")
    by = None
    if manifest is not None:
        if len(wanted) != 1:
            raise fail(f"--manifest takes exactly one reference, not {len(wanted)}; nothing was sent.")
        by = read_manifest(manifest)
        ((_, ref),) = wanted.parsed()
        PROVIDERS[ref.provider].check_manifest(ref, by)
    settings = settings_of(wanted.by_provider)
    recorded_in = journal_for(journal, len(wanted), "delete", dry_run=dry_run)
    if dry_run:
        hosts = ", ".join(sorted(each.origin for each in settings))
        say(f"dry run{with_profile()} on {hosts}: only GET requests are sent")
    with Client(*settings) as client:
        resolved = None
        if not (dry_run or yes):
            resolved = ask(client, wanted, {each.provider: each.origin for each in settings})
        run = Run(
            wanted,
            wanted.by_provider,
            lambda: limits_of(client),
            deleting(wait=wait, dry_run=dry_run, allow_model=allow_model, missing_ok=missing_ok),
            missing_ok=missing_ok,
            wait=wait,
            dry_run=dry_run,
            failed_to=failed_to,
            journal=recorded_in,
        )
        with run:
            tombstones = client.delete_many(
                wanted.with_duplicates(),
                concurrency=concurrency,
                wait=wait,
                timeout=timeout,
                missing_ok=missing_ok,
                dry_run=dry_run,
                allow_model=allow_model,
                manifest=by,
                resolved=resolved,
                journal=run.watched,
                fail_fast=fail_fast,
            )
            run.show(tombstones, as_json=as_json)
    raise typer.Exit(run.exit_code())


def _check_model(ref: Reference, *, is_typed: bool, allow_model: bool) -> None:
    PROVIDERS[ref.provider].check_model_delete(ref)
    if not is_typed:
        # A line that was cut short must not delete a model.
        raise Refused(f"{ref} names a complete model; a model must be given as an argument. Nothing was sent.")
    if not allow_model:
        raise Refused(f"{ref} names a complete model with all its deployments. Add --allow-model to delete it.")
