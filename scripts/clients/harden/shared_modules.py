"""Modules that hardened clients import, beside the providers' packages."""

_PATH = '''\
"""The guard of every path parameter: what is sent is one segment of the path, and is not empty."""

from urllib.parse import quote


def path_segment(name: str, value: object) -> str:
    """Percent-encode *value* as one segment of a path.

    Raises:
        ValueError: The value is empty, `.` or `..`: it would address another resource.
    """
    text = str(value)
    if text in {"", ".", ".."}:
        raise ValueError(f"{name} is {text!r}, which would change the path of the request")
    return quote(text, safe="")
'''

_STATUS = '''\
"""The status of every answer: by its name if it has one, else as a number; and whether the spec documents it."""

from http import HTTPStatus


def status_of(code: int) -> HTTPStatus | int:
    """Return the `HTTPStatus` of *code*, or *code* itself if there is none, as for 520."""
    try:
        return HTTPStatus(code)
    except ValueError:
        return code


def is_documented(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Return whether *code* lies in one of *ranges*, both ends included."""
    return any(first <= code <= last for first, last in ranges)
'''

# `from .. import _httpx as httpx` takes the place of `import httpx` in the templates.
_HTTPX = '''\
"""The HTTP library of every client: httpx2 if it is installed, else httpx. It loads when a client first needs it."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpx import AsyncClient, Client, Response, Timeout

__all__ = ["NAME", "AsyncClient", "Client", "Response", "Timeout"]

NAME = "httpx" if find_spec("httpx2") is None else "httpx2"
"""The name of the library that is used."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(NAME), name)
'''

SHARED_MODULES = {"_httpx.py": _HTTPX, "_path.py": _PATH, "_status.py": _STATUS}
"""The text of each module, by file name."""
