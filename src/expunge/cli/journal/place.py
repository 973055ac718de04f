"""The place of a run's journal: the file that was named, or a new one among the user's states."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from platformdirs import user_state_path

from ..exit_codes import fail, say
from ..profiles.active import command_line


def journal_for(given: Path | None, count: int, command: str, *, dry_run: bool) -> Path | None:
    """Return the path of a new journal for a run of *count* references, and print it; None if the run has none.

    Raises:
        SystemExit: The file exists, or its folder cannot be used.
    """
    if dry_run or (given is None and count <= 1):
        return None
    path = given if given is not None else _new_path(command)
    try:
        is_taken = path.exists() or path.is_symlink()
    except OSError as error:  # such as a name that is too long
        raise fail(f"{path} cannot be created: {error.strerror}. Nothing was sent.") from None
    if is_taken:
        raise fail(
            f"{path} exists; a new run needs a new journal. Nothing was sent. To finish that one: {resuming(path)}"
        )
    if not path.absolute().parent.is_dir():
        raise fail(f"{path} cannot be created: its folder does not exist. Nothing was sent.")
    say(f"journal: {path}")
    return path


def resuming(path: Path) -> str:
    """Return the command that finishes the run of the journal at *path*."""
    return f"{command_line()} resume {quote(str(path))}"


def _new_path(command: str) -> Path:
    folder = user_state_path("expunge", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise fail(
            f"no journal can be created in {folder}: {error.strerror}. Nothing was sent. Name a file: --journal FILE"
        ) from None
    return folder / f"{command}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.journal"
