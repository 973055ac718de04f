"""Requests as they leave: the origin that was configured, the path that a generated endpoint built, byte for byte.

httpx would read the path again and resolve steps such as `..`. The path that was built and checked leaves here, or
nothing does.
"""

import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode, urlsplit

from ..config import Secret
from .libraries import httpcore

_CONNECT_SECONDS = 10.0
_KNOWN = {"params", "json", "headers"}


class Origin:
    """The address of all requests, and the headers that they share."""

    def __init__(self, origin: str, headers: Mapping[str, str], authorization: Secret) -> None:
        parts = urlsplit(origin)
        self.text = origin
        self._scheme = parts.scheme.encode()
        self._host = (parts.hostname or "").encode()
        self._port = parts.port
        self._headers = [
            (b"Host", parts.netloc.encode()),
            *_encoded(headers),
            (b"Authorization", authorization.reveal().encode()),
        ]
        self._names = {"authorization", *(name.lower() for name in headers)}

    def request(self, method: str, path: str, seconds: float, arguments: Mapping[str, object]) -> httpcore.Request:
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
        own = {name: str(value) for name, value in _named(arguments.get("headers")) if name.lower() not in self._names}
        headers = [*self._headers, *_encoded(own)]
        if method.upper() == "GET":
            headers.append((b"Cache-Control", b"no-cache"))  # a read settles a doubt only if it is not an old one
        if "json" in arguments:
            content = json.dumps(arguments["json"], ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if content or method.upper() in {"POST", "PUT", "PATCH"}:
            headers.append((b"Content-Length", str(len(content)).encode()))
        timeouts = {"connect": min(_CONNECT_SECONDS, seconds), "read": seconds, "write": seconds, "pool": seconds}
        return httpcore.Request(
            method.upper(),
            httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target.encode()),
            headers=headers,
            content=content,
            extensions={"timeout": timeouts},
        )


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
