"""The common part of the tests in this folder: a server of one function, and one deletion by either client."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import expunge
from expunge.config import ProviderSettings

REF = "cerebras:acme/gpt-oss-120b@2"
TOKEN = "wire-token-5d2e81"


class Server:
    """A listener on this machine that hands each connection, and its number, to *serve* in a thread.

    Attributes:
        connections: How many were accepted.
        over: Set when the test is over.
    """

    def __init__(self, serve: Callable[["Server", socket.socket, int], None]) -> None:
        self.connections = 0
        self.over = threading.Event()
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.origin = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(connection, self.connections), daemon=True).start()

    def _one(self, connection: socket.socket, number: int) -> None:
        with connection, suppress(OSError):
            self._serve(self, connection, number)

    def stop(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def serving(serve: Callable[[Server, socket.socket, int], None]) -> Iterator[Server]:
    server = Server(serve)
    try:
        yield server
    finally:
        server.stop()


def request_of(connection: socket.socket) -> bytes:
    """Read one request without a body; empty when the client has left."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            return b""
        received += chunk
    return received


def answer(body: bytes, status: int = 200, headers: bytes = b"") -> bytes:
    """Write an answer in JSON."""
    return b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (
        status,
        len(body),
        headers,
        body,
    )


@contextmanager
def both(kind: str, settings: ProviderSettings) -> Iterator[Callable[..., Any]]:
    """Open a client, and yield a function that calls one of its methods to the end."""
    if kind == "sync":
        with expunge.Client(settings, last_read_seconds=0.3) as client:
            yield lambda name, *given, **options: getattr(client, name)(*given, **options)
        return
    with asyncio.Runner() as runner:
        awaited = expunge.AsyncClient(settings, last_read_seconds=0.3)
        yield lambda name, *given, **options: runner.run(_awaited(getattr(awaited, name)(*given, **options)))
        runner.run(awaited.aclose())


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def delete(kind: str, settings: ProviderSettings, ref: str = REF, **options: Any) -> expunge.Tombstone:
    """Delete *ref* with a client of its own; return the tombstone, also that of an error."""
    with both(kind, settings) as call:
        try:
            tombstone: expunge.Tombstone = call("delete", ref, **{"timeout": 0.4, **options})
        except expunge.ExpungeError as error:
            assert error.tombstone is not None, error  # noqa: PT017 - it is returned
            return error.tombstone
    return tombstone
