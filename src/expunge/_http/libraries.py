"""The HTTP library: httpx2 if it is installed, else httpx.

Its successor wins because only that is maintained. The generated clients make the choice, so all of a process uses the
same one. No other module names it: it writes `from .libraries import httpx`. It loads when it is imported.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from expunge_clients._httpx import NAME

if TYPE_CHECKING:
    import httpx

__all__ = ["httpx"]


def __getattr__(name: str) -> object:
    if name != "httpx":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(NAME)
