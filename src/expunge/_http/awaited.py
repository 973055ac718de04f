"""Awaited sockets for httpcore, on asyncio: bounded by the exchange under way, and never reused after an unasked byte.

They replace those of anyio, where a write first waits for the event loop. If the time is over by then, nothing shows
whether a byte has left. A write here leaves at once or never.
"""

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Iterable

from .addresses import Address, look_up, shares
from .deadline import under_way
from .libraries import httpcore
from .reuse import WATCH_SECONDS, Reuse, is_readable, peeked


class AsyncStream(httpcore.AsyncNetworkStream):
    """One connection: *reader* has the bytes that have arrived, and *connection* is the socket below *transport*."""

    def __init__(
        self, reader: asyncio.StreamReader, transport: asyncio.Transport, connection: socket.socket, reuse: Reuse
    ) -> None:
        self._reader = reader
        self._transport = transport
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
                return await self._reader.read(max_bytes)
        except TimeoutError:
            if received := _at_once(self._reader.read(max_bytes)):  # a busy event loop hears of both at once
                return received
            raise httpcore.ReadTimeout("the time of the call is over") from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_resting:
            await self._wake()
        bounds = under_way.get()
        bounds.left(timeout, httpcore.WriteTimeout)
        if self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        bounds.leaves(buffer)
        # It waits in memory, where it is already, until the other side takes it: the read that follows has the bound.
        self._transport.write(buffer)

    async def _wake(self) -> None:
        """Begin another exchange.

        Raises:
            ConnectionNotAvailable: Something has arrived; the pool then takes another connection.
        """
        bounds, seconds = under_way.get(), None
        if not (bounds.is_reading or self._was_watched):
            self._was_watched, seconds = True, WATCH_SECONDS
        has_arrived = self._has_arrived() or (seconds is not None and await self._comes_within(seconds))
        self._is_resting = False
        if has_arrived or self._reuse.is_over:
            raise httpcore.ConnectionNotAvailable

    async def _comes_within(self, seconds: float) -> bool:
        """Return whether anything comes within *seconds*."""
        try:
            async with asyncio.timeout(seconds):
                if await self._reader.read(1):
                    self._reuse.end()
        except TimeoutError:
            return self._has_arrived()
        except OSError:
            return True
        return True

    def _has_arrived(self) -> bool:
        """Return whether anything has arrived while the connection rested: bytes, or its end."""
        if self._transport.is_closing() or self._reader.at_eof() or self._reader.exception() is not None:
            return True
        if _at_once(self._reader.read(1)):
            self._reuse.end()
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
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            async with asyncio.timeout(under_way.get().left(timeout, httpcore.ConnectTimeout)):
                transport = await loop.start_tls(
                    self._transport, protocol, ssl_context, server_hostname=server_hostname
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
        if transport is None:
            self._transport.abort()
            raise httpcore.ConnectError("the connection ended before the handshake")
        protocol.connection_made(transport)
        return AsyncStream(reader, transport, self._connection, self._reuse)

    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":  # the pool asks when it looks for an idle connection
            return self._transport.is_closing() or (self._is_resting and (self._has_arrived() or self._reuse.is_over))
        return self._transport.get_extra_info(info)


def _at_once(reading: Coroutine[None, None, bytes]) -> bytes | None:
    """Return the result of *reading* if it needs no wait, else None."""
    try:
        reading.send(None)
    except StopIteration as done:
        return bytes(done.value)
    reading.close()
    return None


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
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
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
        reader, transport, connection = await _connected(addresses, seconds)
        return AsyncStream(reader, transport, connection, self._reuse)


async def _connected(
    addresses: list[Address], seconds: float | None
) -> tuple[asyncio.StreamReader, asyncio.Transport, socket.socket]:
    failure: Exception = httpcore.ConnectTimeout("no address answered in time")
    for address, share in shares(addresses, seconds):
        connection: socket.socket | None = None
        try:
            connection = address.open()
            reader, transport = await _connect(connection, address, share)
        except TimeoutError:
            failure = httpcore.ConnectTimeout("timed out")
        except OSError as error:  # also a limit of open files
            failure = httpcore.ConnectError(str(error))
        else:
            opened, connection = connection, None
            return reader, transport, opened
        finally:
            if connection is not None:
                connection.close()
    raise failure


async def _connect(
    connection: socket.socket, address: Address, seconds: float | None
) -> tuple[asyncio.StreamReader, asyncio.Transport]:
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    async with asyncio.timeout(seconds):
        await loop.sock_connect(connection, address.place)
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.create_connection(lambda: protocol, sock=connection)
    return reader, transport
