"""`expunge plan`: select versions by rules, and write the selection to a file."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from .._client import Client
from ..errors import InvalidPlan, Refused
from ..plans.plan import Plan
from ..plans.selection import MAX_DELETE
from ..providers._patterns import ModelPattern, pattern_of
from ..refs import Reference
from .exit_codes import fail, say, usage
from .list_and_show import settings_of
from .options import (
    AssumeNotLive,
    AtMost,
    FromFile,
    IncludeAliased,
    KeepDaily,
    KeepLast,
    KeepMonthly,
    KeepWeekly,
    KeepWithin,
    KeepYearly,
    Match,
    MaxPercent,
    MaxSelected,
    OlderThan,
    OptionalModelRefs,
    Protect,
)
from .plan_table import notes_of, print_plan, summary_of
from .rendering import reading
from .run.references import References


def plan(  # noqa: PLR0917 - the framework passes options by name
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PLAN", help="The file to write the plan to.")],
    model_refs: OptionalModelRefs = None,
    from_file: FromFile = None,
    keep_last: KeepLast = None,
    keep_daily: KeepDaily = None,
    keep_weekly: KeepWeekly = None,
    keep_monthly: KeepMonthly = None,
    keep_yearly: KeepYearly = None,
    keep_within: KeepWithin = None,
    older_than: OlderThan = None,
    match: Match = None,
    protect: Protect = None,
    include_aliased: IncludeAliased = False,
    assume_not_live: AssumeNotLive = None,
    at_most: AtMost = None,
    max_delete: MaxSelected = MAX_DELETE,
    max_percent: MaxPercent = None,
) -> None:
    """Select the versions to delete, and write them to a plan. Sends only GET requests.

    A selector is required: a keep rule, --older-than or --match, or versions that --from-file names. Versions must
    match all of them. A plan never selects a model's last version, a live version, an aliased version, or one whose
    age or live state could not be read.
    """
    models, named = chosen(context, model_refs or [], from_file or [])
    _require_writable(output)
    with (
        Client(*settings_of(named.by_provider if named else (model.provider for model in models))) as client,
        reading(", ".join(map(str, models)) or f"the models of {len(named or ())} versions"),
    ):
        made = client.plan(
            map(str, models),
            keep_last=keep_last,
            keep_daily=keep_daily,
            keep_weekly=keep_weekly,
            keep_monthly=keep_monthly,
            keep_yearly=keep_yearly,
            keep_within=keep_within,
            older_than=older_than,
            match=match,
            protect=protect,
            include_aliased=include_aliased,
            assume_not_live=assume_not_live,
            at_most=at_most,
            max_delete=max_delete,
            max_percent=max_percent,
            named=named,
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


def chosen(context: typer.Context, texts: list[str], files: list[str]) -> tuple[list[ModelPattern], References | None]:
    """Return the models and globs that were typed, or the versions in *files*, checked before anything is sent."""
    if bool(texts) == bool(files):
        raise fail("give either MODEL_REF… or --from-file, not both; nothing was sent.")
    if texts:
        return models_of(texts), None
    named = References([], files, _require_version)
    context.call_on_close(named.close)
    if not named:
        raise fail("no version is named; nothing was sent.")
    return [], named


def _require_version(ref: Reference, _is_typed: bool) -> None:
    if ref.scope == "model":
        raise Refused(f"{ref} names a model; a list names versions: {ref}@VERSION.")


def models_of(texts: list[str]) -> list[ModelPattern]:
    """Read and check every model's reference before anything is sent; one may be a glob."""
    with usage():
        return [pattern_of(text) for text in texts]


def _require_writable(output: Path) -> None:
    """Refuse an output that cannot be written, or that is a file other than a plan, before anything is read."""
    try:
        if str(output) == "-" or output.is_dir() or not output.resolve().parent.is_dir():
            raise fail(f"{output} cannot be written: it is not a file, or its folder does not exist.")
        if output.is_file() and output.stat().st_size:
            Plan.load(output)
    except InvalidPlan:
        raise fail(f"{output} exists and is not a plan; it was not overwritten. Name another file.") from None
    except (OSError, RuntimeError) as error:  # a link that leads to itself is a RuntimeError to Python
        raise fail(f"{output} cannot be written: {error}.") from None
