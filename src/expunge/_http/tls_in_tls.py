"""TLS inside the TLS of a proxy, on blocking sockets: the ssl module wraps a plain socket only."""

import ssl
from collections.abc import Callable
from time import monotonic
from typing import Protocol, TypeVar

T = TypeVar("T")
_RECORD = 16_384  # RFC 8446, section 5.1


class Pipe(Protocol):
    """The part of a socket that a connection needs."""

    def settimeout(self, value: float | None, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: memoryview, /) -> int: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class Nested:
    """A TLS connection through another one."""

    def __init__(self, outer: Pipe, context: ssl.SSLContext, name: str, seconds: float) -> None:
        self._outer = outer
        self._seconds: float | None = seconds
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._run(self._tls.do_handshake)

    def version(self) -> str | None:
        """Return the version of the protocol, as `ssl.SSLSocket` does."""
        return self._tls.version()

    def settimeout(self, value: float | None, /) -> None:
        """Bound each operation from now on, however many records it takes."""
        self._seconds = value

    def recv(self, size: int, /) -> bytes:
        try:
            return self._run(lambda: self._tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def send(self, data: memoryview, /) -> int:
        return self._run(lambda: self._tls.write(data))

    def pending(self) -> int:
        return self._tls.pending() or self._incoming.pending

    def fileno(self) -> int:
        return self._outer.fileno()

    def close(self) -> None:
        self._outer.close()

    def _run(self, act: Callable[[], T]) -> T:
        ends = None if self._seconds is None else monotonic() + self._seconds
        while True:
            try:
                done = act()
            except ssl.SSLWantReadError:
                self._flush(ends)
                self._bound(ends)
                if received := self._outer.recv(_RECORD):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                self._flush(ends)
                return done

    def _flush(self, ends: float | None) -> None:
        waiting = memoryview(self._outgoing.read())
        while waiting:
            self._bound(ends)
            waiting = waiting[self._outer.send(waiting) :]

    def _bound(self, ends: float | None) -> None:
        left = None if ends is None else max(ends - monotonic(), 0.0)
        if left == 0.0 and self._seconds:
            raise TimeoutError("the operation timed out")
        self._outer.settimeout(left)
