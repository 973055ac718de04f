"""Connections that pass one GET on and keep what was said, for `expunge doctor`."""

from attrs import field, frozen

from . import blocking
from .certificates import Tls
from .connections import NotSent
from .conversation import Received
from .deadline import Bounds
from .request import Outgoing


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
