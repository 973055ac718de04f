"""Announces the course of one deletion to listeners and logs, as the events of `events`."""

from collections.abc import Iterable

from .._answer import Answer
from .._flow import Clock
from ..events import Event, EventKind, Listener, announce, is_logged
from ..providers._reads import Sighting
from ..types import Tombstone
from .record import Record


class Watch:
    """Announces what happens to the deletion that *record* is of."""

    def __init__(self, record: Record, requested: str, clock: Clock, listeners: Iterable[Listener]) -> None:
        self._record = record
        self._requested = requested
        self._clock = clock
        self._listeners = tuple(listeners)

    def attempt(self, answer: Answer) -> None:
        """Announce a delete and its answer."""
        self._announce("attempt", answer.describe(), answer.http_status)

    def retry(self, answer: Answer, seconds: float) -> None:
        """Announce a repeat after *seconds*."""
        self._announce("retry", f"waits after {answer.describe()}", answer.http_status, seconds=seconds)

    def read_back(self, sighting: Sighting) -> None:
        """Announce the finding of a read after a delete."""
        self._announce("read_back", sighting.reason or f"it is {sighting.presence}", sighting.answer.http_status)

    def settled(self, tombstone: Tombstone) -> None:
        """Announce the end."""
        self._announce("settled", f"{tombstone.status}. {tombstone.detail}", tombstone.http_status, tombstone=tombstone)

    def _announce(
        self,
        kind: EventKind,
        detail: str,
        http_status: int | None,
        *,
        seconds: float | None = None,
        tombstone: Tombstone | None = None,
    ) -> None:
        if not self._listeners and not is_logged():
            return
        event = Event(
            kind=kind,
            at=self._clock.now(),
            requested_ref=self._requested,
            ref=str(self._record.ref),
            provider=self._record.ref.provider,
            attempts=self._record.evidence.attempts,
            http_status=http_status,
            seconds=seconds,
            detail=detail,
            tombstone=tombstone,
        )
        announce(event, self._listeners)
