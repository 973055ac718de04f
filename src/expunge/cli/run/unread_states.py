"""Warnings that the client logs, and that a command shows on stderr: mostly live states that could not be read."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager

from ..._facade import UNLISTED, UNREAD
from ..._text import one_line
from ..exit_codes import say

_MOST_WORDS = 2_000


class _Heard(logging.Handler):
    """Passes the arguments of each record on, as texts."""

    def __init__(self, heard: Callable[..., None]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple):
            self._heard(*map(str, record.args))


@contextmanager
def unread_states(heard: Callable[[str, str], None]) -> Generator[None, None, None]:
    """Call *heard* with each version, or model, of unknown live state and the reason."""
    with _listening(UNREAD, heard):
        yield


@contextmanager
def unlisted_models() -> Generator[None, None, None]:
    """Print a line on stderr for each provider that a list of all models leaves out."""

    def say_reason(reason: str) -> None:
        say(one_line(reason, _MOST_WORDS))

    with _listening(UNLISTED, say_reason):
        yield


@contextmanager
def _listening(logger: logging.Logger, heard: Callable[..., None]) -> Generator[None, None, None]:
    handler = _Heard(heard)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def say_unread(ref: str, reason: str) -> None:
    """Print a line on stderr: the live state of *ref* is not known, for *reason*."""
    say(one_line(f"The live state of {ref} is not known: {reason}.", _MOST_WORDS))
