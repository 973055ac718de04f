"""Rendering of results: a coloured table on a terminal, plain lines in a pipe, JSON Lines for programs."""

import json
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
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
    from .terminal.table import print_table  # noqa: PLC0415 - only a terminal needs rich

    cells = [[(_clean(cell), cell.style if isinstance(cell, Styled) else "") for cell in row] for row in rows]
    print_table(console, heads, cells, title=title)


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


def age_shown(version: Version, now: datetime) -> str:
    """Return a version's creation date and its age, for a terminal; of a young one the time too."""
    made = version.created_at
    if made is None:
        return "not known"
    age = now - made
    day = f"{made:%Y-%m-%d}" if age.days > 1 else f"{made:%Y-%m-%d %H:%M}"
    return f"{day} ({age_in_words(age)})"


def age_in_words(age: timedelta) -> str:
    """Return *age* in its largest unit, such as "8 months"."""
    hours = int(age.total_seconds() // 3_600)
    for unit, size, least in (("year", 8_766, 2), ("month", 730, 2), ("day", 24, 1), ("hour", 1, 1)):
        if (count := hours // size) >= least:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "new"


def print_versions(versions: Iterable[Version]) -> None:
    """Print versions: on a terminal a table for each model, with the model in its title; else a line each."""
    if not is_terminal():
        print_rows(VERSION_HEADS, (version_row(version) for version in versions))
        return
    now = datetime.now(UTC)
    for model, of_model in groupby(versions, key=lambda version: version.ref.rpartition("@")[0]):
        rows = [(version.ref.rpartition("@")[2], *_facts(version, age_shown(version, now))) for version in of_model]
        print_rows(VERSION_HEADS, rows, title=model)


def print_version(version: Version) -> None:
    """Print one version, a fact a line."""
    if is_terminal():
        facts = _facts(version, age_shown(version, datetime.now(UTC)))
        print_rows(("", ""), list(zip(VERSION_HEADS[1:], facts, strict=True)), title=version.ref)
    else:
        print_rows(("", ""), list(zip(VERSION_HEADS, version_row(version), strict=True)))


def version_row(version: Version) -> tuple[str, str, str, str, str]:
    """Return a version's cells."""
    return (version.ref, *_facts(version, time_shown(version)))


def _facts(version: Version, created: str) -> tuple[str, str, str, str]:
    aliases = one_line(", ".join(version.aliases)) or "-"
    return (aliases, created, LIVE_WORDS[version.is_live], one_line(version.status or "-"))


NO_VERSIONS = "{} lists no versions. Check its name: the list does not show whether there is such a model."
MODEL_HEADS = ("model", "versions")
VERSION_HEADS = ("version", "aliases", "created", "live", "status")
TOMBSTONE_HEADS = ("outcome", "reference", "detail")
