"""A signal while the program loads, and a second one, end it at once; each deletion that was begun is named."""

import json
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.forks import COMMAND_LINE

STRUCK = Path(__file__).with_name("struck.py")
BASETEN = "baseten:mod3x7q@dep2bbb"


@pytest.fixture
def plan(expunge, tmp_path, sandbox):
    """A plan that deletes dep2bbb and dep3ccc, which waits for its turn until a Ctrl-C ends that."""
    path = str(tmp_path / "plan.json")
    assert expunge("plan", "baseten:mod3x7q", "--keep-last", "2", "-o", path).code == 0
    deployment = "/v1/models/mod3x7q/deployments/dep3ccc"
    sandbox.answer_next("baseten", "DELETE", 429, {"error": "slowly", "retry_after": 100}, path=deployment)
    return path


def test_on_a_terminal_all_that_was_begun_is_named(plan, expunge):
    ended = expunge.on_terminal("execute", plan, "--yes", stops=(b"1/2", b"stopping: "), NO_COLOR="1")

    # The second may come before the table, or after it.
    assert ended.code == 130
    assert re.search(r"deleted:? +baseten:mod3x7q@dep2bbb", ended.stdout)
    assert re.search(r"(failed|unknown):? +baseten:mod3x7q@dep3ccc", ended.stdout)


def test_results_that_are_not_printed_yet_are_named_with_their_status(expunge, sandbox, tmp_path):
    """The first Ctrl-C strikes at the first line; the second at the next, with which two are known to be accepted."""
    sandbox.replicate.delay = 10_000.0
    awaited = tmp_path / "both are waited for"
    waiting = [sandbox.add(f"replicate:acme/classifier@{digit * 64}") for digit in "ab"]
    arguments = ["delete", BASETEN, *waiting, "--wait", "--yes", "--json"]

    with ThreadPoolExecutor() as threads:
        running = threads.submit(COMMAND_LINE.run, [STRUCK, awaited, *arguments], env=expunge.environ)
        while not all(was_read(ref, sandbox) for ref in waiting):
            assert not running.done()
        awaited.touch()
        done = running.result()

    named = [line for line in done.stderr.splitlines() if "replicate:" in line or "baseten:" in line]
    assert done.returncode == 130
    assert [json.loads(line)["ref"] for line in done.stdout.splitlines()] == [BASETEN]
    assert sorted(named) == [f"accepted: {ref}" for ref in waiting]


def test_at_the_end_a_table_is_repeated_that_the_terminal_may_have_dropped(expunge, tmp_path):
    ended = expunge.on_terminal("delete", BASETEN, "--yes", program=(str(STRUCK), str(tmp_path)), NO_COLOR="1")

    assert ended.code == 130
    assert re.search(rf"deleted +{BASETEN}.*deleted: {BASETEN}", ended.stdout, re.DOTALL)


def was_read(ref, sandbox):
    version = ref.partition("@")[2]
    return any(request.method == "GET" and version in request.target for request in list(sandbox.requests))


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
