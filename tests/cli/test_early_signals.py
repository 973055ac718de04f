"""A signal while the program is still being loaded ends it with its exit code, and without a traceback."""

import signal
import subprocess
import sys

import pytest

LOADING = """\
import sys

print("loading", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("module", ["typer", "platformdirs"])
def test_a_signal_while_modules_are_imported_ends_the_program(module, number, expunge, sandbox, tmp_path):
    """The first is imported by the program, the second by its command."""
    (tmp_path / f"{module}.py").write_text(LOADING)
    command = [sys.executable, "-m", "expunge", "delete", "baseten:mod3x7q@dep2bbb", "--yes"]
    environ = {**expunge.environ, "PYTHONPATH": str(tmp_path)}

    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout.readline() == b"loading\n"
        running.send_signal(number)
        _, said = running.communicate()

    assert (running.returncode, said) == (128 + number, b"\ninterrupted\n")
    assert sandbox.requests == []
