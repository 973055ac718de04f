"""Completion: what a shell offers, and what it sends for it."""

import os
import shlex
import subprocess
import sys

import pytest

from expunge.cli.program.completion import SCRIPTS, candidates
from expunge.sandbox import Sandbox


@pytest.fixture(scope="module")
def stand_in():
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(stand_in, monkeypatch):
    stand_in.reset()
    for name, value in stand_in.environ.items():
        monkeypatch.setenv(name, value)
    return stand_in


def words(before, last, **options):
    return [each.word for each in candidates(before, last, **options)]


@pytest.mark.parametrize(
    ("before", "last", "offered"),
    [
        ([], "pr", ["providers", "prune"]),
        ([], "--v", ["--version"]),
        (["delete"], "--allow", ["--allow-model"]),
        (["delete"], "", ["baseten:", "cerebras:", "replicate:", "truefoundry:"]),
        (["delete", "--timeout", "5"], "base", ["baseten:"]),
        (["delete", "--yes", "baseten:a@1"], "base", ["baseten:"]),
        (["list"], "true", ["truefoundry:"]),
        (["list", "baseten:a"], "", []),
        (["models"], "ba", ["baseten"]),
        (["help"], "ex", ["execute", "exit-codes"]),
        (["policy"], "", ["check", "explain"]),
        (["nonsense"], "", []),
    ],
)
def test_what_may_come_next_is_offered(before, last, offered):
    assert words(before, last) == offered


@pytest.mark.parametrize("before", [["delete", "--from-file"], ["report"], ["execute"], ["plan", "-o"]])
def test_files_are_left_to_the_shell(before):
    assert words(before, "") == []


def test_nothing_is_sent_unless_a_variable_allows_it(sandbox):
    assert words(["delete"], "baseten:mod") == []
    assert sandbox.requests == []


def test_models_and_versions_are_offered_if_a_variable_allows_it(sandbox):
    assert "baseten:mod3x7q" in words(["list"], "baseten:mod", is_online=True)
    assert "baseten:mod3x7q@" in words(["delete"], "baseten:mod", is_online=True)
    assert "truefoundry:fraud-repo/churn@7" in words(["show"], "truefoundry:fraud-repo/churn@", is_online=True)
    assert {request.method for request in sandbox.requests} == {"GET"}


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("last", ["baseten:nothing@", "replicate:acme/", "baseten:..@", "truefoundry:x"])
def test_an_error_offers_nothing(last):
    assert words(["show"], last, is_online=True) == []


@pytest.mark.parametrize(
    ("line", "replies"),
    [
        pytest.param("expunge delete base", ["baseten:"], id="provider"),
        pytest.param("expunge show baseten:mod3x7q@dep1", ["dep1aaa"], id="after-the-breaks"),
    ],
)
def test_bash_replaces_what_follows_its_last_word_break(line, replies, sandbox, tmp_path):
    """Bash ends words at `:` and `@`, so only the rest of a reference may be given back."""
    program = tmp_path / "expunge"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m expunge "$@"\n')
    program.chmod(0o755)
    script = f'{SCRIPTS["bash"]}\nCOMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}\n_expunge_complete "$PROGRAM"\n'
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | sandbox.environ
    environ |= {"EXPUNGE_COMPLETE_ONLINE": "1", "PROGRAM": str(program)}

    done = subprocess.run(
        ["bash", "--norc", "-c", script + 'printf "%s\\n" "${COMPREPLY[@]}"'],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.stdout.splitlines(), done.stderr) == (replies, "")


@pytest.mark.parametrize("shell", SCRIPTS)
def test_each_shell_has_a_script(shell, expunge):
    assert expunge("--show-completion", shell).stdout == SCRIPTS[shell]
    assert expunge(_EXPUNGE_COMPLETE=f"source_{shell}").stdout == SCRIPTS[shell]


def test_a_shell_without_a_script_is_named(expunge):
    ended = expunge("--show-completion", "tcsh")

    assert (ended.code, ended.stdout) == (2, "")
    assert "name bash, zsh or fish" in ended.stderr
