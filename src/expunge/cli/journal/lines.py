"""A journal's references as lines: for a terminal, for CSV and for JSON, all that is unknown first."""

import csv
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TextIO

from ..._json import JSON
from ..._text import one_line
from ...errors import InvalidReference
from ...journal.history import Part
from ...journal.reading import Reading
from ...providers import parse_ref
from ...types import Status

FIELDS = (
    *("n", "status", "ref", "requested_ref", "provider", "scope", "confirmed_by", "attempts", "http_status"),
    *("request_id", "requested_at", "settled_at", "seconds", "user", "host", "profile", "origin", "detail"),
)
"""The fields of a line: those of a tombstone, its number, the process that recorded it, and the account and its host.

`host` is the machine, and `origin` is the provider's address.
"""

IN_ORDER: tuple[Status | None, ...] = ("unknown", "failed", "refused", "absent", "accepted", "deleted", "planned", None)
"""Statuses from the one that needs a person most; None stands for a reference that was never begun."""

NOT_BEGUN = "not begun"

# OWASP, "CSV Injection": a spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets read these, too

Line = Mapping[str, JSON]


def lines(reading: Reading) -> Iterator[Line]:
    """Yield a line for each reference: first those that are unknown, then the others in their order."""
    history = reading.history

    def is_unknown(n: int) -> bool:
        return history.status_of(n) == "unknown"

    def is_known(n: int) -> bool:
        return not is_unknown(n)

    for wanted in (is_unknown, is_known):
        yield from lines_of(reading, wanted)


def lines_of(reading: Reading, wanted: Callable[[int], bool]) -> Iterator[Line]:
    """Yield a line for each reference whose number is wanted, in their order."""
    history = reading.history
    origins = history.origins
    for n, text, facts in reading.references(wanted):
        line = _line(n, text, facts, history.status_of(n), history.part_of(n))
        yield {**line, "profile": history.run.get("profile"), "origin": origins.get(str(line["provider"]))}


def print_csv(reading: Reading, file: TextIO | None = None) -> None:
    """Print a table with a head; no cell of it is a formula to a spreadsheet."""
    writer = csv.writer(file or sys.stdout, lineterminator="\n")
    writer.writerow(FIELDS)
    for line in lines(reading):
        writer.writerow([_cell(word_of(line) if name == "status" else line[name]) for name in FIELDS])


def word_of(line: Line) -> str:
    """Return the status of *line* in words."""
    return str(line["status"] or NOT_BEGUN)


def evidence_of(line: Line) -> str:
    """Return how the status of *line* is known."""
    parts = (
        f"confirmed by {str(line['confirmed_by']).replace('_', '-')}" if line["confirmed_by"] else "",
        f"HTTP {line['http_status']}" if line["http_status"] else "",
        f"request {one_line(str(line['request_id']))}" if line["request_id"] else "",
    )
    return ", ".join(part for part in parts if part) or "-"


def seconds_between(first: str, last: str) -> float | None:
    """Return the seconds between two times; None if the clock was set back meanwhile."""
    seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    return seconds if seconds >= 0 else None


def _line(n: int, text: str, facts: Line | None, status: Status | None, part: Part | None) -> Line:
    found: dict[str, JSON] = {**dict.fromkeys(FIELDS), "n": n, "ref": text, "requested_ref": text, "status": status}
    if facts is not None:
        found |= {name: value for name, value in facts.items() if name in FIELDS}
        found["seconds"] = seconds_between(str(facts["requested_at"]), str(facts["settled_at"]))
        found["status"] = status
    else:
        found |= _named(text)
        found["detail"] = "No delete was sent." if status is None else "It was under way when the run stopped."
    if part is not None:
        found |= {"user": part.user, "host": part.host}
    return found


def _named(text: str) -> dict[str, JSON]:
    try:
        ref = parse_ref(text)
    except InvalidReference:
        return {}
    return {"ref": str(ref), "provider": ref.provider, "scope": ref.scope}


def _cell(value: JSON) -> JSON:
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(_FORMULA) else value
