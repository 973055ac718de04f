"""What both clients share: settings, and the flow behind each public method."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from random import random
from typing import TYPE_CHECKING, Self, TypeAlias, TypeVar, Union, cast

from ._answer import Answer
from ._deletion.machine import Deletion, Options
from ._deletion.record import Outcome
from ._failures import error_for
from ._flow import Clock, Flow, overheard
from ._http.session import AsyncSession, Session
from ._json import JSON, NotJson, plain_object
from ._rules import rules_of
from ._seen import Seen
from ._waits import Chance, Patience, asked_wait, patiently
from .bulk.engine import Item
from .config import ProviderSettings
from .errors import (
    ConfigurationError,
    ExpungeError,
    InvalidPlan,
    InvalidReference,
    NotFound,
    Refused,
    UnexpectedResponse,
    ValidationError,
)
from .events import Listener
from .plans.execution import Execution, require_fresh
from .plans.plan import Plan
from .plans.planning import Planning
from .plans.selection import Selection
from .providers import PROVIDERS, AnyAdapter, parse_ref
from .providers._adapter import Absent, Page, ReadFailed
from .providers._page_check import require_named
from .refs import Reference
from .types import Tombstone, Version

if TYPE_CHECKING:
    from expunge_clients.truefoundry.models import ModelManifest

_MOST_EMPTY_PAGES = 100
"""Pages without a version that a list may have one after another, while it says that it goes on."""

T = TypeVar("T")
AnySession = TypeVar("AnySession", Session, AsyncSession)
_READ_SECONDS = 300.0
"""How long a read may take with its waits, where no caller says otherwise: as long as a deletion."""

# Not `|`, which needs the class itself, and that would load httpx.
Manifest: TypeAlias = Union["ModelManifest", Mapping[str, object]]


class Facade:
    """What both clients share: settings, and the flow of each public method."""

    def __init__(
        self,
        *providers: ProviderSettings,
        listeners: Iterable[Listener] = (),
        clock: Clock | None = None,
        chance: Chance = random,
    ) -> None:
        self._settings: dict[str, ProviderSettings] = {}
        for settings in providers:
            if settings.provider in self._settings:
                raise ConfigurationError(f"{settings.provider} is given twice; one client speaks to one of each.")
            self._settings[settings.provider] = settings
        self._listeners = tuple(listeners)
        self._clock = clock or Clock()
        self._chance = chance
        self._environ: Mapping[str, str] | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, listeners: Iterable[Listener] = ()) -> Self:
        """Make a client that reads a provider's settings from *environ* when that provider is first used.

        Args:
            environ: Names and values such as `os.environ`, which is the default.
            listeners: Called with each `expunge.events.Event` of a deletion.
        """
        client = cls(listeners=listeners)
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
        adapter = PROVIDERS[ref.provider]
        deletion = Deletion(
            adapter, ref, requested, options, self._clock, chance=self._chance, listeners=self._listeners
        )
        return deletion.run()

    def _patiently(self, adapter: AnyAdapter, flow: Flow[T]) -> Flow[T]:
        """Run a flow that reads, waiting where the provider throttles; what writes is never repeated."""
        operations = rules_of(adapter.name).operations
        ends = self._clock.monotonic() + _READ_SECONDS
        patience = Patience(self._clock, self._chance, adapter.retry_after, ends)
        return patiently(flow, patience, lambda effect: operations[effect.operation].method == "GET")

    def _get(self, ref: Reference) -> Flow[Version]:
        adapter = PROVIDERS[ref.provider]
        return self._patiently(adapter, self._read(adapter, ref))

    def _read(self, adapter: AnyAdapter, ref: Reference) -> Flow[Version]:
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

    def _page(self, model: Reference, following: object, hear: Callable[[Answer], None]) -> Flow[Page]:
        adapter = PROVIDERS[model.provider]
        try:
            page = yield from self._patiently(adapter, overheard(adapter.page(model, following), hear))
            require_named(page, model)
        except ReadFailed as error:
            raise _read_error(error, adapter, model) from None
        return page

    def _apply(self, manifest: Manifest) -> tuple[AnyAdapter, Flow[Version]]:
        adapter = next(adapter for adapter in PROVIDERS.values() if adapter.capabilities.manifests)
        return adapter, self._patiently(adapter, adapter.apply(_as_mapping(manifest)))

    def _planning(self, model_refs: str | Reference | Iterable[str | Reference], selection: Selection) -> Planning:
        """Check what is to be planned, and every setting, before anything is sent."""
        given = [model_refs] if isinstance(model_refs, str | Reference) else model_refs
        models = list(dict.fromkeys(model_of(ref, "a plan") for ref in given))
        providers: Iterable[str] = dict.fromkeys(model.provider for model in models)
        origins = {name: self._settings_of(PROVIDERS[name]).origin for name in providers}
        return Planning(models, selection, origins, self._clock)

    def _execution(self, plan: Plan, *, max_age: str, max_delete: int | None) -> Execution:
        """Check that *plan* may be carried out here and now, before anything is sent."""
        require_fresh(plan, self._clock.now(), max_age)
        for provider, origin in plan.origins.items():
            here = self._settings_of(PROVIDERS[provider]).origin
            if here != origin:
                raise InvalidPlan(
                    f"The plan was made for {provider} at {origin}, and the settings name {here}; nothing was sent."
                )
        return Execution(plan, max_delete)

    @staticmethod
    def _items(
        refs: Iterable[str | Reference], require: Callable[[Reference], None] = lambda _ref: None
    ) -> Iterator[Item]:
        """Read references one by one, dropping those that name what an earlier one named; *require* may refuse one."""
        seen: set[str] = set()
        for given in refs:
            requested = text_of(given)
            try:
                ref = parse_ref(given)
                require(ref)
            except InvalidReference as error:
                key, item = requested, Item(requested, None, error)
            else:
                key, item = str(ref), Item(requested, ref)
            if key not in seen:
                seen.add(key)
                yield item


def _read_error(error: ReadFailed, adapter: AnyAdapter, ref: Reference) -> ExpungeError:
    answer = error.answer
    if isinstance(error, Absent):
        return NotFound(
            f"{ref} is not there: {error.reason}.",
            ref=str(ref),
            http_status=answer.http_status,
            request_id=answer.request_id,
        )
    message = f"{ref} could not be read: {error.reason}."
    if answer.is_documented or answer.says_not_found:
        # The read of a list that is not there says nothing of a version.
        return UnexpectedResponse(message, ref=str(ref), http_status=answer.http_status, request_id=answer.request_id)
    asked = asked_wait(answer, datetime.now(UTC), adapter.retry_after)
    return error_for(answer, message, ref=str(ref), retry_after=asked)


def _as_mapping(manifest: Manifest) -> Mapping[str, JSON]:
    """Give *manifest* as a mapping: it is one, or a generated model that makes one of itself."""
    to_dict = getattr(manifest, "to_dict", None)
    value: object = to_dict() if callable(to_dict) else manifest
    if isinstance(value, Mapping):
        try:
            return plain_object(cast("Mapping[object, object]", value))
        except NotJson as error:
            raise ValidationError(f"The manifest is not valid, and nothing was sent:\n  {error}") from None
    raise ValidationError(f"A manifest is a mapping or a ModelManifest, not {type(manifest).__name__}.")


def options_of(
    *,
    wait: bool,
    timeout: float,
    dry_run: bool,
    allow_model: bool = False,
    manifest: Manifest | None = None,
    precondition: Callable[[Reference], Flow[None]] | None = None,
) -> Options:
    if not 0 < timeout < float("inf"):
        raise ConfigurationError(f"timeout is {timeout}; it is a positive number of seconds.")
    return Options(
        wait=wait,
        timeout=timeout,
        dry_run=dry_run,
        allow_model=allow_model,
        manifest=None if manifest is None else _as_mapping(manifest),
        precondition=precondition,
    )


def given(outcome: Outcome, *, missing_ok: bool) -> Tombstone:
    if outcome.error is None or (missing_ok and outcome.tombstone.status == "absent"):
        return outcome.tombstone
    raise outcome.error


def model_of(ref: str | Reference, what: str = "a list") -> Reference:
    model = parse_ref(ref)
    if model.scope != "model":
        raise Refused(f"{model} names a version; {what} is of a model: {model.model}.", ref=str(model))
    return model


def text_of(given: str | Reference) -> str:
    """Give the text that was asked for; of a text that is also something else, such as an enum, the text."""
    return str.__str__(given) if isinstance(given, str) else str(given)


class Listing:
    """What has been read of one list: whether it goes on, and that it does not go in a circle."""

    def __init__(self, model: Reference) -> None:
        self._model = model
        self._seen = Seen()
        self._places: set[object] = set()
        self._empty_pages = 0
        self.is_whole = False
        self.following: object = None

    def only_new(self, page: Page) -> list[Version]:
        """Give the page's versions that no earlier page had: a list that changes meanwhile repeats some.

        Raises:
            UnexpectedResponse: It leads to a page that it has had, or on and on over the same versions.
        """
        new = [version for version in page.versions if self._seen.is_new(version.ref)]
        self.following, self.is_whole = page.following, page.following is None
        self._empty_pages = 0 if new else self._empty_pages + 1
        is_repeating = (page.versions and not new) or self._empty_pages > _MOST_EMPTY_PAGES
        if not self.is_whole and (is_repeating or page.following in self._places):
            message = f"The list of {self._model} leads in a circle; it cannot be read whole."
            raise error_for(Answer(http_status=200, problem="a circle"), message, ref=str(self._model))
        self._places.add(page.following)
        return new
