"""Ages as people write them: digits and one of `h`, `d`, `w`, `mo` and `y`."""

import re
from datetime import datetime

from dateutil.relativedelta import relativedelta

from ..errors import ConfigurationError
from ..refs import shown

_AGE = re.compile(r"([0-9]{1,6})(h|d|w|mo|y)")


def parse_age(text: str, *, option: str) -> relativedelta:
    """Read *text*, such as `12h`, `30d`, `2w`, `3mo` or `1y`; *option* is what the message calls it.

    Months and years are those of the calendar: a month before March 31 is the last of February.

    Raises:
        ConfigurationError: It is no age.
    """
    found = _AGE.fullmatch(text)
    if not found:
        raise ConfigurationError(f"{option} {shown(text)} is no age: write digits and h, d, w, mo or y, such as 30d.")
    number = int(found[1])
    match found[2]:
        case "h":
            return relativedelta(hours=number)
        case "d":
            return relativedelta(days=number)
        case "w":
            return relativedelta(weeks=number)
        case "mo":
            return relativedelta(months=number)
        case _:
            return relativedelta(years=number)


def before(moment: datetime, age: relativedelta, *, option: str) -> datetime:
    """Give the time that is *age* before *moment*.

    Raises:
        ConfigurationError: There is none: it is before the year 1.
    """
    try:
        return moment - age
    except (ValueError, OverflowError):
        raise ConfigurationError(f"{option} reaches back before the year 1; nothing is that old.") from None
