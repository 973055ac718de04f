"""How long to wait before asking again: as long as the provider asks for, else for a random time that grows."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Protocol

from ._answer import Answer
from ._flow import Call, Clock, Effect, Flow, Sleep, T, call

Chance = Callable[[], float]
"""A random source: it returns a number from 0 up to, but not including, 1."""

Hint = Callable[[Answer], float | None]
"""Finds the seconds to wait in other places than headers."""


class Pace(Protocol):
    """The rate at which calls may leave; `bulk.limits` has the one that keeps a provider's limit."""

    def turn(self, most: float) -> Flow[bool]:
        """Wait for a turn; return whether one came within *most* seconds, and at once if not."""
        ...

    def hear(self, answer: Answer, left_at: float) -> None:
        """Take note of *answer* to a call that left at the monotonic time *left_at*."""
        ...


class NoLimit:
    """A pace that lets every call leave at once."""

    def turn(self, most: float) -> Flow[bool]:
        """Return at once."""
        del most
        yield from ()
        return True

    def hear(self, answer: Answer, left_at: float) -> None:
        """Do nothing."""


OUT_OF_TURN = "the provider asked for a longer wait than the time allows"
"""The reason of a call that was not made because its turn would come after the deadline."""

_FIRST_LIMIT, _LONGEST_LIMIT, _GROWTH = 1.0, 30.0, 2.0

# A time of day in seconds since 1970 is at least this; a number of seconds to wait never is.
_EPOCH = 1_000_000_000
_NUMBER = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?")
_IN_RATE_LIMIT = re.compile(r"(?:^|[;,\s])(?:t|reset)=([0-9]{1,9})(?![0-9.])")


def asked_wait(answer: Answer, now: datetime, hint: Hint | None = None) -> float | None:
    """Find the seconds that *answer* asks to wait; None if it does not.

    In this order: `Retry-After` in seconds or as an HTTP date (RFC 9110, section 10.2.3), `RateLimit-Reset` and
    `RateLimit` (the drafts of draft-ietf-httpapi-ratelimit-headers), `X-RateLimit-Reset` (seconds, or since 1970, as
    TrueFoundry's SDK reads it), and what *hint* finds in the body. A moment in the past means no wait.
    """
    for header, read in (
        ("retry-after", _seconds_or_date),
        ("ratelimit-reset", _seconds_or_epoch),
        ("ratelimit", _reset_parameter),
        ("x-ratelimit-reset", _seconds_or_epoch),
    ):
        found = read(answer.headers.get(header, "").strip(), now)
        if found is not None:
            return found
    return hint(answer) if hint is not None else None


def is_throttled(answer: Answer) -> bool:
    """Return whether *answer* says that the provider limits the rate."""
    return answer.http_status == HTTPStatus.TOO_MANY_REQUESTS


def backoff(tries: int, chance: Chance) -> float:
    """Return the seconds to wait after *tries* earlier waits, with full jitter, so that clients do not act in step."""
    limit: float = min(_LONGEST_LIMIT, _FIRST_LIMIT * _GROWTH**tries)
    return chance() * limit


class Patience:
    """Decides how long to wait for a provider that throttles, within the deadline; *heard* is called for each wait."""

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        hint: Hint,
        ends: float,
        heard: Callable[[Answer, float], None] = lambda _answer, _seconds: None,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._hint = hint
        self._ends = ends
        self._heard = heard

    def wait_after(self, answer: Answer, tries: int) -> float | None:
        """Return the seconds to wait after *answer*, or None if they would exceed the deadline."""
        asked = asked_wait(answer, self._clock.now(), self._hint)
        # A wait of zero seconds is honoured once, not repeatedly.
        seconds = backoff(tries, self._chance) if asked is None or (tries and not asked) else asked
        if seconds >= self._ends - self._clock.monotonic():
            return None
        self._heard(answer, seconds)
        return seconds


def patiently(flow: Flow[T], patience: Patience, is_read: Callable[[Call], bool]) -> Flow[T]:
    """Run *flow*, and repeat each throttled read after the requested wait.

    A read is repeated once if its connection broke: a server may have closed an idle one. Requests that delete or
    write are never repeated here.
    """
    answer: Answer | None = None
    try:
        while True:
            effect: Effect = flow.send(answer)
            if isinstance(effect, Call) and is_read(effect):
                answer = yield from _read(effect, patience)
            else:
                answer = yield effect
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # as in _flow.drive()


def until(ends: float, clock: Clock, flow: Flow[T]) -> Flow[T]:
    """Run *flow* with each call bounded by the time until *ends*; after that nothing is sent any more."""
    answer: Answer | None = None
    try:
        while True:
            effect = flow.send(answer)
            left = ends - clock.monotonic()
            if not isinstance(effect, Call):
                answer = yield effect
            elif left > 0:
                answer = yield effect.within(left)
            else:
                answer = Answer(problem="the time for it was over before all requests were made", was_sent=False)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # as in _flow.drive()


def paced(flow: Flow[T], pace: Pace, clock: Clock, ends: float) -> Flow[T]:
    """Run *flow*, each call at its turn; one whose turn would come after *ends* is not made."""
    answer: Answer | None = None
    try:
        while True:
            effect: Effect = flow.send(answer)
            if isinstance(effect, Call) and not (yield from pace.turn(ends - clock.monotonic())):
                answer = Answer(problem=OUT_OF_TURN, was_sent=False)
                continue
            left_at = clock.monotonic()
            answer = yield effect
            if answer is not None:
                pace.hear(answer, left_at)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # as in _flow.drive()


def warned(flow: Flow[T], is_read: Callable[[Call], bool], warning: str) -> Flow[T]:
    """Run *flow*, and add *warning* to an exception that strikes from outside once a request that writes was made."""
    answer: Answer | None = None
    has_written = False
    while True:
        try:
            effect: Effect = flow.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # as in _flow.drive()
        has_written = has_written or (isinstance(effect, Call) and not is_read(effect))
        try:
            answer = yield effect
        except BaseException as error:
            if has_written:
                error.add_note(warning)
            raise


def _read(effect: Call, patience: Patience) -> Flow[Answer]:
    answer = yield from call(effect)
    if answer.http_status is None and answer.was_sent and not answer.timed_out:
        answer = yield from call(effect)
    tries = 0
    while is_throttled(answer):
        seconds = patience.wait_after(answer, tries)
        if seconds is None:
            break
        yield Sleep(seconds)
        answer = yield from call(effect)
        tries += 1
    return answer


def _seconds_or_date(text: str, now: datetime) -> float | None:
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _seconds_or_epoch(text: str, now: datetime) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return max(0.0, number - now.timestamp()) if number >= _EPOCH else number


def _reset_parameter(text: str, _now: datetime) -> float | None:
    found = _IN_RATE_LIMIT.search(text)
    return float(found[1]) if found else None
