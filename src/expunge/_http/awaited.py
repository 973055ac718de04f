"""Awaited sockets for httpcore, on asyncio: bounded by the exchange under way, and never reused after an unasked byte.

They replace those of anyio, where a write first waits for the event loop. If the time is over by then, nothing shows
whether a byte has left. A write here leaves at once or never.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable

import httpcore
from httpcore import SOCKET_OPTION

from .addresses import Address, look_up, shares
from .deadline import under_way
from .reuse import WATCH_SECONDS, Reuse, is_readable, peeked

_MOST_WAITING = 1 << 20
"""Bytes that may wait to be read before the connection is paused."""


class _Arrivals(asyncio.Protocol):
    """The bytes that have arrived and were not read yet.

    Attributes:
        transport: The connection.
        is_over: Whether nothing more can arrive.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.is_over = False
        self.may_write = asyncio.Event()
        self.may_write.set()
        self._received = bytearray()
        self._error: Exception | None = None
        self._news = asyncio.Event()

    @property
    def has_bytes(self) -> bool:
        """Whether a byte waits to be read."""
        return bool(self._received)

    async def wait(self) -> None:
        """Wait until there is a byte or the end."""
        await self._news.wait()

    def take(self, most: int) -> bytes:
        """Return up to *most* bytes; none at the end.

        Raises:
            ReadError: The connection broke.
        """
        taken = bytes(self._received[:most])
        del self._received[:most]
        if not self._received and not self.is_over:
            self._news.clear()
            self.transport.resume_reading()
        if not taken and self._error is not None:
            raise httpcore.ReadError(str(self._error))
        return taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - the type of the parameter is fixed
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._news.set()
        if len(self._received) > _MOST_WAITING:
            self.transport.pause_reading()

    def eof_received(self) -> None:
        self.is_over = True
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = True
        self._error = exc
        self._news.set()
        self.may_write.set()

    def pause_writing(self) -> None:
        self.may_write.clear()

    def resume_writing(self) -> None:
        self.may_write.set()


class AsyncStream(httpcore.AsyncNetworkStream):
    """One connection: *connection* is the socket below the transport of *arrivals*."""

    def __init__(self, arrivals: _Arrivals, connection: socket.socket, reuse: Reuse) -> None:
        self._arrivals = arrivals
        self._connection = connection
        self._reuse = reuse
        self._is_resting = False
        self._was_watched = False

    def rest(self) -> None:
        """Note that an exchange has ended, and that nothing may arrive until the next begins."""
        self._is_resting = True

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            async with asyncio.timeout(under_way.get().left(timeout, httpcore.ReadTimeout)):
                await self._arrivals.wait()
        except TimeoutError:
            if not self._arrivals.has_bytes:  # a busy event loop hears of both at once
                raise httpcore.ReadTimeout("the time of the call is over") from None
        return self._arrivals.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_resting:
            await self._wake()
        bounds = under_way.get()
        seconds = bounds.left(timeout, httpcore.WriteTimeout)
        if self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        bounds.leaves(buffer)
        self._transport.write(buffer)
        try:
            async with asyncio.timeout(seconds):
                await self._arrivals.may_write.wait()
        except TimeoutError:
            raise httpcore.WriteTimeout("the time of the call is over") from None

    @property
    def _transport(self) -> asyncio.Transport:
        return self._arrivals.transport

    async def _wake(self) -> None:
        """Begin another exchange.

        Raises:
            ConnectionNotAvailable: Something has arrived; the pool then takes another connection.
        """
        bounds = under_way.get()
        if not (bounds.is_reading or self._was_watched or self._has_arrived() or self._reuse.is_over):
            self._was_watched = True
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._arrivals.wait()
            except TimeoutError:
                pass
        is_fit = not (self._has_arrived() or self._reuse.is_over)
        self._is_resting = False
        if not is_fit:
            raise httpcore.ConnectionNotAvailable

    def _has_arrived(self) -> bool:
        """Return whether anything has arrived while the connection rested: bytes, or its end."""
        if self._arrivals.has_bytes:
            self._reuse.end()
            return True
        if self._arrivals.is_over or self._transport.is_closing():
            return True
        if not is_readable(self._connection.fileno()):
            return False
        # The event loop has not read it yet. TLS hides whether it is a message or a farewell.
        if self._transport.get_extra_info("ssl_object") is None and peeked(self._connection):
            self._reuse.end()
        return True

    async def aclose(self) -> None:
        if self._is_resting:
            self._has_arrived()
        self._transport.abort()
        await asyncio.sleep(0)  # the event loop closes the socket

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        arrivals = _Arrivals()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(under_way.get().left(timeout, httpcore.ConnectTimeout)):
                transport = await loop.start_tls(
                    self._transport, arrivals, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError:
            self._transport.abort()
            raise httpcore.ConnectTimeout("the handshake took too long") from None
        except OSError as error:
            self._transport.abort()
            raise httpcore.ConnectError(str(error)) from None
        except BaseException:
            self._transport.abort()
            raise
        if transport is None or self._arrivals.has_bytes:
            self._transport.abort()
            raise httpcore.ConnectError("the connection ended, or something came, before the handshake")
        arrivals.connection_made(transport)
        return AsyncStream(arrivals, self._connection, self._reuse)

    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":  # the pool asks when it looks for an idle connection
            return self._transport.is_closing() or (self._is_resting and (self._has_arrived() or self._reuse.is_over))
        return self._transport.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens connections within the exchange under way."""

    def __init__(self, reuse: Reuse) -> None:
        self._reuse = reuse

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del local_address, socket_options  # no pool of ours sets them
        try:
            async with asyncio.timeout(under_way.get().left(timeout, httpcore.ConnectTimeout)):
                addresses = await asyncio.wrap_future(look_up(host, port))
        except TimeoutError:
            raise httpcore.ConnectTimeout("the lookup of the host took too long") from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from None
        seconds = under_way.get().left(timeout, httpcore.ConnectTimeout)
        arrivals, connection = await _connected(addresses, seconds)
        return AsyncStream(arrivals, connection, self._reuse)


async def _connected(addresses: list[Address], seconds: float | None) -> tuple[_Arrivals, socket.socket]:
    failure: Exception = httpcore.ConnectTimeout("no address answered in time")
    for address, share in shares(addresses, seconds):
        connection: socket.socket | None = None
        try:
            connection = address.open()
            arrivals = await _connect(connection, address, share)
        except TimeoutError:
            failure = httpcore.ConnectTimeout("timed out")
        except OSError as error:  # also a limit of open files
            failure = httpcore.ConnectError(str(error))
        else:
            opened, connection = connection, None
            return arrivals, opened
        finally:
            if connection is not None:
                connection.close()
    raise failure


async def _connect(connection: socket.socket, address: Address, seconds: float | None) -> _Arrivals:
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    async with asyncio.timeout(seconds):
        await loop.sock_connect(connection, address.place)
        _, arrivals = await loop.create_connection(_Arrivals, sock=connection)
    return arrivals
