"""How long a provider asks to be left alone."""

from datetime import UTC, datetime

import pytest

from expunge._answer import Answer
from expunge._waits import asked_wait

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
