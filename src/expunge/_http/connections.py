"""The part of a session that sends: its connections, or for a dry run those that pass GET and nothing else.

For `expunge doctor`, they also keep what was said.
"""

from typing import Generic, Protocol, TypeVar

from attrs import field, frozen

from . import blocking
from .certificates import Tls
from .conversation import Received
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


@frozen
class Seen:
    """One exchange as it was; it holds the credential.

    Attributes:
        method: The request's method.
        target: Its path and query.
        headers: Its headers.
        received: The answer; None if none came.
    """

    method: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    received: Received | None = field(repr=False)


class Observed:
    """Blocking connections that pass GET and nothing else, and keep the last exchange.

    Attributes:
        seen: The last exchange.
    """

    def __init__(self, connections: blocking.Connections) -> None:
        self._connections = connections
        self.seen: Seen | None = None

    @property
    def tls(self) -> Tls | None:
        """The TLS of the connection; None without TLS, or without a connection."""
        return self._connections.tls

    def exchange(self, outgoing: Outgoing, bounds: Bounds) -> Received:
        """Pass a GET on; raise `NotSent` for anything else."""
        if not outgoing.is_reading:
            raise NotSent(f"an observed session does not send {outgoing.method}")
        headers = tuple((name.decode(), value.decode()) for name, value in outgoing.head.headers.raw_items())
        said = (outgoing.method, outgoing.head.target.decode(), headers)
        self.seen = Seen(*said, None)
        received = self._connections.exchange(outgoing, bounds)
        self.seen = Seen(*said, received)
        return received
