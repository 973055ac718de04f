"""A request to end, from one thread to others."""

from contextlib import suppress
from queue import Empty, SimpleQueue


class Stop:
    """An event that is set once.

    `threading.Event` is written in Python: a signal that strikes in it may leave its lock taken, and whoever asks next
    waits indefinitely. A simple queue is written in C.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._wakes: SimpleQueue[None] = SimpleQueue()

    def is_set(self) -> bool:
        """Return whether the end was asked for."""
        return self._is_set

    def set(self) -> None:
        """Ask for the end."""
        self._is_set = True
        self._wakes.put(None)

    def wait(self, seconds: float) -> bool:
        """Block for *seconds*, or until the end is asked for; return whether it was."""
        if not self._is_set:
            with suppress(Empty):
                self._wakes.get(timeout=max(0, seconds))
        if self._is_set:
            self._wakes.put(None)  # for the next one that waits
        return self._is_set
