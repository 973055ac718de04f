"""The rate of one credential: GCRA, one number behind a lock, that every call of a client passes.

The generic cell rate algorithm (ITU-T I.371) keeps the time at which the next call would be due if all calls were
evenly spaced. A call may come before that time by the burst that is allowed. So no queue and no timer is needed.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from weakref import WeakValueDictionary

from .._answer import Answer
from .._flow import Clock, Flow, Sleep
from .._waits import Hint, asked_wait, is_throttled

BURST_SECONDS = 0.5
"""Worth of calls that may leave at once. With a full second's worth, a strict server answered 10% with 429."""

_SLOWER = 2.0
"""Factor by which the space between calls grows after a 429."""

_LEAST_SPACE = 0.02
"""Seconds between calls after a 429 of a provider that documents no limit."""

_LONGEST_SPACE = 0.1
"""Seconds between calls at most: a provider that wants fewer says how long to wait."""

_RECOVERY = 0.8
"""Factor by which the additional space shrinks in each second without a 429."""

_NEGLIGIBLE = 1e-4

_LOCK_IS_LOST = 1.0
"""Seconds after which a holder of the lock was surely interrupted: it needs microseconds."""


_SHARED: "WeakValueDictionary[Hashable, Limit]" = WeakValueDictionary()


def shared_limit(credential: Hashable, make: Callable[[], "Limit"]) -> "Limit":
    """Return the rate that all clients of this process with *credential* share while one of them is there."""
    limit = _SHARED.get(credential)
    return _SHARED.setdefault(credential, make()) if limit is None else limit


class Limit:
    """The rate that one provider allows one credential.

    It satisfies `_waits.Pace`.

    Attributes:
        per_second: The documented rate, or None; then only a 429 slows.
        calls: Number of turns that were given.
        asked: Seconds that the last 429 asked to wait, if it did.
        opens: Monotonic time before which nothing may leave, because the provider asked so.
    """

    def __init__(self, per_second: float | None, clock: Clock, hint: Hint) -> None:
        self.per_second = per_second
        self.calls = 0
        self.asked: float | None = None
        self.opens = float("-inf")
        self._clock = clock
        self._hint = hint
        self._space = 1 / per_second if per_second else 0.0
        self._added = 0.0
        self._slowed_at = float("-inf")
        self._due = float("-inf")
        self._pushes = 0
        self._lock = Lock()

    def turn(self, most: float) -> Flow[bool]:
        """Wait for a turn; return whether one came within *most* seconds, and at once if not.

        A 429 that another call gets meanwhile takes the turn away, and a new one is waited for.
        """
        while True:
            pushes = self._pushes
            seconds = self._reserve(self._clock.monotonic(), most)
            if seconds is None:
                return False
            if seconds <= 0:
                return True
            yield Sleep(seconds)
            most -= seconds
            if self._pushes == pushes:
                return True

    def hear(self, answer: Answer, left_at: float) -> None:
        """Take note of *answer* to a call that left at the monotonic time *left_at*."""
        if not is_throttled(answer):
            return
        now = self._clock.monotonic()
        asked = asked_wait(answer, self._clock.now(), self._hint)
        lock = self._held()
        try:
            if left_at > self._slowed_at:  # calls that had left before the rate was lowered say nothing about it
                space = self._space_at(now)
                self._added = min(max(space * _SLOWER, _LEAST_SPACE), _LONGEST_SPACE) - self._space
                self._slowed_at = now
            if asked and now + asked > self.opens:
                self.asked, self.opens = asked, now + asked
                # All that waited lose their turns and ask again. Half a burst is left: the pause has made room for it.
                self._due = self.opens + BURST_SECONDS / 2
                self._pushes += 1
        finally:
            self._release(lock)

    def waits_for(self) -> float:
        """Return the seconds until the provider takes calls again, as it asked; 0 if it did not ask."""
        return max(0.0, self.opens - self._clock.monotonic())

    def _reserve(self, now: float, most: float) -> float | None:
        """Take the next turn, and return the seconds until it; None, and no turn, if it is not within *most*."""
        lock = self._held()
        try:
            space = self._space_at(now)
            burst = max(BURST_SECONDS - space, 0.0)
            seconds = max(self._due - burst, self.opens) - now
            if seconds > most:
                return None
            self._due = max(self._due, now) + space
            self.calls += 1
            return seconds if seconds > _NEGLIGIBLE else 0.0
        finally:
            self._release(lock)

    def _space_at(self, now: float) -> float:
        added = self._added * _RECOVERY ** max(0.0, now - self._slowed_at) if self._added else 0.0
        if added < _NEGLIGIBLE:
            self._added = added = 0.0
        return self._space + added

    def _held(self) -> "Lock | None":  # quoted: before Python 3.13, Lock is a function
        """Return the lock, taken; None if an interruption had struck its holder."""
        lock = self._lock
        if lock.acquire(timeout=_LOCK_IS_LOST):
            return lock
        self._lock = Lock()
        return None

    def _release(self, lock: "Lock | None") -> None:
        if lock is not None:
            lock.release()
