"""The thread that writes a journal: each commit takes everything that has come since the one before."""

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, RLock

from .._json import JSON
from .._system.worker import LOOK_EVERY, Worker
from . import chain, database
from .history import Facts, Kind

_LONGEST_COMMIT = 300.0
"""Seconds to wait for the last commit of the thread."""

_LONGEST_DATA = 1 << 18
"""Characters of one entry, roughly; longer JSON continues in the next entry."""

_Entry = tuple[Kind, int | None, Facts]


class Writer:
    """Entries on their way to the disk; any thread may add one.

    A signal may strike between any two lines of the main thread. So its locks and queues are written in C: no signal
    leaves one taken.

    Attributes:
        entries: The number of entries in the file, with those of the commit under way.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, entries: int, last: bytes) -> None:
        self.entries = entries
        self._connection = connection
        self._path = path
        self._chain = last
        self._is_busy = Lock()
        self._lock = RLock()
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._waiting: list[SimpleQueue[None]] = []
        self._queue: list[_Entry] = []
        self._noted = 0
        self._thread: Worker | None = None
        self._has_no_thread = False
        self._is_ending = False
        self._failure: Exception | None = None

    def note(self, entries: Iterable[_Entry]) -> int:
        """Queue *entries*; return a number for `is_durable()` and `wait_for()`."""
        with self._lock:
            for entry in entries:
                self._noted += 1  # first: one that is struck here then counts as written, and nobody waits for it
                self._queue.append(entry)
            number = self._noted
            has_thread = self._start()
        self._wakes.put(None)
        if not has_thread:
            self._write_queued()
        return number

    def is_durable(self, number: int) -> bool:
        """Return whether the entry with *number* is on the disk.

        Raises:
            JournalFailed: It never will be.
        """
        with self._lock:
            if self._noted - len(self._queue) >= number:
                return True
            if self._failure is not None:
                raise database.write_failed(self._path, self._failure)
            return False

    def wait_for(self, number: int) -> None:
        """Wait until the entry with *number* is on the disk.

        Raises:
            JournalFailed: It never will be.
        """
        written: SimpleQueue[None] = SimpleQueue()
        self._waiting.append(written)
        try:
            while not self.is_durable(number):
                try:
                    written.get(timeout=LOOK_EVERY)
                except Empty:
                    if self._thread is not None and not self._thread.is_alive():
                        self._write_queued()  # it has ended: without memory, it could not say so
        finally:
            self._waiting.remove(written)

    @contextmanager
    def alone(self) -> Generator[sqlite3.Connection, None, None]:
        """Use the connection while nothing is written."""
        with self._is_busy:
            yield self._connection

    def write(self, entries: Iterable[_Entry]) -> None:
        """Insert *entries* into a transaction that the caller has begun and commits."""
        rows: list[tuple[int, str, int | None, str, bytes]] = []
        for kind, n, facts in entries:
            data = json.dumps(dict(facts), separators=(",", ":"))
            self.entries += 1
            self._chain = chain.of_entry(self._chain, self.entries, kind, n, data)
            rows.append((self.entries, kind, n, data, self._chain))
        self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)
        self._connection.execute("UPDATE head SET entries = ?, chain = ? WHERE id = 1", (self.entries, self._chain))

    def write_text(self, kind: Kind, pieces: Iterable[str]) -> None:
        """Insert JSON that comes in *pieces*, in several entries if it is long: it is never in memory completely.

        They are inserted into a transaction that the caller has begun and commits.
        """
        for data in _joined(pieces):
            self.entries += 1
            self._chain = chain.of_entry(self._chain, self.entries, kind, None, data)
            row = (self.entries, kind, None, data, self._chain)
            self._connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", row)
        self._connection.execute("UPDATE head SET entries = ?, chain = ? WHERE id = 1", (self.entries, self._chain))

    def end(self, *last: _Entry) -> None:
        """Write all that is queued, then *last*, and stop.

        Raises:
            JournalFailed: Not everything could be written.
        """
        self._is_ending = True
        self._wakes.put(None)
        if self._thread is not None:
            self._thread.finish(_LONGEST_COMMIT)
        try:
            self._queue.extend(last)
            if self._queue:
                self._commit()  # also after a failure: there may be room again
        except Exception as error:  # noqa: BLE001 - as in _write_queued()
            self._failure = self._failure or error
        if self._failure is not None:
            raise database.write_failed(self._path, self._failure)

    def _start(self) -> bool:
        """Start the thread; return whether there is one. "can't start new thread": then each caller writes."""
        if self._thread is None and not self._is_ending and not self._has_no_thread:
            thread = Worker(self._run, name="expunge-journal")
            self._thread = thread  # first: an interruption may strike in begin() when the thread runs already
            self._has_no_thread = not thread.begin()
        return not self._has_no_thread

    def _run(self) -> None:
        while not self._is_ending:
            self._wakes.get()
            while not self._wakes.empty():
                self._wakes.get()  # nobody else takes from it, and one commit writes all
            while self._queue:
                if not self._write_queued():
                    return

    def _write_queued(self) -> bool:
        """Commit what is queued; return whether that was possible."""
        if self._failure is None:
            try:
                self._commit()
            except Exception as error:  # noqa: BLE001 - without memory, hashlib raises a ValueError
                self._failure = error
                self._wake_waiting()
        return self._failure is None

    def _commit(self) -> None:
        """Write all that is queued, in one commit; if that fails, it stays queued."""
        with self._is_busy:
            with self._lock:
                entries = list(self._queue)
            before = self.entries, self._chain
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self.write(entries)
                self._connection.execute("COMMIT")
            except BaseException:
                self.entries, self._chain = before
                with suppress(sqlite3.Error):
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                raise
            with self._lock:
                del self._queue[: len(entries)]
            self._wake_waiting()

    def _wake_waiting(self) -> None:
        for written in tuple(self._waiting):
            written.put(None)


def plain(facts: Mapping[str, object]) -> dict[str, JSON]:
    """Return *facts* as JSON; a value other than text or a number becomes its text."""
    return {name: value if isinstance(value, str | int | None) else str(value) for name, value in facts.items()}


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Yield *pieces* joined to texts that are long enough for an entry."""
    found: list[str] = []
    length = 0
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length >= _LONGEST_DATA:
            yield "".join(found)
            found, length = [], 0
    if found:
        yield "".join(found)
