"""Limits of memory, open files and threads, and outputs that are full: no traceback, and every reference is named."""

import os
import subprocess
import sys

import pytest
from tests.forks import COMMAND_LINE

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(101, 141)]
MEGABYTE = 1 << 20
CODES = {"deleted": 0, "failed": 1, "unknown": 3}
LIMITED = """\
import resource
import sys

# All that a deletion needs: loading takes memory, and is not what is limited here.
import expunge._client
import expunge._http.session
import expunge.cli.app
import expunge.cli.delete
import expunge.journal.journal
import expunge.providers.cerebras

kind, number = sys.argv.pop(1).split("=")
if kind == "memory":
    number = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() + int(number)
limit = {"memory": resource.RLIMIT_AS, "files": resource.RLIMIT_NOFILE}[kind]
resource.setrlimit(limit, (int(number), int(number)))
expunge.cli.app.run()
"""


@pytest.fixture
def refs(sandbox):
    for ref in REFS:
        sandbox.add(ref)
    return REFS


@pytest.mark.slow
@pytest.mark.parametrize(
    "limit",
    [
        # A stack takes 8 MB as a rule: with the first no thread starts, with the others some do.
        pytest.param(f"memory={6 * MEGABYTE}", id="memory-for-no-thread"),
        pytest.param(f"memory={20 * MEGABYTE}", id="memory-for-few-threads"),
        pytest.param(f"memory={90 * MEGABYTE}", id="memory-for-some-threads"),
        pytest.param("files=8", id="few-files"),
        pytest.param("files=24", id="some-files"),
    ],
)
def test_a_limit_leaves_every_reference_with_a_true_record(limit, refs, expunge, sandbox, tmp_path):
    failed_to = tmp_path / "failed"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            LIMITED,
            limit,
            "delete",
            *refs,
            "--yes",
            "--concurrency",
            "32",
            "--failed-to",
            failed_to,
        ],
        env=expunge.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    statuses = {ref: status for status, ref, *_ in (line.split("\t") for line in done.stdout.splitlines())}
    assert "Traceback" not in done.stderr
    if not statuses and "not enough memory" in done.stderr:  # it was over before the first request
        assert (done.returncode, [ref for ref in refs if not sandbox.holds(ref)]) == (1, [])
        return
    # What never began has no line of its own; the file names it.
    left = [ref for ref in refs if ref not in statuses]
    assert {*left, *(ref for ref in refs if statuses.get(ref) in {"failed", "unknown"})} == names_in(failed_to)
    assert all(sandbox.holds(ref) for ref in left)
    is_done = not left and set(statuses.values()) == {"deleted"}
    assert done.returncode == (3 if "unknown" in statuses.values() else 0 if is_done else 1)
    for ref, status in statuses.items():
        assert status == "unknown" or sandbox.holds(ref) == (status == "failed")


FORGETFUL = """\
import io
import sys

import expunge.cli.app


class Forgetful(io.TextIOWrapper):
    def write(self, text):
        if "1 refused" in text:  # the summary
            raise MemoryError
        return super().write(text)


sys.stderr = Forgetful(sys.stderr.buffer)
expunge.cli.app.run()
"""


def test_without_memory_for_the_summary_the_file_still_names_what_is_left(expunge, sandbox, tmp_path):
    refs = REFS[:2]
    sandbox.add(refs[1])
    sandbox.answer_next("cerebras", "DELETE", 400, {"message": "no"})
    failed_to = tmp_path / "failed"
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL, "delete", *refs, "--yes", "--concurrency", "1", "--failed-to", failed_to],
        env=expunge.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "error: there is not enough memory" in done.stderr
    assert names_in(failed_to) == {refs[0]}
    assert done.returncode == 1


def names_in(path):
    return set(path.read_text("utf-8").split())


BOTH_FULL = [
    pytest.param(["delete", *REFS, "--yes"], 1, id="lines"),
    pytest.param(["delete", *REFS, "--yes", "--json"], 1, id="json"),
    pytest.param(["delete", "nobody"], 2, id="usage"),
    pytest.param(["list", "cerebras:acme/gpt-oss-120b"], 1, id="list"),
    pytest.param(["--version"], 1, id="version"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "code"), BOTH_FULL)
def test_with_both_outputs_full_the_exit_code_still_tells(arguments, code, refs, expunge, sandbox):
    """Python would end with 120, which says nothing of what was deleted."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >/dev/full 2>/dev/full', "sh", sys.executable, "-m", "expunge", *arguments],
        env=expunge.environ,
        timeout=60,
        check=False,
    )

    assert done.returncode == code
    assert len([request for request in sandbox.requests if request.method != "GET"]) < len(refs)


def test_an_unknown_outcome_shows_in_the_exit_code_with_both_outputs_full(expunge, sandbox):
    ref = "replicate:acme/classifier@" + "0" * 64
    sandbox.answer_next("replicate", "DELETE", 502, b"", times=3)
    sandbox.answer_next("replicate", "GET", 503, b"", times=3)

    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >/dev/full 2>/dev/full', "sh", sys.executable, "-m", "expunge", "delete", ref, "--yes"],
        env=expunge.environ,
        timeout=60,
        check=False,
    )

    assert done.returncode == 3


def test_output_that_fails_at_the_last_moment_is_one_line(expunge):
    out = os.open("/dev/full", os.O_WRONLY)

    done = COMMAND_LINE.run(["-m", "expunge", "--version"], env=expunge.environ, stdout=out)

    os.close(out)
    assert (done.returncode, done.stderr) == (1, "error: output cannot be written: No space left on device\n")
