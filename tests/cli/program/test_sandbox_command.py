"""`expunge sandbox -- COMMAND…`: a command with every variable set to a fresh stand-in."""

import os
import shutil
import sys

import pytest


def test_a_command_sees_every_variable_and_its_exit_code_is_ours(expunge, sandbox):
    ended = expunge(
        "sandbox", "--", "sh", "-c", "env; exit 7", TFY_HOST="https://app.example.com", EXPUNGE_PROFILE="live"
    )

    seen = dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
    assert ended.code == 7
    assert sandbox.environ.keys() <= seen.keys()
    assert seen["TFY_HOST"].startswith("http://127.0.0.1:")
    assert seen["TFY_HOST"] != sandbox.environ["TFY_HOST"]
    assert "EXPUNGE_PROFILE" not in seen


def test_a_program_of_ours_works_in_it(expunge):
    script = 'import expunge; c = expunge.Client.from_env(); print(c.get("baseten:mod3x7q@dep1aaa").ref)'

    ended = expunge("sandbox", "--", sys.executable, "-c", script)

    assert (ended.code, ended.stdout) == (0, "baseten:mod3x7q@dep1aaa\n")


@pytest.mark.parametrize(("command", "code"), [(["kill-me"], 127), ([os.devnull], 126)])
def test_what_cannot_be_run_ends_as_in_a_shell(command, code, expunge):
    ended = expunge("sandbox", "--", *command)

    assert (ended.code, ended.stdout) == (code, "")
    assert ended.stderr.startswith(f"error: {command[0]} cannot be run: ")


def test_a_signal_that_ends_the_command_is_in_the_exit_code(expunge):
    assert expunge("sandbox", "--", "sh", "-c", "kill -TERM $$").code == 143


def test_without_a_command_a_shell_runs(expunge):
    ended = expunge("sandbox", "--", stdin="echo $BASETEN_BASE_URL; exit 3\n", SHELL=shutil.which("sh"))

    assert ended.code == 3
    assert ended.stdout.startswith("http://127.0.0.1:")
    assert "This shell has every variable set" in ended.stderr


def test_the_variables_are_written_to_a_file(expunge, sandbox, tmp_path):
    path = tmp_path / "sandbox.env"

    ended = expunge("sandbox", "--env-file", str(path), "--", "cat", str(path))

    assert [line.partition("=")[0] for line in ended.stdout.splitlines()] == list(sandbox.environ)
    assert expunge("sandbox", "--env-file", str(path), "--", "true").code == 0


@pytest.mark.parametrize(
    "line", ["DATABASE_PASSWORD=x", "BASETEN_API_KEY=real", "TFY_HOST=https://app.example.com", "#"]
)
def test_a_file_with_anything_else_is_not_overwritten(line, expunge, tmp_path):
    path = tmp_path / ".env"
    path.write_text(line + "\n")

    ended = expunge("sandbox", "--env-file", str(path), "--", "true")

    assert (ended.code, path.read_text()) == (2, line + "\n")
    assert ended.stderr == f"error: --env-file {path}: it exists and has something else; name another file.\n"
