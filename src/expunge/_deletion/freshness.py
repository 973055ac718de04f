"""Whether an answer to a read is older than the delete that it is to settle: a cache may have kept it.

Sources: RFC 9111, section 5.1 (`Age`: seconds since the origin made or confirmed the answer), and RFC 9110,
section 6.6.1 (`Date`: the moment at which the answer was made, by the provider's clock).
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from .._answer import Answer

_SAME_CLOCK = timedelta(seconds=1)
"""Difference between two dates of one provider that proves nothing: they count seconds, on several machines."""

_OTHER_CLOCK = timedelta(seconds=60)
"""Difference between the provider's clock and ours that proves nothing: clocks that nobody sets differ by as much."""


def is_stale(answer: Answer, *, left_at: datetime, elapsed: float, deleted: Answer | None = None) -> bool:
    """Return whether *answer* to a read is older than the last delete, and so proves nothing.

    Args:
        answer: The answer to a read after the delete.
        left_at: The time at which the last delete left, by our clock.
        elapsed: Seconds since then, by the monotonic clock, when *answer* had come.
        deleted: The answer to that delete; None if none came.

    `Age` needs no common clock. `Date` is compared with the date of *deleted*, which is the provider's own clock. Only
    if that has no date, it is compared with *left_at*.
    """
    ages = re.findall(r"[0-9]+", answer.headers.get("age", ""))
    # Longer numbers than RFC 9111 lets a cache send stand for "very old".
    if any(len(age) > len("2147483648") or int(age) > elapsed for age in ages):
        return True
    made = _date(answer)
    if made is None:
        return False
    reference = _date(deleted) if deleted is not None else None
    if reference is not None:
        return made < reference - _SAME_CLOCK
    return made < left_at - _OTHER_CLOCK


def _date(answer: Answer) -> datetime | None:
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC)
