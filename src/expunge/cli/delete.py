"""`expunge delete`: delete the named versions."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .._client import Client
from .._facade import DEFAULT_CONCURRENCY
from ..config import ProviderSettings
from ..errors import InvalidReference, Refused
from ..providers import PROVIDERS, parse_ref
from ..refs import Reference
from .exit_codes import USAGE, fail, say
from .list_and_show import settings_for
from .manifests import read_manifest
from .options import AsJson, Concurrency, DryRun, MaxDelete, Yes
from .progress import Run


def delete(  # noqa: PLR0917 - the framework passes options by name
    refs: Annotated[list[str] | None, typer.Argument(metavar="REF…", help="Versions to delete.")] = None,
    from_file: Annotated[
        str | None,
        typer.Option("--from-file", metavar="FILE|-", help="Also read references, one per line; - is stdin."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Read back until each version is gone.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Seconds for each reference.")] = 300.0,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    missing_ok: Annotated[bool, typer.Option("--missing-ok", help="Treat missing versions as deleted.")] = False,
    allow_model: Annotated[
        bool, typer.Option("--allow-model", help="Allow baseten:MODEL_ID, which deletes a model with all deployments.")
    ] = False,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help="Send this manifest to delete a TrueFoundry version."),
    ] = None,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
    max_delete: MaxDelete = None,
) -> None:
    """Delete model versions, and show the outcome of each.

    A deletion cannot be undone. On a terminal, expunge asks first; without one, --yes is required.
    """
    wanted = _read_all(refs or [], from_file, allow_model=allow_model)
    if max_delete is not None and len(wanted) > max_delete:
        raise fail(f"{len(wanted)} references were given; the limit is --max-delete {max_delete}. Nothing was sent.")
    by = None
    if manifest is not None:
        if len(wanted) != 1:
            raise fail(f"--manifest takes exactly one reference, not {len(wanted)}; nothing was sent.")
        by = read_manifest(manifest)
        (ref,) = wanted.values()
        PROVIDERS[ref.provider].check_manifest(ref, by)
    settings = settings_for(wanted.values())
    if not dry_run:
        _ask(list(wanted.values()), settings, yes=yes)
    else:
        say(f"dry run on {', '.join(sorted(each.origin for each in settings))}: only GET requests are sent")
    run = Run(list(wanted))
    with Client(*settings) as client, run:
        tombstones = client.delete_many(
            run.feed(),
            concurrency=concurrency,
            wait=wait,
            timeout=timeout,
            dry_run=dry_run,
            allow_model=allow_model,
            manifest=by,
        )
        run.show(tombstones, as_json=as_json)
    raise typer.Exit(run.exit_code(missing_ok=missing_ok))


def _read_all(arguments: list[str], from_file: str | None, *, allow_model: bool) -> dict[str, Reference]:
    """Read and check every reference before anything is sent, and report each wrong one; return them by text."""
    lines = _lines(from_file) if from_file is not None else []
    wanted: dict[str, Reference] = {}
    seen: set[str] = set()
    problems: list[str] = []
    count = 0
    for text, is_typed in [*((text, True) for text in arguments), *((text, False) for text in lines)]:
        count += 1
        try:
            ref = parse_ref(text)
            if ref.scope == "model":
                _check_model(ref, is_typed=is_typed, allow_model=allow_model)
        except (InvalidReference, Refused) as error:
            problems.append(str(error))
        else:
            if str(ref) not in seen:
                seen.add(str(ref))
                wanted[text] = ref
    if problems:
        for problem in problems[:-1]:
            fail(problem)
        raise fail(problems[-1])
    if not wanted:
        raise fail("no reference was given; nothing was sent. Example: expunge delete baseten:mod3x7q@dep1aaa")
    if dropped := count - len(wanted):
        say(f"{dropped} duplicate{'s' if dropped > 1 else ''} dropped")
    return wanted


def _check_model(ref: Reference, *, is_typed: bool, allow_model: bool) -> None:
    PROVIDERS[ref.provider].check_model_delete(ref)
    if not is_typed:
        # A line that was cut short must not delete a model.
        raise Refused(f"{ref} names a complete model; a model must be given as an argument. Nothing was sent.")
    if not allow_model:
        raise Refused(f"{ref} names a complete model with all its deployments. Add --allow-model to delete it.")


def _lines(source: str) -> list[str]:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except OSError as error:
        raise fail(f"{source} cannot be read: {error.strerror}; nothing was sent.") from None
    except UnicodeDecodeError:
        raise fail(f"{source} is not UTF-8 text; nothing was sent.") from None
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def _ask(wanted: list[Reference], settings: list[ProviderSettings], *, yes: bool) -> None:
    """Show the versions and their hosts, and ask a person to confirm."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise fail("there is no terminal to ask on, so --yes is required; nothing was sent.")
    hosts = {each.provider: each.origin for each in settings}
    say("These would be deleted, which cannot be undone:")
    for ref in wanted:
        scope = "THE COMPLETE MODEL, with all its deployments" if ref.scope == "model" else "one version"
        say(f"  {ref}   ({scope}, on {hosts[ref.provider]})")
    question = f"Delete {'it' if len(wanted) == 1 else f'all {len(wanted)}'}? Type yes: "
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise fail("not confirmed; nothing was sent.", USAGE)
