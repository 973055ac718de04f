"""How long to wait before asking again: as long as the provider asks for, else for a random time that grows."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ._answer import Answer
from ._flow import Call, Clock, Effect, Flow, Sleep, T, call

Chance = Callable[[], float]
"""A random source: a number from 0 up to, not including, 1."""

Hint = Callable[[Answer], float | None]
"""Finds the seconds that a provider asks for elsewhere than in a header."""

_FIRST_LIMIT, _LONGEST_LIMIT, _GROWTH = 1.0, 30.0, 2.0

# A time of day in seconds since 1970 is at least this; a number of seconds to wait never is.
_EPOCH = 1_000_000_000
_NUMBER = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?")
_IN_RATE_LIMIT = re.compile(r"(?:^|[;,\s])(?:t|reset)=([0-9]{1,9})(?![0-9.])")


def asked_wait(answer: Answer, now: datetime, hint: Hint | None = None) -> float | None:
    """Find the seconds that *answer* asks for; None when it does not say.

    In this order: `Retry-After` in seconds or as an HTTP date (RFC 9110, section 10.2.3), `RateLimit-Reset` and
    `RateLimit` (the drafts of draft-ietf-httpapi-ratelimit-headers), `X-RateLimit-Reset` (seconds, or since 1970, as
    TrueFoundry's SDK reads it), and what *hint* finds in the body. A moment that is past asks for no wait at all.
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


def backoff(tries: int, chance: Chance) -> float:
    """Give the seconds to wait after *tries* earlier waits: full jitter, so that many clients do not come as one."""
    limit: float = min(_LONGEST_LIMIT, _FIRST_LIMIT * _GROWTH**tries)
    return chance() * limit


class Patience:
    """How long to wait for a provider that throttles, within the time there is; *told* hears of each wait."""

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        hint: Hint,
        ends: float,
        told: Callable[[Answer, float], None] = lambda _answer, _seconds: None,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._hint = hint
        self._ends = ends
        self._told = told

    def wait_after(self, answer: Answer, tries: int) -> float | None:
        """Give the seconds to wait after *answer*, or None when they would outlast the time."""
        asked = asked_wait(answer, self._clock.now(), self._hint)
        # Asked not to wait at all, it is asked again at once, but not again and again.
        seconds = backoff(tries, self._chance) if asked is None or (tries and not asked) else asked
        if seconds >= self._ends - self._clock.monotonic():
            return None
        self._told(answer, seconds)
        return seconds


def patiently(flow: Flow[T], patience: Patience, is_read: Callable[[Call], bool]) -> Flow[T]:
    """Run *flow*, and repeat each read that is throttled after the wait that is asked for.

    A read whose connection broke is asked once more: a server may have closed one that was kept open. What deletes
    or writes is never repeated here.
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


def _read(effect: Call, patience: Patience) -> Flow[Answer]:
    answer = yield from call(effect)
    if answer.http_status is None and answer.was_sent and not answer.timed_out:
        answer = yield from call(effect)
    tries = 0
    while answer.http_status == HTTPStatus.TOO_MANY_REQUESTS:
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
