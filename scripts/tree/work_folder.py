"""A folder below .cache for one run, which ends with it; what a killed run left is settled by the next one.

Each run holds a lock on its folder, which the system frees however the run ends: so a folder whose lock is free belongs
to nobody. A number of a process would not tell, as the next process may have it, or one in another container.
"""

import fcntl
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, TextIO

from .replacement import recover

ASIDE = "aside"
"""The name, in a run's folder, of the one that takes what a swap replaces."""

_LOCK = "lock"
_TURN = "turn"
_PURPOSES = ("generate", "update")


class WorkFolderError(Exception):
    """There is no folder to work in."""


@contextmanager
def work_folder(root: Path, purpose: Literal["generate", "update"], *, to_swap: bool) -> Generator[Path, None, None]:
    """Make a folder for this run of *purpose*, and remove it at the end.

    Args:
        root: The tree, whose folder .cache it stands in.
        purpose: What runs.
        to_swap: Whether what is made there shall take the place of something in the tree.

    Raises:
        WorkFolderError: What is made there could not be moved into the tree.
    """
    cache = root / ".cache"
    cache.mkdir(exist_ok=True)
    if to_swap and cache.stat().st_dev != root.stat().st_dev:
        raise WorkFolderError(
            ".cache is on another disk, and nothing can be swapped in from there: make it a folder of the tree's own"
        )
    with ExitStack() as held:
        if to_swap:
            held.enter_context(_alone(cache))
        settle(root)
        yield from _working(cache, purpose)


def _working(cache: Path, purpose: str) -> Generator[Path, None, None]:
    with _held(cache):  # nobody settles a folder in the moment before its own lock is held
        folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=cache))
        lock = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what is left, the next run removes
        lock.close()


@contextmanager
def _alone(cache: Path) -> Generator[None, None, None]:
    """Keep every other run that is to swap away: each works on what it found, and would swap out what another put in.

    Raises:
        WorkFolderError: One is at work.
    """
    with (cache / _TURN).open("w", encoding="utf-8") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkFolderError(
                "another update or generation is at work on this tree: wait until it is done"
            ) from None
        yield


def settle(root: Path) -> None:
    """Finish or undo what killed runs left half done in the tree at *root*, and remove their folders."""
    cache = root / ".cache"
    if not _folders(cache):
        return  # also where nothing may be written
    with _held(cache):
        for folder in _folders(cache):
            try:
                lock = _lock(folder, fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # it is at work
            with lock:
                if recover(folder / ASIDE):
                    print("settled: a swap that was killed half way; all is as before it, or after", file=sys.stderr)
                shutil.rmtree(folder, ignore_errors=True)


def _folders(cache: Path) -> list[Path]:
    """Name the folders of all runs."""
    return [path for purpose in _PURPOSES for path in sorted(cache.glob(f"{purpose}-*"))]


@contextmanager
def _held(cache: Path) -> Generator[None, None, None]:
    """Wait until no other run makes or settles a folder."""
    with _lock(cache):
        yield


def _lock(folder: Path, flags: int = 0) -> TextIO:
    """Take the lock of *folder*, which lasts until the file that is given is closed."""
    file = (folder / _LOCK).open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | flags)
    except BaseException:
        file.close()
        raise
    return file
