"""Live states that could not be read: the client logs the reasons, and a command shows them on stderr."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager

from .._facade import UNREAD
from .._text import one_line
from .exit_codes import say

_MOST_WORDS = 2_000


class _Heard(logging.Handler):
    """Passes the two arguments of each record on: the version or model, and the reason."""

    def __init__(self, heard: Callable[[str, str], None]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple):
            ref, reason = map(str, record.args)
            self._heard(ref, reason)


@contextmanager
def unread_states(heard: Callable[[str, str], None]) -> Generator[None, None, None]:
    """Call *heard* with each version, or model, of unknown live state and the reason."""
    handler = _Heard(heard)
    UNREAD.addHandler(handler)
    try:
        yield
    finally:
        UNREAD.removeHandler(handler)


def say_unread(ref: str, reason: str) -> None:
    """Print a line on stderr: the live state of *ref* is not known, for *reason*."""
    say(one_line(f"The live state of {ref} is not known: {reason}.", _MOST_WORDS))
