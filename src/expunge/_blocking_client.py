"""The blocking half of a client: its flows are driven here, one after another or in threads.

`_client.py` has the public methods and their documentation.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, TypeVar

from ._answer import Answer
from ._deletion.machine import Deletion
from ._deletion.options import Options
from ._deletion.record import Outcome
from ._facade import Facade
from ._flow import Flow, Rest, drive, drive_until_rest
from ._runs.job import Job
from ._system.stop import Stop
from .bulk.feed import Item
from .bulk.threads import Begun, in_threads
from .config import ProviderSettings, Secret
from .errors import ExpungeError
from .plans.planning import Planning
from .providers import PROVIDERS, AnyAdapter
from .providers._listing import Listing
from .providers._models import ModelListing, ModelLists
from .providers._patterns import ModelPattern
from .providers._serving import Servings, scope_of
from .refs import Reference
from .types import Model, Tombstone, Version

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ._http.session import Session

T = TypeVar("T")


class BlockingClient(Facade["Session"]):
    """A client that waits by blocking the thread that calls it."""

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
        return in_threads(partial(self._begin, job), partial(self._decline, job), job.items, job.terms, self._clock)

    def _begin(self, job: Job, item: Item) -> Begun:
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
            except Exception as error:  # noqa: BLE001 - a defect of ours must not lose the others' tombstones
                return self._broken_off(job, item, deletion, error)

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
    client: BlockingClient, refs: Sequence[Reference], servings: Servings, pool: "Executor"
) -> list[Version | ExpungeError]:
    """Read *refs* at once, as `get()` reads one; an error stands in its place.

    The lists of what serves are read once for all versions that share them, and *servings* keeps them for later calls.
    """
    # A function, as users see each public method; the class is in this module.
    return client._looked_at(refs, servings, pool)  # pyright: ignore[reportPrivateUsage]
