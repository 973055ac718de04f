"""The client that is awaited: the twin of the blocking one, over the same flows."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Self, TypeVar

from ._answer import Answer
from ._deletion.machine import Options
from ._deletion.record import Outcome, never_sent
from ._facade import DEFAULT_CONCURRENCY, Facade, Manifest, given, items_of, model_of, options_of, text_of, version_of
from ._flow import Flow, drive_async
from ._http.session import AsyncSession
from .bulk.engine import Item, in_tasks
from .config import ProviderSettings
from .plans.execution import MAX_AGE
from .plans.plan import Plan
from .plans.selection import MAX_DELETE
from .providers import PROVIDERS, parse_ref
from .providers._listing import Listing
from .refs import Reference
from .types import Tombstone, Version

T = TypeVar("T")


class AsyncClient(Facade[AsyncSession]):
    """Deletes model versions, awaited: the same methods as `Client`.

    Args:
        *providers: Settings such as `expunge.Cerebras(api_key=…)`, one for each provider.
        listeners: Functions that are called with each `expunge.events.Event`.
        clock: The source of the time, and of waiting; for tests.
        chance: The source of random numbers below 1; for tests.
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
        return given(await self._delete(text_of(ref), parse_ref(ref), options), missing_ok=missing_ok)

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
    ) -> AsyncIterator[Tombstone]:
        """Delete many versions concurrently; see `Client.delete_many()`."""
        del missing_ok  # an absent version has a tombstone and is never raised
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        return in_tasks(lambda item: self._settle(item, options), items_of(refs), concurrency)

    async def plan(
        self,
        model_refs: str | Reference | Iterable[str | Reference],
        *,
        keep_last: int | None = None,
        older_than: str | None = None,
        match: str | Iterable[str] | None = None,
        protect: str | Iterable[str] | None = None,
        include_aliased: bool = False,
        max_delete: int = MAX_DELETE,
        max_percent: float | None = None,
    ) -> Plan:
        """Select versions to delete; see `Client.plan()`."""
        planning = self._planning(
            model_refs,
            keep_last=keep_last,
            older_than=older_than,
            match=match,
            protect=protect,
            include_aliased=include_aliased,
            max_delete=max_delete,
            max_percent=max_percent,
        )
        for model in planning.models:
            async for version in self._listed(model, planning.hear):
                planning.see(model, version)
            planning.decide(model)
        return planning.plan()

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
    ) -> AsyncIterator[Tombstone]:
        """Delete the versions that *plan* selected; see `Client.execute()`."""
        execution = self._execution(plan, max_age=max_age, max_delete=max_delete)
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, precondition=execution.check)
        items = items_of(execution.refs() if only is None else only, execution.require_planned, name="only")

        async def settle(item: Item) -> Tombstone:
            return execution.settled(await self._settle(item, options))

        return in_tasks(settle, items, concurrency)

    async def get(self, ref: str | Reference) -> Version:
        """Read one version; see `Client.get()`."""
        version = version_of(ref)
        return await self._drive(version, self._get(version))

    def versions(self, model_ref: str | Reference) -> AsyncIterator[Version]:
        """Read a model's versions lazily, page by page; see `Client.versions()`."""
        return self._listed(model_of(model_ref))

    async def apply(self, manifest: Manifest) -> Version:
        """Create or update a TrueFoundry model version; see `Client.apply()`."""
        adapter, flow = self._apply(manifest)
        return await drive_async(flow, self._session_of(adapter), self._clock)

    async def aclose(self) -> None:
        """Close all connections."""
        while self._sessions:
            await self._sessions.popitem()[1].aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _open(self, settings: ProviderSettings, authorization: str, id_headers: tuple[str, ...]) -> AsyncSession:
        return AsyncSession(settings, authorization, id_headers)

    async def _drive(self, ref: Reference, flow: Flow[T]) -> T:
        return await drive_async(flow, self._session_of(PROVIDERS[ref.provider]).read_only(), self._clock)

    async def _listed(
        self, model: Reference, hear: Callable[[Answer], None] = lambda _answer: None
    ) -> AsyncIterator[Version]:
        listing = Listing(model)
        while not listing.is_complete:
            for version in await self._drive(model, self._page(listing, hear)):
                yield version

    async def _settle(self, item: Item, options: Options) -> Tombstone:
        if item.ref is None:
            return never_sent(item.requested, item.error, self._clock)
        try:
            return (await self._delete(item.requested, item.ref, options)).tombstone
        except Exception as error:  # noqa: BLE001 - a defect of ours must not lose the others' tombstones
            return self._cut_short(item.requested, item.ref, error)

    async def _delete(self, requested: str, ref: Reference, options: Options) -> Outcome:
        session = self._session_of(PROVIDERS[ref.provider])
        flow = self._deletion(ref, requested, options)
        return await drive_async(flow, session.read_only() if options.dry_run else session, self._clock)
