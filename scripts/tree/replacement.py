"""Put new files and folders in the place of old ones: all of them, or none, even where the process is killed between.

A journal stands in the folder that takes what is replaced, from before the first rename until after the last. Who finds
one whose process is gone calls `recover()`.
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
    """One replacement: `old` goes to `kept`, where it existed, and `new` takes its place."""

    old: Path
    new: Path
    kept: Path
    existed: bool

    @property
    def is_done(self) -> bool:
        return lexists(self.old) and not lexists(self.new)

    def do(self) -> None:
        if self.existed:
            self.old.rename(self.kept)
        self.new.rename(self.old)

    def undo(self) -> None:
        """Put both back, as far as they were moved; however often this is begun, the end is the same."""
        if self.is_done and (not self.existed or lexists(self.kept)):
            self.old.rename(self.new)
        # Where something stands there again, somebody has put it there since.
        if lexists(self.kept) and not lexists(self.old):
            self.kept.rename(self.old)


def replace_all(replacements: Sequence[tuple[Path, Path]], aside: Path) -> None:
    """Put each new path in the place of the old one; when one fails, all are back.

    Args:
        replacements: Pairs of the path to replace (it need not exist) and the path to put there.
        aside: A folder on the same disk that takes what is replaced. It is made, and left for the caller to remove.
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
    """Finish or undo the swap that was killed while it used the folder *aside*; say whether there was one."""
    try:
        steps = _read(aside)
    except (FileNotFoundError, ValueError):
        return False  # a journal that is cut was being written, and nothing had been moved
    with no_interruption():
        if all(step.is_done for step in steps):
            (aside / _JOURNAL).unlink()  # all that was missing
        else:
            _undo(steps, aside)
    return True


@contextmanager
def no_interruption() -> Generator[None, None, None]:
    """Let signals that end a program wait until the swap is done or undone: it takes milliseconds."""
    waiting = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, waiting)


def _write(steps: list[_Step], aside: Path) -> None:
    """Write the journal. Its paths are relative, so that a tree that was copied in this state mends itself alone."""
    rows = [(*(os.path.relpath(path, aside) for path in (it.old, it.new, it.kept)), it.existed) for it in steps]
    (aside / _JOURNAL).write_text(json.dumps(rows), encoding="utf-8")


def _read(aside: Path) -> list[_Step]:
    def path(name: str) -> Path:
        return Path(os.path.normpath(aside / name))  # not through links: `..` is meant as it was written

    rows = json.loads((aside / _JOURNAL).read_text(encoding="utf-8"))
    return [_Step(path(old), path(new), path(kept), existed) for old, new, kept, existed in rows]


def _undo(steps: list[_Step], aside: Path) -> None:
    for step in reversed(steps):
        step.undo()
    (aside / _JOURNAL).unlink()
