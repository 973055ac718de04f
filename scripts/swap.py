"""Put new files and folders in the place of old ones: all of them, or none."""

import shutil
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path


def swap(replacements: Sequence[tuple[Path, Path]], aside: Path) -> None:
    """Put each new path in the place of the old one; when one fails, all old ones are back.

    Args:
        replacements: Pairs of the path to replace (it need not exist) and the path to put there.
        aside: A folder on the same disk that takes what is replaced. It is made, and left for the caller to remove.
    """
    aside.mkdir(parents=True)
    with _no_interruption():
        moved: list[tuple[Path, Path]] = []
        try:
            for number, (old, new) in enumerate(replacements):
                kept = aside / str(number)
                if old.exists():
                    old.rename(kept)
                moved.append((old, kept))
                new.rename(old)
        except BaseException:
            for old, kept in reversed(moved):
                _remove(old)
                if kept.exists():
                    kept.rename(old)
            raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _no_interruption() -> Generator[None, None, None]:
    """Let signals that end a program wait until the swap is done or undone: it takes milliseconds."""
    waiting = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, waiting)
