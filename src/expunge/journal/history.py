"""A journal as it is read: every row verified, and the state of each reference.

Rows are read once, in order, and forgotten: a reference keeps nine bytes here, however long its row is.
"""

import json
import sqlite3
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self, TypeAlias, cast

from .._json import JSON
from . import chain
from .database import damaged, open_to_read, translated

Kind: TypeAlias = Literal["run", "plan", "intent", "resolved", "unsent", "doubt", "outcome", "resume", "end"]
"""`run`: begins a journal. `plan`: the plan that it carries out. `intent`: a delete may leave from now on. `resolved`:
the number that an alias stands for. `unsent`: no delete has left despite the intent. `doubt`: a tombstone that is
`unknown`. `outcome`: the final tombstone. `resume`: another process goes on. `end`: a process has ended in order."""

NOT_BEGUN, UNDER_WAY, SETTLED = 0, 1, 2
"""The states of a reference: without an intent, with an intent and no outcome, with an outcome."""

Facts: TypeAlias = Mapping[str, JSON]


class History:
    """A journal that was read and verified.

    Attributes:
        run: The facts of the run: `at`, `user`, `host`, `command`, `origins`, `options` and the like.
        plan: The plan that it carries out, as JSON, or None.
        parts: The facts of each process that worked on it, the run itself first, each with its `end`, if it had one.
        count: The number of references.
        states: The state of each reference; that of number 1 is at 0.
        last: The number of the entry with each reference's outcome or doubt; 0 without one.
        resolved: The references that aliases stand for, by number, of those under way.
        entries: The number of entries.
        chain: The hash of the last entry.
    """

    def __init__(self, count: int) -> None:
        self.run: Facts = {}
        self.plan: Facts | None = None
        self.parts: list[dict[str, JSON]] = []
        self.count = count
        self.states = bytearray(count)
        self.last: array[int] = array("q", bytes(8 * count))
        self.resolved: dict[int, str] = {}
        self.entries = 0
        self.chain = chain.START

    @property
    def is_complete(self) -> bool:
        """Return whether every reference has its outcome."""
        return self.states.count(SETTLED) == self.count

    def take(self, kind: str, n: int | None, facts: Facts) -> str | None:
        """Follow one entry; return a clause if it does not follow from those before it."""
        match kind:
            case "run" if self.entries == 1:
                self.run = facts
                self.parts.append(dict(facts))
            case "plan" if self.entries == 2:  # noqa: PLR2004 - it is the second
                self.plan = facts
            case "resume" if self.entries > 1:
                self.parts.append(dict(facts))
            case "end" if self.entries > 1:
                self.parts[-1]["end"] = cast("JSON", facts)
            case "intent" | "resolved" | "unsent" | "doubt" | "outcome" if n is not None and 0 < n <= self.count:
                return self._take_reference(kind, n, facts)
            case _:
                return "does not follow from those before it"
        return None

    def _take_reference(self, kind: str, n: int, facts: Facts) -> str | None:
        before = self.states[n - 1]
        if before == SETTLED or (kind != "intent" and before == NOT_BEGUN):
            return f"does not follow from those before it about reference {n}"
        self.states[n - 1] = {"outcome": SETTLED, "unsent": NOT_BEGUN}.get(kind, UNDER_WAY)
        if kind == "resolved":
            self.resolved[n] = str(facts["ref"])
        elif kind in {"outcome", "unsent"}:
            self.resolved.pop(n, None)
        if kind in {"outcome", "doubt"}:
            self.last[n - 1] = self.entries
        return None


class Reading:
    """A journal that is open for reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_to_read(path)
        try:
            self.history = read(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def references(self) -> Iterator[tuple[int, str, Facts | None]]:
        """Yield each reference: its number, the text that was asked for, and its last tombstone, if it has one."""
        return references(self._connection, self.path, self.history)

    def entries(self, kind: Kind) -> Iterator[tuple[int, Facts]]:
        """Yield the number of the reference and the facts of each entry of *kind*, in their order."""
        with translated(self.path):
            for n, data in self._connection.execute("SELECT n, data FROM entry WHERE kind = ? ORDER BY seq", (kind,)):
                yield n, json.loads(data)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def references(
    connection: sqlite3.Connection, path: Path, history: History, after: int = 0
) -> Iterator[tuple[int, str, Facts | None]]:
    """Yield each reference with a number above *after*, in order, with its last tombstone, if it has one."""
    with translated(path):
        for n, ref in connection.execute("SELECT n, ref FROM item WHERE n > ? ORDER BY n", (after,)):
            seq: int = history.last[int(n) - 1]
            if seq:
                (data,) = connection.execute("SELECT data FROM entry WHERE seq = ?", (seq,)).fetchone()
                yield n, ref, json.loads(data)
            else:
                yield n, ref, None


def read(connection: sqlite3.Connection, path: Path) -> History:
    """Read and verify every row of a journal.

    Raises:
        InvalidJournal: It is damaged; the message names the first row that was changed, added or removed.
    """
    try:
        with translated(path):
            history = _read(connection, path)
            for (problem,) in connection.execute("PRAGMA integrity_check(1)"):
                if problem != "ok":
                    raise damaged(path, "SQLite finds it malformed")
            return history
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # The hashes fit, so somebody made them fit.
        raise damaged(path, "its rows do not have the form of a journal's") from None


def _read(connection: sqlite3.Connection, path: Path) -> History:
    count, items = _read_items(connection, path)
    history = History(count)
    (head,) = connection.execute("SELECT id, entries, chain FROM head").fetchall() or [(None, 0, b"")]
    for seq, kind, n, data, stated in connection.execute("SELECT seq, kind, n, data, chain FROM entry ORDER BY seq"):
        expected = history.entries + 1
        if seq != expected:
            raise damaged(path, f"entry {min(seq, expected)} was {_lost(seq, expected)}")
        if seq > head[1]:
            raise damaged(path, f"entry {seq} was added after the journal's end")
        if not isinstance(kind, str) or not isinstance(data, str) or not isinstance(n, int | None):
            raise damaged(path, f"entry {seq} was changed")
        history.entries, history.chain = seq, chain.of_entry(history.chain, seq, kind, n, data)
        if history.chain != stated:
            raise damaged(path, f"entry {seq} was changed")
        if problem := history.take(kind, n, json.loads(data)):
            raise damaged(path, f"entry {seq} {problem}")
        if seq == 1:
            _require_items(path, history, items)
    if history.entries < head[1]:
        raise damaged(path, f"entry {history.entries + 1} was removed")
    if history.chain != head[2] or head[0] != 1 or not history.run:
        raise damaged(path, "its head was changed: it does not fit the last entry")
    return history


def _read_items(connection: sqlite3.Connection, path: Path) -> tuple[int, bytes]:
    """Read the references; return their number and the hash of the last one."""
    count, items = 0, chain.START
    for n, ref, stated in connection.execute("SELECT n, ref, chain FROM item ORDER BY n"):
        if n != count + 1:
            raise damaged(path, f"item {min(n, count + 1)} was {_lost(n, count + 1)}")
        if not isinstance(ref, str):
            raise damaged(path, f"item {n} was changed")
        count, items = n, chain.of_item(items, n, ref)
        if items != stated:
            raise damaged(path, f"item {n} was changed")
    return count, items


def _require_items(path: Path, history: History, items: bytes) -> None:
    """Compare the references with what the first entry says of them."""
    stated = int(cast("int", history.run["items"]))
    if history.count < stated:
        raise damaged(path, f"item {history.count + 1} was removed")
    if history.count > stated:
        raise damaged(path, f"item {stated + 1} was added")
    if history.run["items_chain"] != items.hex():
        raise damaged(path, "its items were replaced")


def _lost(found: int, expected: int) -> str:
    return "removed" if found > expected else "added"
