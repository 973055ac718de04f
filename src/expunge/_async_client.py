"""The client that is awaited: the twin of the blocking one, over the same flows."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from attrs import evolve

from ._answer import Answer
from ._deletion.carried_results import carried_async
from ._deletion.machine import Deletion
from ._deletion.options import Manifest, Options, options_of
from ._deletion.record import Outcome
from ._facade import DEFAULT_CONCURRENCY, Facade
from ._flow import Flow, drive_async
from ._runs.job import Job, text_of
from ._runs.recording import AnyJournal
from .bulk.engine import Terms
from .bulk.feed import Item
from .bulk.tasks import Begun, Sleeper, in_tasks
from .config import ProviderSettings, Secret
from .errors import ExpungeError
from .plans.execution import MAX_AGE
from .plans.plan import Plan
from .plans.planning import Planning
from .plans.policies.explanation import Explanation
from .plans.policies.policy import Policy
from .plans.request import requested
from .providers import PROVIDERS, parse_ref
from .providers._listing import Listing
from .providers._models import ModelListing, ModelLists
from .providers._patterns import ModelPattern, pattern_of, version_of
from .providers._serving import Servings
from .refs import Reference
from .types import Model, Tombstone, Version

if TYPE_CHECKING:
    from ._http.session import AsyncSession

T = TypeVar("T")


class AsyncClient(Facade["AsyncSession"]):
    """Deletes model versions, awaited: the same methods as `Client`.

    Args:
        *providers: Settings such as `expunge.Cerebras(api_key=…)`, one for each provider.
        listeners: Functions that are called with each `expunge.events.Event`.
        clock: The source of the time, and of waiting; for tests.
        chance: The source of random numbers below 1; for tests.
        last_read_seconds: Seconds for the read-back that settles a doubt when the deadline has passed.
    """

    async def delete(
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
        """Delete one model version; see `Client.delete()`."""
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        deletion = self._deletion(text_of(ref), parse_ref(ref), options)

        async def work() -> tuple[Tombstone, ExpungeError | None]:
            return (await self._run(deletion, options)).given(missing_ok=missing_ok)

        return (await carried_async(deletion, work))()

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
    ) -> AsyncIterator[Tombstone]:
        """Delete many versions concurrently; see `Client.delete_many()`."""
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

    async def plan(
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
        """Select versions to delete; see `Client.plan()`."""
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
        for model in planning.to_read(await self._models_in(planning.patterns, lists), lists.listed):
            await self._see_all(planning, model)
            planning.decide(model)
        return planning.plan()

    async def explain(self, ref: str | Reference, *, policy: str | os.PathLike[str] | Policy) -> Explanation:
        """Show what a policy says about one version; see `Client.explain()`."""
        version = version_of(ref)
        planning = self._explaining(policy if isinstance(policy, Policy) else Policy.load(policy), version)
        if isinstance(planning, Explanation):
            return evolve(planning, ref=(await self.get(version)).ref)
        await self._see_all(planning, version.model)
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
    ) -> AsyncIterator[Tombstone]:
        """Delete the versions that *plan* selected; see `Client.execute()`."""
        execution = self._execution(plan, max_age=max_age, max_delete=max_delete)
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run)
        terms = Terms(concurrency=concurrency, timeout=timeout, rests=wait, missing_ok=missing_ok, fail_fast=fail_fast)
        return self._many(self._plan_job(execution, only, options, terms, journal))

    def resume(self, journal: AnyJournal, *, concurrency: int | None = None) -> AsyncIterator[Tombstone]:
        """Finish the run in a journal; see `Client.resume()`."""
        return self._many(self._journal_job(journal, concurrency))

    async def get(self, ref: str | Reference) -> Version:
        """Read one version; see `Client.get()`."""
        version = version_of(ref)
        return await self._drive(version.provider, self._get(version))

    def versions(self, model_ref: str | Reference) -> AsyncIterator[Version]:
        """Read a model's versions lazily, page by page; see `Client.versions()`."""
        return self._versions_in(pattern_of(model_ref))

    def models(self, scope: str | None = None) -> AsyncIterator[Model]:
        """List models lazily, page by page; see `Client.models()`."""
        return self._found(self._scopes(scope))

    async def apply(self, manifest: Manifest) -> Version:
        """Create or update a TrueFoundry model version; see `Client.apply()`."""
        adapter, flow = self._apply(manifest)
        return await drive_async(flow, self._session_of(adapter), self._clock)

    async def aclose(self) -> None:
        """Close all connections."""
        for key in [key for key in self._sessions if key[0] == self._owner()]:
            await self._sessions.pop(key).aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _owner(self) -> object:
        return os.getpid(), asyncio.get_running_loop()

    def _open(self, settings: ProviderSettings, authorization: Secret, id_headers: tuple[str, ...]) -> "AsyncSession":
        from ._http.session import AsyncSession  # noqa: PLC0415 - many programs open no session

        return AsyncSession(settings, authorization, id_headers)

    async def _drive(self, provider: str, flow: Flow[T]) -> T:
        return await drive_async(flow, self._session_of(PROVIDERS[provider]).read_only(), self._clock)

    async def _found(self, listings: Iterable[ModelListing]) -> AsyncIterator[Model]:
        for listing in listings:
            while not listing.is_complete:
                for model in await self._drive(listing.scope.provider, self._model_page(listing)):
                    yield model

    async def _models_in(self, patterns: Iterable[ModelPattern], lists: ModelLists) -> list[Reference]:
        models: dict[Reference, None] = {}
        for pattern in patterns:
            flow = lists.expand(pattern, self._model_page)
            models |= dict.fromkeys(await self._drive(pattern.provider, flow))
        return list(models)

    async def _versions_in(self, pattern: ModelPattern) -> AsyncIterator[Version]:
        servings = Servings()
        for model in await self._models_in([pattern], ModelLists()):
            async for version in self._listed(Listing(model, servings)):
                yield version

    async def _listed(
        self, listing: Listing, hear: Callable[[Answer], None] = lambda _answer: None
    ) -> AsyncIterator[Version]:
        while not listing.is_complete:
            for version in await self._drive(listing.model.provider, self._page(listing, hear)):
                yield version

    async def _see_all(self, planning: Planning, model: Reference) -> None:
        async for version in self._listed(Listing(model, planning.servings), planning.hear):
            planning.see(model, version)

    def _many(self, job: Job) -> AsyncIterator[Tombstone]:
        return in_tasks(partial(self._begin, job), partial(self._decline, job), job.items, job.terms, self._clock)

    def _begin(self, job: Job, item: Item) -> Begun:
        """Prepare one deletion of several."""
        if item.ref is None:
            unsent = self._not_begun(item, item.error)

            async def nothing(_rest: Sleeper) -> Tombstone:
                return unsent

            return Begun(nothing, lambda: unsent, lambda: False)
        options = job.options_for(item)
        deletion = self._deletion(item.requested, item.ref, options, job.outages)

        async def settle(rest: Sleeper) -> Tombstone:
            try:
                return job.ended((await self._run(deletion, options, rest)).tombstone)
            except Exception as error:  # noqa: BLE001 - a defect of ours must not lose the others' tombstones
                return self._broken_off(job, item, deletion, error)

        return Begun(settle, deletion.account, lambda: deletion.is_ending)

    async def _run(self, deletion: Deletion, options: Options, rest: Sleeper | None = None) -> Outcome:
        session = self._session_of(deletion.adapter)
        session = session.read_only() if options.dry_run else session
        return await drive_async(deletion.run(), session, self._clock, rest)
