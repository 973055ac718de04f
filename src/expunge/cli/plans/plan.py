"""`expunge plan`: select versions by rules, and write the selection to a file."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from attrs import evolve, field, frozen

from ..._client import Client
from ...errors import InvalidPlan, Refused
from ...plans.plan import Plan
from ...plans.policies.policy import Policy
from ...providers._patterns import ModelPattern, pattern_of
from ...refs import Reference
from ..exit_codes import fail, say, usage
from ..list_and_show import settings_of
from ..options import (
    AsJson,
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
    PolicyOption,
    Protect,
)
from ..profiles.active import command_line, name_of_profile
from ..rendering import reading
from ..run.references import References
from .table import notes_of, print_plan, print_plan_as_json, summary_of


def plan(  # noqa: PLR0917 - the framework passes options by name
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PLAN", help="The file to write the plan to.")],
    model_refs: OptionalModelRefs = None,
    from_file: FromFile = None,
    policy: PolicyOption = None,
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
    max_delete: MaxSelected = None,
    max_percent: MaxPercent = None,
    as_json: AsJson = False,
) -> None:
    """Select the versions to delete, and write them to a plan. Sends only GET requests.

    A selector is required: a keep rule, --older-than or --match, or versions that --from-file names. Versions must
    match all of them. --policy takes models and selectors from a file instead. A plan never selects a model's last
    version, a live version, an aliased version, or one whose age or live state could not be read.
    """
    asked = chosen(context, model_refs or [], from_file or [], policy or [])
    _require_writable(output)
    with Client(*settings_of(asked.providers)) as client, reading(asked.words):
        made = client.plan(
            asked.texts,
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
            named=asked.named,
            policy=asked.policy,
        )
    made = evolve(made, profile=name_of_profile())
    try:
        made.save(output)
    except OSError as error:
        raise fail(f"{output} cannot be written: {error.strerror}; no plan was made.", 1) from None
    if as_json:
        print_plan_as_json(made)
    else:
        print_plan(made)
    for line in notes_of(made):
        say(line)
    say(
        f"{summary_of(made)} The plan is in {output}"
        + (f": {command_line()} execute {quote(str(output))}" if made.deletions else ".")
    )


@frozen(kw_only=True)
class Asked:
    """The models of a plan: those that were typed, those of versions that files name, or those of a policy."""

    patterns: list[ModelPattern] = field(factory=list[ModelPattern])
    named: References | None = None
    policy: Policy | None = None

    @property
    def providers(self) -> list[str]:
        """The names of the providers that it needs."""
        if self.named is not None:
            return list(self.named.by_provider)
        patterns = self.patterns if self.policy is None else self.policy.patterns
        return list(dict.fromkeys(pattern.provider for pattern in patterns))

    @property
    def texts(self) -> list[str]:
        """The models that were typed."""
        return list(map(str, self.patterns))

    @property
    def words(self) -> str:
        """The models in words."""
        if self.policy is not None:
            return f"the models of {self.policy.name}"
        return f"the models of {len(self.named)} versions" if self.named is not None else ", ".join(self.texts)


def chosen(context: typer.Context, texts: list[str], files: list[str], policies: list[Path]) -> Asked:
    """Return the models to plan for, checked before anything is sent."""
    if bool(texts) + bool(files) + bool(policies) != 1:
        raise fail("give MODEL_REF…, --from-file or --policy, and only one of them; nothing was sent.")
    if len(policies) > 1:
        raise fail("--policy takes one file, as the first rule that fits applies; nothing was sent.")
    if policies:
        return Asked(policy=Policy.load(policies[0]))
    if texts:
        return Asked(patterns=models_of(texts))
    named = References([], files, _require_version)
    context.call_on_close(named.close)
    if not named:
        raise fail("no version is named; nothing was sent.")
    return Asked(named=named)


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
