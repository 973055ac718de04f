"""The signals that end a program, and the end of one that has not begun yet."""

import os
import signal
from contextlib import suppress
from types import FrameType
from typing import NoReturn


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end a program; it then exits with 128 and the signal's number, as shells report it.

    `nohup` ignores SIGHUP for a program that shall outlive its terminal; then it stays ignored.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    found = [signal.Signals[name] for name in names if name in signal.Signals.__members__]
    return [number for number in found if number.name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN]


def end_at_once() -> None:
    """Let each of these signals end the program at once, with one line. That is for one that is still being loaded.

    An exception could strike the import of a module, which would show a traceback or swallow it.
    """
    for number in ending_signals():
        signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    with suppress(OSError):
        os.write(2, b"\ninterrupted\n")
    os._exit(128 + number)
