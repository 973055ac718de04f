"""An exception that strikes between two lines, as a signal's handler would raise it."""

import asyncio
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import expunge
from expunge._system.worker import Worker

PACKAGE = str(Path(expunge.__file__).parent)


class SoftTimeLimitExceeded(Exception):
    """The exception of a task queue's alarm: it is an Exception, and not an error of ours."""


@dataclass(frozen=True)
class Place:
    """One execution of one line: the *time*-th one in its run, and the *phase* that the run was in then."""

    code: types.CodeType
    line: int
    time: int
    phase: Hashable = None


class Strike:
    """Raises an exception at a place in the package, or in *also*; without a place it only notes all places.

    A run is struck in one function, so only the lines of that one are traced: that takes half the time.

    Attributes:
        place: The line that was struck, empty before that.
        passes: Whether the caller must hear of it: the thread that signals are handled in was struck, outside a
            finalizer, where Python lets nothing through, and not with a cancellation
            of a task that is not the caller's.
        is_outside: Whether it struck in another task than the caller's: it may leave the event loop without passing
            the caller, whom the loop then cancels.
        places: If nothing is struck, all lines in the order in which they were executed.
    """

    def __init__(
        self,
        at: Place | None,
        kind: type[BaseException] = KeyboardInterrupt,
        *,
        also: Iterable[types.CodeType] = (),
    ) -> None:
        self.place = ""
        self.passes = False
        self.is_outside = False
        self.places: list[Place] = []
        self.phase: Callable[[], Hashable] = int
        self._at = at
        self._kind = kind
        self._also = frozenset(also)
        self._times: Counter[tuple[types.CodeType, int]] = Counter()

    def _of_call(self, frame: types.FrameType, _event: str, _argument: object) -> Callable[..., object] | None:
        code = frame.f_code
        if self._at is not None and code is not self._at.code:
            return None
        if code is Worker.run.__code__ or (not code.co_filename.startswith(PACKAGE) and code not in self._also):
            return None
        is_thread = frame.f_back is not None and frame.f_back.f_code is threading.Thread.run.__code__
        return self._of_first_line if is_thread else self._of_line

    def _of_first_line(self, _frame: types.FrameType, _event: str, _argument: object) -> Callable[..., object]:
        """Strike no thread at its very first line, a bare `try`: handlers run in the main thread only."""
        return self._of_line

    def _of_line(self, frame: types.FrameType, event: str, _argument: object) -> Callable[..., object]:
        if event == "line":
            line = (frame.f_code, frame.f_lineno)
            self._times[line] += 1
            if self._at is None:
                self.places.append(Place(*line, self._times[line], self.phase()))
            elif line == (self._at.code, self._at.line) and self._times[line] == self._at.time:
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


KINDS: dict[str, tuple[type[BaseException], ...]] = {
    "sync": (KeyboardInterrupt, SoftTimeLimitExceeded),
    "async": (KeyboardInterrupt, SoftTimeLimitExceeded, asyncio.CancelledError),
}
"""Exceptions that differ in the code that they meet. `SystemExit` takes the turn of KeyboardInterrupt now and then."""


def distinct(places: Iterable[Place], seen: Counter[Hashable]) -> list[tuple[Place, int]]:
    """Return the places whose line was not *seen* twice in its phase yet, each with how often it was before.

    A loop that reads one list comes by the same lines again and again, and nothing is different then.
    """
    found: list[tuple[Place, int]] = []
    for place in places:
        path = place.code, place.line, place.phase
        if seen[path] < 2:
            found.append((place, seen[path]))
            seen[path] += 1
    return found


def strikes(
    places: Iterable[tuple[Place, int]], kinds: Collection[type[BaseException]]
) -> Iterator[tuple[Place, type[BaseException]]]:
    """Return each of the *places* with the exceptions to raise there: all *kinds* the first time, then one in turn."""
    turns = cycle((SystemExit, *kinds))
    ends = cycle((KeyboardInterrupt, SystemExit))
    for place, times in places:
        if times:
            yield place, next(turns)
        else:
            yield from ((place, next(ends) if kind is KeyboardInterrupt else kind) for kind in kinds)
