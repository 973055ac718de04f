"""Replace or remove several files and folders: all of them or none, even if the process is killed halfway.

A journal lies in the folder that takes the replaced paths, from before the first rename until after the last. A process
that finds the journal of a dead one calls `recover()`.
"""

import json
import os
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os.path import lexists
from pathlib import Path

_JOURNAL = "journal.json"


@dataclass(frozen=True)
class _Step:
    """One replacement: `old` goes to `kept`, if it existed, and `new` takes its place, if there is a new one."""

    old: Path
    new: Path | None
    kept: Path
    existed: bool

    @property
    def is_done(self) -> bool:
        if self.new is None:
            return not lexists(self.old)
        return lexists(self.old) and not lexists(self.new)

    def do(self) -> None:
        if self.existed:
            self.old.rename(self.kept)
        if self.new is not None:
            self.new.rename(self.old)

    def undo(self) -> None:
        """Put both back, as far as they were moved; a second undo after a kill ends in the same state."""
        if self.new is not None and self.is_done and (not self.existed or lexists(self.kept)):
            self.old.rename(self.new)
        # If something stands there now, somebody has put it there since.
        if lexists(self.kept) and not lexists(self.old):
            self.kept.rename(self.old)


def replace_all(replacements: Sequence[tuple[Path, Path | None]], aside: Path) -> None:
    """Put each new path in the place of the old one; if one fails, undo all of them.

    Args:
        replacements: Pairs of the path to replace, which need not exist, and the path to put there. None removes the
            old one.
        aside: A folder on the same disk that takes the old paths. It is created here; the caller removes it.
    """
    aside.mkdir(parents=True)
    steps = [
        _Step(old, new, aside / str(number), existed=lexists(old)) for number, (old, new) in enumerate(replacements)
    ]
    with no_interruption():
        _write(steps, aside)
        try:
            for step in steps:
                step.do()
        except BaseException:
            _undo(steps, aside)
            raise
        (aside / _JOURNAL).unlink()


def recover(aside: Path) -> bool:
    """Finish or undo a swap that was killed while it used the folder *aside*; return whether there was one."""
    try:
        steps = _read(aside)
    except (FileNotFoundError, ValueError):
        return False  # a journal that is cut short was still being written, before the first move
    with no_interruption():
        if all(step.is_done for step in steps):
            (aside / _JOURNAL).unlink()  # the last step, which was missing
        else:
            _undo(steps, aside)
    return True


@contextmanager
def no_interruption() -> Generator[None, None, None]:
    """Delay signals that end the program until the swap is done or undone, which takes milliseconds."""
    waiting = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, waiting)


def _write(steps: list[_Step], aside: Path) -> None:
    """Write the journal. Its paths are relative, so a copy of the tree in this state recovers by itself."""

    def name(path: Path | None) -> str | None:
        return None if path is None else os.path.relpath(path, aside)

    rows = [(name(it.old), name(it.new), name(it.kept), it.existed) for it in steps]
    (aside / _JOURNAL).write_text(json.dumps(rows), encoding="utf-8")


def _read(aside: Path) -> list[_Step]:
    def path(name: str) -> Path:
        return Path(os.path.normpath(aside / name))  # `..` is meant as written, not through links

    rows = json.loads((aside / _JOURNAL).read_text(encoding="utf-8"))
    return [_Step(path(old), None if new is None else path(new), path(kept), had) for old, new, kept, had in rows]


def _undo(steps: list[_Step], aside: Path) -> None:
    for step in reversed(steps):
        step.undo()
    (aside / _JOURNAL).unlink()
