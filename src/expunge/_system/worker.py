"""Threads that hold nobody up: a start ends even if the new thread dies before its first line.

Without memory a thread dies where nobody hears of it, and `Thread.start()` waits for it indefinitely, in every Python
so far (https://github.com/python/cpython/issues/140746). So its wait is bounded here. A run that waits for the work of
threads looks now and then whether they are alive.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

LOOK_EVERY = 1.0
"""Seconds between two looks at the threads that somebody waits for."""

_LONGEST_START = 5.0
"""Seconds until a thread that has not begun counts as dead; one that is only slow still does its work."""


class Worker(Thread):
    """A daemon thread that calls *target* with *arguments*."""

    def __init__(
        self, target: Callable[..., object], *arguments: object, name: str, longest_start: float = _LONGEST_START
    ) -> None:
        super().__init__(target=target, args=arguments, name=name, daemon=True)
        self._started = _Beginning(longest_start)  # the event that start() waits for

    def begin(self) -> bool:
        """Start it, and return whether it runs. If it does not, as without memory, it may still run later."""
        with suppress(RuntimeError, MemoryError):  # "can't start new thread", or no memory to wait until it has begun
            self.start()
        return self.is_alive()


class _Beginning(Event):
    """The event that a thread has begun: nobody waits for it longer than *most* seconds."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it, and return whether it has come."""
        return super().wait(self._most if timeout is None else timeout)
