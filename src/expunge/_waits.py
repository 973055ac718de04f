"""How long a provider asks to be left alone, as its headers say it."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ._answer import Answer


def asked_wait(answer: Answer, now: datetime) -> float | None:
    """Find the seconds that `Retry-After` asks for, as digits or as an HTTP date; None when it does not say.

    Source: RFC 9110, section 10.2.3. A date that is past asks for no wait at all.
    """
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
