"""The two clients: thin twins over the same flows, one blocking, one awaited."""

import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Self, TypeAlias, TypeVar, Union, cast

from ._answer import JSON, Answer
from ._failures import error_for
from ._flow import Clock, Flow, drive, drive_async
from ._session import AsyncSession, Session
from ._waits import asked_wait
from .bulk.engine import Item, in_tasks, in_threads
from .config import ProviderSettings
from .deletion import Deletion, Options, Outcome, never_sent
from .errors import ConfigurationError, ExpungeError, InvalidReference, Refused, ValidationError
from .providers import PROVIDERS, AnyAdapter, parse_ref
from .providers._adapter import Absent, Page, ReadFailed
from .refs import Reference
from .types import Tombstone, Version

if TYPE_CHECKING:
    from expunge_clients.truefoundry.models import ModelManifest

T = TypeVar("T")
Manifest: TypeAlias = Union[
    "ModelManifest", Mapping[str, object]
]  # not `|`, which needs the class, and that loads httpx
AnySession = TypeVar("AnySession", Session, AsyncSession)

DEFAULT_CONCURRENCY = 8
"""Deletions that are under way at once, unless a caller says otherwise."""


class _Facade:
    """What both clients share: settings, and the flow of each public method."""

    def __init__(self, *providers: ProviderSettings, clock: Clock | None = None) -> None:
        self._settings: dict[str, ProviderSettings] = {}
        for settings in providers:
            if settings.provider in self._settings:
                raise ConfigurationError(f"{settings.provider} is given twice; one client speaks to one of each.")
            self._settings[settings.provider] = settings
        self._clock = clock or Clock()
        self._environ: Mapping[str, str] | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Make a client that reads a provider's settings from *environ* when that provider is first used.

        Args:
            environ: Names and values such as `os.environ`, which is the default.
        """
        client = cls()
        client._environ = os.environ if environ is None else environ
        return client

    def _settings_of(self, adapter: AnyAdapter) -> ProviderSettings:
        settings = self._settings.get(adapter.name)
        if settings is None and self._environ is not None:
            settings = self._settings[adapter.name] = adapter.settings.from_env(self._environ)
        if settings is None:
            raise ConfigurationError(
                f"This client has no settings for {adapter.name}. "
                f"Give it expunge.{adapter.settings.__name__}(…), or use from_env().",
            )
        return settings

    def _session(self, kind: type[AnySession], adapter: AnyAdapter) -> AnySession:
        settings = self._settings_of(adapter)
        return kind(settings, adapter.authorization(settings.secret), adapter.request_id_headers)

    def _deletion(self, ref: Reference, requested: str, options: Options) -> Flow[Outcome]:
        return Deletion(PROVIDERS[ref.provider], ref, requested, options, self._clock).run()

    def _get(self, ref: Reference) -> Flow[Version]:
        adapter = PROVIDERS[ref.provider]
        if ref.scope == "model":
            raise Refused(f"{ref} names a model; name a version: {ref}@VERSION.", ref=str(ref))
        try:
            if adapter.needs_resolving(ref):
                ref = yield from adapter.resolve(ref)
            sighting = yield from adapter.look(ref)
            if sighting.version is None:
                failure = Absent if sighting.presence == "gone" else ReadFailed
                raise failure(sighting.answer, sighting.reason)
            return (yield from adapter.describe(ref, sighting.version))
        except ReadFailed as error:
            raise _read_error(error, adapter, ref) from None

    def _page(self, model: Reference, following: object) -> Flow[Page]:
        adapter = PROVIDERS[model.provider]
        try:
            return (yield from adapter.page(model, following))
        except ReadFailed as error:
            raise _read_error(error, adapter, model) from None

    def _apply(self, manifest: Manifest) -> tuple[AnyAdapter, Flow[Version]]:
        adapter = next(adapter for adapter in PROVIDERS.values() if adapter.capabilities.manifests)
        return adapter, adapter.apply(as_mapping(manifest))

    @staticmethod
    def _items(refs: Iterable[str | Reference]) -> Iterator[Item]:
        """Read references one by one, dropping those that name what an earlier one named."""
        seen: set[str] = set()
        for given in refs:
            requested = str(given)
            try:
                ref = parse_ref(given)
            except InvalidReference as error:
                key, item = requested, Item(requested, None, error)
            else:
                key, item = str(ref), Item(requested, ref)
            if key not in seen:
                seen.add(key)
                yield item


def _read_error(error: ReadFailed, adapter: AnyAdapter, ref: Reference) -> ExpungeError:
    answer = error.answer
    message = f"{ref} could not be read: {error.reason}."
    if isinstance(error, Absent):
        message = f"{ref} is not there: {error.reason}."
        answer = Answer(http_status=404, is_json=True, body={}, request_id=answer.request_id, problem=error.reason)
    asked = asked_wait(answer, datetime.now(UTC))
    return error_for(answer, message, ref=str(ref), retry_after=adapter.retry_after(answer) if asked is None else asked)


def as_mapping(manifest: Manifest) -> Mapping[str, JSON]:
    """Give *manifest* as a mapping: it is one, or a generated model that makes one of itself."""
    to_dict = getattr(manifest, "to_dict", None)
    value: object = to_dict() if callable(to_dict) else manifest
    if isinstance(value, Mapping):
        return cast("Mapping[str, JSON]", value)
    raise ValidationError(f"A manifest is a mapping or a ModelManifest, not {type(manifest).__name__}.")


def _options(*, wait: bool, timeout: float, dry_run: bool, allow_model: bool, manifest: Manifest | None) -> Options:
    if not 0 < timeout < float("inf"):
        raise ConfigurationError(f"timeout is {timeout}; it is a positive number of seconds.")
    return Options(
        wait=wait,
        timeout=timeout,
        dry_run=dry_run,
        allow_model=allow_model,
        manifest=None if manifest is None else as_mapping(manifest),
    )


def _given(outcome: Outcome, *, missing_ok: bool) -> Tombstone:
    if outcome.error is None or (missing_ok and outcome.tombstone.status == "absent"):
        return outcome.tombstone
    raise outcome.error


class Client(_Facade):
    """Deletes model versions, blocking.

    Args:
        *providers: Settings such as `expunge.Cerebras(api_key=…)`, one of a kind.
        clock: What tells the time and waits; for tests.
    """

    def __init__(self, *providers: ProviderSettings, clock: Clock | None = None) -> None:
        super().__init__(*providers, clock=clock)
        self._sessions: dict[str, Session] = {}
        self._opening = Lock()  # delete_many() settles in threads, and each provider has one session

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
        options = _options(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        return _given(self._delete(str(ref), parse_ref(ref), options), missing_ok=missing_ok)

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
        options = _options(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)

        def settle(item: Item) -> Tombstone:
            if item.ref is None:
                return never_sent(item.requested, item.error, self._clock)
            try:
                return self._delete(item.requested, item.ref, options).tombstone
            except ConfigurationError as error:
                return never_sent(item.requested, error, self._clock, item.ref)

        return in_threads(settle, self._items(refs), concurrency)

    def get(self, ref: str | Reference) -> Version:
        """Read one version; an alias is resolved first.

        Raises:
            NotFound: There is no such version.
            ExpungeError: It could not be read.
        """
        parsed = parse_ref(ref)
        return self._drive(parsed, self._get(parsed))

    def versions(self, model_ref: str | Reference) -> Iterator[Version]:
        """Read a model's versions, page by page as they are taken.

        Raises:
            NotFound: There is no such model.
            ExpungeError: A page could not be read, or the list cannot be known to be whole.
        """
        model = _model(model_ref)
        following: object = None
        seen: set[str] = set()
        pages: set[object] = set()
        while True:
            page = self._drive(model, self._page(model, following))
            yield from _new(page, seen)
            following = _next_page(page, pages, model)
            if following is None:
                return

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
        while self._sessions:
            self._sessions.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _session_of(self, adapter: AnyAdapter) -> Session:
        with self._opening:
            if adapter.name not in self._sessions:
                self._sessions[adapter.name] = self._session(Session, adapter)
            return self._sessions[adapter.name]

    def _drive(self, ref: Reference, flow: Flow[T]) -> T:
        return drive(flow, self._session_of(PROVIDERS[ref.provider]), self._clock)

    def _delete(self, requested: str, ref: Reference, options: Options) -> Outcome:
        session = self._session_of(PROVIDERS[ref.provider])
        flow = self._deletion(ref, requested, options)
        return drive(flow, session.read_only() if options.dry_run else session, self._clock)


class AsyncClient(_Facade):
    """Deletes model versions, awaited: the same methods as `Client`.

    Args:
        *providers: Settings such as `expunge.Cerebras(api_key=…)`, one of a kind.
        clock: What tells the time and waits; for tests.
    """

    def __init__(self, *providers: ProviderSettings, clock: Clock | None = None) -> None:
        super().__init__(*providers, clock=clock)
        self._sessions: dict[str, AsyncSession] = {}

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
        """Delete one model version, and say what became of it; see `Client.delete()`."""
        options = _options(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)
        return _given(await self._delete(str(ref), parse_ref(ref), options), missing_ok=missing_ok)

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
        """Delete many, and give a tombstone for each distinct reference; see `Client.delete_many()`."""
        del missing_ok  # an absent one is told by its tombstone, never raised
        options = _options(wait=wait, timeout=timeout, dry_run=dry_run, allow_model=allow_model, manifest=manifest)

        async def settle(item: Item) -> Tombstone:
            if item.ref is None:
                return never_sent(item.requested, item.error, self._clock)
            try:
                return (await self._delete(item.requested, item.ref, options)).tombstone
            except ConfigurationError as error:
                return never_sent(item.requested, error, self._clock, item.ref)

        return in_tasks(settle, self._items(refs), concurrency)

    async def get(self, ref: str | Reference) -> Version:
        """Read one version; see `Client.get()`."""
        parsed = parse_ref(ref)
        return await self._drive(parsed, self._get(parsed))

    async def versions(self, model_ref: str | Reference) -> AsyncIterator[Version]:
        """Read a model's versions, page by page as they are taken; see `Client.versions()`."""
        model = _model(model_ref)
        following: object = None
        seen: set[str] = set()
        pages: set[object] = set()
        while True:
            page = await self._drive(model, self._page(model, following))
            for version in _new(page, seen):
                yield version
            following = _next_page(page, pages, model)
            if following is None:
                return

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

    def _session_of(self, adapter: AnyAdapter) -> AsyncSession:
        if adapter.name not in self._sessions:
            self._sessions[adapter.name] = self._session(AsyncSession, adapter)
        return self._sessions[adapter.name]

    async def _drive(self, ref: Reference, flow: Flow[T]) -> T:
        return await drive_async(flow, self._session_of(PROVIDERS[ref.provider]), self._clock)

    async def _delete(self, requested: str, ref: Reference, options: Options) -> Outcome:
        session = self._session_of(PROVIDERS[ref.provider])
        flow = self._deletion(ref, requested, options)
        return await drive_async(flow, session.read_only() if options.dry_run else session, self._clock)


def _model(ref: str | Reference) -> Reference:
    model = parse_ref(ref)
    if model.scope != "model":
        raise Refused(f"{model} names a version; a list is of a model: {model.model}.", ref=str(model))
    return model


def _new(page: Page, seen: set[str]) -> Iterator[Version]:
    """Give the page's versions that no earlier page had: a list that changes meanwhile repeats some."""
    for version in page.versions:
        if version.ref not in seen:
            seen.add(version.ref)
            yield version


def _next_page(page: Page, pages: set[object], model: Reference) -> object:
    """Give where the next page begins, or None; a list that leads back to a page it has had is an error."""
    if page.following in pages:
        message = f"The list of {model} leads in a circle; it cannot be read whole."
        raise error_for(Answer(http_status=200, problem="a circle"), message, ref=str(model))
    pages.add(page.following)
    return page.following
