"""The end of a command: one line for an error, and its exit code."""

import os
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from .._text import one_line
from ..errors import ExpungeError, Refused
from ..types import Status
from .options import as_options

USAGE = 2

NO_MEMORY = (MemoryError, SystemError)
"""The second is raised by an interpreter that had no memory for the first: "error return without exception set"."""


def exit_code(counts: Mapping[Status, int], *, missing_ok: bool) -> int:
    """Return the exit code for the outcomes of all references, counted by status."""
    statuses = {status for status, count in counts.items() if count}
    if "unknown" in statuses:
        return 3
    bad: set[Status] = {"refused", "failed"} if missing_ok else {"refused", "failed", "absent"}
    return 1 if statuses & bad else 0


def say(line: str) -> None:
    """Print a line for the person on stderr: stdout is for results."""
    with suppress(OSError):  # without a reader, the exit code remains
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def say_from_signal(line: str) -> None:
    """Print a line from a signal handler, which may have interrupted another write."""
    with suppress(OSError):
        os.write(2, f"{line}\n".encode())


def fail(message: str, code: int = USAGE) -> SystemExit:
    """Print the reason for which the command ends, and return the exception to raise."""
    first, *more = message.splitlines() or [""]
    say("\n".join(["error: " + one_line(first, 4_000), *("  " + one_line(line, 4_000) for line in more)]))
    return SystemExit(code)


def forget_stdout() -> None:
    """Redirect a broken stdout to nothing: Python would report it again at its final flush."""
    _forget(sys.stdout)


def _forget(stream: TextIO) -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def require_streams() -> None:
    """Refuse to run without a stdout, where results go; replace a closed stdin or stderr by an empty one."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # it is None if it was closed
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open as long as the program runs
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]  # as above
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as above
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # as above
        raise fail("stdout is closed, so results would be lost; nothing was sent.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a letter outside its encoding must not end the program


def silence_memory_errors() -> None:
    """Print no traceback of a thread that ends without memory: the run notices, and names what was under way."""
    in_thread, ignored = threading.excepthook, sys.unraisablehook

    def hear(args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, NO_MEMORY):
            in_thread(args)

    def ignore(args: "sys.UnraisableHookArgs") -> None:
        if not issubclass(args.exc_type, NO_MEMORY):
            ignored(args)

    threading.excepthook, sys.unraisablehook = hear, ignore


@contextmanager
def usage() -> Generator[None, None, None]:
    """End the command with exit code 2 for a reference of the wrong scope."""
    try:
        yield
    except Refused as error:
        raise fail(str(error)) from None


@contextmanager
def ended() -> Generator[None, None, None]:
    """Turn an exception of a command into a line on stderr and an exit code, and write all of its output.

    Output that cannot be written would otherwise show when the interpreter ends, with an exit code of its own.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]  # it is None if it was closed
                sys.stdout.flush()
    except ExpungeError as error:
        from .program.advice import advice  # noqa: PLC0415 - only for an error

        message = f"{as_options(str(error), error.settings)} {advice(error)}".rstrip()
        raise fail(message, _code_before(error, error.exit_code)) from None
    except NO_MEMORY as error:
        raise fail("there is not enough memory. Try a lower --concurrency.", _code_before(error)) from None
    except BrokenPipeError as error:
        forget_stdout()  # the reader of our output is gone
        raise SystemExit(_code_before(error)) from None
    except OSError as error:
        forget_stdout()
        raise fail(f"output cannot be written: {error.strerror or error}", _code_before(error)) from None
    finally:
        try:
            sys.stderr.flush()
        except OSError:
            _forget(sys.stderr)


def _code_before(error: BaseException, otherwise: int = 1) -> int:
    """Return the exit code that the command had ended with before *error*; *otherwise* if it had not, or in success."""
    end = error.__context__
    code = end.code if isinstance(end, SystemExit) else None
    return code if isinstance(code, int) and code else otherwise
