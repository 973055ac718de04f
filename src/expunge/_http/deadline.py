"""A deadline for a whole exchange: every read and write of a connection ends by then.

httpcore bounds each read of a socket, not their sum: a server that sends one byte of a header a minute would hold a
call for ever. These backends stand between a pool and its sockets, behind proxies too, and shorten every wait to
what is left.
"""

import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from time import monotonic
from typing import cast

import httpcore
from httpcore import SOCKET_OPTION

ends_at: ContextVar[float] = ContextVar("ends_at", default=float("inf"))
"""When the exchange under way in this thread or task is over, on the monotonic clock."""

_NO_TIME = 0.000_001
"""What a wait gets that begins too late: sockets take 0 for "do not block", which would be another error."""


def _left(timeout: float | None) -> float | None:
    left = ends_at.get() - monotonic()
    if left == float("inf"):
        return timeout
    return max(_NO_TIME, left if timeout is None else min(timeout, left))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.close = inner.close  # type: ignore[method-assign]  # passed on as they are, at no cost
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))


class Backend(httpcore.NetworkBackend):
    """Opens sockets whose every wait ends by `ends_at`."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, _left(timeout), local_address, socket_options))


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.aclose = inner.aclose  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, _left(timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, _left(timeout))

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens sockets whose every wait ends by `ends_at`."""

    def __init__(self) -> None:
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, _left(timeout), local_address, socket_options)
        return _AsyncStream(stream)
