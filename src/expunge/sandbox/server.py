"""The sandbox in the foreground, as `expunge sandbox` runs it: until a signal, or as long as a command runs."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from . import Sandbox
from ._uvicorn import HOST
from .fleet import Size

_ELSEWHERE = ("EXPUNGE_PROFILE",)
"""Variables that would lead a command to other hosts than the sandbox."""


class Unstartable(Exception):
    """The command cannot be started; its exit code is that of a shell: 127 if it is not found, else 126."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(problem.strerror or str(problem))
        self.exit_code = 127 if isinstance(problem, FileNotFoundError) else 126


def run(port: int, fleet: Size | None = None, *, env_file: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM; print the variables to set, one a line, and then `ready`.

    Args:
        port: The first of four ports on 127.0.0.1; 0 for free ones.
        fleet: The size of a fleet to start with in place of the examples.
        env_file: A file to write the variables to as well.

    Raises:
        OSError: A port is taken, or the file cannot be written.

    Call it from the main thread: only that one gets signals.
    """
    handled = (signal.SIGINT, signal.SIGTERM)
    # SIGINT is set as well: a shell starts background jobs with it ignored.
    before = {number: signal.signal(number, _interrupt) for number in handled}
    try:
        with Sandbox(port=port, fleet=fleet, records=False) as sandbox:
            _write_variables(sandbox.environ, env_file)
            sys.stdout.write(f"{_lines(sandbox.environ)}ready\n")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_with(command: Sequence[str], port: int, fleet: Size | None = None, *, env_file: Path | None = None) -> int:
    """Run *command* with every variable set to a fresh sandbox, and return its exit code, as a shell does.

    Args:
        command: The program and its arguments.
        port: The first of four ports on 127.0.0.1; 0 for free ones.
        fleet: The size of a fleet to start with in place of the examples.
        env_file: A file to write the variables to as well.

    Raises:
        OSError: A port is taken, or the file cannot be written.
        Unstartable: The command is not found, or is not a program.

    Call it from the main thread. A terminal sends Ctrl-C to the command too, so the command decides. SIGTERM and
    SIGHUP are passed on to it.
    """
    with Sandbox(port=port, fleet=fleet, records=False) as sandbox:
        _write_variables(sandbox.environ, env_file)
        kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        running: list[subprocess.Popen[bytes]] = []

        def pass_on(number: int, _frame: FrameType | None) -> None:
            for process in running:
                process.send_signal(number)

        before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGHUP)}
        before[signal.SIGINT] = signal.signal(signal.SIGINT, _leave)
        try:
            running.append(subprocess.Popen(command, env=kept | sandbox.environ))  # noqa: S603 - a person has typed it
            code = running[0].wait()
        except OSError as error:
            raise Unstartable(error) from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _lines(environ: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in environ.items())


def _write_variables(environ: Mapping[str, str], path: Path | None) -> None:
    """Write the variables to *path*, which may hold those of an earlier sandbox and nothing else.

    Raises:
        FileExistsError: It has something else, which would be lost.
    """
    if path is None:
        return
    with suppress(FileNotFoundError):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if not all(_is_of_a_sandbox(line, environ) for line in lines):
            raise FileExistsError(0, "it exists and has something else; name another file", str(path))
    path.write_text(_lines(environ), encoding="utf-8")


def _is_of_a_sandbox(line: str, environ: Mapping[str, str]) -> bool:
    """Return whether *line* is of an earlier sandbox; a credential of a person has the same name."""
    name, _, value = line.partition("=")
    return name in environ and (value == environ[name] or value.startswith(f"http://{HOST}:"))


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Do nothing, unlike SIG_IGN, which the command would inherit."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
