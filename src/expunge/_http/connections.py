"""Pools of connections: through the proxy that the environment names, if any, and a pool that only reads.

The pools are httpcore's, on which httpx stands: they take a network backend of ours, which bounds a complete exchange,
and they send a path as it was built.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import frozen

from .awaited import AsyncBackend
from .blocking import Backend
from .certificates import tls
from .libraries import httpcore
from .proxies import Proxy, proxy_for, unusable
from .reuse import Reuse

AnyPool = TypeVar("AnyPool", httpcore.ConnectionPool, httpcore.AsyncConnectionPool)

_LIMITS = {"max_connections": 128, "max_keepalive_connections": 64, "keepalive_expiry": 30.0}


@frozen
class Kind(Generic[AnyPool]):
    """The classes that blocking pools are made of, or awaited ones."""

    plain: Callable[..., AnyPool]
    by_http_proxy: Callable[..., AnyPool]
    by_socks_proxy: Callable[..., AnyPool]
    backend: Callable[[Reuse], object]


BLOCKING: Kind[httpcore.ConnectionPool] = Kind(
    httpcore.ConnectionPool, httpcore.HTTPProxy, httpcore.SOCKSProxy, Backend
)
AWAITED: Kind[httpcore.AsyncConnectionPool] = Kind(
    httpcore.AsyncConnectionPool, httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy, AsyncBackend
)


def open_pool(kind: Kind[AnyPool], origin: str, proxy: Proxy | None, reuse: Reuse) -> AnyPool:
    """Open a pool of connections to one *origin*, through *proxy* if there is one.

    Raises:
        ConfigurationError: The proxy, or a certificate setting of the environment, cannot be used.
    """
    is_needed = origin.startswith("https:") or (proxy is not None and proxy.scheme == "https")
    context = tls(is_needed=is_needed)
    common: dict[str, Any] = {**_LIMITS, "ssl_context": context, "network_backend": kind.backend(reuse)}
    if proxy is None:
        return kind.plain(**common)
    try:
        if proxy.scheme.startswith("socks5"):
            return kind.by_socks_proxy(proxy_url=proxy.url, proxy_auth=proxy.auth, **common)
        if proxy.scheme == "https":
            common["proxy_ssl_context"] = context
        return kind.by_http_proxy(proxy_url=proxy.url, proxy_auth=proxy.auth, **common)
    except (ImportError, RuntimeError):
        raise unusable("a SOCKS proxy needs the package socksio") from None


def require_usable(origin: str) -> None:
    """Check the proxy and certificate settings of the environment for *origin*, before anything is sent.

    Raises:
        ConfigurationError: One of them cannot be used.
    """
    open_pool(BLOCKING, origin, proxy_for(origin), Reuse())  # a pool without connections needs no closing


class ReadOnly:
    """A pool that passes GET and nothing else: a dry run is made of it."""

    def __init__(self, pool: httpcore.ConnectionPool | httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    @staticmethod
    def _check(request: httpcore.Request) -> None:
        if request.method != b"GET":
            raise PermissionError(f"a dry run does not send {request.method.decode()}")

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._pool, httpcore.ConnectionPool)  # noqa: S101 - the blocking session passes it
        return self._pool.handle_request(request)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._pool, httpcore.AsyncConnectionPool)  # noqa: S101 - the awaited session passes it
        return await self._pool.handle_async_request(request)


def has_more(response: httpcore.Response) -> bool:
    """Return whether more has come than the answer: on a kept connection it would be taken for the next one's.

    httpcore has no public way to ask. If its inside has changed, no connection is kept.
    """
    connection = getattr(getattr(response.stream, "_stream", None), "_connection", None)
    state = getattr(connection, "_h11_state", None)
    return state is None or bool(state.trailing_data[0])


def stream_of(response: httpcore.Response) -> object:
    """Return the network stream that *response* came by."""
    extensions: Mapping[str, object] = vars(response)["extensions"]
    return extensions["network_stream"]
