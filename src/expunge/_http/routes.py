"""The way from a socket to the provider: through TLS, and through the proxy that the environment names, if any."""

import base64
import ssl
from collections.abc import Callable
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit

from attrs import field, frozen

from .certificates import tls
from .conversation import Conversation, Talk
from .proxies import Proxy, proxy_for
from .socks import ask_socks

CONNECT_SECONDS = 10.0
"""Seconds for a lookup, for connecting, and for each TLS handshake."""

_PORTS = {"http": 80, "https": 443}


@frozen
class Secured:
    """TLS with the host *name* from here on."""

    context: ssl.SSLContext
    name: str


Stage: TypeAlias = Secured | Callable[[], Talk[None]]
"""One step of making a connection: TLS, or a talk with a proxy."""


@frozen
class Route:
    """How a connection is made: an address to connect to, and what happens before the first request."""

    host: str
    port: int
    stages: tuple[Stage, ...] = field(repr=False)  # they hold the proxy's password


def route_to(origin: str, proxy: Proxy | None) -> Route:
    """Return the route to *origin*, through *proxy* if there is one.

    Raises:
        ConfigurationError: A certificate setting of the environment cannot be used.
    """
    parts = urlsplit(origin)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    last = (Secured(tls(), host),) if parts.scheme == "https" else ()
    if proxy is None:
        return Route(host, port, last)
    first = (Secured(tls(), proxy.host),) if proxy.scheme == "https" else ()
    if proxy.scheme.startswith("socks5"):
        tunnel = partial(ask_socks, host, port, proxy.auth)
    else:
        tunnel = partial(_ask_http, host, port, proxy.auth)
    return Route(proxy.host, proxy.port, (*first, tunnel, *last))


def require_usable(origin: str) -> None:
    """Check the proxy and certificate settings of the environment for *origin*, before anything is sent.

    Raises:
        ConfigurationError: One of them cannot be used.
    """
    route_to(origin, proxy_for(origin))


def _ask_http(host: str, port: int, auth: tuple[bytes, bytes] | None) -> Talk[None]:
    """Ask an HTTP proxy for a tunnel to *host* and *port*."""
    authorization = None if auth is None else b"Basic " + base64.b64encode(b":".join(auth))
    bracketed = f"[{host}]" if ":" in host else host
    return Conversation().tunnel(f"{bracketed}:{port}".encode(), authorization)
