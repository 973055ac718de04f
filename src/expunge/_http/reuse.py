"""The connections that rest between two exchanges: the last one used is on top, and is used next.

A gateway may answer a request twice. On a kept connection the second answer is then taken for the answer to the next
request. So a connection on which anything arrives unasked is never used again. Once a session has seen that, it opens
a connection for every exchange.

Each operation takes one step, however many connections rest. There is no lock: an interruption, or a fork, may leave
one locked. Operations of a deque are atomic.
"""

import select
import socket
import sys
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Generic, Protocol, TypeVar

WATCH_SECONDS = 0.01
"""Seconds for which a kept connection is watched before the first delete and the first read on it.

A second answer follows closely. Taken for the answer to a read-back, another version's 404 would say `deleted`.
"""

REST_SECONDS = 30.0
"""Seconds for which a connection may rest and still be used: servers close it after a minute or more."""


class Kept(Protocol):
    """A connection that may rest; *rested_at* is when it began to."""

    rested_at: float

    def goes_on(self) -> bool:
        """Prepare for another exchange; return whether the last one lets there be one."""
        ...

    @property
    def has_more(self) -> bool:
        """Whether more has come than the last answer."""
        ...

    def arrived(self) -> bytes | None:
        """Return a byte that has arrived while it rested; empty for its end, None for nothing."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


Connection = TypeVar("Connection", bound=Kept)


class Resting(Generic[Connection]):
    """The resting connections of one session.

    Attributes:
        is_over: Whether a connection has brought more than was asked for; none is used again after that.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._is_closed = False
        self._stack: deque[Connection] = deque()

    def take(self) -> Connection | None:
        """Return the connection that was used last, if it can be used again."""
        while True:
            try:
                connection = self._stack.pop()
            except IndexError:
                return None
            if self._may_go_on(connection):
                return connection
            connection.close()

    def put(self, connection: Connection) -> None:
        """Let *connection* rest after a complete exchange, or close it if it cannot be used again."""
        if connection.has_more:
            self.is_over = True
        if self.is_over or self._is_closed or not connection.goes_on():
            connection.close()
            return
        connection.rested_at = monotonic()
        self._stack.append(connection)
        self._close_oldest()
        if self._is_closed:  # another thread has closed the session since
            self.close()

    def heard(self, said: bytes | None) -> bool:
        """Note what has *arrived()* on a resting connection; return whether anything has."""
        if said:
            self.is_over = True
        return said is not None

    def close(self) -> None:
        """Close all, and each that is put here later."""
        self._is_closed = True
        with suppress(IndexError):
            while True:
                self._stack.pop().close()

    def _may_go_on(self, connection: Connection) -> bool:
        has_arrived = self.heard(connection.arrived())
        return not has_arrived and not self.is_over and not _is_expired(connection)

    def _close_oldest(self) -> None:
        """Close those at the bottom that have rested for too long; the others have rested for less."""
        with suppress(IndexError):
            while _is_expired(self._stack[0]):
                self._stack.popleft().close()


def _is_expired(connection: Kept) -> bool:
    return monotonic() - connection.rested_at > REST_SECONDS


def is_readable(connection: int, seconds: float = 0.0) -> bool:
    """Return whether a read of the socket with the file number *connection* would return at once.

    It waits for up to *seconds*, and takes nothing off the socket. A closed socket is readable too.
    """
    if connection < 0:
        return True
    if sys.platform == "win32":
        return bool(select.select([connection], [], [], seconds)[0])
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(seconds * 1_000))


def peeked(connection: socket.socket) -> bytes | None:
    """Return a byte that waits in a plain, readable socket; empty at its end, None if nothing waits."""
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, TimeoutError):
        return None
    except OSError:
        return b""
