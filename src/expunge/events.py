"""What happens to a deletion while it is under way, for those who watch: listeners, logs, traces.

    client = expunge.Client(settings, listeners=[lambda event: print(event.kind, event.ref)])

Each event is also a record of the standard logger `expunge`, at INFO, with the event's fields in `extra`; the logger
has no handler of its own, so that nothing is printed unless an application asks for it.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import asdict, frozen

from .types import Tombstone

EventKind: TypeAlias = Literal["attempt", "retry", "read_back", "settled"]
"""`attempt`: a delete was answered, or got no answer. `retry`: something is asked again after a wait. `read_back`: a
read looked whether it is still there. `settled`: the tombstone is there."""


@frozen(kw_only=True)
class Event:
    """One change of state of one deletion.

    Attributes:
        kind: What happened.
        at: When, in UTC.
        requested_ref: The text that was asked for; the same in all events of one deletion.
        ref: The canonical text; with the number, once an alias is resolved.
        provider: The provider's name.
        attempts: Delete requests that may have left this machine so far.
        http_status: Of the answer that this event is about; None when there was none.
        seconds: How long is waited, for a retry; else None.
        detail: What came back, or what a read found, in a clause.
        tombstone: For the settled: all that is known. Else None.
    """

    kind: EventKind
    at: datetime
    requested_ref: str
    ref: str
    provider: str
    attempts: int
    http_status: int | None = None
    seconds: float | None = None
    detail: str = ""
    tombstone: Tombstone | None = None


Listener: TypeAlias = Callable[[Event], None]
"""Is called for each event, in the thread or task that settles the deletion. It must not block for long."""

_LOGGER = logging.getLogger("expunge")
_LOGGER.addHandler(logging.NullHandler())


def is_logged() -> bool:
    """Say whether an application has asked for the logger's records."""
    return _LOGGER.isEnabledFor(logging.INFO)


def announce(event: Event, listeners: Iterable[Listener]) -> None:
    """Log *event* and tell *listeners*; what one of them raises is logged, and changes nothing about a deletion."""
    if is_logged():
        fields = asdict(event, recurse=False)
        with suppress(Exception):  # a handler that raises changes nothing about a deletion either
            _LOGGER.info(
                "%s %s: %s", event.kind, event.ref, event.detail, extra={f"expunge_{k}": v for k, v in fields.items()}
            )
    for listener in listeners:
        try:
            listener(event)
        except Exception:
            with suppress(Exception):
                _LOGGER.exception("a listener failed on %s of %s", event.kind, event.ref)
