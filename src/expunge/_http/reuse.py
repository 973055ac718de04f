"""Whether connections are kept for a second exchange.

A gateway may answer a request twice. On a kept connection the second answer is then taken for the answer to the next
request. So a connection on which anything arrives unasked is never used again. Once a session has seen that, it opens
a connection for every exchange.
"""

import select
import socket
import sys
from typing import Protocol
from weakref import WeakSet

WATCH_SECONDS = 0.01
"""Seconds for which a kept connection is watched before the first delete on it: a second answer follows closely."""


class Closable(Protocol):
    """A connection that can be closed."""

    def close(self) -> None:
        """Close it."""
        ...


class Reuse:
    """Whether a session still reuses connections.

    Attributes:
        is_over: Whether a connection has brought more than was asked for.
        streams: The blocking connections that are open, as far as anything holds them.
    """

    def __init__(self) -> None:
        self.is_over = False
        self.streams: WeakSet[Closable] = WeakSet()

    def end(self) -> None:
        """Note that a connection has brought more than was asked for."""
        self.is_over = True


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
