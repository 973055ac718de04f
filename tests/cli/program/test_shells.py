"""Completion in bash, zsh and fish themselves: each reads its script, and gets lines with Tab on a terminal."""

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest
from tests.forks import COMMAND_LINE

from expunge.cli.program.completion import SCRIPTS

PROGRAM = """#!/bin/sh
if [ -n "$_EXPUNGE_COMPLETE" ]; then exec {python} -m tests.cli.program.patient "$@"; fi
printf '[%s]' "$@" >>{lines}
echo >>{lines}
"""
"""It completes as the real one, and writes down the words of each line that was entered."""

LONGEST_SILENCE = 120
"""Seconds after which a shell is given up."""

ON_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(cat "$SCRIPT")"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -Uz compinit && compinit -D -u; eval "$(cat "$SCRIPT")"'),
    "fish": (["fish", "--no-config", "-i"], "source $SCRIPT"),
}

TYPED = {
    "expunge --profile stag\tlis\tcere\tacme/gpt\t": "[--profile][staging][list][cerebras:acme/gpt-oss-120b]",
    "expunge show baseten:mod3x7q@dep1\t": "[show][baseten:mod3x7q@dep1aaa]",
    "expunge show 'baseten:mod3x7q@dep1\t": "[show][baseten:mod3x7q@dep1aaa]",
    "expunge delete --allow-m\t--from-file refer\t": "[delete][--allow-model][--from-file][references.txt]",
}
"""Lines as they are typed, and the words that the program gets."""


@pytest.fixture
def folder(tmp_path, sandbox):
    """Return a folder with a program, a profile and a file to complete."""
    lines = shlex.quote(str(tmp_path / "lines"))
    program = tmp_path / "bin" / "expunge"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(python=shlex.quote(str(COMMAND_LINE.programs / "python")), lines=lines))
    program.chmod(0o755)
    profiles = tmp_path / "config" / "expunge" / "profiles.toml"
    profiles.parent.mkdir(parents=True)
    profiles.parent.chmod(0o700)
    profiles.write_text(
        f'[staging.cerebras]\nhost = "{sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"]}"\ncredential = "env:KEY"\n'
    )
    profiles.chmod(0o600)
    (tmp_path / "references.txt").touch()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_lines_that_are_typed(shell, folder, sandbox):
    command, setup = SHELLS[shell]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (folder / "script").write_text(SCRIPTS[shell])
    environ = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "SCRIPT": str(folder / "script"),
        "KEY": sandbox.environ["CEREBRAS_MANAGEMENT_API_KEY"],
        "EXPUNGE_COMPLETE_ONLINE": "1",
        "BASETEN_API_KEY": sandbox.environ["BASETEN_API_KEY"],
        "BASETEN_BASE_URL": sandbox.environ["BASETEN_BASE_URL"],
    }

    shown = type_in(command, environ, folder, [setup, *TYPED, "exit"])

    lines = folder / "lines"
    assert lines.exists(), shown
    assert lines.read_text().splitlines() == list(TYPED.values()), shown


def type_in(command, environ, folder, lines):
    """Run *command* on a terminal, type *lines*, and return all that it showed."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, *command],
        env=environ,
        cwd=folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        os.write(leader, "".join(f"{line}\n" for line in lines).encode())
        shown = b""
        with suppress(OSError):  # the terminal closes with the shell
            while select.select([leader], [], [], LONGEST_SILENCE)[0] and (piece := os.read(leader, 65_536)):
                shown += piece
        process.kill()  # if it has not ended by itself
        os.close(leader)
    return shown.decode(errors="replace")
