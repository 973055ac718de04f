"""A lost connection: a run tries the provider now and then, instead of failing a long list in seconds."""

from .._answer import Answer
from .._flow import Clock, Flow, Sleep
from .._waits import Pace

_SPACE = 0.25
"""Seconds between two tries while no connection can be made."""

_LONGEST = 300.0
"""Seconds after which a lost connection is not waited for any more."""


class Outages:
    """The paces of one run, by provider."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    def around(self, provider: str, pace: Pace, clock: Clock) -> Pace:
        """Return *pace*, slowed while *provider* cannot be reached any more."""
        return self._paces.setdefault(provider, _Reaching(pace, clock))


class _Reaching:
    """A pace that spaces calls while no connection can be made to a provider that was reached before.

    A provider that never was reached is not waited for: its host may be wrong. There is no lock: two threads that meet
    here may take the same turn, which harms nothing.
    """

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._was_reached = False
        self._lost_at: float | None = None
        self._due = float("-inf")

    def turn(self, most: float) -> Flow[bool]:
        """Wait for a try, and then for a turn; a try that would come after *most* seconds is made at once."""
        now = self._clock.monotonic()
        if self._lost_at is not None and now < self._lost_at + _LONGEST:
            seconds = max(self._due - now, 0.0)
            self._due = now + seconds + _SPACE
            if 0 < seconds < most:
                # Once: a sleep that was interrupted ends early, and the deletion looks at the reason.
                yield Sleep(seconds)
                most -= seconds
        return (yield from self._pace.turn(most))

    def hear(self, answer: Answer, left_at: float) -> None:
        """Take note of *answer*, and of whether the provider was reached."""
        self._pace.hear(answer, left_at)
        if answer.http_status is not None:
            self._was_reached, self._lost_at = True, None
        elif not answer.was_sent and self._was_reached and self._lost_at is None:
            self._lost_at = self._due = left_at
