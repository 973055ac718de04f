"""The common part of both clients: the flow behind each public method."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from attrs import evolve

from ._answer import Answer
from ._deletion.machine import Deletion
from ._deletion.options import Manifest, Options, as_mapping
from ._deletion.record import never_sent
from ._flow import Flow, overheard
from ._provider_access import AnySession, ProviderAccess
from ._rules import rules_of
from ._runs.job import Job, items_of, resumed
from ._runs.recording import AnyJournal
from ._system.signals import is_from_handler
from ._waits import Patience, paced, patiently, until, warned
from .bulk.engine import Terms
from .bulk.feed import Item
from .bulk.outages import Outages
from .errors import ConfigurationError, ExpungeError, InvalidPlan, InvalidReference
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

DEFAULT_CONCURRENCY = 32
"""Default for the number of deletions under way at once on each provider; 8 would miss 100 a second above 80 ms."""

_READ_SECONDS = 300.0
"""Time allowed for a read with its waits: the default of a deletion."""

UNLISTED = logging.getLogger("expunge.models")
"""Warnings about providers that a list of all models leaves out."""

UNREAD = logging.getLogger("expunge.live_state")
"""Warnings about live states that could not be read, which `is_live` cannot tell from a provider that does not say."""

T = TypeVar("T")


class Facade(ProviderAccess[AnySession]):
    """The common part of both clients: the flow of each public method."""

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

    def _decline(self, job: Job, item: Item, reason: str) -> Tombstone:
        """Return the tombstone of an item that *job* does not begin."""
        return job.not_begun(item, self._not_begun(item, reason))

    def _broken_off(self, job: Job, item: Item, deletion: Deletion, error: Exception) -> Tombstone:
        """Return the tombstone of an item of *job* whose deletion *error* ended; it is not raised, for the others.

        Raises:
            Exception: It is of a signal's handler, so it is meant for all of them.
        """
        if isinstance(error, ConfigurationError):
            return job.ended(deletion.account() if deletion.has_begun else self._not_begun(item, error))
        if is_from_handler(error):
            raise error
        defect = f"an error of expunge's own cut it short ({type(error).__name__}). Please report it"
        return job.ended(deletion.account(defect))


def _stated(version: Version, state: LiveState) -> Version:
    """Return *version* with its live state; log why that could not be read."""
    if state.unread:
        UNREAD.warning("The live state of %s is not known: %s.", version.ref, state.unread)
    return with_state(version, state)
