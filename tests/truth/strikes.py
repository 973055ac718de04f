"""An exception that strikes between two lines, as a signal's handler would raise it."""

import asyncio
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from contextlib import contextmanager
from pathlib import Path

import expunge

PACKAGE = str(Path(expunge.__file__).parent)


class SoftTimeLimitExceeded(Exception):
    """The exception of a task queue's alarm: it is an Exception, and not an error of ours."""


class Strike:
    """Raises an exception at the n-th executed line of the package, or of *also*; with n = 0 it only counts.

    Attributes:
        lines: The number of lines so far.
        place: The line that was struck, empty before that.
        is_in_main: Whether the thread that signals are handled in was struck.
        was_unraisable: Whether a finalizer was struck, where Python lets nothing through.
        paths: With n = 0, for each line: where it is, and what `phase` returned then.
    """

    def __init__(
        self,
        number: int,
        kind: type[BaseException] = KeyboardInterrupt,
        *,
        also: Iterable[types.CodeType] = (),
    ) -> None:
        self.lines = 0
        self.place = ""
        self.is_in_main = False
        self.was_unraisable = False
        self.paths: list[Hashable] = []
        self.phase: Callable[[], Hashable] = int
        self._number = number
        self._kind = kind
        self._also = frozenset(also)

    def _of_call(self, frame: types.FrameType, _event: str, _argument: object) -> Callable[..., object] | None:
        code = frame.f_code
        return self._of_line if code.co_filename.startswith(PACKAGE) or code in self._also else None

    def _of_line(self, frame: types.FrameType, event: str, _argument: object) -> Callable[..., object]:
        if event == "line":
            self.lines += 1
            if not self._number:
                self.paths.append((frame.f_code, frame.f_lineno, self.phase()))
            if self.lines == self._number:
                self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"
                self.is_in_main = threading.current_thread() is threading.main_thread()
                raise self._kind
        return self._of_line

    @contextmanager
    def falls(self):
        """Let it strike within the block, in this thread or in one that the block starts."""
        before = sys.gettrace(), threading.gettrace(), sys.unraisablehook
        sys.unraisablehook = self._note
        threading.settrace(self._of_call)
        sys.settrace(self._of_call)
        try:
            yield
        finally:
            sys.settrace(before[0])
            threading.settrace(before[1])
            sys.unraisablehook = before[2]

    def _note(self, unraisable: "sys.UnraisableHookArgs") -> None:
        self.was_unraisable |= unraisable.exc_type is self._kind


def distinct(paths: Iterable[Hashable], seen: Counter[Hashable], most: int = 2) -> list[int]:
    """Return the numbers of the lines that were on a path not *seen* *most* times yet.

    A loop that reads one list comes by the same lines again and again, and nothing is different then.
    """
    numbers = []
    for number, path in enumerate(paths, start=1):
        seen[path] += 1
        if seen[path] <= most:
            numbers.append(number)
    return numbers


KINDS = {
    "sync": (KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded),
    "async": (KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded, asyncio.CancelledError),
}
