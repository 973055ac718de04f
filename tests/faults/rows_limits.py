"""Scenarios of rate limits and waits: every way to ask for one, within the time that there is and beyond it."""

from collections.abc import Mapping

import expunge

from .acts import DOCUMENTED, RESET, THROTTLED, error, page, says
from .rows import ABSENT, READ_BACK, UNKNOWN, End, Row, given_up, sent
from .server import Act
from .stands import STANDS

_BODY = {"error": "Rate limit exceeded. Please try again later.", "retry_after": 21}
_SENTENCE = {"detail": "Request was throttled. Your rate limit resets in ~30s."}
# The tests' clock begins at 2026-01-01 00:16:40.
_IN_12_SECONDS = "Thu, 01 Jan 2026 00:16:52 GMT"
_EPOCH_IN_25_SECONDS = "1767226625"
_PAST = "Wed, 31 Dec 2025 23:59:59 GMT"


def _waits(name: str, act: Act, seconds: float | None, only: str | None = None) -> Row:
    """Return the row of one 429 that asks for *seconds*; if *only* one provider says so, others wait by chance."""
    ends = {}
    for provider in STANDS:
        slept = (seconds,) if seconds is not None and only in {None, provider} else None
        status = "deleted" if STANDS[provider].deletes_before_answering else "accepted"
        ends[provider] = End(status, "response", 2, slept=slept)
    return Row(id=f"throttled-{name}", deletes=(act,), end=ends["cerebras"], ends=ends)


def _outlasts(name: str, headers: Mapping[str, str], seconds: float | None, body: object = None) -> Row:
    """Return the row of one 429 that asks for more than there is: the call ends at once."""
    end = End("failed", None, 1, expunge.RateLimited, slept=(), retry_after=seconds)
    return Row(id=f"outlasted-{name}", deletes=(says(429, body or {}, headers),), end=end)


WAITS = [
    _waits("seconds", error(429, {"Retry-After": "7"}), 7.0),
    _waits("no-seconds", error(429, {"Retry-After": "0"}), 0.0),
    _waits("date", error(429, {"Retry-After": _IN_12_SECONDS}), 12.0),
    _waits("date-past", error(429, {"Retry-After": _PAST}), None),
    _waits("negative", error(429, {"Retry-After": "-5"}), None),
    _waits("words", error(429, {"Retry-After": "soon"}), None),
    _waits("nonsense-date", error(429, {"Retry-After": "Thu, 99 Foo 2026 00:16:52 GMT"}), None),
    _waits("reset", error(429, {"RateLimit-Reset": "9"}), 9.0),
    _waits("rate-limit", error(429, {"RateLimit": "limit=100, remaining=0, reset=5"}), 5.0),
    _waits("x-reset", error(429, {"X-RateLimit-Reset": "4"}), 4.0),
    _waits("x-reset-since-1970", error(429, {"X-RateLimit-Reset": _EPOCH_IN_25_SECONDS}), 25.0),
    _waits("body", says(429, _BODY), 21.0, "baseten"),
    _waits("sentence", says(429, _SENTENCE), 30.0, "replicate"),
    _waits("header-and-body", says(429, _BODY, {"Retry-After": "3"}), 3.0),
    _waits("html", says(429, b"<html>slow</html>", {"Content-Type": "text/html", "Retry-After": "6"}), 6.0),
    _waits("unsaid", THROTTLED, None),
    _waits("unsaid-html", page(429), None),
    Row(id="throttled-often", deletes=(error(429, {"Retry-After": "2"}),) * 9, **sent(10, slept=(2.0,) * 9)),
]

OUTLASTED = [
    _outlasts("seconds", {"Retry-After": "301"}, 301.0),
    _outlasts("absurd", {"Retry-After": "999999999"}, 999_999_999.0),
    _outlasts("date", {"Retry-After": "Thu, 01 Jan 2026 01:16:40 GMT"}, 3_600.0),
    _outlasts("reset", {"RateLimit-Reset": "1000"}, 1_000.0),
    Row(
        id="outlasted-body",
        deletes=(says(429, {"error": "Rate limit exceeded.", "retry_after": 400}),),
        end=End("failed", None, 1, expunge.RateLimited, slept=(), retry_after=400.0),
        providers=("baseten",),
    ),
    Row(
        id="outlasted-sentence",
        deletes=(says(429, {"detail": "Request was throttled. Your rate limit resets in ~900s."}),),
        end=End("failed", None, 1, expunge.RateLimited, slept=(), retry_after=900.0),
        providers=("replicate",),
    ),
    Row(
        id="outlasted-by-chance",
        deletes=(THROTTLED,) * 60,
        plays_all=False,
        options={"timeout": 20.0},
        end=End("failed", None, None, expunge.RateLimited),
    ),
]

MIXED = [
    Row(
        id="throttled-then-somebody-else",
        deletes=(error(429, {"Retry-After": "1"}).forestalled(),),
        end=End("absent", None, 2, expunge.NotFound),
        ends={"truefoundry": ABSENT},
    ),
    Row(
        id="throttled-then-doubtful",
        deletes=(error(429, {"Retry-After": "1"}), error(500).works()),
        end=End("deleted", "read_back", 2),
    ),
    Row(
        id="lost-throttled-then-missing",
        deletes=(RESET.works(99), error(429, {"Retry-After": "1"}), DOCUMENTED.landing()),
        end=End("deleted", "retry", 3),
    ),
    Row(
        id="doubtful-then-outlasted",
        deletes=(error(500), error(429, {"Retry-After": "900"})),
        end=End("failed", None, 2, expunge.RateLimited, retry_after=900.0),
        ends={"replicate": End("unknown", None, 2, expunge.Unconfirmed)},
    ),
    Row(
        id="504-then-outlasted",
        deletes=(error(504), error(429, {"Retry-After": "900"})),
        end=End("unknown", None, 2, expunge.Unconfirmed),
    ),
    Row(
        id="look-throttled",
        deletes=(error(500).works(),),
        looks=(error(429, {"Retry-After": "3"}),) * 2,
        end=End("deleted", "read_back", slept=(3.0, 3.0)),
    ),
    Row(
        id="look-outlasted",
        deletes=(error(500).works(),),
        looks=(error(429, {"Retry-After": "900"}),),
        end=UNKNOWN,
    ),
    Row(id="503-waits", deletes=(error(503, {"Retry-After": "11"}),), **sent(2, slept=(11.0,))),
    Row(id="503-waits-and-worked", deletes=(error(503, {"Retry-After": "11"}).works(),), end=READ_BACK),
    Row(id="503-outlasted", deletes=(error(503, {"Retry-After": "900"}),), **given_up(expunge.ProviderError, 1)),
    Row(
        id="read-between-fails",
        deletes=(error(429, {"Retry-After": "1"}),),
        looks=(error(403),),
        end=End("failed", None, 1, expunge.RateLimited),
        providers=("truefoundry",),
    ),
]

ROWS = [*WAITS, *OUTLASTED, *MIXED]
