"""Requests as they leave: the origin that was configured, the path that a generated endpoint built, byte for byte.

httpx would read the path again and resolve steps such as `..`. The path that was built and checked leaves here, or
nothing does.
"""

import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode, urlsplit

import h11
from attrs import field, frozen

from ..config import Secret

_MOST_KEPT = 64
_KNOWN = {"params", "json", "headers"}


@frozen
class Outgoing:
    """A request as it leaves; *largest* is the bytes allowed in the body of its answer."""

    head: h11.Request = field(repr=False)
    content: bytes = field(repr=False)
    largest: int

    @property
    def method(self) -> str:
        return self.head.method.decode()

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing."""
        return self.head.method == b"GET"


class Origin:
    """The address of all requests, and the headers that they share."""

    def __init__(self, origin: str, headers: Mapping[str, str], authorization: Secret) -> None:
        parts = urlsplit(origin)
        self.text = origin
        self._headers = [
            (b"Host", parts.netloc.encode()),
            *_encoded(headers),
            (b"Authorization", authorization.reveal().encode()),
        ]
        self._kept: dict[tuple[object, ...], h11.Request] = {}
        self._names = {"authorization", *(name.lower() for name in headers)}

    def request(self, method: str, path: str, largest: int, arguments: Mapping[str, object]) -> Outgoing:
        """Build the request of a generated endpoint: *path*, and its `params`, `json` and `headers`.

        Raises:
            ValueError: The endpoint has another argument, or one that cannot be sent.
        """
        if unknown := arguments.keys() - _KNOWN:
            raise ValueError(f"an endpoint has the unknown arguments {', '.join(sorted(unknown))}")
        query = urlencode(_query(arguments.get("params")))
        target = f"{path}?{query}" if query else path
        if not target.startswith("/") or not target.isascii() or not target.isprintable() or " " in target:
            raise ValueError(f"{target!r} is not a path that can be sent")
        content = b""
        if "json" in arguments:
            content = json.dumps(arguments["json"], ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        own = {name: str(value) for name, value in _named(arguments.get("headers")) if name.lower() not in self._names}
        return Outgoing(self._head(method.upper(), target, own, len(content)), content, largest)

    def _head(self, method: str, target: str, own: Mapping[str, str], length: int) -> h11.Request:
        """Build the head; headers that were checked once are used as they are, as to check them is half of the work."""
        key = (method, *own.items(), length)
        kept = self._kept.get(key)
        headers = self._listed(method, own, length) if kept is None else kept.headers
        try:
            head = h11.Request(method=method, target=target, headers=headers)
        except h11.LocalProtocolError:
            raise ValueError("an endpoint has a header that cannot be sent") from None  # not its value
        if kept is None and len(self._kept) < _MOST_KEPT:
            self._kept[key] = head
        return head

    def _listed(self, method: str, own: Mapping[str, str], length: int) -> list[tuple[bytes, bytes]]:
        headers = [*self._headers, *_encoded(own)]
        if method == "GET":
            headers.append((b"Cache-Control", b"no-cache"))  # a read settles a doubt only if it is not an old one
        if length or method in {"POST", "PUT", "PATCH"}:
            headers.append((b"Content-Length", str(length).encode()))
        return headers


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _query(params: object) -> dict[str, str]:
    """Write parameters as the generated clients mean them: a boolean in small letters."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in _named(params)}


def _named(values: object) -> list[tuple[str, object]]:
    """Return the values that a generated endpoint names, if any."""
    if not isinstance(values, Mapping):
        return []
    return [(str(name), value) for name, value in cast("Mapping[object, object]", values).items()]
