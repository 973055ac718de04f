"""The common part of both clients: settings, and the flow behind each public method.

The module is longer than most: the flow of each public method stands here, and only here.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from random import random
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from attrs import evolve

from ._answer import Answer
from ._deletion.machine import Deletion
from ._deletion.options import LAST_READ_SECONDS, Manifest, Options, as_mapping
from ._deletion.record import never_sent
from ._flow import Clock, Flow, overheard
from ._rules import rules_of
from ._runs.job import Job, items_of, resumed
from ._runs.recording import AnyJournal
from ._waits import Chance, Patience, paced, patiently, until, warned
from .bulk.engine import Terms
from .bulk.feed import Item
from .bulk.limits import Limit, shared_limit
from .bulk.outages import Outages
from .config import ProviderSettings, Secret
from .errors import (
    ConfigurationError,
    ExpungeError,
    InvalidPlan,
    InvalidReference,
)
from .events import Listener
from .plans.execution import Execution, require_fresh
from .plans.plan import Plan
from .plans.planning import Planning
from .plans.policies.explanation import Explanation, fitting
from .plans.policies.policy import Policy
from .plans.selection import Selection
from .providers import PROVIDERS, AnyAdapter
from .providers._failed_reads import Absent, ReadFailed, read_error
from .providers._listing import Listing
from .providers._models import ModelListing, ModelScope, scopes_of
from .providers._patterns import ModelPattern, pattern_of, version_of
from .providers._serving import LiveState, Servings, read_state, with_state
from .refs import Reference
from .types import Model, Tombstone, Version

if TYPE_CHECKING:
    from ._http.session import AsyncSession, Session

DEFAULT_CONCURRENCY = 32
"""Default for the number of deletions under way at once on each provider; 8 would miss 100 a second above 80 ms."""

_READ_SECONDS = 300.0
"""Time allowed for a read with its waits: the default of a deletion."""

UNLISTED = logging.getLogger("expunge.models")
"""Warnings about providers that a list of all models leaves out."""

UNREAD = logging.getLogger("expunge.live_state")
"""Warnings about live states that could not be read, which `is_live` cannot tell from a provider that does not say."""

_CLOCK = Clock()

T = TypeVar("T")
AnySession = TypeVar("AnySession", "Session", "AsyncSession")


class Facade(Generic[AnySession]):
    """The common part of both clients: settings, sessions, and the flow of each public method.

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

    def _deletion(self, requested: str, ref: Reference, options: Options, outages: Outages | None = None) -> Deletion:
        limit = self._limit_of(PROVIDERS[ref.provider])
        return Deletion(
            PROVIDERS[ref.provider],
            ref,
            requested,
            options,
            self._clock,
            chance=self._chance,
            listeners=self._listeners,
            last_read_seconds=self._last_read_seconds,
            pace=limit if outages is None else outages.around(ref.provider, limit, self._clock),
        )

    def _patiently(self, adapter: AnyAdapter, flow: Flow[T]) -> Flow[T]:
        """Run a flow that reads within a bounded time, and wait if the provider throttles.

        Requests that write are never repeated.
        """
        operations = rules_of(adapter.name).operations
        ends = self._clock.monotonic() + _READ_SECONDS
        patience = Patience(self._clock, self._chance, adapter.retry_after, ends)
        patient = patiently(flow, patience, lambda effect: operations[effect.operation].method == "GET")
        bounded = until(ends, self._clock, patient)
        return paced(bounded, self._limit_of(adapter), self._clock, ends)

    def _get(self, ref: Reference) -> Flow[Version]:
        adapter = PROVIDERS[ref.provider]
        return self._patiently(adapter, self._read(adapter, ref))

    def _read(self, adapter: AnyAdapter, ref: Reference) -> Flow[Version]:
        resolved, version = yield from self._look(adapter, ref)
        return _stated(version, (yield from read_state(adapter, resolved, version)))

    def _look(self, adapter: AnyAdapter, ref: Reference) -> Flow[tuple[Reference, Version]]:
        """Read a version without the lists of what serves; return it with the reference that *ref* stands for."""
        try:
            if adapter.needs_resolving(ref):
                ref = yield from adapter.resolve(ref)
            sighting = yield from adapter.look(ref)
            if sighting.version is None:
                failure = Absent if sighting.presence == "gone" else ReadFailed
                raise failure(sighting.answer, sighting.reason)
        except ReadFailed as error:
            raise read_error(error, adapter, ref) from None
        return ref, sighting.version

    def _share(self, seen: tuple[Reference, Version], servings: Servings) -> Flow[Version]:
        """Return a version that was read, with its live state; *servings* has the lists, or gets them."""
        ref, version = seen
        adapter = PROVIDERS[ref.provider]
        if version.is_live:
            return version
        serving = yield from self._patiently(adapter, servings.of(adapter, ref.model))
        return _stated(version, adapter.live_state(ref.model, version, serving))

    def _page(self, listing: Listing, hear: Callable[[Answer], None]) -> Flow[list[Version]]:
        """Read the next page of *listing*, with live states; each answer is passed to *hear*."""
        adapter, model = PROVIDERS[listing.model.provider], listing.model
        try:
            if listing.following is None:
                begins: Flow[object] = overheard(listing.servings.beginning(adapter, model), hear)
                listing.following = yield from self._patiently(adapter, begins)
            flow = overheard(adapter.page(model, listing.following), hear)
            versions = listing.take((yield from self._patiently(adapter, flow)))
        except ReadFailed as error:
            raise read_error(error, adapter, model) from None
        if not versions:
            return versions
        serving = yield from self._patiently(adapter, overheard(listing.servings.of(adapter, model), hear))
        states = [adapter.live_state(model, version, serving) for version in versions]
        for reason in listing.first_told(state.unread for state in states if state.unread):
            UNREAD.warning("The live state of %s is not known: %s.", model, reason)
        return [with_state(version, state) for version, state in zip(versions, states, strict=True)]

    def _scopes(self, scope: str | None) -> list[ModelListing]:
        """Return the lists of models to read for *scope*, checked before anything is sent."""
        if scope is None:
            scopes, refused = scopes_of(filter(self._has_credential, PROVIDERS.values()))
        else:
            scopes, refused = [ModelScope.parse(scope)], []
        if not scopes:
            raise refused[0] if refused else ConfigurationError("No provider is configured; no models can be listed.")
        for wanted in scopes:
            self._settings_of(wanted.adapter)
        for error in refused:
            UNLISTED.warning("%s", error)
        return list(map(ModelListing, scopes))

    def _has_credential(self, adapter: AnyAdapter) -> bool:
        """Return whether this client was given settings of that provider; they may still be unusable."""
        return adapter.name in self._settings or bool((self._environ or {}).get(adapter.settings.variables[0]))

    def _model_page(self, listing: ModelListing) -> Flow[list[Model]]:
        """Read the next page of *listing*."""
        scope = listing.scope
        flow = scope.adapter.models_page(scope.name, listing.following)
        try:
            return listing.take((yield from self._patiently(scope.adapter, flow)))
        except ReadFailed as error:
            raise read_error(error, scope.adapter, str(scope), scope.adapter.model_lists) from None

    def _apply(self, manifest: Manifest) -> tuple[AnyAdapter, Flow[Version]]:
        adapter = next(adapter for adapter in PROVIDERS.values() if adapter.capabilities.manifests)
        wanted, operations = as_mapping(manifest), rules_of(adapter.name).operations
        return adapter, warned(
            self._patiently(adapter, adapter.apply(wanted)),
            lambda effect: operations[effect.operation].method == "GET",
            f"The interruption came while {adapter.name} was asked to apply "
            f"{wanted.get('ml_repo')}/{wanted.get('name')}. "
            "It may have been applied: check its current state before you apply it again.",
        )

    def _planning(
        self,
        model_refs: Iterable[str | Reference],
        request: Selection | Policy,
        named: Iterable[str | Reference] | None,
    ) -> Planning:
        """Check the models and every setting before anything is sent."""
        names: dict[str, list[str]] = {}
        given = request.patterns if isinstance(request, Policy) else map(pattern_of, model_refs)
        patterns = dict.fromkeys(given)
        for ref in map(version_of, named or ()):
            if str(ref) != f"{ref.model}@{ref.version}":
                raise InvalidReference(f"{ref} is a fully qualified name; a plan takes {ref.provider}:…@VERSION.")
            if str(ref.model) not in names:
                patterns[ModelPattern.parse(ref.model)] = None
            names.setdefault(str(ref.model), []).append(str(ref))
        return Planning(list(patterns), request, self._origins_of(patterns), self._clock, names=names)

    def _explaining(self, policy: Policy, ref: Reference) -> Planning | Explanation:
        """Return the planning for the model of *ref*, or the explanation if no rule of *policy* fits it."""
        if str(ref) != f"{ref.model}@{ref.version}":
            raise InvalidReference(f"{ref} is a fully qualified name; a policy takes {ref.provider}:…@VERSION.")
        if policy.rule_of(ref.model) is None:
            return Explanation(ref=str(ref), verdicts=tuple(fitting(policy, ref.model)), choice=None)
        patterns = [ModelPattern.parse(ref.model)]
        return Planning(patterns, policy, self._origins_of(patterns), self._clock)

    def _origins_of(self, patterns: Iterable[ModelPattern]) -> dict[str, str]:
        return {p.provider: self._settings_of(PROVIDERS[p.provider]).origin for p in patterns}

    def _execution(self, plan: Plan, *, max_age: str, max_delete: int | None) -> Execution:
        """Check that *plan* may be carried out here and now, before anything is sent."""
        require_fresh(plan, self._clock.now(), max_age)
        for provider, origin in plan.origins.items():
            here = self._settings_of(PROVIDERS[provider]).origin
            if here != origin:
                raise InvalidPlan(
                    f"The plan was made for {provider} at {origin}; the settings name {here}. Nothing was sent."
                )
        return Execution(plan, max_delete)

    def _origin_of(self, provider: str) -> str | None:
        """Return the address of *provider*; None without usable settings."""
        try:
            return self._settings_of(PROVIDERS[provider]).origin
        except ConfigurationError:
            return None

    def _many_job(
        self, refs: Iterable[str | Reference], options: Options, terms: Terms, journal: AnyJournal | None
    ) -> Job:
        job = Job(items=items_of(refs), options=options, terms=terms)
        return job.journalled(journal, "delete", self._origin_of, self._clock)

    def _plan_job(
        self,
        execution: Execution,
        only: Iterable[str | Reference] | None,
        options: Options,
        terms: Terms,
        journal: AnyJournal | None,
    ) -> Job:
        job = Job(
            items=items_of(execution.refs() if only is None else only, execution.require_planned, name="only"),
            options=evolve(options, precondition=execution.check),
            terms=terms,
            require=execution.require_planned,
            ended=execution.settled,
        )
        return job.journalled(journal, "execute", self._origin_of, self._clock, execution.plan)

    def _journal_job(self, journal: AnyJournal, concurrency: int | None) -> Job:
        return resumed(journal, concurrency, self._origin_of, self._clock)

    def _not_begun(self, item: Item, reason: ExpungeError | str | None) -> Tombstone:
        """Return the tombstone of a text that no request was made for, and the *reason*."""
        return never_sent(item.requested, reason, self._clock, item.ref)


def _stated(version: Version, state: LiveState) -> Version:
    """Return *version* with its live state; log why that could not be read."""
    if state.unread:
        UNREAD.warning("The live state of %s is not known: %s.", version.ref, state.unread)
    return with_state(version, state)


def cut_short(deletion: Deletion, error: Exception) -> Tombstone:
    """Return the tombstone of a deletion that a defect of our own ended."""
    return deletion.account(f"an error of expunge's own cut it short ({type(error).__name__}). Please report it")


def limits_of(client: "Facade[Session]") -> Mapping[str, Limit]:
    """Return the rates of the providers that *client* has used in this process, by name."""
    return {name: limit for (process, name), limit in tuple(client.limits.items()) if process == os.getpid()}
