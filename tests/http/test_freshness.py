"""An answer that is older than the delete proves nothing."""

from datetime import UTC, datetime

import pytest

from expunge._answer import Answer
from expunge._deletion.freshness import is_stale

LEFT = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def date(minute, second):
    return {"date": f"Thu, 01 Jan 2026 12:{minute:02}:{second:02} GMT"}


@pytest.mark.parametrize(
    ("headers", "elapsed"),
    [
        pytest.param({}, 5.0, id="nothing-is-said"),
        pytest.param({"age": "0"}, 0.1, id="just-made"),
        pytest.param({"age": "4"}, 5.0, id="made-since"),
        pytest.param({"age": "5"}, 5.0, id="made-at-that-moment"),
        pytest.param({"age": "0000000004"}, 5.0, id="as-long-as-a-cache-may-write-it"),
        pytest.param({"age": "soon"}, 5.0, id="no-age"),
        pytest.param({"date": "soon"}, 5.0, id="no-date"),
        pytest.param(date(0, 1), 5.0, id="dated-since"),
    ],
)
def test_an_answer_of_after_the_delete_counts(headers, elapsed):
    assert not is_stale(Answer(headers=headers), left_at=LEFT, elapsed=elapsed)


@pytest.mark.parametrize(
    ("headers", "elapsed"),
    [
        pytest.param({"age": "6"}, 5.0, id="a-second"),
        pytest.param({"age": "86400"}, 5.0, id="a-day"),
        pytest.param({"age": "9" * 5_000}, 5.0, id="too-long-a-number"),
        pytest.param({"age": "0, 30"}, 5.0, id="two-caches"),
        pytest.param({"age": "30", **date(0, 3)}, 5.0, id="age-against-date"),
        pytest.param({"date": "Wed, 31 Dec 2025 12:00:00 GMT"}, 5.0, id="dated-yesterday"),
    ],
)
def test_an_answer_of_before_the_delete_is_stale(headers, elapsed):
    assert is_stale(Answer(headers=headers), left_at=LEFT, elapsed=elapsed)


@pytest.mark.parametrize(
    ("read", "deleted", "is_old"),
    [
        pytest.param(date(0, 10), date(0, 10), False, id="same-second"),
        pytest.param(date(0, 9), date(0, 10), False, id="another-machine-of-theirs"),
        pytest.param(date(0, 8), date(0, 10), True, id="two-seconds-before"),
        # Their clock is half an hour behind ours: only the difference between two of their dates counts.
        pytest.param(
            {"date": "Thu, 01 Jan 2026 11:30:05 GMT"}, {"date": "Thu, 01 Jan 2026 11:30:04 GMT"}, False, id="slow-clock"
        ),
        pytest.param(
            {"date": "Thu, 01 Jan 2026 12:29:05 GMT"}, {"date": "Thu, 01 Jan 2026 12:30:04 GMT"}, True, id="fast-clock"
        ),
        pytest.param({"date": "Thu, 01 Jan 2026 11:59:30 GMT"}, {}, False, id="our-clock-may-be-off"),
        pytest.param({"date": "Thu, 01 Jan 2026 11:59:00 GMT"}, {}, False, id="off-by-a-minute"),
        pytest.param({"date": "Thu, 01 Jan 2026 11:58:59 GMT"}, {}, True, id="off-by-more"),
        pytest.param({"date": "Thu, 01 Jan 2026 13:00:01 +0100"}, date(0, 10), True, id="in-another-time-zone"),
        pytest.param({"date": "Thu, 01 Jan 2026 12:00:01 -0000"}, date(0, 10), True, id="in-no-time-zone"),
    ],
)
def test_dates_are_compared_by_the_providers_clock_if_it_shows(read, deleted, is_old):
    found = is_stale(Answer(headers=read), left_at=LEFT, elapsed=5.0, deleted=Answer(headers=deleted))

    assert found == is_old
