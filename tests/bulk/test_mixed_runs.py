"""A run on all four providers on which things go wrong: its results, summary and journal agree with the providers."""

import json
from collections import Counter

import pytest
from tests.conftest import settings
from tests.faults.faulty_network import DOWN, FaultyNetwork, one_in
from tests.journal.journals import outcomes

import expunge
from expunge.cli.run.outcomes import Again
from expunge.cli.run.run import Run

REFS = [
    ref
    for number in range(101, 126)
    for ref in (
        f"cerebras:acme/gpt-oss-120b@{number}",
        f"baseten:mod3x7q@dep{number}",
        f"truefoundry:fraud-repo/churn@{number}",
        f"replicate:acme/churn@{number:064x}",
    )
]
MISSING = ["cerebras:acme/gpt-oss-120b@999", "baseten:mod3x7q@dep999", "truefoundry:fraud-repo/churn@999"]
LIVE = "baseten:mod3x7q@dep1aaa"


@pytest.fixture
def holding(sandbox):
    for ref in REFS:
        sandbox.add(ref)
    return sandbox


class Command:
    """A run as the command line has it, in this process: its results, its summary, and what it leaves."""

    def __init__(self, refs, environ, clock, folder, capsys):
        self.journal, self.left = folder / "run.journal", folder / "left.txt"
        by_provider = Counter(ref.partition(":")[0] for ref in refs)
        how = {"missing_ok": False, "wait": False, "failed_to": self.left, "journal": self.journal}
        with expunge.Client(*settings(environ), clock=clock, chance=lambda: 0.5) as client:
            run = Run(refs, by_provider, dict, Again(with_file="FILE"), **how)
            with run:
                run.show(client.delete_many(refs, journal=run.watched, concurrency=8, timeout=1e6), as_json=True)
        said = capsys.readouterr()
        self.results = {line["requested_ref"]: line for line in map(json.loads, said.out.splitlines())}
        (counts,) = [line for line in said.err.splitlines() if " deleted · " in line]
        self.counts = {status: int(count) for count, _, status in (part.partition(" ") for part in counts.split(" · "))}


def deletes(sandbox, ref):
    """Return how often the server got a delete of *ref*."""
    version = ref.partition("@")[2]
    if ref.startswith("truefoundry:"):
        posts = [request.json()["manifest"]["version"] for request in sandbox.requests if request.method == "POST"]
        return posts.count(int(version))
    targets = [request.target for request in sandbox.requests if request.method == "DELETE"]
    return sum(target.endswith(f"/{version}") for target in targets)


def lie(tombstone, sandbox, were_there):
    """Return whether *tombstone* contradicts the server, once all that it has accepted is done."""
    ref, status = tombstone["requested_ref"], tombstone["status"]
    is_there, sent = sandbox.holds(ref), deletes(sandbox, ref)
    return sent > tombstone["attempts"] or not {
        # A delete of what never was may get lost too: then a read finds it gone, and its detail says so.
        "deleted": not is_there and (sent > 0 if ref in were_there else "Nothing ever showed" in tombstone["detail"]),
        "accepted": not is_there and sent > 0,
        "absent": ref not in were_there,
        "refused": is_there,
        "failed": is_there or ref not in were_there,
        "unknown": True,
    }.get(status, False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_with_one_fault_in_twenty_the_summary_agrees_with_the_servers(seed, holding, clock, tmp_path, capsys):
    refs = [*REFS[:50], *MISSING, LIVE, *REFS[50:]]
    network = FaultyNetwork(holding.environ, one_in(20, seed))
    try:
        ended = Command(refs, network.environ, clock, tmp_path, capsys)
    finally:
        network.stop()
    clock.sleep(1_000)  # for what Replicate has accepted

    statuses = {ref: line["status"] for ref, line in ended.results.items()}
    assert network.faults > 4
    assert set(statuses) == set(refs)
    assert ended.counts == Counter(statuses.values())
    assert [line for line in ended.results.values() if lie(line, holding, [*REFS, LIVE])] == []
    assert ended.left.read_text().split() == [ref for ref in refs if statuses[ref] not in {"deleted", "accepted"}]
    assert outcomes(ended.journal) == statuses


def test_a_connection_that_is_lost_for_30_seconds_costs_no_truth(holding, clock, tmp_path, capsys):
    """Seconds pass while somebody waits; a person who resumes comes later."""
    requests, lost_at = [], []

    def choose():
        requests.append(clock.monotonic())
        if len(requests) == 40:
            lost_at.append(clock.monotonic())
        return DOWN if lost_at and clock.monotonic() < lost_at[0] + 30 else None

    network = FaultyNetwork(holding.environ, choose)
    try:
        ended = Command(REFS, network.environ, clock, tmp_path, capsys)
        clock.sleep(30)
        open_ones = [ref for ref, status in outcomes(ended.journal).items() if status in {None, "unknown"}]
        sent = {ref: deletes(holding, ref) for ref in REFS}
        with expunge.Client(*settings(network.environ), clock=clock) as client:
            resumed = {each.requested_ref: each.to_dict() for each in client.resume(ended.journal)}
    finally:
        network.stop()
    clock.sleep(1_000)

    assert network.faults > 0
    assert set(resumed) == set(open_ones)
    assert [line for line in (ended.results | resumed).values() if lie(line, holding, REFS)] == []
    assert "unknown" not in {line["status"] for line in resumed.values()}
    assert all(deletes(holding, ref) == sent[ref] for ref in REFS if ref not in open_ones)
