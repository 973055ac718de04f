"""The HTTP libraries: httpx2 and httpcore2 if httpx2 is installed, else httpx and httpcore.

The successors win because only they are maintained. The generated clients make the choice, so all of a process uses
one pair. No other module names a library: it writes `from .libraries import httpcore`. Each loads when it is imported.
"""

import logging
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from expunge_clients._httpx import NAME

if TYPE_CHECKING:
    import httpcore
    import httpx

__all__ = ["httpcore", "httpx", "loggers"]

_NAMES = {"httpx": NAME, "httpcore": NAME.replace("httpx", "httpcore")}


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(_NAMES[name])


def loggers() -> Iterator[logging.Logger]:
    """Yield every logger that the libraries have made: importing them makes all that they use."""
    for name in tuple(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _NAMES.values():
            yield logging.getLogger(name)
