"""Awaited connections to one provider, on asyncio: made by its route, and kept between exchanges.

They are not anyio's, where a write first waits for the event loop. If the time is over by then, nothing shows whether a
byte has left. A write here leaves at once or never. Nothing of ours runs in a callback of the event loop: an exception
that strikes there would end the loop, and not the call.
"""

import asyncio
import socket
from collections.abc import Coroutine

from .._system.signals import is_from_handler
from .addresses import Address, look_up, shares
from .conversation import Conversation, Received, T, Talk
from .deadline import Bounds, Failure, TimedOut, failure_of
from .request import Outgoing
from .reuse import WATCH_SECONDS, Resting, is_readable, peeked
from .routes import CONNECT_SECONDS, Route, Secured

_MOST_AT_ONCE = 65_536
_NONE_ANSWERED = "no address answered in time"


class Connection:
    """One connection: *reader* has the bytes that have arrived, and *below* is the socket below *transport*."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.Transport, below: socket.socket) -> None:
        self._reader = reader
        self._transport = transport
        self._below = below
        self._conversation = Conversation()
        self.rested_at = 0.0
        self.watched: set[bool] = set()

    @property
    def has_more(self) -> bool:
        return self._conversation.has_more

    def goes_on(self) -> bool:
        return self._conversation.goes_on()

    async def exchange(self, outgoing: Outgoing, bounds: Bounds) -> Received:
        """Send a request and read its answer."""
        return await self.talk(self._conversation.exchange(outgoing, bounds), bounds)

    async def talk(self, steps: Talk[T], bounds: Bounds) -> T:
        """Run *steps* to their end."""
        try:
            leaving = next(steps)
            while True:
                try:
                    received = self._write(leaving, bounds) if leaving else await self._read(bounds)
                except Failure as error:
                    leaving = steps.throw(error)
                else:
                    leaving = steps.send(received)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration cannot be generic; Talk[T] has the type

    async def secure(self, stage: Secured, bounds: Bounds) -> None:
        """Speak TLS from here on."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            async with asyncio.timeout(bounds.left(CONNECT_SECONDS)):
                transport = await loop.start_tls(self._transport, protocol, stage.context, server_hostname=stage.name)
        except OSError as error:
            raise failure_of(error, "the TLS handshake took too long") from None
        if transport is None:
            raise Failure("the connection ended before the TLS handshake")
        protocol.connection_made(transport)
        self._reader, self._transport = reader, transport

    def arrived(self) -> bytes | None:
        """Return a byte that has arrived; empty for the connection's end, None for nothing."""
        if self._transport.is_closing() or self._reader.exception() is not None:
            return b""
        if (unread := _at_once(self._reader.read(1))) is not None:
            return unread
        if not is_readable(self._below.fileno()):
            return None
        # The event loop has not read it yet. TLS hides whether it is a message or a farewell.
        is_plain = self._transport.get_extra_info("ssl_object") is None
        return (peeked(self._below) or b"") if is_plain else b""

    async def arrives(self, seconds: float) -> bytes | None:
        """Return a byte that arrives within *seconds*; empty for the connection's end, None for nothing."""
        if (arrived := self.arrived()) is not None:
            return arrived
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.read(1)
        except OSError as error:
            if is_from_handler(error):
                raise
            return self.arrived() if isinstance(error, TimeoutError) else b""

    def close(self) -> None:
        self._transport.abort()

    async def _read(self, bounds: Bounds) -> bytes:
        try:
            async with asyncio.timeout(bounds.left()):
                return await self._reader.read(_MOST_AT_ONCE)
        except OSError as error:
            failure = failure_of(error, "the time of the call is over")
            # A busy event loop hears of both at once.
            if isinstance(failure, TimedOut) and (received := _at_once(self._reader.read(_MOST_AT_ONCE))):
                return received
            raise failure from None

    def _write(self, content: bytes, bounds: Bounds) -> bytes:
        bounds.left()
        if self._transport.is_closing():
            raise Failure("the connection is closed")
        bounds.leaves()
        # It waits in memory, where it is already, until the other side takes it: the read that follows has the bound.
        self._transport.write(content)
        return b""


def _at_once(reading: Coroutine[None, None, bytes]) -> bytes | None:
    """Return the result of *reading* if it needs no wait, else None."""
    try:
        reading.send(None)
    except StopIteration as done:
        return bytes(done.value)
    reading.close()
    return None


class Connections:
    """All connections of one session."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._resting: Resting[Connection] = Resting()

    async def exchange(self, outgoing: Outgoing, bounds: Bounds) -> Received:
        """Send a request on a connection that rests, or on a new one, and read its answer.

        Raises:
            Failure: No answer came; *bounds* has whether the request may have left.
        """
        connection = await self._rested(outgoing) or await self._opened(bounds)
        try:
            received = await connection.exchange(outgoing, bounds)
        except BaseException:
            connection.close()
            raise
        if received.cut is None:
            self._resting.put(connection)
        else:
            connection.close()
        return received

    async def aclose(self) -> None:
        """Close those that rest, and each other one when its exchange ends."""
        self._resting.close()
        await asyncio.sleep(0)  # the event loop closes the sockets

    async def _rested(self, outgoing: Outgoing) -> Connection | None:
        while (connection := self._resting.take()) is not None:
            if outgoing.is_reading in connection.watched:
                return connection
            connection.watched.add(outgoing.is_reading)
            try:
                has_arrived = self._resting.heard(await connection.arrives(WATCH_SECONDS))
            except BaseException:
                connection.close()
                raise
            if not has_arrived and not self._resting.is_over:
                return connection
            connection.close()
        return None

    async def _opened(self, bounds: Bounds) -> Connection:
        connection = await _connected(self._route.host, self._route.port, bounds)
        try:
            for stage in self._route.stages:
                if isinstance(stage, Secured):
                    await connection.secure(stage, bounds)
                else:
                    await connection.talk(stage(), bounds)
        except BaseException:
            connection.close()
            raise
        return connection


async def _connected(host: str, port: int, bounds: Bounds) -> Connection:
    try:
        async with asyncio.timeout(bounds.left(CONNECT_SECONDS)):
            addresses = await asyncio.wrap_future(look_up(host, port))
    except OSError as error:
        raise failure_of(error, "the lookup of the host took too long") from None
    failure: Exception = TimedOut(_NONE_ANSWERED)
    for address, share in shares(addresses, bounds.left(CONNECT_SECONDS)):
        below: socket.socket | None = None
        try:
            below = address.open()
            connection = await _connect(below, address, share)
        except OSError as error:  # also a limit of open files
            failure = failure_of(error, _NONE_ANSWERED)
            if failure is error:
                raise
        else:
            below = None
            return connection
        finally:
            if below is not None:
                below.close()
    raise failure


async def _connect(below: socket.socket, address: Address, seconds: float) -> Connection:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    below.setblocking(False)
    below.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    async with asyncio.timeout(seconds):
        await loop.sock_connect(below, address.place)
        transport, _ = await loop.create_connection(lambda: protocol, sock=below)
    return Connection(reader, transport, below)
