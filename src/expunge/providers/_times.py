"""Creation times: read from any form of ISO 8601, if they are plausible."""

import re
from datetime import UTC, datetime

_OLDEST_BELIEVABLE = datetime(2000, 1, 1, tzinfo=UTC)

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""The form that the providers document; Python reads it in a fraction of the time."""


def _isoparse(text: str) -> datetime:
    from dateutil.parser import isoparse  # noqa: PLC0415 - it reads all forms of ISO 8601, and is slow to import

    return isoparse(text)


def time_of(text: object) -> datetime | None:
    """Read a plausible creation time; return None for any other.

    A time without an offset, before 2000 or in the future is not plausible.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text) if _RFC_3339.fullmatch(text) else _isoparse(text)
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _OLDEST_BELIEVABLE <= moment <= datetime.now(UTC) else None
