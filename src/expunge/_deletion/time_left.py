"""The time of one deletion: until its deadline, and for the read that settles a doubt after it."""

from typing import TYPE_CHECKING

from .._answer import Answer
from .._flow import Clock
from .freshness import is_stale

if TYPE_CHECKING:
    from datetime import datetime

SHORTEST_SECONDS = 0.001
"""Seconds for an exchange after the deadline that settles nothing: it ends at once, and says that it did."""


class TimeLeft:
    """The deadline of one deletion, and the time at which its last delete left."""

    def __init__(self, clock: Clock, timeout: float, last_read_seconds: float) -> None:
        self._clock = clock
        self._last_read_seconds = last_read_seconds
        self.ends = clock.monotonic() + timeout
        self._read_ends = self.ends
        self._left_at: tuple[datetime, float] = clock.now(), clock.monotonic()

    def seconds(self) -> float:
        """Return the seconds until the deadline; negative after it."""
        return self.ends - self._clock.monotonic()

    def end_now(self) -> None:
        """Let the deadline be now: only a last read is left."""
        self.ends = self._clock.monotonic()

    def leave(self) -> None:
        """Note that a delete leaves."""
        self._left_at = self._clock.now(), self._clock.monotonic()

    def begin_read(self) -> None:
        """Allow a read its few seconds, even after the deadline: a doubt is worth them."""
        self._read_ends = max(self.ends, self._clock.monotonic() + self._last_read_seconds)

    def for_exchange(self, *, is_settling: bool) -> float:
        """Return the seconds that an exchange may take; *is_settling* if it is a read after a delete."""
        least = self._read_ends - self._clock.monotonic() if is_settling else 0.0
        return max(self.seconds(), least, SHORTEST_SECONDS)

    def is_stale(self, answer: Answer, deleted: Answer | None) -> bool:
        """Return whether *answer* to a read is older than the last delete, whose answer was *deleted* if it had one."""
        left_at, then = self._left_at
        elapsed = self._clock.monotonic() - then
        return is_stale(answer, left_at=left_at, elapsed=elapsed, deleted=deleted)
