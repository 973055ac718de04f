"""`expunge prune`: plan and execute in one command, with a question in between."""

import typer
from attrs import evolve

from ..._client import Client
from ..._facade import DEFAULT_CONCURRENCY
from ...plans.execution import MAX_AGE
from ..list_and_show import settings_of
from ..options import (
    AsJson,
    AssumeNotLive,
    AtMost,
    Concurrency,
    DryRun,
    FailedTo,
    FailFast,
    FromFile,
    IncludeAliased,
    JournalFile,
    KeepDaily,
    KeepLast,
    KeepMonthly,
    KeepWeekly,
    KeepWithin,
    KeepYearly,
    Match,
    MaxAge,
    MaxPercent,
    MaxSelected,
    MissingOk,
    OlderThan,
    OptionalModelRefs,
    PolicyOption,
    Protect,
    Timeout,
    Wait,
    Yes,
)
from ..profiles.active import name_of_profile
from ..rendering import reading
from .execute import carry_out
from .plan import chosen


def prune(  # noqa: PLR0917 - the framework passes options by name
    context: typer.Context,
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
    yes: Yes = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    max_age: MaxAge = MAX_AGE,
    concurrency: Concurrency = DEFAULT_CONCURRENCY,
    wait: Wait = False,
    timeout: Timeout = 300.0,
    missing_ok: MissingOk = False,
    journal: JournalFile = None,
    failed_to: FailedTo = None,
    fail_fast: FailFast = False,
) -> None:
    """Select versions, show them, ask, and delete them: plan and execute in one command.

    A selector is required: a keep rule, --older-than or --match, or versions that --from-file names. Versions must
    match all of them. --policy takes models and selectors from a file instead.
    """
    asked = chosen(context, model_refs or [], from_file or [], policy or [])
    with Client(*settings_of(asked.providers)) as client:
        with reading(asked.words):
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
        carry_out(
            client,
            evolve(made, profile=name_of_profile()),
            yes=yes,
            as_json=as_json,
            dry_run=dry_run,
            max_age=max_age,
            max_delete=None,
            concurrency=concurrency,
            wait=wait,
            timeout=timeout,
            missing_ok=missing_ok,
            journal=journal,
            failed_to=failed_to,
            fail_fast=fail_fast,
        )
