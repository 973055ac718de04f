"""Periods of the calendar: the newest version of each of the last N days, weeks, months or years that have any."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from ..errors import ConfigurationError
from ..refs import shown
from ..types import Version

Period = Literal["day", "week", "month", "year"]
"""A period of the calendar; a week is that of ISO 8601, from Monday to Sunday."""


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year:04}-W{week:02}"


NAMES: Final[dict[Period, Callable[[datetime], str]]] = {
    "day": lambda moment: f"{moment:%Y-%m-%d}",
    "week": _week,
    "month": lambda moment: f"{moment:%Y-%m}",
    "year": lambda moment: f"{moment:%Y}",
}
"""The name of the period that holds a local time. A later period has a greater name."""


def zone_of(name: str) -> tzinfo:
    """Return the time zone *name* of the IANA database, such as `Europe/Berlin`.

    Raises:
        ConfigurationError: There is no such time zone.
    """
    if name == "UTC":
        return UTC  # also on a machine without the database
    found: tzinfo | None = None
    with suppress(LookupError, ValueError, OSError, TypeError, AttributeError):
        found = ZoneInfo(name)
    if found is None:
        raise ConfigurationError(f"{shown(str(name))} is not a time zone; write for example UTC or Europe/Berlin.")
    return found


def newest_of_each(newest_first: Iterable[Version], period: Period, count: int, zone: tzinfo) -> dict[str, str]:
    """Return, by reference, the newest version of each of the last *count* periods that have any, with its period.

    Versions without a creation time belong to no period.
    """
    name, newest = NAMES[period], dict[str, str]()
    for version in newest_first:
        if version.created_at is not None:
            newest.setdefault(name(version.created_at.astimezone(zone)), version.ref)
    # By their names: a clock that is put back over midnight repeats a part of the day before.
    return {newest[period]: period for period in sorted(newest, reverse=True)[:count]}
