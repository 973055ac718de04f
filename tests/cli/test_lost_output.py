"""Results that nobody can read any more: nothing further is begun, and deletions under way are reported elsewhere."""

import os
import subprocess
import sys

import pytest
from tests.forks import COMMAND_LINE

REPLICATE = "replicate:acme/churn"


def writes(sandbox):
    return [request for request in sandbox.requests if request.method != "GET"]


def run(expunge, *arguments, stdout):
    return COMMAND_LINE.run(["-m", "expunge", *arguments], env=expunge.environ, stdout=stdout)


def a_pipe_that_nobody_reads():
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def a_disk_that_is_full():
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.parametrize("lost", [a_pipe_that_nobody_reads, a_disk_that_is_full])
@pytest.mark.parametrize("as_json", [["--json"], []], ids=["json", "lines"])
def test_what_was_under_way_is_reported_and_no_more_is_begun(lost, as_json, expunge, sandbox, tmp_path):
    path = str(tmp_path / "plan.json")
    expunge("plan", REPLICATE, "--keep-last", "1", "-o", path)
    sandbox.clear_requests()
    out = lost()

    done = run(expunge, "execute", path, "--yes", "--concurrency", "2", *as_json, stdout=out)

    os.close(out)
    reported = [line for line in done.stderr.splitlines() if line.startswith("accepted\t")]
    assert done.returncode == 1
    assert "can no longer be written" in done.stderr
    assert len(reported) == len(writes(sandbox)) < 23
    assert f"{len(reported)} settled, {23 - len(reported)} not begun" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_deletion_of_named_versions_is_reported_too(expunge, sandbox):
    out = a_disk_that_is_full()

    done = run(expunge, "delete", "baseten:mod3x7q@dep2bbb", "--yes", stdout=out)

    os.close(out)
    assert done.returncode == 1
    assert "deleted\tbaseten:mod3x7q@dep2bbb" in done.stderr
    assert not sandbox.holds("baseten:mod3x7q@dep2bbb")


@pytest.mark.parametrize("arguments", [["list", REPLICATE], ["providers"], ["show", "baseten:mod3x7q@dep2bbb"]])
def test_a_full_disk_is_one_line(arguments, expunge):
    out = a_disk_that_is_full()

    done = run(expunge, *arguments, stdout=out)

    os.close(out)
    assert (done.returncode, done.stderr) == (1, "error: output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    "arguments", [["delete", "baseten:mod3x7q@dep2bbb", "--yes", "--json"], ["prune", REPLICATE, "--keep-last", "1"]]
)
def test_without_a_stdout_nothing_is_sent(arguments, expunge, sandbox):
    done = closed(expunge, ">&-", arguments)

    assert done.returncode == 2
    assert done.stderr == "error: stdout is closed, so results would be lost; nothing was sent.\n"
    assert sandbox.requests == []


@pytest.mark.parametrize("as_json", [["--json"], []], ids=["json", "lines"])
def test_letters_that_stdout_has_no_place_for_lose_nothing(as_json, expunge, sandbox, tmp_path):
    path = str(tmp_path / "plan.json")
    expunge("plan", "baseten:mod3x7q", "--keep-last", "2", "-o", path)
    sandbox.answer_next("baseten", "DELETE", 409, {"error": "d\u00e9j\u00e0 \U0001f600"})

    done = expunge("execute", path, "--yes", "--concurrency", "1", *as_json, PYTHONIOENCODING="ascii")

    assert done.code == 1
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_without_a_stdin_nobody_can_be_asked(expunge, sandbox):
    done = closed(expunge, "<&-", ["prune", REPLICATE, "--keep-last", "1"])

    assert done.returncode == 2
    assert "there is no terminal to ask on" in done.stderr
    assert writes(sandbox) == []


def test_without_a_stderr_results_come_all_the_same(expunge):
    done = closed(expunge, "2>&-", ["delete", "baseten:mod3x7q@dep2bbb", "--yes"])

    assert (done.returncode, done.stdout.split("\t")[0]) == (0, "deleted")


def closed(expunge, which, arguments):
    """Run with one of the streams closed, as a shell closes it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {which}', "sh", sys.executable, "-m", "expunge", *arguments],
        env=expunge.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
