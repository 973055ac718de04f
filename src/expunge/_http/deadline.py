"""The bounds of one exchange: when it is over, and whether its request has begun to leave.

A bound for each read of a socket would not bound their sum: a server that sends one byte of a header a minute would
hold a call indefinitely. So every connect, handshake, read and write asks here first, behind proxies too.
"""

from time import monotonic

from .._flow import Departure
from .._system.signals import is_from_handler

_ENDLESS = float("inf")


class Failure(Exception):
    """A connection could not be made, or it broke; the message is a clause with the reason."""


class TimedOut(Failure):
    """The time of the exchange is over."""


class Bounds:
    """The bounds of one exchange; *departure* notes whether its request has left."""

    def __init__(self, seconds: float, departure: Departure | None = None) -> None:
        self._ends = monotonic() + seconds
        self._is_request = False
        self._departure = departure or Departure()
        self._departure.is_kept = True

    @property
    def has_left(self) -> bool:
        """Return whether a byte of the request may have left. Nothing before that can have had an effect."""
        return self._departure.has_left

    def asks(self) -> None:
        """Note that everything written from here on is the request, and not for a proxy."""
        self._is_request = True

    def leaves(self) -> None:
        """Note that something is about to be written."""
        self._departure.has_left = self._is_request

    def left(self, most: float = _ENDLESS) -> float:
        """Return the seconds that are left, at most *most*.

        Raises:
            TimedOut: The exchange is over, even if more bytes are there.
        """
        left = self._ends - monotonic()
        if left <= 0:
            raise TimedOut("the time of the call is over")
        return min(left, most)


def failure_of(error: OSError, late: str) -> Exception:
    """Return the failure that *error* of a connection means; *late* is the clause for a time that is over.

    A signal's handler may raise a class of the system's own, such as `TimeoutError`. Its exception is returned itself.
    """
    if is_from_handler(error):
        return error
    return TimedOut(late) if isinstance(error, TimeoutError) else Failure(str(error))
