"""The access of a client to its providers: the settings, the session and the rate of each."""

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from random import random
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ._deletion.options import LAST_READ_SECONDS
from ._flow import Clock
from ._waits import Chance
from .bulk.limits import Limit, shared_limit
from .config import ProviderSettings, Secret
from .errors import ConfigurationError
from .events import Listener
from .providers import PROVIDERS, AnyAdapter
from .providers._patterns import ModelPattern

if TYPE_CHECKING:
    from ._http.session import AsyncSession, Session

_CLOCK = Clock()

AnySession = TypeVar("AnySession", "Session", "AsyncSession")


class ProviderAccess(Generic[AnySession]):
    """The settings of a client, and for each provider one session and one rate.

    Attributes:
        limits: The rates that are kept, by process and provider.
    """

    def __init__(
        self,
        *providers: ProviderSettings,
        listeners: Iterable[Listener] = (),
        clock: Clock | None = None,
        chance: Chance = random,
        last_read_seconds: float = LAST_READ_SECONDS,
    ) -> None:
        self._settings: dict[str, ProviderSettings] = {}
        for settings in providers:
            if settings.provider in self._settings:
                raise ConfigurationError(f"{settings.provider} was given twice; a client takes one of each provider.")
            self._settings[settings.provider] = settings
        self._listeners = tuple(listeners)
        self._clock = clock or _CLOCK
        self._chance = chance
        self._last_read_seconds = last_read_seconds
        self._environ: Mapping[str, str] | None = None
        self._sessions: dict[tuple[object, str], AnySession] = {}
        self.limits: dict[tuple[int, str], Limit] = {}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, listeners: Iterable[Listener] = ()) -> Self:
        """Return a client that reads a provider's settings from *environ* when that provider is first used.

        Args:
            environ: Variables by name; the default is `os.environ`.
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
                f"Pass expunge.{adapter.settings.__name__}(…) to it, or use from_env().",
            )
        return settings

    def _open(self, settings: ProviderSettings, authorization: Secret, id_headers: tuple[str, ...]) -> AnySession:
        """Open a session, blocking or awaited."""
        raise NotImplementedError

    def _owner(self) -> object:
        """Return what the connections that are opened now belong to: this process, and this event loop."""
        raise NotImplementedError

    def _session_of(self, adapter: AnyAdapter) -> AnySession:
        # A connection that a fork shares would give one process the other's answers. No lock: a fork may have copied
        # a locked one. Two threads that meet here open two sessions, and one is used.
        key = (self._owner(), adapter.name)
        session = self._sessions.get(key)
        if session is None:
            settings = self._settings_of(adapter)
            authorization = Secret.of(adapter.authorization(settings.secret))
            opened = self._open(settings, authorization, adapter.request_id_headers)
            session = self._sessions.setdefault(key, opened)
        return session

    def _limit_of(self, adapter: AnyAdapter) -> Limit:
        """Return the rate that all calls with one credential share."""
        # By process: a fork may have copied a locked lock.
        key = (os.getpid(), adapter.name)
        limit = self.limits.get(key)
        if limit is None:
            limit = self.limits.setdefault(key, self._open_limit(adapter))
        return limit

    def _open_limit(self, adapter: AnyAdapter) -> Limit:
        def make() -> Limit:
            return Limit(adapter.calls_per_second, self._clock, adapter.retry_after)

        if self._clock is not _CLOCK:
            return make()  # its time is not that of other clients
        try:
            settings = self._settings_of(adapter)
        except ConfigurationError:
            return make()  # nothing will be sent
        credential = sha256(settings.secret.reveal().encode()).digest()
        return shared_limit((os.getpid(), settings.provider, settings.origin, credential), make)

    def _has_credential(self, adapter: AnyAdapter) -> bool:
        """Return whether this client was given settings of that provider; they may still be unusable."""
        return adapter.name in self._settings or bool((self._environ or {}).get(adapter.settings.variables[0]))

    def _origin_of(self, provider: str) -> str | None:
        """Return the address of *provider*; None without usable settings."""
        try:
            return self._settings_of(PROVIDERS[provider]).origin
        except ConfigurationError:
            return None

    def _origins_of(self, patterns: Iterable[ModelPattern]) -> dict[str, str]:
        return {p.provider: self._settings_of(PROVIDERS[p.provider]).origin for p in patterns}


def limits_of(client: "ProviderAccess[Session]") -> Mapping[str, Limit]:
    """Return the rates of the providers that *client* has used in this process, by name."""
    return {name: limit for (process, name), limit in tuple(client.limits.items()) if process == os.getpid()}
