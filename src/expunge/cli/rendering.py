"""Rendering of results: a coloured table on a terminal, plain lines in a pipe, JSON Lines for programs."""

import json
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from attrs import frozen

from .._text import one_line
from ..types import Status, Tombstone, Version

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS: dict[Status, str] = {
    "deleted": "green",
    "accepted": "cyan",
    "planned": "cyan",
    "absent": "yellow",
    "refused": "yellow",
    "failed": "red",
    "unknown": "bold red",
}


_LONGEST_CELL = 4_000
_NARROWEST = 40
"""Width below which a table would lose columns; lines are folded instead."""

LIVE_WORDS = {True: "live", False: "not live", None: "not known"}
"""`is_live` in words."""


@frozen
class Styled:
    """A cell whose *text* is shown in *style*, in rich's words, on a terminal."""

    text: str
    style: str

    def __str__(self) -> str:
        return self.text


def is_terminal() -> bool:
    """Return whether results go to a terminal."""
    return sys.stdout.isatty()


def stderr() -> "Console":
    """Return the console on stderr; it honours `NO_COLOR`."""
    return _console(sys.stderr)


def _console(file: TextIO) -> "Console":
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs rich

    return Console(file=file, markup=False, highlight=False, emoji=False)


@contextmanager
def reading(what: str) -> Generator[None, None, None]:
    """Show on a terminal that *what* is being read."""
    if not sys.stderr.isatty():
        yield
        return
    with stderr().status(f"reading {what}"):
        yield


def print_json(fields: dict[str, object]) -> None:
    """Print one JSON object on a separate line, at once."""
    sys.stdout.write(json.dumps(fields) + "\n")  # in ASCII, which every stream can take
    sys.stdout.flush()


def print_rows(
    heads: Sequence[str],
    rows: Iterable[Sequence[Styled | str]],
    *,
    file: TextIO | None = None,
    title: str | None = None,
) -> None:
    """Print rows on stdout or *file*: as a table on a terminal, else as lines with tabs."""
    target = file or sys.stdout
    console = _console(target) if target.isatty() else None
    if console is None or console.width < _NARROWEST:
        for row in rows:
            target.write("\t".join(map(_clean, row)).rstrip() + "\n")
            target.flush()
        return
    from rich.table import Table  # noqa: PLC0415 - only a terminal needs rich
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for head in heads:
        # Wide cells are folded, not cut: half a reference would be another reference.
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_clean(cell), style=cell.style if isinstance(cell, Styled) else "") for cell in row))
    if title is not None:
        console.print(Text(title, style="bold"))
    console.print(table)


def _clean(cell: Styled | str) -> str:
    """Return *cell* without control characters and line breaks: it may be anybody's text."""
    return one_line(str(cell), _LONGEST_CELL)


def tombstone_row(tombstone: Tombstone, *, dry_run: bool = False) -> tuple[Styled, str, str]:
    """Return a tombstone's cells: outcome, reference and detail."""
    asked = tombstone.requested_ref
    named = tombstone.ref if asked == tombstone.ref else f"{tombstone.ref} (asked for as {asked})"
    confirmed = f"Confirmed by {tombstone.confirmed_by.replace('_', '-')}. " if tombstone.confirmed_by else ""
    detail = "Accepted, not gone yet. Add --wait to confirm."
    if tombstone.status != "accepted":
        detail = confirmed + tombstone.detail
    word: str = "would be deleted" if tombstone.status == "planned" else tombstone.status
    if dry_run and tombstone.status == "refused":
        word = "would be refused"
    return Styled(word, style_of(tombstone.status)), one_line(named, 2_000), detail


def style_of(status: Status | None) -> str:
    """Return the colour of *status*; None, of what was never begun, has none."""
    return "" if status is None or os.environ.get("NO_COLOR") else _COLOURS[status]


def time_shown(version: Version) -> str:
    """Return a version's creation time to the second, or "not known"."""
    return f"{version.created_at:%Y-%m-%d %H:%M:%S} UTC" if version.created_at else "not known"


def version_row(version: Version) -> tuple[str, str, str, str, str]:
    """Return a version's cells."""
    live = LIVE_WORDS[version.is_live]
    aliases = one_line(", ".join(version.aliases)) or "-"
    return (version.ref, aliases, time_shown(version), live, one_line(version.status or "-"))


MODEL_HEADS = ("model", "versions")
VERSION_HEADS = ("version", "aliases", "created", "live", "status")
TOMBSTONE_HEADS = ("outcome", "reference", "detail")
