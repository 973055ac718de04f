"""The proxy that the environment names, read as httpx reads it, with a password that no message and no frame shows."""

import urllib.request
from urllib.parse import urlsplit

from attrs import field, frozen

from ..config import Secret, is_loopback
from ..errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_PORTS = range(1, 65_536)


@frozen
class Proxy:
    """A proxy.

    Attributes:
        scheme: `http`, `https`, `socks5` or `socks5h`.
        host: Its name or address.
        port: Its port.
        auth: User and password, if any.
        secrets: All that is blanked: the password, and each text that holds it.
    """

    scheme: str
    host: str
    port: int
    auth: tuple[bytes, bytes] | None = field(repr=False)
    secrets: tuple[Secret, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def proxy_for(origin: str) -> Proxy | None:
    """Find the proxy that the environment names for *origin*; this machine itself is never behind one.

    Raises:
        ConfigurationError: That proxy cannot be used.
    """
    address = _address_for(origin)
    if address is None:
        return None
    proxy = _read(address)
    if isinstance(proxy, str):
        raise unusable(proxy)
    return proxy


def unusable(why: str) -> ConfigurationError:
    """Return the error for a proxy that cannot be used; *why* is a clause."""
    return ConfigurationError(
        f"The proxy that the environment names cannot be used: {why}. Set HTTPS_PROXY to an address such as "
        "http://proxy.example.com:3128, or unset it. Nothing was sent."
    )


def _address_for(origin: str) -> Secret | None:
    if is_loopback(origin) or urllib.request.proxy_bypass(urlsplit(origin).hostname or ""):
        return None
    proxies = urllib.request.getproxies()
    address = proxies.get(urlsplit(origin).scheme) or proxies.get("all")
    return None if not address else Secret(address if "://" in address else f"http://{address}")


def _read(address: Secret) -> Proxy | str:
    """Read *address*, or return a clause that says why it cannot be used. Nothing is raised: this frame holds it."""
    if address.reveal().partition("://")[0].lower() not in _DEFAULT_PORTS:
        return "its scheme is not http, https, socks5 or socks5h"
    from .libraries import httpx  # noqa: PLC0415 - it takes 100 ms, and most have no proxy

    try:
        proxy = httpx.Proxy(address.reveal())
    except (ValueError, httpx.InvalidURL):
        return "its host or port is malformed"
    if not proxy.url.raw_host or (proxy.url.port is not None and proxy.url.port not in _PORTS):
        return "it has no host or no valid port"
    # A proxy may echo the password as it was sent (in base64, after the user), as it stands in the address, or decoded.
    userinfo = proxy.url.userinfo.decode("ascii", "replace")
    texts = {userinfo, userinfo.partition(":")[2], ":".join(proxy.auth or ()), (proxy.auth or ("", ""))[1]}
    return Proxy(
        scheme=proxy.url.scheme,
        host=proxy.url.raw_host.decode("ascii"),
        port=proxy.url.port or _DEFAULT_PORTS[proxy.url.scheme],
        auth=proxy.raw_auth,
        secrets=tuple(Secret(text) for text in texts if text),
    )
