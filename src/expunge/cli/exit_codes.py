"""How a command ends: one line for an error, and the exit code that the contract gives it."""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

from .._answer import one_line
from ..errors import ExpungeError, Refused
from ..types import Status, Tombstone
from .options import as_options

USAGE = 2
INTERRUPTED = 130


def exit_code(tombstones: Iterable[Tombstone], *, missing_ok: bool) -> int:
    """Give the exit code for what became of all references."""
    statuses = {tombstone.status for tombstone in tombstones}
    if "unknown" in statuses:
        return 3
    bad: set[Status] = {"refused", "failed"} if missing_ok else {"refused", "failed", "absent"}
    return 1 if statuses & bad else 0


def say(line: str) -> None:
    """Say something to the person: never on stdout, which is for results."""
    with suppress(OSError):  # where nobody hears it, the exit code still tells
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def say_from_signal(line: str) -> None:
    """Say something from a signal's handler, which may have come in the midst of another write."""
    with suppress(OSError):
        os.write(2, f"{line}\n".encode())


def fail(message: str, code: int = USAGE) -> SystemExit:
    """Say why the command ends here; raise what this gives."""
    first, *more = message.splitlines() or [""]
    say("\n".join(["error: " + one_line(first, 4_000), *("  " + one_line(line, 4_000) for line in more)]))
    return SystemExit(code)


def forget_stdout() -> None:
    """Write nothing more to stdout, which takes nothing: Python would complain again when it flushes at the end."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def require_streams() -> None:
    """Refuse to work where results would be lost, and take an input or a stderr that is closed for an empty one."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # it is None where it was closed
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open as long as the program runs
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]  # as above
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as above
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # as above
        raise fail("there is no stdout, so results would be lost; nothing was sent.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a letter that it has no place for must not end the program


@contextmanager
def usage() -> Generator[None, None, None]:
    """End the command with exit code 2 for a reference that names something else than the command takes."""
    try:
        yield
    except Refused as error:
        raise fail(str(error)) from None


@contextmanager
def ended() -> Generator[None, None, None]:
    """Turn what a command raises into its line on stderr and its exit code."""
    try:
        yield
    except ExpungeError as error:
        raise fail(as_options(str(error), error.settings), error.exit_code) from None
    except BrokenPipeError:
        forget_stdout()  # whoever read our output went away
        raise SystemExit(1) from None
    except OSError as error:
        forget_stdout()
        raise fail(f"output cannot be written: {error.strerror or error}", 1) from None
