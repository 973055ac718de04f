"""Ages as people write them: digits and a unit, `h`, `d`, `w`, `mo` or `y`."""

import re
from datetime import datetime

from dateutil.relativedelta import relativedelta

from ..errors import ConfigurationError
from ..refs import shown

_AGE = re.compile(r"([0-9]{1,6})(h|d|w|mo|y)")


def parse_age(text: str) -> relativedelta:
    """Read *text*, such as `12h`, `30d`, `2w`, `3mo` or `1y`.

    Months and years are those of the calendar: a month before March 31 is the last of February.

    Raises:
        ConfigurationError: It is not an age.
    """
    found = _AGE.fullmatch(text)
    if not found:
        raise ConfigurationError(f"{shown(text)} is not an age; write for example 30d.")
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


def before(moment: datetime, age: str) -> datetime:
    """Return the time that is *age*, such as `30d`, before *moment*.

    Raises:
        ConfigurationError: It is not an age, or the time is before the year 1.
    """
    try:
        return moment - parse_age(age)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"{shown(age)} reaches back before the year 1; nothing is that old.") from None
