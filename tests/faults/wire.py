"""One connection of the fault server, and the ways in which it can misbehave on it.

Nothing here waits on the clock: a connection is held until its client gives up or the server stops.
"""

import select
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field

_LONGEST_SECONDS = 30.0
"""A client that is silent and stays for so long is a defect of the test."""

_PACE_SECONDS = 0.01
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Request:
    """One request as its bytes arrived; they hold the credential, so they are not shown."""

    method: str
    target: str
    raw: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


class Wire:
    """The server's end of one connection.

    Attributes:
        is_open: Whether anything can still be sent.
        is_idle: Whether the client has asked nothing since the last answer began to leave.
        is_exhausted: Whether a client has waited for the end of a trickle.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(_LONGEST_SECONDS)
        self._connection = connection
        self.is_open = True
        self.is_idle = True
        self.is_exhausted = False

    @property
    def port(self) -> int:
        """The server's port."""
        return int(self._connection.getsockname()[1])

    def peek(self) -> tuple[str, str] | None:
        """Return the next request's method and target without taking it off the wire; None when the client has left."""
        with suppress(OSError):
            while first := self._connection.recv(65_536, socket.MSG_PEEK):
                if b"\r\n" in first:
                    self.is_idle = False
                    method, target, _ = first.partition(b"\r\n")[0].decode("latin-1").split(" ")
                    return method, target
        return None

    def read_request(self) -> Request:
        """Take one request, head and body, off the wire."""
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += self._received()
        head, _, body = raw.partition(b"\r\n\r\n")
        line, *headers = head.decode("latin-1").split("\r\n")
        lengths = [value for name, _, value in (header.partition(":") for header in headers) if _is_length(name)]
        while len(body) < int(lengths[0] if lengths else 0):
            chunk = self._received()
            body, raw = body + chunk, raw + chunk
        method, target, _ = line.split(" ")
        return Request(method, target, raw)

    def _received(self) -> bytes:
        chunk = self._connection.recv(65_536)
        if not chunk:
            raise ConnectionError("the client left in the middle of its request")
        return chunk

    def send(self, data: bytes) -> None:
        """Send all of *data*, unless the client leaves first."""
        self.is_idle = True  # before it leaves: the client may act on the answer before this thread runs again
        try:
            self._connection.sendall(data)
        except OSError:
            self.close()

    def trickle(self, filler: bytes, most: int) -> None:
        """Send *filler* byte by byte, at most *most* of them, until the client has had enough."""
        for number in range(most):
            self.send(filler[number % len(filler)].to_bytes())
            if not self.is_open or self._has_left(_PACE_SECONDS):
                break
        else:
            self.is_exhausted = True
        self.close()

    def flood(self, filler: bytes, most: int) -> None:
        """Send *filler* as fast as it is taken, at most *most* bytes, until the client has had enough."""
        for _ in range(most // len(filler)):
            self.send(filler)
            if not self.is_open:
                return
        self.is_exhausted = True
        self.close()

    def hold(self) -> None:
        """Send nothing more, and keep the connection open until the client leaves or the server stops."""
        self._has_left(_LONGEST_SECONDS)
        self.close()

    def finish(self) -> None:
        """Signal that nothing more comes, and wait until the client leaves: no reset takes what was sent away."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        while not self._has_left(_LONGEST_SECONDS):
            pass
        self.close()

    def _has_left(self, seconds: float) -> bool:
        """Wait for *seconds* at most for the client to leave; what it says meanwhile is dropped."""
        with suppress(OSError, ValueError):
            readable, _, _ = select.select([self._connection], [], [], seconds)
            return bool(readable) and not self._connection.recv(65_536)
        return True

    def reset(self) -> None:
        """End the connection with a RST, as a crashed process or a firewall does."""
        with suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close()

    def close(self) -> None:
        self.is_open = False
        self._connection.close()

    def shut_down(self) -> None:
        """Wake whatever waits on this connection, from another thread."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


def _is_length(name: str) -> bool:
    return name.strip().lower() == "content-length"
