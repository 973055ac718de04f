"""The progress of a run along its time: as shapes to draw, and in words."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from ...journal.history import Part
from ..journal.table import DONE, moment
from .timeline import HEIGHT, WIDTH

_COLUMNS = 96
"""Bars side by side: a run of a million references is drawn as lightly as one of a hundred."""

_GAP = 2
_TALLEST = HEIGHT / 2 - 2
_LEAST = 2
"""Height of a bar that stands for anything at all: one failure among a million is drawn."""


@frozen(kw_only=True)
class ChartBar:
    """The references that were settled by the end of one column: `done` above the line, the others below it."""

    is_done: bool
    x: float
    y: float
    width: float
    height: float


@frozen(kw_only=True)
class Chart:
    """The drawing.

    Attributes:
        bars: The shapes.
        resumed: The places at which another process went on.
        first: The beginning of the line, in words.
        last: Its end.
        words: A description, shown beneath it.
    """

    bars: tuple[ChartBar, ...]
    resumed: tuple[float, ...]
    first: str
    last: str
    words: str


def chart_of(settled: Iterable[tuple[str, str]], parts: list[Part], count: int) -> Chart | None:
    """Lay out the progress of a run of *count* references; *settled* are the time and the status of each outcome.

    Return None if nothing was settled. Bars grow with the number that was settled so far.
    """
    found = [(datetime.fromisoformat(time).timestamp(), status in DONE) for time, status in settled]
    if not found:
        return None
    begins = [datetime.fromisoformat(part.at).timestamp() for part in parts]
    low, high = min(begins[0], *(time for time, _ in found)), max(begins[-1], *(time for time, _ in found))

    def column(time: float) -> int:
        return min(int((time - low) / (high - low) * _COLUMNS), _COLUMNS - 1) if high > low else _COLUMNS - 1

    done = Counter(column(time) for time, is_done in found if is_done)
    others = Counter(column(time) for time, is_done in found if not is_done)
    bars = (*_bars(done, count, is_done=True), *_bars(others, count, is_done=False))
    half = sorted(time for time, _ in found)[(len(found) - 1) // 2]
    was, were = ("was", "were")
    return Chart(
        bars=bars,
        resumed=tuple(round(WIDTH * (time - low) / (high - low), 1) for time in begins[1:] if high > low),
        first=moment(parts[0].at),
        last=f"{high - low:.1f} s later",
        words=f"{len(found)} of {count} {was if len(found) == 1 else were} settled in {high - low:.1f} s, "
        f"half of them within {half - low:.1f} s. {sum(done.values())} are done; {sum(others.values())} are not.",
    )


def _bars(counts: "Counter[int]", total: int, *, is_done: bool) -> Iterable[ChartBar]:
    so_far = 0
    for number in range(_COLUMNS):
        so_far += counts[number]
        if so_far:
            height = round(max(_LEAST, _TALLEST * so_far / total), 1)
            y = HEIGHT / 2 - height - 1 if is_done else HEIGHT / 2 + 1
            x = number * WIDTH / _COLUMNS + _GAP / 2
            yield ChartBar(is_done=is_done, x=x, y=round(y, 1), width=WIDTH / _COLUMNS - _GAP, height=height)
