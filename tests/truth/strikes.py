"""An exception that strikes between two lines, as a signal's handler would raise it."""

import asyncio
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
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
        passes: Whether the caller must hear of it: the thread that signals are handled in was struck, outside a
            finalizer, where Python lets nothing through, and not with a cancellation
            of a task that is not the caller's.
        is_outside: Whether it struck in another task than the caller's: it may leave the event loop without passing
            the caller, whom the loop then cancels.
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
        self.passes = False
        self.is_outside = False
        self.paths: list[Hashable] = []
        self.phase: Callable[[], Hashable] = int
        self._number = number
        self._kind = kind
        self._also = frozenset(also)

    def _of_call(self, frame: types.FrameType, _event: str, _argument: object) -> Callable[..., object] | None:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE) and code not in self._also:
            return None
        is_thread = frame.f_back is not None and frame.f_back.f_code is threading.Thread.run.__code__
        return self._of_first_line if is_thread else self._of_line

    def _of_first_line(self, _frame: types.FrameType, _event: str, _argument: object) -> Callable[..., object]:
        """Strike no thread at its very first line, a bare `try`: handlers run in the main thread only."""
        return self._of_line

    def _of_line(self, frame: types.FrameType, event: str, _argument: object) -> Callable[..., object]:
        if event == "line":
            self.lines += 1
            if not self._number:
                self.paths.append((frame.f_code, frame.f_lineno, self.phase()))
            if self.lines == self._number:
                self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"
                self.passes = threading.current_thread() is threading.main_thread() and not self._is_elsewhere(frame)
                self.is_outside = self._is_in(frame, {"_settle"})
                raise self._kind
        return self._of_line

    def _is_elsewhere(self, frame: types.FrameType) -> bool:
        return issubclass(self._kind, asyncio.CancelledError) and self._is_in(frame, {"_settle"})

    @staticmethod
    def _is_in(frame: types.FrameType | None, names: Collection[str]) -> bool:
        while frame is not None:
            if frame.f_code.co_name in names:
                return True
            frame = frame.f_back
        return False

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
        self.passes &= unraisable.exc_type is not self._kind


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
