"""Reading a journal: every row is verified, and the first one that was changed, added or removed is named."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self, cast

from ..types import Tombstone
from . import chain
from .database import damaged, open_to_read, translated
from .history import Facts, History, Kind


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

    def references(self, wanted: Callable[[int], bool] = lambda _n: True) -> Iterator[tuple[int, str, Facts | None]]:
        """Yield each wanted reference in order: its number, the text that was asked for, and its last tombstone."""
        with translated(self.path):
            for n, ref in self._connection.execute("SELECT n, ref FROM item ORDER BY n"):
                if wanted(n):
                    yield n, ref, self._tombstone(self.history.last[int(n) - 1])

    def entries(self, kind: Kind) -> Iterator[tuple[int, Facts]]:
        """Yield the number of the reference and the facts of each entry of *kind*, in their order."""
        with translated(self.path):
            for n, data in self._connection.execute("SELECT n, data FROM entry WHERE kind = ? ORDER BY seq", (kind,)):
                yield n, json.loads(data)

    def _tombstone(self, seq: int) -> Facts | None:
        found = self._connection.execute("SELECT data FROM entry WHERE seq = ?", (seq,)).fetchone()
        return json.loads(found[0]) if found else None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
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
        # An intent has a time only, and half of all entries are intents.
        is_read = kind not in {"intent", "plan"}
        if problem := history.take(kind, n, json.loads(data) if is_read else {"text": data}):
            raise damaged(path, f"entry {seq} {problem}")
        if seq == 1:
            _require_items(path, history, items)
    if history.entries < head[1]:
        raise damaged(path, f"entry {history.entries + 1} was removed")
    if history.chain != head[2] or head[0] != 1 or not history.run:
        raise damaged(path, "its head was changed: it does not fit the last entry")
    history.read_plan()
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


def texts_of(path: Path) -> Iterator[str]:
    """Yield the references of a journal that this process has written or verified: its rows are not verified here.

    Raises:
        InvalidJournal: It is not a journal, or it is in use.
    """
    connection = open_to_read(path)
    try:
        with translated(path):
            for (text,) in connection.execute("SELECT ref FROM item ORDER BY n"):
                yield text
    finally:
        connection.close()


def tombstone_of(facts: Facts) -> Tombstone:
    """Build a tombstone from its record."""
    times = {name: datetime.fromisoformat(str(facts[name])) for name in ("requested_at", "settled_at")}
    fields: dict[str, object] = {**facts, **times}
    return Tombstone(**fields)  # type: ignore[arg-type]  # its hashes fit, so it is as `to_dict()` wrote it
