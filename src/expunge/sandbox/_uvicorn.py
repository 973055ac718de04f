"""uvicorn on several loopback ports, in a thread of its own, started and stopped at once."""

import asyncio
import errno
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
RESET = "expunge.reset"
"""The key in a request's scope of a function that resets its connection."""

_LAST_PORT = 65535
_AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # SO_LINGER on, 0 s: closing sends a reset


def bind(port: int, count: int) -> list[socket.socket]:
    """Listen on *count* ports of the loopback interface: from *port* on, or free ones if it is 0.

    Raises:
        OSError: One of them is taken, or there is no such port.
    """
    if port and not 0 < port <= _LAST_PORT - count + 1:
        raise OSError(errno.EINVAL, f"ports {port} to {port + count - 1} do not all lie between 1 and {_LAST_PORT}")
    sockets: list[socket.socket] = []
    for number in range(port, port + count) if port else [0] * count:
        try:
            sockets.append(_listen(number))
        except OSError as error:
            for opened in sockets:
                opened.close()
            raise OSError(error.errno, f"cannot listen on port {number} of {HOST}: {_reason(error)}") from error
    return sockets


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only if the protocol is named; with it, every answer that is
    # written in two parts waits 40 ms for an acknowledgement. socket.create_server() names none.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # Elsewhere the option lets two servers share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _reason(error: OSError) -> str:
    return "it is in use" if error.errno == errno.EADDRINUSE else str(error.strerror)


class _Connection(H11Protocol):
    """uvicorn's connection without a log line for each request: pytest would show them with a test's own."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.access_log = False


class _Server(uvicorn.Server):
    """uvicorn without its polling: it waits for an event, and closes connections at once."""

    def __init__(self, config: uvicorn.Config, started: "Future[None]") -> None:
        super().__init__(config)
        self._ready = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        await super().startup(sockets)
        self._ready.set_result(None)

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's own signature
        await self._stop_accepting()
        connections = list(self.server_state.connections)
        for connection in connections:
            connection.shutdown()
        await asyncio.sleep(0)
        for connection in self.server_state.connections & set(connections):
            connection.transport.abort()  # It was in the middle of something; the sandbox does not wait.
        await asyncio.sleep(0)
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    async def _stop_accepting(self) -> None:
        """Finish the connections that are being accepted, then close the listeners.

        A listener that closes first leaves such a connection to nobody, and its socket unclosed.
        """
        for listener in self.servers:
            for each in listener.sockets:
                with suppress(NotImplementedError):  # Windows: asyncio accepts there without a reader
                    self._loop.remove_reader(each.fileno())
        # The application starts no tasks: all others are requests, or connections that are being accepted.
        accepting = asyncio.all_tasks() - {asyncio.current_task()} - self.server_state.tasks
        await asyncio.gather(*accepting, return_exceptions=True)
        for listener in self.servers:
            listener.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    def reset(self, scope: Scope) -> None:
        """Reset the connection of the request with *scope*; call it from the server's own thread."""
        ends = (tuple(scope["client"]), tuple(scope["server"]))
        for connection in self.server_state.connections:
            transport = connection.transport
            if (transport.get_extra_info("peername"), transport.get_extra_info("sockname")) == ends:
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                transport.abort()

    def carry_out(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work* in the server's thread; wait until that is done."""

        async def done() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result()


class Serving:
    """An application being served on open sockets."""

    def __init__(self, application: ASGIApp, sockets: Sequence[socket.socket]) -> None:
        async def resettable(scope: Scope, receive: Receive, send: Send) -> None:
            await application({**scope, RESET: partial(self._server.reset, scope)}, receive, send)

        self._started: Future[None] = Future()
        # h11 is always there: what is recorded must not depend on which parsers are installed.
        # An idle connection stays open for a test's length, lest a client reuse one that is just closing.
        self._server = _Server(
            uvicorn.Config(
                resettable,
                http=_Connection,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                timeout_keep_alive=600,
                proxy_headers=False,
                date_header=False,  # it would stay at the start: only uvicorn's polling moves it
                access_log=False,
            ),
            self._started,
        )
        self._sockets = list(sockets)
        self._thread = threading.Thread(target=self._run, name="expunge-sandbox", daemon=True)
        self._thread.start()
        self._started.result()

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=self._sockets))
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    def stop(self) -> None:
        """Close every port and connection; wait until that is done."""
        if self._thread.is_alive():
            self._server.stop()
            self._thread.join()

    def carry_out(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work* between two requests; wait until that is done."""
        self._server.carry_out(work)
