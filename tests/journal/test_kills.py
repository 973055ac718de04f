"""A run that is killed at any instant, and resumed: one outcome each, and no second delete but for those under way.

`make kills` has many seeds; a test run has a handful.
"""

import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest
from tests.forks import COMMAND_LINE
from tests.journal.journals import rows

import expunge
from expunge.journal.history import UNDER_WAY
from expunge.journal.reading import Reading
from expunge.sandbox import Sandbox

SEEDS = int(os.environ.get("EXPUNGE_KILLS", "5"))
REFS = [
    *(f"cerebras:acme/gpt-oss-120b@{number}" for number in range(101, 131)),
    *(f"baseten:mod3x7q@dep{number}" for number in range(101, 116)),
    *(f"truefoundry:fraud-repo/churn@{number}" for number in range(101, 116)),
    *(f"replicate:acme/classifier@{number:064x}" for number in range(101, 111)),
]


def deletes(sandbox):
    """Return how often the server was asked to delete each reference."""
    asked = [request for request in sandbox.requests if request.method in {"DELETE", "POST"}]
    return Counter(ref for ref in REFS for request in asked if names(request, ref))


def names(request, ref):
    version = ref.partition("@")[2]
    if request.method == "POST":
        return ref.startswith("truefoundry:") and f'"version":{version},' in request.body.decode().replace(" ", "")
    return not ref.startswith("truefoundry:") and request.target.rstrip("/").endswith(f"/{version}")


def under_way(journal):
    """Return the references that a killed process has left open; None if it had not written them all down."""
    try:
        with Reading(journal) as reading:
            states = reading.history.states
            return [ref for n, ref, _ in reading.references() if states[n - 1] == UNDER_WAY]
    except expunge.InvalidJournal as error:
        said = str(error)
    assert "nothing was sent" in said
    return None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_killed_run_ends_as_one_that_was_not(seed, tmp_path):
    chance = random.Random(seed)  # noqa: S311 - it chooses instants
    journal = tmp_path / "run.journal"
    with Sandbox(replicate_delay=0.05) as sandbox:
        for ref in REFS:
            sandbox.add(ref)
        environ = {"PATH": os.environ["PATH"], **sandbox.environ}
        open_ones = Counter()
        for _ in range(chance.randint(1, 3)):
            # Either instant may come first: one falls between two lines, the other just after an answer.
            died_with = [f"{chance.uniform(0, 1.5)}", f"{chance.randint(1, len(REFS))}"]
            program = Path(__file__).with_name("killed_run.py")
            done = COMMAND_LINE.run([program, journal, *died_with], env=environ, input="\n".join(REFS))
            assert done.returncode in {0, -signal.SIGKILL}, done.stderr
            if journal.exists() and (left_open := under_way(journal)) is not None:
                open_ones.update(left_open)
            elif journal.exists():
                assert deletes(sandbox) == {}
                journal.unlink()
        with expunge.Client.from_env(environ) as client:
            list(client.resume(journal) if journal.exists() else client.delete_many(REFS, journal=journal))
        sent = deletes(sandbox)

    entries = rows(journal)["entry"]
    outcomes = Counter(n for _, kind, n, _, _ in entries if kind == "outcome")
    intents = {n for _, kind, n, _, _ in entries if kind == "intent"}
    assert outcomes == dict.fromkeys(range(1, len(REFS) + 1), 1)
    with Reading(journal) as reading:
        statuses = {ref: facts["status"] for _, ref, facts in reading.references()}
    assert {ref: status for ref, status in statuses.items() if status not in {"deleted", "accepted"}} == {}
    for n, ref in enumerate(REFS, 1):
        assert n in intents or not sent[ref]
        assert sent[ref] >= 1 or open_ones[ref]
        assert sent[ref] <= 1 + open_ones[ref], ref
