"""The request behind a plan: its selectors and limits as sentences, and as options that can be typed again."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from math import inf

from ...plans.selection import COUNTED, SELECTORS, Selection

_PERIODS = {"keep_daily": "day", "keep_weekly": "week", "keep_monthly": "month", "keep_yearly": "year"}


def asked_for(selection: Selection, cutoff: datetime | None) -> Iterator[str]:
    """Yield the selectors, the exceptions and the limits, each as a sentence."""
    yield from _selectors(selection, cutoff)
    if sum(getattr(selection, name) not in (None, (), False) for name in (*SELECTORS, "named")) > 1:
        yield "Only versions that all of these select are deleted."
    if selection.protect:
        yield f"Keep versions whose number, id or alias matches {' or '.join(selection.protect)}."
    aliased = "may be deleted" if selection.include_aliased else "are kept"
    yield f"Versions with an alias {aliased}."
    for glob in selection.assume_not_live:
        yield f"In models that match {glob}, versions whose live state is not known may be deleted."
    yield from limits_of(selection)


def limits_of(selection: Selection) -> Iterator[str]:
    """Yield the limits, each as a sentence."""
    if selection.at_most is not None:
        yield f"Of all that may go, delete only the oldest {selection.at_most}."
    yield f"Delete at most {selection.max_delete} in total."
    if selection.most_percent != inf:
        yield f"Delete at most {selection.most_percent:g}% of a model's versions."


def flags_of(selection: Selection) -> Iterator[str]:
    """Yield the same as options that can be typed again."""
    for name in (*COUNTED, "keep_within", "older_than"):
        value: int | str | None = getattr(selection, name)
        if value is not None:
            yield f"--{name.replace('_', '-')} {value}"
    if selection.named:
        yield "--from-file FILE"
    yield from (f"--match {shlex.quote(glob)}" for glob in selection.match)
    yield from (f"--protect {shlex.quote(glob)}" for glob in selection.protect)
    if selection.include_aliased:
        yield "--include-aliased"
    yield from (f"--assume-not-live {shlex.quote(glob)}" for glob in selection.assume_not_live)
    if selection.at_most is not None:
        yield f"--at-most {selection.at_most}"
    yield f"--max-delete {selection.max_delete}"
    if selection.max_percent is not None:
        yield f"--max-percent {selection.max_percent:g}"


def moment_shown(moment: datetime) -> str:
    """Return *moment*, which is in UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _selectors(selection: Selection, cutoff: datetime | None) -> Iterator[str]:
    if selection.keep_last is not None:
        newest = "the newest version" if selection.keep_last == 1 else f"the newest {selection.keep_last} versions"
        yield f"Delete versions that are not among {newest} of their model."
    for name, period in _PERIODS.items():
        count: int | None = getattr(selection, name)
        if count is not None:
            last = f"the last {period} that has any"
            if count > 1:
                last = f"one of the last {count} {period}s that have any"
            yield f"Delete versions that are not the newest of {last}, by {selection.timezone}."
    if selection.keep_within is not None:
        yield f"Delete versions that are older than {selection.keep_within}."
    if selection.older_than is not None and cutoff is not None:
        yield f"Delete versions older than {selection.older_than}: made before {moment_shown(cutoff)}."
    if selection.match:
        yield f"Delete versions whose number, id or alias matches {' or '.join(selection.match)}."
    if selection.named:
        yield "Delete versions that were named one by one."
