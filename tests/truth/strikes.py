"""An exception that strikes between two lines of the package, as a signal's handler would raise it."""

import asyncio
import sys
import threading
import types
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import expunge

PACKAGE = str(Path(expunge.__file__).parent)


class SoftTimeLimitExceeded(Exception):
    """The exception of a task queue's alarm: it is an Exception, and not an error of ours."""


class Strike:
    """Raises an exception at the n-th line of the package that is executed; with n = 0 it only counts."""

    def __init__(self, number: int, kind: type[BaseException] = KeyboardInterrupt) -> None:
        self.lines = 0
        self.place = ""
        self._number = number
        self._kind = kind

    def _of_call(self, frame: types.FrameType, _event: str, _argument: object) -> Callable[..., object] | None:
        return self._of_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    def _of_line(self, frame: types.FrameType, event: str, _argument: object) -> Callable[..., object]:
        if event == "line":
            self.lines += 1
            if self.lines == self._number:
                self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"
                raise self._kind
        return self._of_line

    @contextmanager
    def falls(self):
        """Let it strike within the block, in this thread or in one that the block starts."""
        before = sys.gettrace(), threading.gettrace()
        threading.settrace(self._of_call)
        sys.settrace(self._of_call)
        try:
            yield
        finally:
            sys.settrace(before[0])
            threading.settrace(before[1])


KINDS = {
    "sync": (KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded),
    "async": (KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded, asyncio.CancelledError),
}
