"""A model's versions along a line, by creation time: as shapes to draw, and in words."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from attrs import frozen

from ...plans.packed import PackedChoices
from ...plans.retention import Action, Choice
from ...plans.selection import name_of
from ...providers import PROVIDERS, parse_ref
from ...refs import is_number

WIDTH, HEIGHT = 960, 100
"""The drawing's own units; the page stretches it to its width."""

_COLUMNS = 96
"""Bars side by side at most: a model with ten thousand versions is drawn as lightly as one with a hundred."""

_GAP = 2
_TALLEST = HEIGHT / 2 - 2
_FEWEST = 4
"""Smallest count for a bar of full height: a single version must not look like many."""


@frozen(kw_only=True)
class Bar:
    """The versions of one column to delete, or to keep."""

    action: Action
    x: float
    y: float
    width: float
    height: float


@frozen(kw_only=True)
class Timeline:
    """One model's drawing.

    Attributes:
        bars: The shapes: deletions above the middle, kept versions below it.
        first: The line's beginning in words.
        last: Its end in words.
        words: A description of the drawing, shown beneath it.
        cutoff: The place of the requested age on the line, or None.
        missing: The versions without a place on the line, as their creation time is not known.
    """

    bars: tuple[Bar, ...]
    first: str
    last: str
    words: str
    cutoff: float | None
    missing: Sequence[Choice]


class _Placed(NamedTuple):
    """The places of versions on the line, and whether each version goes: a few bytes of each are kept."""

    places: "array[float]"
    goes: bytearray


_End: TypeAlias = tuple[float, Choice]
_Ends: TypeAlias = tuple[_End, _End]


def timeline_of(model: str, choices: Sequence[Choice], cutoff: datetime | None) -> Timeline | None:
    """Lay out the versions of *model* by creation time, else by number; return None if neither is known.

    *cutoff* is the time before which a version is old enough to delete.
    """
    provider = parse_ref(model).provider
    by_time = PROVIDERS[provider].capabilities.creation_times
    placed, missing, ends = _Placed(array("d"), bytearray()), array("I"), dict[Action, _Ends]()
    packed = PackedChoices.of(choices)
    for number, choice in enumerate(packed):
        place = _place(choice, by_time)
        if place is None:
            missing.append(number)
        else:
            placed.places.append(place)
            placed.goes.append(choice.action == "delete")
            ends[choice.action] = _widened(ends.get(choice.action), (place, choice))
    if not placed.places:
        return None
    first = min((each[0] for each in ends.values()), key=lambda end: end[0])
    last = max((each[1] for each in ends.values()), key=lambda end: end[0])
    low, high = first[0], last[0]
    at = cutoff.timestamp() if cutoff is not None and by_time else None
    return Timeline(
        bars=_bars(placed, low, high),
        first=_label(first[1], by_time),
        last=_label(last[1], by_time),
        words=_words(placed, ends, by_time, provider),
        cutoff=round(WIDTH * (at - low) / (high - low), 1) if at is not None and low < at < high else None,
        missing=packed.at(missing),
    )


def _widened(ends: _Ends | None, end: _End) -> _Ends:
    """Return the first and the last of *ends* and *end*."""
    if ends is None:
        return end, end
    first, last = ends
    return end if end[0] < first[0] else first, end if end[0] > last[0] else last


def _place(choice: Choice, by_time: bool) -> float | None:
    if by_time:
        created = choice.version.created_at
        return None if created is None else created.timestamp()
    name = name_of(choice.version)
    return float(name) if is_number(name) else None


def _bars(placed: _Placed, low: float, high: float) -> tuple[Bar, ...]:
    counts: Counter[tuple[Action, int]] = Counter()
    for place, goes in zip(placed.places, placed.goes, strict=True):
        share = (place - low) / (high - low) if high > low else 0.5
        counts["delete" if goes else "keep", min(int(share * _COLUMNS), _COLUMNS - 1)] += 1
    most = max(_FEWEST, *counts.values())
    bars: list[Bar] = []
    for (action, column), count in sorted(counts.items()):
        # Even one version beside a thousand is drawn: it would be deleted, too.
        height = round(max(4, _TALLEST * count / most), 1)
        y = HEIGHT / 2 - height - 1 if action == "delete" else HEIGHT / 2 + 1
        x, width = column * WIDTH / _COLUMNS + _GAP / 2, WIDTH / _COLUMNS - _GAP
        bars.append(Bar(action=action, x=x, y=round(y, 1), width=width, height=height))
    return tuple(bars)


def _words(placed: _Placed, ends: Mapping[Action, _Ends], by_time: bool, provider: str) -> str:
    order = "by creation time" if by_time else f"by number, as {provider} gives no creation times"
    count, going = len(placed.places), placed.goes.count(True)
    parts = [f"{count} version{'' if count == 1 else 's'} {order}."]
    verbs: tuple[tuple[Action, str, int], ...] = (("delete", "to delete", going), ("keep", "to keep", count - going))
    for action, verb, number in verbs:
        if action in ends:
            first, last = (_label(end[1], by_time) for end in ends[action])
            parts.append(f"{number} {verb}, {first if first == last else f'from {first} to {last}'}.")
        else:
            parts.append(f"None {verb}.")
    return " ".join(parts)


def _label(choice: Choice, by_time: bool) -> str:
    created = choice.version.created_at
    return f"{created:%Y-%m-%d}" if by_time and created is not None else f"number {name_of(choice.version)}"
