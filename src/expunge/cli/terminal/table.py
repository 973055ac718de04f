"""Tables that fit a terminal: a reference is never cut in two, and a column that says one thing is one line below."""

from collections.abc import Sequence
from typing import TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell: TypeAlias = tuple[str, str]
"""The text of a cell and its style."""

_UNCUT = frozenset({"version", "reference", "model", "form", "example"})
"""Heads of columns with references: half a reference would be another reference."""

_ON_ONE_LINE = _UNCUT | {"created"}
"""Heads of columns whose cells are not folded."""

_SAID_ONCE = frozenset({"aliases", "created", "live", "status", "rule", "why", "evidence"})
"""Heads of columns that are left out if every row says the same."""

_GAP = 3
_NARROWEST = 10
"""Width of a column whose cells may be folded."""


def print_table(
    console: Console, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, title: str | None = None
) -> None:
    """Print *rows* below their *heads*, as a table if the references fit beside the other cells."""
    if title is not None:
        console.print(Text(title, style="bold"), soft_wrap=True)
    said_once = [place for place, head in enumerate(heads) if head in _SAID_ONCE and _is_said_once(rows, place)]
    kept = [place for place in range(len(heads)) if place not in said_once]
    shown = [[row[place] for place in kept] for row in rows]
    shown_heads = [heads[place] for place in kept]
    if _UNCUT.isdisjoint(shown_heads) or _needed(shown_heads, shown) <= console.width:
        console.print(_table(shown_heads, shown))
    else:
        _print_blocks(console, shown_heads, shown)
    if said_once:
        words = ", ".join(_in_words(heads[place], rows[0][place][0]) for place in said_once)
        console.print(Text(f"All of these: {words}", style="dim"), soft_wrap=True)


def _is_said_once(rows: Sequence[Sequence[Cell]], place: int) -> bool:
    return len(rows) > 1 and len({row[place] for row in rows}) == 1


def _in_words(head: str, text: str) -> str:
    """Return what a column says in every row."""
    if text == "-":
        return f"no {head}"
    if head == "live":
        return "live state not known" if text == "not known" else text
    return f"{head} {text}"


def _needed(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
    """Return the width of a table that cuts no reference."""
    widths = [max([len(head), *(len(row[place][0]) for row in rows)]) for place, head in enumerate(heads)]
    least = [
        width if head in _ON_ONE_LINE else min(width, _NARROWEST) for head, width in zip(heads, widths, strict=True)
    ]
    return sum(width + _GAP for width in least)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim", show_header=any(heads))
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head in _ON_ONE_LINE)
    for row in rows:
        table.add_row(*(Text(text, style=style) for text, style in row))
    return table


def _print_blocks(console: Console, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print each row as a line up to its reference, which only the terminal may wrap, and the other cells below it."""
    last = max(place for place, head in enumerate(heads) if head in _UNCUT)
    for row in rows:
        line = Text("   ").join(Text(text, style=style) for text, style in row[: last + 1])
        console.print(line, soft_wrap=True)
        for head, (text, style) in zip(heads[last + 1 :], row[last + 1 :], strict=True):
            if text and text != "-":
                console.print(Text(f"    {head}: ", style="dim") + Text(text, style=style), soft_wrap=True)
