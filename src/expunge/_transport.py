"""Transports: TLS that is verified, proxies as the environment names them, and one that only reads."""

import ssl
import urllib.request
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from ._deadline import guard
from .config import is_loopback
from .errors import ConfigurationError

_LIMITS = httpx.Limits(max_connections=128, max_keepalive_connections=64, keepalive_expiry=30.0)

AnyTransport = TypeVar("AnyTransport", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


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


class ReadOnly(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that passes GET and nothing else: what a dry run is made of."""

    def __init__(self, inner: httpx.HTTPTransport | httpx.AsyncHTTPTransport) -> None:
        self._inner = inner

    @staticmethod
    def _check(request: httpx.Request) -> None:
        if request.method != "GET":
            raise PermissionError(f"a dry run does not send {request.method}")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._inner, httpx.HTTPTransport)  # noqa: S101 - what the sync session gave it
        return self._inner.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._inner, httpx.AsyncHTTPTransport)  # noqa: S101 - what the async session gave it
        return await self._inner.handle_async_request(request)


def build(kind: type[AnyTransport], origin: str) -> AnyTransport:
    """Build a transport of *kind* for one *origin*.

    httpx would drop the environment's proxies silently beside a transport of ours, so they are read here.

    Raises:
        ConfigurationError: The proxy that the environment names cannot be used.
    """
    proxy = proxy_for(origin)
    needs_certificates = origin.startswith("https:") or (proxy or "").startswith("https:")
    try:
        transport = kind(verify=_tls(needs_certificates), limits=_LIMITS, proxy=proxy)
    except (ImportError, ValueError) as error:
        # A proxy of a kind that httpx cannot use, or needs another package for.
        raise ConfigurationError(f"The proxy that the environment names cannot be used: {error}") from None
    guard(transport)
    return transport
