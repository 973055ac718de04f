"""Connections: TLS that is verified, proxies as the environment names them, and a pool that only reads.

The pools are httpcore's, on which httpx stands: they take a network backend of ours, which bounds a whole exchange,
and they send a path as it was built.
"""

import ssl
import urllib.request
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpcore
import httpx
from attrs import frozen

from ..config import is_loopback
from ..errors import ConfigurationError
from .deadline import AsyncBackend, Backend

AnyPool = TypeVar("AnyPool", httpcore.ConnectionPool, httpcore.AsyncConnectionPool)

_LIMITS = {"max_connections": 128, "max_keepalive_connections": 64, "keepalive_expiry": 30.0}


@frozen
class Kind(Generic[AnyPool]):
    """The classes that blocking pools are made of, or awaited ones."""

    plain: Callable[..., AnyPool]
    by_http_proxy: Callable[..., AnyPool]
    by_socks_proxy: Callable[..., AnyPool]
    backend: Callable[[], object]


BLOCKING: Kind[httpcore.ConnectionPool] = Kind(
    httpcore.ConnectionPool, httpcore.HTTPProxy, httpcore.SOCKSProxy, Backend
)
AWAITED: Kind[httpcore.AsyncConnectionPool] = Kind(
    httpcore.AsyncConnectionPool, httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy, AsyncBackend
)


@cache
def _tls(certificates: bool) -> ssl.SSLContext:
    """Give the shared TLS context; without *certificates* one that trusts nobody, for origins that need none."""
    # Reading the certificate authorities takes 20 ms; httpx finds SSL_CERT_FILE and SSL_CERT_DIR by itself.
    return httpx.create_ssl_context() if certificates else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy_for(origin: str) -> str | None:
    """Find the proxy that the environment names for *origin*; this machine itself is never behind one."""
    host = urlsplit(origin).hostname or ""
    if is_loopback(origin) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(urlsplit(origin).scheme) or proxies.get("all")


def open_pool(kind: Kind[AnyPool], origin: str) -> AnyPool:
    """Open a pool of connections to one *origin*, through the proxy that the environment names, if any.

    Raises:
        ConfigurationError: That proxy cannot be used.
    """
    address = proxy_for(origin)
    needs_certificates = origin.startswith("https:") or (address or "").startswith("https:")
    common: dict[str, Any] = {**_LIMITS, "ssl_context": _tls(needs_certificates), "network_backend": kind.backend()}
    if address is None:
        return kind.plain(**common)
    try:
        proxy = httpx.Proxy(address)
        url = httpcore.URL(
            scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
        )
        if proxy.url.scheme.startswith("socks5"):
            return kind.by_socks_proxy(proxy_url=url, proxy_auth=proxy.raw_auth, **common)
        return kind.by_http_proxy(proxy_url=url, proxy_auth=proxy.raw_auth, proxy_headers=proxy.headers.raw, **common)
    except (ImportError, RuntimeError, ValueError, httpx.InvalidURL) as error:
        # A proxy of a kind that cannot be used, or needs another package for.
        raise ConfigurationError(f"The proxy that the environment names cannot be used: {error}") from None


class ReadOnly:
    """A pool that passes GET and nothing else: what a dry run is made of."""

    def __init__(self, pool: httpcore.ConnectionPool | httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    @staticmethod
    def _check(request: httpcore.Request) -> None:
        if request.method != b"GET":
            raise PermissionError(f"a dry run does not send {request.method.decode()}")

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._pool, httpcore.ConnectionPool)  # noqa: S101 - what the blocking session gave it
        return self._pool.handle_request(request)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._pool, httpcore.AsyncConnectionPool)  # noqa: S101 - what the awaited session gave it
        return await self._pool.handle_async_request(request)


def has_more(response: httpcore.Response) -> bool:
    """Say whether more has come than the answer: on a connection that is kept, it would be taken for the next one's.

    httpcore offers no way to ask; where its inside is another one, no connection is kept.
    """
    connection = getattr(getattr(response.stream, "_stream", None), "_connection", None)
    state = getattr(connection, "_h11_state", None)
    return state is None or bool(state.trailing_data[0])


def socket_of(response: httpcore.Response) -> object:
    """Give the network stream that *response* came by."""
    extensions: Mapping[str, object] = vars(response)["extensions"]
    return extensions["network_stream"]
