"""A journal that a run writes: an intent is on the disk before a delete leaves, and its outcome soon after.

One thread writes. Each commit takes all outcomes that have come and the next intents, a window ahead of the deletions
under way. So no deletion waits for the disk, and a run that is killed leaves at most two windows of open intents.
"""

import json
import os
import sqlite3
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Condition, Thread
from typing import Self

from attrs import frozen

from .._flow import Clock
from .._json import JSON
from .._user import host, user
from .._version import __version__
from ..errors import ExpungeError
from ..types import Tombstone
from . import chain, database
from .history import NOT_BEGUN, UNDER_WAY, Facts, History, Kind, read

_BATCH = 1_000
"""References that are written down at once when a journal is made."""


@frozen
class Taken:
    """A reference whose intent is on the disk.

    Attributes:
        n: Its number in the journal.
        ref: The text that was asked for.
        was_under_way: Whether an earlier process may have sent its delete.
        resolved: The reference that an alias stood for then, if that is known.
    """

    n: int
    ref: str
    was_under_way: bool = False
    resolved: str | None = None


class Journal:
    """A journal that is open for writing, by this process only.

    Attributes:
        path: Its file.
        history: The rows that it held when it was opened.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock, history: History) -> None:
        self.path = path
        self.history = history
        self._connection = connection
        self._clock = clock
        self._seq = history.entries
        self._chain = history.chain
        self._news = Condition()
        self._notes: list[tuple[Kind, int | None, Facts]] = []
        self._noted = 0
        self._durable = 0
        self._ready: deque[Taken] = deque()
        self._left = self._unsettled()
        self._is_exhausted = False
        self._window = 1
        self._writer: Thread | None = None
        self._is_closing = False
        self._failure: Exception | None = None

    @classmethod
    def create(cls, path: str | os.PathLike[str], refs: Iterable[str], facts: Facts, clock: Clock) -> Self:
        """Create a journal at *path* and write down all of *refs*, in one commit.

        Args:
            path: The file; it must not exist.
            refs: The texts that were asked for, without repeats.
            facts: `command`, `origins`, `options`, and `plan` if a plan is carried out.
            clock: The source of the time.

        Raises:
            InvalidJournal: It exists, or it cannot be created.
            JournalFailed: It could not be written.
        """
        place = Path(path)
        connection = database.create(place)
        try:
            journal = cls(connection, place, clock, History(0))
            journal._begin(refs, facts)
        except BaseException:
            database.close(connection, place)
            with suppress(OSError):
                place.unlink()
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

    # --- references that may be deleted now -------------------------------------------------------------------------

    def take(self, window: int) -> Iterator[Taken]:
        """Yield each reference without an outcome, once its intent is on the disk; those under way come first.

        Args:
            window: The number of intents to write ahead of those that are taken.

        Raises:
            JournalFailed: It can no longer be written.
        """
        self._window = max(1, window)
        self._left = self._unsettled()
        if self.history.entries > 0 and not self.history.is_complete:
            self.note("resume", None, self._origin())
        self._start()
        while (taken := self._next()) is not None:
            yield taken

    def _next(self) -> Taken | None:
        with self._news:
            self._news.wait_for(lambda: self._ready or self._is_exhausted or self._failure or self._is_closing)
            if self._ready and not self._is_closing:
                taken = self._ready.popleft()
                self._news.notify_all()
                return taken
            if self._failure is not None:
                raise database.write_failed(self.path, self._failure)
            return None

    # --- what became of them ----------------------------------------------------------------------------------------

    def settle(self, n: int, tombstone: Tombstone, *, is_final: bool = True) -> None:
        """Note the outcome of reference *n*; if it is not final, a later process reads again."""
        self.note("outcome" if is_final else "doubt", n, _json_of(tombstone))

    def note(self, kind: Kind, n: int | None, facts: Facts) -> int:
        """Queue an entry; return a number for `is_durable()`."""
        with self._news:
            self._notes.append((kind, n, facts))
            self._noted += 1
            self._news.notify_all()
            return self._noted

    def is_durable(self, number: int) -> bool:
        """Return whether the entry with *number* is on the disk.

        Raises:
            JournalFailed: It never will be.
        """
        with self._news:
            if self._failure is not None:
                raise database.write_failed(self.path, self._failure)
            return self._durable >= number

    def wait_for(self, number: int) -> None:
        """Wait until the entry with *number* is on the disk, or nothing can be written any more."""
        with self._news:
            self._news.wait_for(lambda: self._durable >= number or self._failure or self._writer is None)

    # --- the end ----------------------------------------------------------------------------------------------------

    def close(self, why: str = "finished") -> None:
        """Write what is queued and close the file; *why* is the reason for the end.

        Raises:
            JournalFailed: Not everything could be written.
        """
        with self._news:
            if self._is_closing:
                return
            self._is_closing = True
            self._news.notify_all()
        if self._writer is not None:
            self._writer.join()
        try:
            if self._seq > self.history.entries or self._notes:
                self._notes.append(("end", None, {"at": self._now(), "why": why}))
                self._commit([])  # a last time also after a failure: there may be room again
        except (sqlite3.Error, MemoryError) as error:
            self._failure = error
        finally:
            self._left.close()  # an open cursor would keep the lock
            database.close(self._connection, self.path)
        if self._failure is not None:
            raise database.write_failed(self.path, self._failure)

    # --- writing ----------------------------------------------------------------------------------------------------

    def _begin(self, refs: Iterable[str], facts: Facts) -> None:
        """Write the references and the first entries."""
        plan = facts.get("plan")
        rest: dict[str, JSON] = {name: value for name, value in facts.items() if name != "plan"}
        try:
            count, last = self._write_items(refs)
            run: Facts = {**self._origin(), **rest, "items": count, "items_chain": last.hex()}
            self._connection.execute("INSERT INTO head VALUES (1, 0, ?)", (chain.START,))
            self._write([("run", None, run)])
            if isinstance(plan, Mapping):
                self._write([("plan", None, plan)])
            self._write_head()
            self._connection.execute("COMMIT")
        except (sqlite3.Error, MemoryError) as error:
            raise database.write_failed(self.path, error) from None
        self.history = History(count)
        self.history.run = run

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

    def _unsettled(self) -> Generator[Taken, None, None]:
        """Yield what is left of the run, those under way first; used in the writer's thread only."""
        states, resolved = self.history.states, self.history.resolved
        for wanted in (UNDER_WAY, NOT_BEGUN):
            first = states.find(wanted) + 1  # 0 if there is none
            rows = self._connection.execute("SELECT n, ref FROM item WHERE n >= ? ORDER BY n", (first,))
            for n, ref in rows if first else ():
                if states[n - 1] == wanted:
                    yield Taken(n, ref, wanted == UNDER_WAY, resolved.get(n))

    def _start(self) -> None:
        writer = Thread(target=self._write_on, name="expunge-journal", daemon=True)
        try:
            writer.start()
        except (RuntimeError, MemoryError) as error:
            self._failure = error
        else:
            self._writer = writer

    def _write_on(self) -> None:
        """Commit as long as there is something to commit, until the journal is closed or cannot be written."""
        try:
            while True:
                with self._news:
                    self._news.wait_for(lambda: self._notes or self._is_closing or self._wants_more())
                    if self._is_closing:
                        return
                    room = self._window - len(self._ready)
                taken = [] if self._is_exhausted else list(islice(self._left, room))
                self._commit(taken)
                with self._news:
                    self._is_exhausted = self._is_exhausted or len(taken) < room
                    self._ready.extend(taken)
                    self._news.notify_all()
        except (sqlite3.Error, ExpungeError, MemoryError) as error:
            with self._news:
                self._failure = error
                self._news.notify_all()

    def _wants_more(self) -> bool:
        # From three quarters on: a commit for each reference that is taken would keep the disk busy for nothing.
        return not self._is_exhausted and len(self._ready) <= self._window * 3 // 4

    def _commit(self, taken: list[Taken]) -> None:
        """Write what is queued, and the intents of *taken*; if that fails, it stays queued."""
        with self._news:
            notes = list(self._notes)
        seq, last = self._seq, self._chain
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._write(notes)
            intent: Facts = {"at": self._now()}
            self._write([("intent", each.n, intent) for each in taken])
            self._write_head()
            self._connection.execute("COMMIT")
        except BaseException:
            self._seq, self._chain = seq, last
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise
        with self._news:
            del self._notes[: len(notes)]
            self._durable += len(notes)
            self._news.notify_all()

    def _write(self, entries: Iterable[tuple[Kind, int | None, Facts]]) -> None:
        rows: list[tuple[int, str, int | None, str, bytes]] = []
        for kind, n, facts in entries:
            data = json.dumps(dict(facts), separators=(",", ":"))
            self._seq += 1
            self._chain = chain.of_entry(self._chain, self._seq, kind, n, data)
            rows.append((self._seq, kind, n, data, self._chain))
        self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)

    def _write_head(self) -> None:
        self._connection.execute("UPDATE head SET entries = ?, chain = ? WHERE id = 1", (self._seq, self._chain))

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


def _json_of(tombstone: Tombstone) -> Facts:
    fields = tombstone.to_dict().items()
    return {name: value if isinstance(value, str | int | None) else str(value) for name, value in fields}
