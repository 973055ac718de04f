"""One row of the table: a ratio or a count, its spread, and its target."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from .processes import Cost

ROUNDS = 21


@dataclass(frozen=True)
class Figure:
    """The median of several rounds, and their middle half."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Figure":
        """Return the figure of *values*, one a round."""
        low, median, high = statistics.quantiles(values, n=4)
        return cls(median, low, high)

    @classmethod
    def once(cls, value: float) -> "Figure":
        """Return the figure of a single run."""
        return cls(value, value, value)

    def __str__(self) -> str:
        spread = "" if self.low == self.high else f" ({self.low:.2f} to {self.high:.2f})"
        return f"{self.median:.2f}{spread}"


@dataclass(frozen=True)
class Row:
    """One measurement: *what* in relation to *against*; *cpu* decides whether the *target* is met.

    Attributes:
        what: The operation that was measured.
        against: The operation that it was compared with.
        cpu: Processor time of the client as a ratio, or a count; None if the row is about the clock.
        wall: The same ratio by the clock, which also has what the rest of the machine did.
        sign: Whether the ratio is a share (at most the target) or a multiple (at least the target).
        target: The limit.
        by_clock: Whether *wall* decides instead.
    """

    what: str
    against: str
    cpu: Figure | int | None
    wall: Figure | None
    sign: Literal["≤", "≥"]
    target: float
    by_clock: bool = False

    @property
    def deciding(self) -> Figure | int:
        """The figure that decides."""
        figure = self.wall if self.by_clock else self.cpu
        if figure is None:
            raise ValueError(f"{self.what}: nothing decides")
        return figure

    @property
    def is_met(self) -> bool:
        """Whether the ratio, as it is printed, is within the target."""
        figure = self.deciding
        value = figure if isinstance(figure, int) else round(figure.median, 2)
        return value <= self.target if self.sign == "≤" else value >= self.target


def compared(
    what: str,
    against: str,
    ours: Callable[[], Cost],
    theirs: Callable[[], Cost],
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    less: Callable[[], Cost] = lambda: Cost(0.0, 0.0),
    rounds: int = ROUNDS,
    by_clock: bool = False,
) -> Row:
    """Let both take turns, so that a slow moment falls on both; *less* is subtracted from both in each round.

    *at_most* is a limit for our cost as a share of theirs, and *at_least* one for theirs as a multiple of ours.
    """
    for warm in (ours, theirs, less):
        warm()
    pairs = [(less(), ours(), theirs()) for _ in range(rounds)]

    def figure(of: Callable[[Cost], float]) -> Figure:
        shares = ((of(our) - of(base)) / (of(their) - of(base)) for base, our, their in pairs)
        return Figure.of(shares if at_least is None else (1 / share for share in shares))

    cpu, wall = figure(lambda cost: cost.cpu), figure(lambda cost: cost.wall)
    if at_least is not None:
        return Row(what, against, cpu, wall, "≥", at_least, by_clock)
    assert at_most is not None  # noqa: S101 - one of both is given
    return Row(what, against, cpu, wall, "≤", at_most, by_clock)


def table(rows: Iterable[Row]) -> str:
    """Write *rows* as a table of Markdown."""
    heads = ("operation", "compared with", "processor time", "by the clock", "target", "met")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        target = f"{row.sign} {row.target:g}"
        is_met = "yes" if row.is_met else "no"
        lines.append(f"| {row.what} | {row.against} | {_cell(row.cpu)} | {_cell(row.wall)} | {target} | {is_met} |")
    return "\n".join(lines)


def _cell(figure: Figure | int | None) -> str:
    return "" if figure is None else str(figure)
