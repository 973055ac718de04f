"""The client that blocks; AsyncClient is its twin over the same flows."""

import os
from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import Self, TypeVar

from ._answer import Answer
from ._deletion.carrying import carried
from ._deletion.machine import Deletion
from ._deletion.options import Options
from ._deletion.record import Outcome
from ._facade import (
    DEFAULT_CONCURRENCY,
    Facade,
    Manifest,
    cut_short,
    given,
    items_of,
    model_of,
    options_of,
    text_of,
    version_of,
)
from ._flow import Flow, drive
from ._http.session import Session
from .bulk.engine import Item
from .bulk.threads import Begun, in_threads
from .config import ProviderSettings
from .errors import ConfigurationError
from .plans.execution import MAX_AGE
from .plans.plan import Plan
from .plans.selection import MAX_DELETE
from .providers import PROVIDERS, parse_ref
from .providers._listing import Listing
from .refs import Reference
from .types import Tombstone, Version

T = TypeVar("T")


class Client(Facade[Session]):
    """Deletes model versions, blocking.

    Args:
        *providers: Settings such as `expunge.Cerebras(api_key=…)`, one of a kind.
        listeners: Called with each `expunge.events.Event` of a deletion.
        clock: What tells the time and waits; for tests.
        chance: What gives a random number below 1; for tests.
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
        """Delete one model version, and say what became of it.

        Args:
            ref: Canonical text such as `cerebras:acme/gpt-oss-120b@3`, or what `parse_ref()` gave.
            wait: Whether to read back until it is gone.
            timeout: Seconds for the whole call; a last read-back may take a few more.
            missing_ok: Whether to return, and not to raise, when it was not there.
            dry_run: Whether only to read; the transport then passes GET and nothing else.
            allow_model: Whether a whole Baseten model, with every deployment, may be deleted.
            manifest: TrueFoundry's manifest to delete by, instead of the smallest one that is valid.

        Raises:
            NotFound: It was not there before the first request.
            Refused: The provider or a guard rail said no; nothing was deleted.
            Unconfirmed: It may be gone; `error.tombstone` holds all that is known.
            ExpungeError: Any of the other kinds; nothing was deleted.
        """
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        deletion = self._deletion(text_of(ref), parse_ref(ref), options)
        return carried(deletion, lambda: given(self._run(deletion, options), missing_ok=missing_ok))

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
    ) -> Iterator[Tombstone]:
        """Delete many, and give a tombstone for each distinct reference as soon as it is settled.

        It never raises for one item; `missing_ok` is taken for likeness with `delete()`. The other arguments are
        those of `delete()`, and *timeout* holds for each reference from when its work begins.

        *refs* are references or their texts, read lazily; *concurrency* is how many are under way at once.
        """
        del missing_ok  # an absent one is told by its tombstone, never raised
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        return in_threads(lambda item: self._begin(item, options, _as_it_is), items_of(refs), concurrency)

    def plan(
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
        """Choose which versions of some models should go, by reading alone; nothing is deleted.

        The selectors *keep_last*, *older_than* and *match* are joined by AND, and at least one is needed. Never chosen
        are the last version of a model, a live one, one whose live state or creation time should have been readable
        and was not, and one that has an alias.

        Args:
            model_refs: Models such as `baseten:mod3x7q`; one, or several.
            keep_last: How many of each model's newest versions stay; at least 1.
            older_than: An age such as `12h`, `30d`, `2w`, `3mo` or `1y`; what is younger stays.
            match: Globs; only versions whose number, id or alias fits one of them may go.
            protect: Globs; versions whose number, id or alias fits one of them stay.
            include_aliased: Whether versions that have an alias may go.
            max_delete: Versions that may go in all.
            max_percent: Percent of one model's versions that may go; by default 50, and no limit with *keep_last*.

        Raises:
            ConfigurationError: No selector was given, or one does not parse; nothing was sent.
            PlanTooLarge: More would go than the limits allow.
            ExpungeError: A model could not be read whole.
        """
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
            for version in self._listed(model, planning.hear):
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
    ) -> Iterator[Tombstone]:
        """Delete what *plan* has chosen, each version only if it is still as it was seen.

        A version that has become live, has got another alias, is another one by now or is the last one left is
        `refused`, and the rest goes on; one that is gone is `absent`. The other arguments are those of `delete_many()`.

        Args:
            plan: What `plan()` gave, or `expunge.Plan.load()`.
            only: References among the plan's deletions, read lazily, where not all of them should go.
            concurrency: How many are under way at once.
            wait: Whether to read each back until it is gone.
            timeout: Seconds for each, from when its work begins.
            dry_run: Whether only to read; the transport then passes GET and nothing else.
            max_age: An age such as `1d`; an older plan is refused.
            max_delete: Versions that may go in all.

        Raises:
            InvalidPlan: It is too old, from the future, or made for another host; nothing was sent.
            ConfigurationError: A setting is missing, or more would go than *max_delete*; nothing was sent.
        """
        execution = self._execution(plan, max_age=max_age, max_delete=max_delete)
        options = options_of(wait=wait, timeout=timeout, dry_run=dry_run, precondition=execution.check)
        items = items_of(execution.refs() if only is None else only, execution.require_planned, name="only")
        return in_threads(lambda item: self._begin(item, options, execution.settled), items, concurrency)

    def get(self, ref: str | Reference) -> Version:
        """Read one version; an alias is resolved first.

        Raises:
            NotFound: There is no such version.
            ExpungeError: It could not be read.
        """
        version = version_of(ref)
        return self._drive(version, self._get(version))

    def versions(self, model_ref: str | Reference) -> Iterator[Version]:
        """Read a model's versions, page by page as they are taken.

        Raises:
            NotFound: There is no such model.
            ExpungeError: A page could not be read, or the list cannot be known to be whole.
        """
        return self._listed(model_of(model_ref))

    def apply(self, manifest: Manifest) -> Version:
        """Create or update a TrueFoundry model version.

        Args:
            manifest: A generated `ModelManifest`, or a mapping of the same shape; nothing is filled in.

        Raises:
            ValidationError: The manifest breaks the schema, and nothing was sent; or the provider refused it.
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

    def _owner(self) -> object:
        return os.getpid()

    def _open(self, settings: ProviderSettings, authorization: str, id_headers: tuple[str, ...]) -> Session:
        return Session(settings, authorization, id_headers)

    def _drive(self, ref: Reference, flow: Flow[T]) -> T:
        return drive(flow, self._session_of(PROVIDERS[ref.provider]).read_only(), self._clock)

    def _listed(self, model: Reference, hear: Callable[[Answer], None] = lambda _answer: None) -> Iterator[Version]:
        listing = Listing(model)
        while not listing.is_complete:
            yield from self._drive(model, self._page(listing, hear))

    def _begin(self, item: Item, options: Options, ended: Callable[[Tombstone], Tombstone]) -> Begun:
        """Prepare one deletion of several; *ended* takes note of its tombstone, and returns it."""
        if item.ref is None:
            unsent = self._not_begun(item, item.error)
            return Begun(lambda _stop: unsent, lambda: unsent)
        deletion = self._deletion(item.requested, item.ref, options)

        def settle(stop: Event) -> Tombstone:
            try:
                return ended(self._run(deletion, options, stop).tombstone)
            except ConfigurationError as error:
                return ended(self._not_begun(item, error))
            except Exception as error:  # noqa: BLE001 - a defect of ours must not lose the others' tombstones
                return ended(cut_short(deletion, error))

        return Begun(settle, deletion.account)

    def _run(self, deletion: Deletion, options: Options, stop: Event | None = None) -> Outcome:
        def fresh() -> Session:
            session = self._renewed(deletion.adapter)
            return session.read_only() if options.dry_run else session

        session = self._session_of(deletion.adapter)
        session = session.read_only() if options.dry_run else session
        return drive(deletion.run(), session, self._clock, fresh, stop)


def _as_it_is(tombstone: Tombstone) -> Tombstone:
    return tombstone
