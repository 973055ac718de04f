"""The part of a session that sends: its connections, or for a dry run those that pass GET and nothing else."""

from typing import Generic, Protocol, TypeVar

from .deadline import Bounds
from .request import Outgoing

R_co = TypeVar("R_co", covariant=True)


class NotSent(Exception):
    """A dry run sends nothing but GET; the message says what it did not send."""


class Sender(Protocol[R_co]):
    """Connections: the result of an exchange is an answer, or is awaited for one."""

    def exchange(self, outgoing: Outgoing, bounds: Bounds) -> R_co:
        """Send a request and read its answer."""
        ...


class ReadOnly(Generic[R_co]):
    """Connections that pass GET and nothing else: a dry run is made of it."""

    def __init__(self, sender: Sender[R_co]) -> None:
        self._sender = sender

    def exchange(self, outgoing: Outgoing, bounds: Bounds) -> R_co:
        """Pass a GET on; raise `NotSent` for anything else."""
        if not outgoing.is_reading:
            raise NotSent(f"a dry run does not send {outgoing.method}")
        return self._sender.exchange(outgoing, bounds)
