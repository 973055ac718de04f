"""The command line as a process of its own, with a pipe or a terminal, against the sandbox."""

import json
import os
import pty
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.forks import COMMAND_LINE

from expunge.sandbox import Sandbox

_LOCAL_MODES = 3
"""Where `termios.tcgetattr` has them."""


@frozen
class Ended:
    """How a process ended, and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> list[str]:
        """The lines for a person, without the place of the journal, which differs each time."""
        return [line for line in self.stderr.splitlines() if not line.startswith("journal: ")]

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.splitlines()]


class Program:
    """The program `expunge`, pointed at a sandbox, with a folder of its own for states."""

    def __init__(self, sandbox: Sandbox, states: Path) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environ = kept | sandbox.environ | {"XDG_STATE_HOME": str(states)}
        self.states = states / "expunge"

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Ended:
        done = COMMAND_LINE.run(["-m", "expunge", *arguments], input=stdin, env=self.environ | environ)
        return Ended(done.returncode, done.stdout, done.stderr)

    def on_terminal(
        self,
        *arguments: str,
        program: tuple[str, ...] = ("-m", "expunge"),
        types: str = "",
        stops: tuple[bytes, ...] = (),
        **environ: str,
    ) -> Ended:
        """Run on a terminal of 200 columns, and type *types* when asked; all that it shows is in `stdout`.

        For each of *stops*, Ctrl-C is typed as soon as it has shown that.
        """
        waiting = list(stops)
        leader, follower = pty.openpty()
        mode = termios.tcgetattr(follower)
        mode[_LOCAL_MODES] |= termios.NOFLSH  # at Ctrl-C a terminal drops what nobody has read yet: not this one
        termios.tcsetattr(follower, termios.TCSANOW, mode)
        variables = self.environ | {"TERM": "xterm-256color", "COLUMNS": "200"} | environ
        running = COMMAND_LINE.run_on_terminal([*program, *arguments], env=variables, terminal=follower)
        os.close(follower)
        shown = b""
        with suppress(OSError):  # the terminal closes with the last process on it
            while chunk := os.read(leader, 65_536):
                shown += chunk
                if waiting and waiting[0] in shown:
                    waiting.pop(0)
                    os.write(leader, b"\x03")
                if types and shown.endswith((b"Type yes: ", b"Type the number of versions: ")):
                    os.write(leader, types.encode())
                    types = ""
        os.close(leader)
        return Ended(running.wait(60), shown.decode(), "")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(replicate_delay=0.2) as running:
        yield running


@pytest.fixture
def expunge(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(sandbox, tmp_path_factory.mktemp("states"))
