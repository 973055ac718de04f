"""Make a folder below .cache for one run and remove it at the end; the next run settles what a killed run left.

Each run holds a lock on its folder. The system frees the lock when the run ends in any way, so a folder with a free
lock belongs to nobody. A process id would not do: a later process, or one in another container, may have the same id.
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
"""The subfolder of a run's folder that takes the paths a swap replaces."""

_LOCK = "lock"
_TURN = "turn"
_PURPOSES = ("generate", "update")


class WorkFolderError(Exception):
    """No work folder can be made."""


@contextmanager
def work_folder(root: Path, purpose: Literal["generate", "update"], *, to_swap: bool) -> Generator[Path, None, None]:
    """Make a folder for this run of *purpose*, and remove it at the end.

    Args:
        root: The tree; the folder is made in its `.cache`.
        purpose: The program that runs.
        to_swap: Whether the run will move results from there into the tree.

    Raises:
        WorkFolderError: Results could not be moved into the tree from there, or another run is about to move its own.
    """
    cache = root / ".cache"
    cache.mkdir(exist_ok=True)
    if to_swap and cache.stat().st_dev != root.stat().st_dev:
        raise WorkFolderError(
            ".cache is on another disk, and nothing can be moved into the tree from there: make it a folder in the tree"
        )
    with ExitStack() as held:
        if to_swap:
            held.enter_context(_the_only_swap(cache))
        settle(root)
        yield from _working(cache, purpose)


def _working(cache: Path, purpose: str) -> Generator[Path, None, None]:
    with _held(cache):  # else another run could settle the folder before its lock is held
        folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=cache))
        lock = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # the next run removes the rest
        lock.close()


@contextmanager
def _the_only_swap(cache: Path) -> Generator[None, None, None]:
    """Exclude every other run that will swap: the later swap would put back what the earlier one replaced.

    Raises:
        WorkFolderError: Another run is at work.
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
    """Finish or undo the swaps of killed runs in the tree at *root*, and remove their folders."""
    cache = root / ".cache"
    if not _folders(cache):
        return  # a tree that cannot be written to needs nothing
    with _held(cache):
        for folder in _folders(cache):
            try:
                lock = _lock(folder, fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # it is at work
            with lock:
                if recover(folder / ASIDE):
                    print("settled: a swap was killed halfway; it is now undone, or finished", file=sys.stderr)
                shutil.rmtree(folder, ignore_errors=True)


def _folders(cache: Path) -> list[Path]:
    """Return the folders of all runs."""
    return [path for purpose in _PURPOSES for path in sorted(cache.glob(f"{purpose}-*"))]


@contextmanager
def _held(cache: Path) -> Generator[None, None, None]:
    """Hold the cache's lock: no other run makes or settles a folder meanwhile."""
    with _lock(cache):
        yield


def _lock(folder: Path, flags: int = 0) -> TextIO:
    """Lock *folder* until the returned file is closed."""
    file = (folder / _LOCK).open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | flags)
    except BaseException:
        file.close()
        raise
    return file
