"""Keep rules: the versions that stay as the newest ones, the newest of a period, or young ones."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from ..types import Version
from .calendar import Period, newest_of_each, zone_of
from .selection import Selection

KeepRule = Literal["keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly", "keep_within"]
"""A rule that keeps versions, and selects the others."""

Kept = tuple[KeepRule, str]
"""The rule that keeps a version, or does not, and the reason."""

_PERIODS: Final[dict[KeepRule, Period]] = {
    "keep_daily": "day",
    "keep_weekly": "week",
    "keep_monthly": "month",
    "keep_yearly": "year",
}


def kept_by(newest_first: Sequence[Version], selection: Selection, now: datetime) -> dict[str, list[Kept]]:
    """Return the keep rules of *selection* that keep a version, by its reference.

    A rule of the calendar, or `keep_within`, keeps every version without a creation time.
    """
    found: dict[str, list[Kept]] = {}
    for ref, kept in _kept(newest_first, selection, now):
        found.setdefault(ref, []).append(kept)
    return found


def why_not_kept(selection: Selection) -> Iterator[Kept]:
    """Yield each keep rule of *selection*, with a clause about a version that it does not keep."""
    if selection.keep_last is not None:
        yield "keep_last", f"not {_among(selection.keep_last)}"
    for rule, period, count in _periods(selection):
        yield rule, f"not the newest of the last {period if count == 1 else f'{count} {period}s'}"
    if selection.keep_within is not None:
        yield "keep_within", f"older than {selection.keep_within}"


def _kept(newest_first: Sequence[Version], selection: Selection, now: datetime) -> Iterator[tuple[str, Kept]]:
    """Yield each version that a rule keeps, rule by rule."""
    if selection.keep_last is not None:
        for version in newest_first[: selection.keep_last]:
            yield version.ref, ("keep_last", f"{_among(selection.keep_last).capitalize()}.")
    undated = [version.ref for version in newest_first if version.created_at is None]
    zone = zone_of(selection.timezone)
    there = "" if selection.timezone == "UTC" else f" in {selection.timezone}"
    for rule, period, count in _periods(selection):
        for ref, name in newest_of_each(newest_first, period, count, zone).items():
            yield ref, (rule, f"The newest of the {period} {name}{there}.")
        yield from _unknown(undated, rule)
    since = selection.kept_since(now)
    if since is not None:
        for version in newest_first:
            if version.created_at is not None and version.created_at >= since:
                yield version.ref, ("keep_within", f"Not older than {selection.keep_within}.")
        yield from _unknown(undated, "keep_within")


def _unknown(undated: Iterable[str], rule: KeepRule) -> Iterator[tuple[str, Kept]]:
    return ((ref, (rule, "Its creation time is not known.")) for ref in undated)


def _periods(selection: Selection) -> Iterator[tuple[KeepRule, Period, int]]:
    """Yield each rule of the calendar that *selection* has, with its period and its number."""
    counts = (selection.keep_daily, selection.keep_weekly, selection.keep_monthly, selection.keep_yearly)
    for (rule, period), count in zip(_PERIODS.items(), counts, strict=True):
        if count is not None:
            yield rule, period, count


def _among(number: int) -> str:
    return "the newest" if number == 1 else f"among the newest {number}"
