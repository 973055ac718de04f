"""The client that blocks; AsyncClient is its twin over the same flows.

The module is longer than most: the documentation of each public method stands here, and only here.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Self, TypeVar

from attrs import evolve

from ._blocking_client import BlockingClient
from ._deletion.carried_results import carried
from ._deletion.options import Manifest, options_of
from ._facade import DEFAULT_CONCURRENCY
from ._flow import drive
from ._runs.job import text_of
from ._runs.recording import AnyJournal
from .bulk.engine import Terms
from .plans.execution import MAX_AGE
from .plans.plan import Plan
from .plans.policies.explanation import Explanation
from .plans.policies.policy import Policy
from .plans.request import requested
from .providers import parse_ref
from .providers._models import ModelLists
from .providers._patterns import pattern_of, version_of
from .refs import Reference
from .types import Model, Tombstone, Version

T = TypeVar("T")


class Client(BlockingClient):
    """Deletes model versions, blocking.

    Args:
        *providers: Settings such as `expunge.Cerebras(api_key=…)`, one for each provider.
        listeners: Functions that are called with each `expunge.events.Event`.
        clock: The source of the time, and of waiting; for tests.
        chance: The source of random numbers below 1; for tests.
        last_read_seconds: Seconds for the read-back that settles a doubt when the deadline has passed.
    """

    def delete(
        self,
        ref: str | Reference,
        *,
        wait: bool = False,
        timeout: float = 300.0,
        missing_ok: bool = False,
        dry_run: bool = False,
        allow_model: bool = False,
        manifest: Manifest | None = None,
    ) -> Tombstone:
        """Delete one model version, and return the outcome.

        Args:
            ref: Canonical text such as `cerebras:acme/gpt-oss-120b@3`, or a result of `parse_ref()`.
            wait: Whether to read back until it is gone.
            timeout: Seconds for the complete call; a last read-back may take a few more.
            missing_ok: Whether to return, instead of raising, if it was not there.
            dry_run: Whether only to read; the transport then sends only GET requests.
            allow_model: Whether a Baseten model, with all its deployments, may be deleted.
            manifest: The TrueFoundry manifest to send, instead of the smallest valid one.

        Raises:
            NotFound: It was not there before the first request.
            Refused: The provider or a guard rail refused; nothing was deleted.
            Unconfirmed: It may be gone; `error.tombstone` holds all that is known.
            ExpungeError: Any other kind; nothing was deleted.
        """
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        deletion = self._deletion(text_of(ref), parse_ref(ref), options)
        return carried(deletion, lambda: self._run(deletion, options).given(missing_ok=missing_ok))()

    def delete_many(
        self,
        refs: Iterable[str | Reference],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        wait: bool = False,
        timeout: float = 300.0,
        missing_ok: bool = False,
        dry_run: bool = False,
        allow_model: bool = False,
        manifest: Manifest | None = None,
        resolved: Mapping[str, str] | None = None,
        journal: AnyJournal | None = None,
        fail_fast: bool = False,
    ) -> Iterator[Tombstone]:
        """Delete many versions concurrently, and yield a tombstone for each distinct reference when it is settled.

        It never raises for one item. Each provider's documented rate is kept. With *wait*, versions that a provider
        works on are read again later, and meanwhile others are sent. After a rejected credential (401), the rest of
        that provider's references are `failed` with 0 attempts. The other arguments are those of `delete()`.

        Args:
            refs: References or their texts; duplicates are dropped. An iterator is read lazily, in its own thread.
            concurrency: Number under way at once on each provider.
            wait: Whether to read each back until it is gone.
            timeout: Seconds for each reference, from the time that its work begins.
            missing_ok: Whether an absent version counts as done for *fail_fast*.
            dry_run: Whether only to read; the transport then sends only GET requests.
            allow_model: Whether Baseten models, with all their deployments, may be deleted.
            manifest: The TrueFoundry manifest to send, instead of the smallest valid one.
            resolved: References that aliases must still name, by the requested text; a moved one is `refused`.
            journal: A new file for all references, which are written down before anything is sent, and each outcome.
            fail_fast: Whether to begin nothing more after the first reference that is not done.
        """
        options = options_of(
            wait=wait,
            timeout=timeout,
            dry_run=dry_run,
            allow_model=allow_model,
            manifest=manifest,
            resolved=resolved,
        )
        terms = Terms(concurrency=concurrency, timeout=timeout, rests=wait, missing_ok=missing_ok, fail_fast=fail_fast)
        return self._many(self._many_job(refs, options, terms, journal))

    def plan(
        self,
        model_refs: str | Reference | Iterable[str | Reference] = (),
        *,
        keep_last: int | None = None,
        keep_daily: int | None = None,
        keep_weekly: int | None = None,
        keep_monthly: int | None = None,
        keep_yearly: int | None = None,
        keep_within: str | None = None,
        older_than: str | None = None,
        match: str | Iterable[str] | None = None,
        protect: str | Iterable[str] | None = None,
        include_aliased: bool = False,
        assume_not_live: str | Iterable[str] | None = None,
        at_most: int | None = None,
        max_delete: int | None = None,
        max_percent: float | None = None,
        named: Iterable[str | Reference] | None = None,
        policy: str | os.PathLike[str] | Policy | None = None,
    ) -> Plan:
        """Select versions to delete; this only reads, and deletes nothing.

        At least one selector is required: a keep rule, *older_than*, *match* or *named*. They are joined by AND, so a
        version that any keep rule keeps stays. A plan never selects a model's last version, a live version, an aliased
        version, or one whose live state or creation time could not be read.

        Args:
            model_refs: Models such as `baseten:mod3x7q`, or globs of models such as `truefoundry:fraud-repo/*`; one,
                several, or none with *named*.
            keep_last: Number of each model's newest versions to keep; at least 1.
            keep_daily: Number of days that keep their newest version: the last ones that have any, in UTC.
            keep_weekly: The same for ISO weeks.
            keep_monthly: The same for months.
            keep_yearly: The same for years.
            keep_within: An age such as `30d`; versions of that age and younger ones are kept.
            older_than: An age such as `12h`, `30d`, `2w`, `3mo` or `1y`; younger versions are kept.
            match: Globs; only versions whose number, id or alias matches one may be deleted.
            protect: Globs; versions whose number, id or alias matches one are kept.
            include_aliased: Whether versions with an alias may be deleted.
            assume_not_live: Globs of models, such as `baseten:*`, in which a version of unknown live state may be
                deleted; a version that is known to be live never is.
            at_most: Number of versions to delete; of all that may go, the oldest ones go.
            max_delete: Largest number of versions to delete in total; 50 by default.
            max_percent: Largest percentage of one model's versions to delete; 50, or no limit with a rule that
                keeps a number of versions.
            named: Versions by number, id or alias; no other version of their models may be deleted.
            policy: A file with rules, or the result of `expunge.Policy.load()`, instead of models and selectors. It
                may come with *protect*, *include_aliased*, *assume_not_live*, *at_most*, and with limits, which replace
                those of the policy.

        Raises:
            ConfigurationError: No selector was given or one does not parse; nothing was sent.
            InvalidPolicy: The policy has a mistake; nothing was sent.
            PlanTooLarge: It would delete more than the limits allow.
            NotFound: A model does not exist, or a glob matches none.
            ExpungeError: A model could not be read completely.
        """
        given: list[str | Reference] = [model_refs] if isinstance(model_refs, str | Reference) else list(model_refs)
        request = requested(
            policy,
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
            has_names=named is not None,
            has_models=bool(given),
        )
        planning = self._planning(given, request, named)
        lists = ModelLists(all_must_match=not isinstance(request, Policy))
        for model in planning.to_read(self._models_in(planning.patterns, lists), lists.listed):
            self._see_all(planning, model)
            planning.decide(model)
        return planning.plan()

    def explain(self, ref: str | Reference, *, policy: str | os.PathLike[str] | Policy) -> Explanation:
        """Show what a policy says about one version; this only reads, and deletes nothing.

        Args:
            ref: The version, by its number, id or alias.
            policy: A file, or the result of `expunge.Policy.load()`.

        Raises:
            InvalidPolicy: The policy has a mistake; nothing was sent.
            NotFound: The version does not exist.
            ExpungeError: Its model could not be read completely.
        """
        version = version_of(ref)
        planning = self._explaining(policy if isinstance(policy, Policy) else Policy.load(policy), version)
        if isinstance(planning, Explanation):
            return evolve(planning, ref=self.get(version).ref)
        self._see_all(planning, version.model)
        return planning.explain(version)

    def execute(
        self,
        plan: Plan,
        *,
        only: Iterable[str | Reference] | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        wait: bool = False,
        timeout: float = 300.0,
        dry_run: bool = False,
        max_age: str = MAX_AGE,
        max_delete: int | None = None,
        missing_ok: bool = False,
        journal: AnyJournal | None = None,
        fail_fast: bool = False,
    ) -> Iterator[Tombstone]:
        """Delete the versions that *plan* selected, skipping any version that has changed.

        A version is `refused` if it has become live, has other aliases, was replaced by another one, or is the last
        of its model. A version that is gone is `absent`. The rest goes on.

        Args:
            plan: A result of `plan()` or `expunge.Plan.load()`.
            only: References among the plan's deletions, read lazily; the default is all of them.
            concurrency: Number under way at once on each provider.
            wait: Whether to read each back until it is gone.
            timeout: Seconds for each, from the time that its work begins.
            dry_run: Whether only to read; the transport then sends only GET requests.
            max_age: An age such as `1d`; an older plan is refused.
            max_delete: Versions that may go in all.
            missing_ok: Whether an absent version counts as done for *fail_fast*.
            journal: A new file for all versions, which are written down before anything is sent, and each outcome.
            fail_fast: Whether to begin nothing more after the first version that is not done.

        Raises:
            InvalidPlan: It is too old, from the future, or made for another host; nothing was sent.
            ConfigurationError: A setting is missing, or the plan exceeds *max_delete*; nothing was sent.
        """
        execution = self._execution(plan, max_age=max_age, max_delete=max_delete)
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run)
        terms = Terms(concurrency=concurrency, timeout=timeout, rests=wait, missing_ok=missing_ok, fail_fast=fail_fast)
        return self._many(self._plan_job(execution, only, options, terms, journal))

    def resume(self, journal: AnyJournal, *, concurrency: int | None = None) -> Iterator[Tombstone]:
        """Finish the run in a journal that was interrupted, and yield a tombstone for each reference that was left.

        A reference that may have been sent is read first: it is `deleted` if it is gone, and sent again if it is still
        there. A reference that has an outcome is not touched, except an `unknown` one, which is read again.

        Args:
            journal: The file; it is open until the iterator ends.
            concurrency: Number under way at once on each provider; the default is that of the run.

        Raises:
            InvalidJournal: It is damaged, was changed, is in use, or names another host; nothing was sent.
        """
        return self._many(self._journal_job(journal, concurrency))

    def get(self, ref: str | Reference) -> Version:
        """Read one version; an alias is resolved first.

        Raises:
            NotFound: The version does not exist.
            ExpungeError: It could not be read.
        """
        version = version_of(ref)
        return self._drive(version.provider, self._get(version))

    def versions(self, model_ref: str | Reference) -> Iterator[Version]:
        """Read a model's versions lazily, page by page.

        Args:
            model_ref: A model such as `baseten:mod3x7q`, or a glob of models such as `truefoundry:fraud-repo/*`.

        Raises:
            NotFound: The model does not exist, or the glob matches none.
            ExpungeError: A page could not be read, or the list may not be complete.
        """
        return self._versions_in(pattern_of(model_ref))

    def models(self, scope: str | None = None) -> Iterator[Model]:
        """List models lazily, page by page.

        Args:
            scope: A provider such as `baseten`, an ML repo such as `truefoundry:fraud-repo`, or an organisation such as
                `cerebras:acme`. None lists all models of each provider that does so without a further name. A warning
                of the logger `expunge.models` names the other providers.

        Raises:
            NotFound: The ML repo or the organisation does not exist.
            Refused: Nothing documented lists the models of *scope*; nothing was sent.
            ExpungeError: A page could not be read, or the list may not be complete.
        """
        return self._found(self._scopes(scope))

    def apply(self, manifest: Manifest) -> Version:
        """Create or update a TrueFoundry model version.

        Args:
            manifest: A generated `ModelManifest`, or a mapping of the same shape; it is sent unchanged.

        Raises:
            ValidationError: The manifest breaks the schema and was not sent, or the provider refused it.
            Unconfirmed: It may have been applied; it was not sent again.
        """
        adapter, flow = self._apply(manifest)
        return drive(flow, self._session_of(adapter), self._clock)

    def close(self) -> None:
        """Close all connections."""
        for key in [key for key in self._sessions if key[0] == self._owner()]:
            self._sessions.pop(key).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
