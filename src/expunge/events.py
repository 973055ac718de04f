"""Events of a deletion while it is under way, for listeners, logs and traces.

    client = expunge.Client(settings, listeners=[lambda event: print(event.kind, event.ref)])

Each event is also a record of the standard logger `expunge`, at INFO, with the event's fields in `extra`; the logger
has no handler, so nothing is printed unless an application asks for it.
"""

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import asdict, frozen

from ._system.signals import is_from_handler
from .types import Tombstone

__all__ = ["Event", "EventKind", "Listener"]

EventKind: TypeAlias = Literal["attempt", "retry", "read_back", "settled"]
"""`attempt`: a delete was answered, or got no answer. `retry`: a request is repeated after a wait. `read_back`: a read
checked whether the version still exists. `settled`: the tombstone is ready."""


@frozen(kw_only=True)
class Event:
    """One change of state of one deletion.

    Attributes:
        kind: The kind of event.
        at: Time of the event, in UTC.
        requested_ref: The text that was asked for; the same in all events of one deletion.
        ref: The canonical text; it has the number once an alias is resolved.
        provider: The provider's name.
        attempts: Delete requests that may have left this machine so far.
        http_status: Status of the answer that this event is about; None without an answer.
        seconds: Length of the wait before a retry; else None.
        detail: The answer, or the result of a read, as a clause.
        tombstone: For `settled`, the result; else None.
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
"""A function that is called for each event, in the deletion's own thread or task. It must not block for long."""

_LOGGER = logging.getLogger("expunge")
_LOGGER.addHandler(logging.NullHandler())


def is_logged() -> bool:
    """Return whether an application has asked for the logger's records."""
    return _LOGGER.isEnabledFor(logging.INFO)


def announce(event: Event, listeners: Iterable[Listener]) -> None:
    """Log *event* and call *listeners*; an exception of a listener is logged and does not affect the deletion.

    An exception that a signal handler raises meanwhile is not the listener's, and passes.
    """
    if is_logged():
        fields = asdict(event, recurse=False)
        with _harmless():  # a handler that raises changes nothing about a deletion either
            _LOGGER.info(
                "%s %s: %s", event.kind, event.ref, event.detail, extra={f"expunge_{k}": v for k, v in fields.items()}
            )
    for listener in listeners:
        try:
            listener(event)
        except Exception as error:
            if is_from_handler(error):
                raise
            with _harmless():
                _LOGGER.exception("a listener failed on %s of %s", event.kind, event.ref)


@contextmanager
def _harmless() -> Generator[None, None, None]:
    try:
        yield
    except Exception as error:
        if is_from_handler(error):
            raise
