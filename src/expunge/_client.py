"""The client that blocks; AsyncClient is its twin over the same flows.

The module is longer than most: the documentation of each public method stands here, and only here.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Self, TypeVar

from ._answer import Answer
from ._deletion.carried_results import carried
from ._deletion.machine import Deletion
from ._deletion.options import Manifest, Options, options_of
from ._deletion.record import Outcome
from ._facade import (
    DEFAULT_CONCURRENCY,
    Facade,
    cut_short,
)
from ._flow import Flow, Rest, drive, drive_until_rest
from ._job import Job, text_of
from ._recording import AnyJournal
from ._system.signals import is_from_handler
from ._system.stop import Stop
from .bulk.engine import Terms
from .bulk.feed import Item
from .bulk.threads import Begun, in_threads
from .config import ProviderSettings, Secret
from .errors import ConfigurationError, ExpungeError
from .plans.execution import MAX_AGE
from .plans.plan import Plan
from .plans.planning import Planning
from .plans.policies.explanation import Explanation
from .plans.policies.policy import Policy
from .plans.request import requested
from .providers import PROVIDERS, AnyAdapter, parse_ref
from .providers._listing import Listing
from .providers._models import ModelListing, ModelLists
from .providers._patterns import ModelPattern, pattern_of, version_of
from .providers._serving import Servings, scope_of
from .refs import Reference
from .types import Model, Tombstone, Version

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ._http.session import Session

T = TypeVar("T")


class Client(Facade["Session"]):
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
            return planning
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

    def _abandon(self, adapter: AnyAdapter) -> None:
        """Leave the session that was interrupted, and its connections."""
        if current_thread() is not main_thread():
            return  # only the main thread is interrupted, and the threads of a run share a session
        session = self._sessions.pop((self._owner(), adapter.name), None)
        if session is not None:
            session.close()

    def _owner(self) -> object:
        return os.getpid()

    def _open(self, settings: ProviderSettings, authorization: Secret, id_headers: tuple[str, ...]) -> "Session":
        from ._http.session import Session  # noqa: PLC0415 - many programs open no session

        return Session(settings, authorization, id_headers)

    def _drive(self, provider: str, flow: Flow[T]) -> T:
        return drive(flow, self._session_of(PROVIDERS[provider]).read_only(), self._clock)

    def _found(self, listings: Iterable[ModelListing]) -> Iterator[Model]:
        for listing in listings:
            while not listing.is_complete:
                yield from self._drive(listing.scope.provider, self._model_page(listing))

    def _models_in(self, patterns: Iterable[ModelPattern], lists: ModelLists) -> list[Reference]:
        """Return the models that *patterns* name or fit, each once, in their order."""
        models: dict[Reference, None] = {}
        for pattern in patterns:
            flow = lists.expand(pattern, self._model_page)
            models |= dict.fromkeys(self._drive(pattern.provider, flow))
        return list(models)

    def _versions_in(self, pattern: ModelPattern) -> Iterator[Version]:
        servings = Servings()
        for model in self._models_in([pattern], ModelLists()):
            yield from self._listed(Listing(model, servings))

    def _looked_at(
        self, refs: Sequence[Reference], servings: Servings, pool: "Executor"
    ) -> list[Version | ExpungeError]:
        def look(ref: Reference) -> tuple[Reference, Version] | ExpungeError:
            adapter = PROVIDERS[ref.provider]
            try:
                return self._drive(ref.provider, self._patiently(adapter, self._look(adapter, ref)))
            except ExpungeError as error:
                return error

        def share(seen: tuple[Reference, Version]) -> Version:
            return self._drive(seen[0].provider, self._share(seen, servings))

        found = list(pool.map(look, refs))
        versions = [each for each in found if not isinstance(each, ExpungeError)]
        firsts = {
            scope_of(ref.model, PROVIDERS[ref.provider]): (ref, seen) for ref, seen in versions if not seen.is_live
        }
        list(pool.map(share, firsts.values()))  # so that no list is read twice at the same time
        return [each if isinstance(each, ExpungeError) else share(each) for each in found]

    def _listed(self, listing: Listing, hear: Callable[[Answer], None] = lambda _answer: None) -> Iterator[Version]:
        while not listing.is_complete:
            yield from self._drive(listing.model.provider, self._page(listing, hear))

    def _see_all(self, planning: Planning, model: Reference) -> None:
        for version in self._listed(Listing(model, planning.servings), planning.hear):
            planning.see(model, version)

    def _many(self, job: Job) -> Iterator[Tombstone]:
        def begin(item: Item) -> Begun:
            return self._begin(item, job)

        def decline(item: Item, reason: str) -> Tombstone:
            return job.not_begun(item, self._not_begun(item, reason))

        return in_threads(begin, decline, job.items, job.terms, self._clock)

    def _begin(self, item: Item, job: Job) -> Begun:
        """Prepare one deletion of several."""
        if item.ref is None:
            unsent = self._not_begun(item, item.error)
            return Begun(lambda _stop: unsent, lambda: unsent)
        options = job.options_for(item)
        deletion = self._deletion(item.requested, item.ref, options, job.outages)
        flow = deletion.run()

        def settle(stop: Stop) -> Tombstone | Rest:
            try:
                done = self._run_on(deletion, flow, options, stop)
                return done if isinstance(done, Rest) else job.ended(done.tombstone)
            except ConfigurationError as error:
                return job.ended(deletion.account() if deletion.has_begun else self._not_begun(item, error))
            except Exception as error:
                if is_from_handler(error):
                    raise
                # A defect of ours must not lose the others' tombstones.
                return job.ended(cut_short(deletion, error))

        return Begun(settle, deletion.account)

    def _run(self, deletion: Deletion, options: Options) -> Outcome:
        session, fresh = self._performers(deletion, options)
        return drive(deletion.run(), session, self._clock, fresh)

    def _run_on(self, deletion: Deletion, flow: Flow[Outcome], options: Options, stop: Stop) -> Outcome | Rest:
        session, fresh = self._performers(deletion, options)
        deletion.stop = stop
        return drive_until_rest(flow, session, self._clock, fresh, stop)

    def _performers(self, deletion: Deletion, options: Options) -> "tuple[Session, Callable[[], Session]]":
        """Return a session, and a function that returns another after an interruption."""

        def current() -> "Session":
            session = self._session_of(deletion.adapter)
            return session.read_only() if options.dry_run else session

        def fresh() -> "Session":
            self._abandon(deletion.adapter)
            return current()

        return current(), fresh


def looked_at(
    client: Client, refs: Sequence[Reference], servings: Servings, pool: "Executor"
) -> list[Version | ExpungeError]:
    """Read *refs* at once, as `get()` reads one; an error stands in its place.

    The lists of what serves are read once for all versions that share them, and *servings* keeps them for later calls.
    """
    # A function, as users see each public method; the class is in this module.
    return client._looked_at(refs, servings, pool)  # pyright: ignore[reportPrivateUsage]
