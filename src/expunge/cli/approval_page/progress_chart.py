"""The progress of a run along its time: as shapes to draw, and in words."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from attrs import frozen

from ...journal.history import Part
from ..journal.table import DONE
from .request import moment_shown
from .timeline import HEIGHT, WIDTH

_COLUMNS = 96
"""Bars side by side: a run of a million references is drawn as lightly as one of a hundred."""

_FINER = 100
"""Parts of a column: the words are more exact than the drawing."""

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


def chart_of(settled: Callable[[], Iterable[tuple[str, str]]], parts: list[Part], count: int) -> Chart | None:
    """Lay out the progress of a run of *count* references; *settled* yields the time and the status of each outcome.

    It is called twice, so that outcomes are counted and never kept: a run may have a million. Return None if nothing
    was settled. Bars grow with the number that was settled so far.
    """
    begins = [datetime.fromisoformat(part.at).timestamp() for part in parts]
    low, high, found = begins[0], begins[-1], 0
    for text, _ in settled():
        time = datetime.fromisoformat(text).timestamp()
        low, high, found = min(low, time), max(high, time), found + 1
    if not found:
        return None
    length = high - low
    counts: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for text, status in settled():
        share = (datetime.fromisoformat(text).timestamp() - low) / length if length else 1
        counts[status in DONE][min(int(share * _COLUMNS * _FINER), _COLUMNS * _FINER - 1)] += 1
    done, others = counts[True], counts[False]
    return Chart(
        bars=(*_bars(done, count, is_done=True), *_bars(others, count, is_done=False)),
        resumed=tuple(round(WIDTH * (time - low) / length, 1) for time in begins[1:] if length),
        first=moment_shown(datetime.fromtimestamp(low, UTC)),
        last=f"{length:.1f} s later",
        words=f"{found} of {count} {'was' if found == 1 else 'were'} settled in {length:.1f} s, "
        f"half of them within {length * _half(done + others):.1f} s. "
        f"Done: {done.total()}; not done: {others.total()}.",
    )


def _half(counts: "Counter[int]") -> float:
    """Return the part of the time in which half of them were settled."""
    left = (counts.total() + 1) // 2
    for number in sorted(counts):
        left -= counts[number]
        if left <= 0:
            return (number + 1) / (_COLUMNS * _FINER)
    return 1


def _bars(counts: "Counter[int]", total: int, *, is_done: bool) -> Iterable[ChartBar]:
    so_far = 0
    for number in range(_COLUMNS):
        so_far += sum(counts[each] for each in range(number * _FINER, (number + 1) * _FINER))
        if so_far:
            height = round(max(_LEAST, _TALLEST * so_far / total), 1)
            y = HEIGHT / 2 - height - 1 if is_done else HEIGHT / 2 + 1
            x = number * WIDTH / _COLUMNS + _GAP / 2
            yield ChartBar(is_done=is_done, x=x, y=round(y, 1), width=WIDTH / _COLUMNS - _GAP, height=height)
