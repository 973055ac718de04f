"""SOCKS 5: asking a proxy for a tunnel (RFC 1928), with the user and password of RFC 1929."""

import ipaddress

from .conversation import Talk
from .deadline import Failure

_VERSION, _CONNECT = 5, 1
_NO_PASSWORD, _PASSWORD = 0, 2
_IPV4, _NAME, _IPV6 = 1, 3, 4
_LENGTHS = {_IPV4: 4, _IPV6: 16}
_LONGEST = 255
"""Bytes of a name, a user or a password."""

_REASONS = {
    1: "it failed",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection was refused",
    6: "it took too long",
    7: "it does not know the command",
    8: "it does not know this kind of address",
}


def ask_socks(host: str, port: int, auth: tuple[bytes, bytes] | None) -> Talk[None]:
    """Ask a proxy for a tunnel to *host*, which it looks up, and *port*; *auth* is a user and a password."""
    arrived = bytearray()
    method = _NO_PASSWORD if auth is None else _PASSWORD
    yield bytes((_VERSION, 1, method))
    version, chosen = yield from _take(arrived, 2)
    if version != _VERSION:
        raise Failure("the proxy does not speak SOCKS 5")
    if chosen != method:
        raise Failure("the proxy wants a user and a password" if auth is None else "the proxy takes no password")
    if auth is not None:
        yield b"\1" + _counted(auth[0]) + _counted(auth[1])
        _, refused = yield from _take(arrived, 2)
        if refused:
            raise Failure("the proxy refused the user or the password")
    yield bytes((_VERSION, _CONNECT, 0)) + _address(host) + port.to_bytes(2)
    version, reply, _, kind = yield from _take(arrived, 4)
    if version != _VERSION or reply:
        raise Failure(f"the proxy could not connect: {_REASONS.get(reply, 'it gave no reason')}")
    (length,) = (_LENGTHS[kind],) if kind in _LENGTHS else (yield from _take(arrived, 1))
    yield from _take(arrived, length + 2)
    if arrived:
        raise Failure("the proxy sent more than its answer")


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bytes((_NAME,)) + _counted(host.encode())
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed  # noqa: PLR2004 - IP's own number


def _counted(text: bytes) -> bytes:
    if len(text) > _LONGEST:
        raise Failure(f"a SOCKS proxy takes names, users and passwords of up to {_LONGEST} bytes")
    return bytes((len(text),)) + text


def _take(arrived: bytearray, count: int) -> Talk[bytes]:
    """Return the next *count* bytes that have *arrived*."""
    while len(arrived) < count:
        received = yield b""
        if not received:
            raise Failure("the proxy closed the connection")
        arrived += received
    taken = bytes(arrived[:count])
    del arrived[:count]
    return taken
