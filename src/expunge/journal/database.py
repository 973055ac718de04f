"""The file of a journal: its schema, its lock, and the words for each way in which it cannot be used.

A rollback journal and `synchronous=FULL`: a commit is on the disk when it returns, and a cut, torn or missing part is
found. With a write-ahead log, a missing `-wal` file drops rows silently.
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._system.user import host, user
from .._text import one_line
from ..errors import InvalidJournal, JournalFailed

FORMAT = 1
"""The version of the schema, kept as SQLite's `user_version`."""

_APPLICATION = 0x65_78_70_6A  # "expj": SQLite's place for the kind of a file

SCHEMA = (
    "CREATE TABLE item (n INTEGER PRIMARY KEY, ref TEXT NOT NULL, chain BLOB)",
    "CREATE TABLE entry (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, n INTEGER, data TEXT NOT NULL, chain BLOB)",
    "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), entries INTEGER NOT NULL, chain BLOB)",
)
"""`head` repeats the last row of `entry` apart from it, so that a cut tail is found."""

_IN_USE = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_CANNOT_OPEN = {"SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"}


def create(path: Path) -> sqlite3.Connection:
    """Create the file of a new journal, readable by its owner only, and lock it; the caller commits.

    Raises:
        InvalidJournal: It exists, or it cannot be created.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise InvalidJournal(
            f"{path} exists; a new run needs a new journal. To finish the run in it: expunge resume {path}"
        ) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidJournal(f"the journal {path} cannot be created: {why}.") from None
    try:
        connection = _connect(path, "rw")
        try:
            with translated(path):
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute(f"PRAGMA application_id={_APPLICATION}")
                connection.execute(f"PRAGMA user_version={FORMAT}")
                for statement in SCHEMA:
                    connection.execute(statement)
                _sync_folder(path)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    _name_holder(path)
    return connection


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open an existing journal, and lock it until it is closed.

    Raises:
        InvalidJournal: It is not a journal, or it is in use, or it cannot be written.
    """
    _require_file(path)
    connection = _connect(path, "rw")
    try:
        with translated(path):
            _require_journal(connection, path)
            connection.execute("BEGIN EXCLUSIVE")
            # A write: a folder that takes no rollback journal is found now, and not after a delete has left.
            connection.execute(f"PRAGMA user_version={FORMAT}")
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    _name_holder(path)
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing journal for reading only.

    Raises:
        InvalidJournal: It is not a journal, or it is in use.
    """
    _require_file(path)
    # A run that was killed within a commit is rolled back by SQLite, which writes.
    connection = _connect(path, "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro")
    try:
        with translated(path):
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            _require_journal(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def close(connection: sqlite3.Connection, path: Path) -> None:
    """Close a journal that was opened to be written."""
    with suppress(OSError):
        _holder_file(path).unlink()  # before the lock goes: afterwards it would be another process's
    with suppress(sqlite3.Error):
        connection.close()


@contextmanager
def translated(path: Path) -> Generator[None, None, None]:
    """Raise an error of SQLite as `InvalidJournal`, with a line that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(path, error) from None
    except (UnicodeDecodeError, OverflowError, MemoryError):
        raise damaged(path) from None


def damaged(path: Path, how: str = "") -> InvalidJournal:
    """Return the error for a file that is not as it was written; *how* is a clause."""
    why = f": {how}" if how else ""
    return InvalidJournal(f"{path} is damaged or was changed{why}. Nothing was sent.")


def write_failed(path: Path, error: Exception) -> JournalFailed:
    """Return the error for an entry that could not be written while a run was under way."""
    name = getattr(error, "sqlite_errorname", "")
    why = "the disk is full" if name == "SQLITE_FULL" else one_line(str(error)) or "there is not enough memory"
    return JournalFailed(
        f"the journal {path} cannot be written ({why}), so nothing more was sent. It holds all that was written "
        f"before. When there is room again: expunge resume {path}"
    )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    with translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for setting in ("locking_mode=EXCLUSIVE", "synchronous=FULL", "trusted_schema=OFF", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {setting}")
        except BaseException:
            connection.close()
            raise
    return connection


def _require_file(path: Path) -> None:
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise InvalidJournal(f"{path} cannot be read: {error.strerror}.") from None
    if size is None:
        what = "is not a file" if path.exists() else "does not exist"
        raise InvalidJournal(f"{path} is not a journal: it {what}.")


def _require_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file of another kind or format, before anything of it is believed."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if not pages:
        raise InvalidJournal(
            f"{path} is empty. If a run was stopped while it made this journal, nothing was sent. "
            "Remove it, and begin again."
        )
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise InvalidJournal(f"{path} is not a journal of expunge. Nothing was sent.")
    if version != FORMAT:
        raise InvalidJournal(f"{path} has format {version}; this version of expunge reads {FORMAT}. Nothing was sent.")
    found = [row[0] for row in connection.execute("SELECT sql FROM sqlite_master ORDER BY rowid")]
    if found != list(SCHEMA):
        raise damaged(path, "its tables are not those of a journal")


def _error(path: Path, error: sqlite3.Error) -> InvalidJournal:
    name: str = getattr(error, "sqlite_errorname", "")
    kind = "_".join(name.split("_")[:2])
    if kind in _IN_USE:
        return InvalidJournal(f"{path} is in use by {_holder(path)}. Nothing was sent.")
    if kind in _CANNOT_OPEN:
        return InvalidJournal(f"{path} cannot be opened for writing, or its folder cannot. Nothing was sent.")
    if kind == "SQLITE_FULL":
        return InvalidJournal(f"{path} cannot be written: the disk is full. Nothing was sent.")
    if kind == "SQLITE_NOTADB":
        return InvalidJournal(f"{path} is not a journal of expunge, or it is damaged. Nothing was sent.")
    return damaged(path, one_line(str(error)))


def _sync_folder(path: Path) -> None:
    """Put the name of a new file on the disk."""
    with suppress(OSError):  # not every system can open a folder
        folder = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


# --- the name of the process that has the lock: for a message only; the lock itself is SQLite's ---------------------


def _holder_file(path: Path) -> Path:
    return path.with_name(f"{path.name}-holder")


def _name_holder(path: Path) -> None:
    place = _holder_file(path)
    with suppress(OSError):
        place.unlink(missing_ok=True)  # of a process that was killed
        with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(f"process {os.getpid()} of {user()} on {host()}")


def _holder(path: Path) -> str:
    try:
        with _holder_file(path).open(encoding="utf-8") as file:
            return one_line(file.read(500)) or "another process"
    except (OSError, ValueError):
        return "another process"
