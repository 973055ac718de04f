"""The progress of a run on a terminal: a line with a bar for each provider, and the counts below."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .progress import Progress

_GAP = 2
_FACTS = 36
"""Columns for the rate and the time left, or for a wait: fixed, so that no bar changes its length meanwhile."""

_SHORTEST_BAR = 8
_LONGEST_BAR = 40


def drawn(width: int, parts: Sequence[Progress], counts: str) -> RenderableType:
    """Return lines that fit into *width* columns: in a narrow terminal the bars go first, then ends of other words."""
    names = max((len(part.name) for part in parts), default=0)
    numbers = max((len(f"{part.total}/{part.total}") for part in parts), default=0)
    rest = max(width - names - numbers - 2 * _GAP, 1)
    bar = min(rest - _FACTS - _GAP, _LONGEST_BAR)
    has_bars = bar >= _SHORTEST_BAR
    table = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, width=names)
    if has_bars:
        table.add_column(no_wrap=True, width=bar)
    table.add_column(no_wrap=True, width=numbers, justify="right")
    table.add_column(no_wrap=True, width=_FACTS if has_bars else min(rest, _FACTS), overflow="ellipsis")
    for part in parts:
        words = Text(part.wait, style="yellow") if part.wait else Text("   ".join(part.facts), style="dim")
        bars = (
            [ProgressBar(part.total, part.settled, bar, complete_style="cyan", finished_style="green")]
            if has_bars
            else []
        )
        table.add_row(part.name, *bars, part.done, words)
    return Group(table, Text(counts, no_wrap=True, overflow="ellipsis"))
