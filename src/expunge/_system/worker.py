"""Threads that hold nobody up: a start ends even if the new thread dies before its first line.

Without memory a thread dies where nobody hears of it, and `Thread.start()` waits for it indefinitely, in every Python
so far (https://github.com/python/cpython/issues/140746). So its wait is bounded here. A run that waits for the work of
threads looks now and then whether they are alive, and waits for none of them without a bound.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic

LOOK_EVERY = 1.0
"""Seconds between two looks at the threads that somebody waits for."""

_LONGEST_END = 0.5
"""Seconds that a thread has to end after its work."""

_LONGEST_START = 5.0
"""Seconds until a thread that has not begun counts as dead; one that is only slow still does its work."""


class Worker(Thread):
    """A daemon thread that calls *target* with *arguments*."""

    def __init__(
        self, target: Callable[..., object], *arguments: object, name: str, longest_start: float = _LONGEST_START
    ) -> None:
        super().__init__(target=target, args=arguments, name=name, daemon=True)
        self._is_done = False
        self._started = _Beginning(longest_start)  # the event that start() waits for

    def begin(self) -> bool:
        """Start it, and return whether it runs. If it does not, as without memory, it may still run later."""
        with suppress(RuntimeError, MemoryError):  # "can't start new thread", or no memory to wait until it has begun
            self.start()
        return self.is_alive()

    def run(self) -> None:
        """Do the work."""
        try:
            super().run()
        finally:
            self._is_done = True

    def finish(self, seconds: float) -> None:
        """Wait until it has ended, at most *seconds*, and after its work only a moment.

        Without memory, a lock may stay taken: of the threads' list, or of an import.
        """
        ends = monotonic() + seconds
        while self.is_alive() and (left := ends - monotonic()) > 0:
            is_done = self._is_done
            self.join(min(left, _LONGEST_END if is_done else LOOK_EVERY))
            if is_done:
                return


class _Beginning(Event):
    """The event that a thread has begun: nobody waits for it longer than *most* seconds."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it, and return whether it has come."""
        return super().wait(self._most if timeout is None else timeout)
