"""Deletions that their providers work on: they take no thread until they are due to be read again."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from heapq import heappop, heappush
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from .._flow import Clock
from .._system.stop import Stop
from .._system.worker import Worker

T = TypeVar("T")

_LONGEST_SLEEP = 0.25
"""Seconds until the heap is looked at again: no rest is shorter, so none that is added meanwhile is missed."""


class Resting(Generic[T]):
    """A heap by due time, and one thread that passes on what is due."""

    def __init__(
        self, resume: Callable[[int, T], None], clock: Clock, stop: Stop, fail: Callable[[BaseException], None]
    ) -> None:
        self._resume = resume
        self._clock = clock
        self._stop = stop
        self._fail = fail
        self._added: SimpleQueue[tuple[float, int, T] | None] = SimpleQueue()
        self._heap: list[tuple[float, int, T]] = []
        self._thread: Worker | None = None
        self._has_no_thread = False

    def start(self) -> None:
        """Start the thread, if one can be started."""
        if self._thread is None:
            thread = Worker(self._run, name="expunge-resting")
            self._thread = thread  # first: an interruption may strike in begin() when the thread runs already
            self._has_no_thread = not thread.begin()  # then each deletion sleeps in its own thread

    def add(self, number: int, deletion: T, seconds: float) -> bool:
        """Pass *deletion* on in *seconds*; return whether there is a thread to do so."""
        if self._thread is None or self._has_no_thread:
            return False
        self._added.put((self._clock.monotonic() + seconds, number, deletion))
        return True

    def dismiss(self) -> None:
        """Let the thread go."""
        self._added.put(None)

    @property
    def has_died(self) -> bool:
        """Return whether the thread has ended, before `dismiss()`."""
        return self._thread is not None and not self._has_no_thread and not self._thread.is_alive()

    def finish(self, seconds: float) -> None:
        """Wait for the thread to end, after `dismiss()`, at most *seconds*."""
        if self._thread is not None:
            self._thread.finish(seconds)

    def left(self) -> Iterator[tuple[int, T]]:
        """Return the deletions that were not passed on."""
        with suppress(Empty):
            while True:
                if added := self._added.get_nowait():
                    heappush(self._heap, added)
        return iter([(number, deletion) for _, number, deletion in self._heap])

    def _run(self) -> None:
        try:
            while self._take():
                due = self._heap[0][0] - self._clock.monotonic()
                if due > 0:
                    self._clock.sleep(min(due, _LONGEST_SLEEP), self._stop)
                elif not self._stop.is_set():
                    _, number, deletion = self._heap[0]
                    self._resume(number, deletion)
                    heappop(self._heap)
        except BaseException as error:  # noqa: BLE001 - the run ends by it, and settles what is left
            self._fail(error)

    def _take(self) -> bool:
        """Take in what was added, and wait for it if there is nothing else; return whether to go on."""
        try:
            while not self._stop.is_set():
                added = self._added.get(block=not self._heap)
                if added is None:
                    return False
                heappush(self._heap, added)
        except Empty:
            return True
        return False
