"""A journal that a run writes: an intent is on the disk before a delete leaves, and its outcome soon after.

A run asks for intents ahead of the deletions under way. So no deletion waits for the disk, and a process that is killed
leaves at most two windows of intents open.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from attrs import frozen

from .._flow import Clock
from .._json import JSON
from .._system.user import host, user
from .._version import __version__
from ..types import Tombstone
from . import chain, database
from .history import ACCEPTED, NOT_BEGUN, UNDER_WAY, Facts, History
from .reading import read
from .writer import Writer, plain

_BATCH = 1_000
"""References that are written or read at once."""


@frozen
class Left:
    """A reference without an outcome.

    Attributes:
        n: Its number in the journal.
        ref: The text that was asked for.
        resolved: The reference that an alias stood for then, if that is known.
    """

    n: int
    ref: str
    resolved: str | None = None


class Journal:
    """A journal that is open for writing, by this process only.

    Attributes:
        path: Its file.
        history: The run so far, as it was when the journal was opened; empty if it is new.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock, history: History) -> None:
        self.path = path
        self.history = history
        self._connection = connection
        self._clock = clock
        self._writer = Writer(connection, path, history.entries, history.chain)
        self._is_closed = False
        self._is_new = False

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        refs: Iterable[str],
        facts: Facts,
        clock: Clock,
        plan: Iterable[str] | None = None,
    ) -> Self:
        """Create a journal at *path* and write down all of *refs*, in one commit.

        Args:
            path: The file; it must not exist.
            refs: The texts that were asked for, without repeats.
            facts: `command`, `origins` and `options`.
            clock: The source of the time.
            plan: The plan that is carried out as JSON, in pieces; None without one.

        Raises:
            InvalidJournal: It exists, or it cannot be created.
            JournalFailed: It could not be written.
        """
        place = Path(path)
        connection = database.create(place)
        try:
            journal = cls(connection, place, clock, History(0))
            journal._begin(refs, facts, plan)
        except BaseException:
            database.close(connection, place)
            for each in (place, Path(f"{place}-journal")):  # on a full disk, SQLite leaves the second one
                with suppress(OSError):
                    each.unlink()
            raise
        return journal

    @classmethod
    def open(cls, path: str | os.PathLike[str], clock: Clock) -> Self:
        """Open a journal to go on with its run; nothing is written yet.

        Raises:
            InvalidJournal: It is damaged, foreign or in use, or it cannot be written.
        """
        place = Path(path)
        connection = database.open_to_write(place)
        try:
            return cls(connection, place, clock, read(connection, place))
        except BaseException:
            database.close(connection, place)
            raise

    def left(self) -> Iterator[Left]:
        """Yield each reference that had no outcome when the journal was opened, those under way first.

        The states are those of that time, so a run may settle references while it reads them.
        """
        if self._is_new:
            for number, ref in self._rows_from(1):
                yield Left(number, ref)
            return
        states, resolved = self.history.states, self.history.resolved
        for wanted in (UNDER_WAY, ACCEPTED, NOT_BEGUN):
            first = states.find(wanted) + 1
            for number, ref in self._rows_from(first) if first else ():
                if states[number - 1] == wanted:
                    yield Left(number, ref, resolved.get(number))

    def was_under_way(self, n: int) -> bool:
        """Return whether an earlier process may have sent the delete of reference *n*."""
        return not self._is_new and self.history.states[n - 1] in {UNDER_WAY, ACCEPTED}

    def was_accepted(self, n: int) -> bool:
        """Return whether the provider accepted the delete that an earlier process sent of reference *n*."""
        return not self._is_new and self.history.states[n - 1] == ACCEPTED

    def intend(self, numbers: Iterable[int]) -> None:
        """Write an intent for each of *numbers*, and return when all of them are on the disk.

        Raises:
            JournalFailed: They could not be written.
        """
        at: Facts = {"at": self._now()}
        self._writer.wait_for(self._writer.note([("intent", n, at) for n in numbers]))

    def resolve(self, n: int, ref: str) -> int:
        """Note the reference that an alias stands for; return a number for `is_durable()`."""
        return self._writer.note([("resolved", n, {"ref": ref})])

    def is_durable(self, number: int) -> bool:
        """Return whether the entry with *number* is on the disk.

        Raises:
            JournalFailed: It never will be.
        """
        return self._writer.is_durable(number)

    def wait_for(self, number: int) -> None:
        """Wait until the entry with *number* is on the disk.

        Raises:
            JournalFailed: It never will be.
        """
        self._writer.wait_for(number)

    def settle(self, n: int, tombstone: Tombstone) -> int:
        """Note the final outcome of reference *n*; return a number for `is_durable()`."""
        return self._writer.note([("outcome", n, plain(tombstone.to_dict()))])

    def accept(self, n: int, tombstone: Tombstone) -> int:
        """Note that the provider works on reference *n*; a process that resumes the run only waits for it."""
        return self._writer.note([("accepted", n, plain(tombstone.to_dict()))])

    def doubt(self, n: int, tombstone: Tombstone) -> int:
        """Note an outcome that is not known; a process that resumes the run reads again."""
        return self._writer.note([("doubt", n, plain(tombstone.to_dict()))])

    def withdraw(self, numbers: Iterable[int]) -> int:
        """Note that nothing was sent for *numbers*, despite their intents."""
        at: Facts = {"at": self._now()}
        return self._writer.note([("unsent", n, at) for n in numbers])

    def resume(self) -> None:
        """Note that this process goes on with the run, and return when that is on the disk.

        Raises:
            JournalFailed: It could not be written.
        """
        self._writer.wait_for(self._writer.note([("resume", None, self._origin())]))

    def close(self, why: str = "finished") -> None:
        """Write what is queued and close the file; *why* is the reason for the end.

        Raises:
            JournalFailed: Not everything could be written.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if self._writer.entries > self.history.entries:
                self._writer.end(("end", None, {"at": self._now(), "why": why}))
        finally:
            database.close(self._connection, self.path)

    def _rows_from(self, n: int) -> Iterator[tuple[int, str]]:
        """Yield the number and the text of each reference from *n* on."""
        found: list[tuple[int, str]] = [(n - 1, "")]
        while found:
            with self._writer.alone() as connection, database.translated(self.path):
                rows = connection.execute(
                    "SELECT n, ref FROM item WHERE n > ? ORDER BY n LIMIT ?", (found[-1][0], _BATCH)
                )
                found = rows.fetchall()
            yield from found

    def _begin(self, refs: Iterable[str], facts: Facts, plan: Iterable[str] | None) -> None:
        """Write the references and the first entries."""
        try:
            count, last = self._write_items(refs)
            run: Facts = {**self._origin(), **facts, "items": count, "items_chain": last.hex()}
            self._connection.execute("INSERT INTO head VALUES (1, 0, ?)", (chain.START,))
            self._writer.write([("run", None, run)])
            if plan is not None:
                self._writer.write_text("plan", plan)
            self._connection.execute("COMMIT")
        except (sqlite3.Error, MemoryError) as error:
            raise database.write_failed(self.path, error) from None
        self._is_new = True

    def _write_items(self, refs: Iterable[str]) -> tuple[int, bytes]:
        count, last = 0, chain.START
        rows: list[tuple[int, str, bytes]] = []
        for ref in refs:
            # Half a surrogate pair is not a reference, and SQLite holds no such text.
            text = ref.encode("utf-8", "backslashreplace").decode()
            count, last = count + 1, chain.of_item(last, count + 1, text)
            rows.append((count, text, last))
            if len(rows) == _BATCH:
                self._connection.executemany("INSERT INTO item VALUES (?, ?, ?)", rows)
                rows.clear()
        self._connection.executemany("INSERT INTO item VALUES (?, ?, ?)", rows)
        return count, last

    def _origin(self) -> dict[str, JSON]:
        return {
            "at": self._now(),
            "user": user(),
            "host": host(),
            "pid": os.getpid(),
            "tool": f"expunge {__version__}",
        }

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
