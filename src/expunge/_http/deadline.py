"""The bounds of one exchange: when it is over, and whether its request has begun to leave.

httpcore bounds each read of a socket, not their sum: a server that sends one byte of a header a minute would hold a
call indefinitely. The streams ask here before every connect, handshake, read and write, behind proxies too.
"""

from contextvars import ContextVar
from time import monotonic

from .libraries import httpcore

_ENDLESS = float("inf")


class Bounds:
    """The bounds of one exchange.

    Attributes:
        ends: The end of the exchange, on the monotonic clock.
        has_left: Whether a byte of the request may have left. Nothing before that can have had an effect.
    """

    def __init__(self, seconds: float = _ENDLESS) -> None:
        self.ends = monotonic() + seconds
        self.has_left = False
        self._method = b""

    def expect(self, method: str) -> None:
        """Note the *method* of the request: its first bytes differ from those of a proxy's CONNECT or greeting."""
        self._method = method.encode() + b" "

    @property
    def is_reading(self) -> bool:
        """Whether the request changes nothing."""
        return self._method in {b"", b"GET "}

    def leaves(self, buffer: bytes) -> None:
        """Note that *buffer* is about to be written."""
        if self._method and buffer.startswith(self._method):
            self.has_left = True

    def left(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
        """Return the seconds that are left, at most *timeout*; None stands for no bound.

        Raises:
            TimeoutException: The exchange is over, even if more bytes are there; *error* is its class.
        """
        left = self.ends - monotonic()
        if left <= 0:
            raise error("the time of the call is over")
        if left == _ENDLESS:
            return timeout
        return left if timeout is None else min(timeout, left)


under_way: ContextVar[Bounds] = ContextVar("under_way", default=Bounds())  # noqa: B039 - an exchange sets its own
"""The bounds of the exchange in this thread or task."""
