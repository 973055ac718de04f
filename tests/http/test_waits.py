"""How long a provider asks a client to wait."""

from datetime import UTC, datetime

import pytest

from expunge._answer import Answer
from expunge._waits import asked_wait, backoff

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("37", 37.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_digits_and_as_a_date(header, seconds):
    assert asked_wait(Answer(headers={"retry-after": header}), NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"ratelimit-reset": "30"}, 30.0, id="draft-03"),
        pytest.param({"ratelimit": "limit=10, remaining=0, reset=12"}, 12.0, id="draft-07"),
        pytest.param({"ratelimit": '"default";r=0;t=9'}, 9.0, id="draft-08"),
        pytest.param({"x-ratelimit-reset": "5"}, 5.0, id="seconds"),
        pytest.param({"x-ratelimit-reset": str(int(NOW.timestamp()) + 40)}, 40.0, id="since-1970"),
        pytest.param({"x-ratelimit-reset": str(int(NOW.timestamp()) - 40)}, 0.0, id="past"),
        pytest.param({"retry-after": "3", "ratelimit-reset": "30"}, 3.0, id="the-standard-first"),
        pytest.param({"retry-after": "soon", "ratelimit-reset": "30"}, 30.0, id="what-can-be-read"),
        pytest.param({"ratelimit": "limit=10", "x-ratelimit-reset": "-1"}, None, id="none"),
    ],
)
def test_a_rate_limit_header_is_read_in_each_of_its_forms(headers, seconds):
    assert asked_wait(Answer(headers=headers), NOW) == seconds


def test_a_hint_in_the_body_comes_after_the_headers():
    assert asked_wait(Answer(headers={"retry-after": "3"}), NOW, lambda _: 9.0) == 3.0
    assert asked_wait(Answer(), NOW, lambda _: 9.0) == 9.0


def test_without_a_hint_the_wait_is_random_and_its_limit_grows_to_half_a_minute():
    assert [backoff(tries, lambda: 0.5) for tries in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert backoff(3, lambda: 0.0) == 0.0
