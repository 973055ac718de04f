"""Blocking sockets for httpcore: bounded by the exchange under way, and never reused after an unasked byte."""

import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from .addresses import Address, look_up, shares
from .deadline import under_way
from .libraries import httpcore
from .reuse import WATCH_SECONDS, Reuse, is_readable

T = TypeVar("T")
_RECORD = 16_384  # RFC 8446, section 5.1


class _Connection(Protocol):
    """The part of a socket that a stream needs."""

    def settimeout(self, value: float | None, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: memoryview, /) -> int: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class _Nested:
    """TLS inside the TLS of a proxy: the ssl module wraps a plain socket only."""

    def __init__(
        self, outer: _Connection, context: ssl.SSLContext, hostname: str | None, seconds: float | None
    ) -> None:
        self._outer = outer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self.settimeout(seconds)
        self._run(self.object.do_handshake)

    def settimeout(self, value: float | None, /) -> None:
        self._seconds = value

    def recv(self, size: int, /) -> bytes:
        try:
            return self._run(lambda: self.object.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def send(self, data: memoryview, /) -> int:
        return self._run(lambda: self.object.write(data))

    def pending(self) -> int:
        return self.object.pending() or self._incoming.pending

    def fileno(self) -> int:
        return self._outer.fileno()

    def close(self) -> None:
        self._outer.close()

    def _run(self, act: Callable[[], T]) -> T:
        while True:
            # Each wait is bounded by the exchange, so that a trickle of records ends as well.
            self._outer.settimeout(under_way.get().left(self._seconds, httpcore.ReadTimeout))
            try:
                done = act()
            except ssl.SSLWantReadError:
                self._flush()
                if received := self._outer.recv(_RECORD):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        waiting = memoryview(self._outgoing.read())
        while waiting:
            waiting = waiting[self._outer.send(waiting) :]


class Stream(httpcore.NetworkStream):
    """One connection."""

    def __init__(self, connection: "socket.socket | _Nested", reuse: Reuse) -> None:
        self._connection = connection
        self._reuse = reuse
        reuse.streams.add(self)
        self._is_resting = False
        self._is_closed = False
        self._was_watched = False

    def rest(self) -> None:
        """Note that an exchange has ended, and that nothing may arrive until the next begins."""
        self._is_resting = True

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = under_way.get().left(timeout, httpcore.ReadTimeout)
        try:
            self._connection.settimeout(seconds)
            return self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_resting:
            self._wake()
        bounds = under_way.get()
        waiting = memoryview(buffer)
        while waiting:
            seconds = bounds.left(timeout, httpcore.WriteTimeout)
            bounds.leaves(buffer)
            try:
                self._connection.settimeout(seconds)
                waiting = waiting[self._connection.send(waiting) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from None
            except OSError as error:
                raise httpcore.WriteError(str(error)) from None

    def _wake(self) -> None:
        """Begin another exchange.

        Raises:
            ConnectionNotAvailable: Something has arrived; the pool then takes another connection.
        """
        self._is_resting = False
        bounds, seconds = under_way.get(), 0.0
        if not (bounds.is_reading or self._was_watched):
            self._was_watched, seconds = True, WATCH_SECONDS
        if not self._reuse.is_over and self._is_readable(seconds):
            self._look()
        elif not self._reuse.is_over:
            return
        raise httpcore.ConnectionNotAvailable

    def _is_readable(self, seconds: float = 0.0) -> bool:
        if isinstance(self._connection, ssl.SSLSocket | _Nested) and self._connection.pending():
            return True
        return is_readable(self._connection.fileno(), seconds)

    def _look(self) -> None:
        """Look at what has arrived on a connection that is not used again: bytes, or its end."""
        try:
            self._connection.settimeout(0.0)
            if self._connection.recv(1):
                self._reuse.end()
        except (OSError, ValueError, httpcore.TimeoutException):
            return

    def close(self) -> None:
        if self._is_resting and not self._is_closed:
            self._look()
        self._is_closed = True
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            seconds = under_way.get().left(timeout, httpcore.ConnectTimeout)
            if isinstance(self._connection, socket.socket) and not isinstance(self._connection, ssl.SSLSocket):
                self._connection.settimeout(seconds)
                self._connection.getpeername()  # fails after a reset, where wrap_socket() would leave a socket open
                wrapped = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
                return Stream(wrapped, self._reuse)
            return Stream(_Nested(self._connection, ssl_context, server_hostname, seconds), self._reuse)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from None
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from None
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":  # the pool asks when it looks for an idle connection
            return self._is_closed or (self._is_resting and (self._reuse.is_over or self._is_readable()))
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        if info == "ssl_object" and isinstance(self._connection, _Nested):
            return self._connection.object
        return None


class Backend(httpcore.NetworkBackend):
    """Opens connections within the exchange under way."""

    def __init__(self, reuse: Reuse) -> None:
        self._reuse = reuse

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del local_address, socket_options  # no pool of ours sets them
        seconds = under_way.get().left(timeout, httpcore.ConnectTimeout)
        try:
            addresses = look_up(host, port).result(seconds)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the lookup of the host took too long") from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from None
        return Stream(_connected(addresses, under_way.get().left(timeout, httpcore.ConnectTimeout)), self._reuse)


def _connected(addresses: list[Address], seconds: float | None) -> socket.socket:
    failure: Exception = httpcore.ConnectTimeout("no address answered in time")
    for address, share in shares(addresses, seconds):
        connection: socket.socket | None = None
        try:
            connection = address.open()
            connection.settimeout(share)
            connection.connect(address.place)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError as error:
            failure = httpcore.ConnectTimeout(str(error))
        except OSError as error:  # also a limit of open files
            failure = httpcore.ConnectError(str(error))
        else:
            opened, connection = connection, None
            return opened
        finally:
            if connection is not None:
                connection.close()
    raise failure
