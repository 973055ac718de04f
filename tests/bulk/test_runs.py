"""Runs of several deletions: waits, each provider by itself, ledgers, and interruptions of waits."""

import asyncio
import threading

import pytest
from tests.bulk.running import REFS, both, delete_many

import expunge
from expunge._runs.recording import Watched
from expunge.sandbox import Sandbox

REPLICATE = [f"replicate:acme/churn@{number:064x}" for number in range(1, 13)]


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        for ref in REFS:
            running.add(ref)
        yield running


class Notebook:
    """A ledger that writes down what it hears, in the order in which it hears it."""

    def __init__(self, fails_at=0):
        self.heard = []
        self.ended_by = self
        self._fails_at = fails_at

    def intend(self, items):
        if self._fails_at and any(item.number >= self._fails_at for item in items):
            raise OSError("the disk is full")
        self.heard += [("intend", item.number, item.requested) for item in items]

    def begin(self, number, account):
        self.heard.append(("begin", number, account().status))

    def settle(self, number, tombstone):
        self.heard.append(("settle", number, tombstone.status))

    def rest(self, number, account):
        self.heard.append(("rest", number, account().status))

    def close(self, error):
        self.ended_by = error

    def of(self, number):
        return [heard[0] for heard in self.heard if heard[1] == number]


@both
def test_what_a_provider_works_on_takes_no_room(kind, sandbox):
    """Two may be under way at once, and the first ones wait until all twelve have been sent."""
    got = []
    for ref in REPLICATE:
        sandbox.add(ref)
    sandbox.replicate.delay = 1_000.0

    def heard(event):
        sent = [request for request in sandbox.requests if request.method == "DELETE"]
        if event.kind == "read_back" and len(sent) == len(REPLICATE):
            for ref in REPLICATE:
                sandbox.remove(ref)

    delete_many(kind, sandbox.environ, REPLICATE, got.append, listeners=[heard], concurrency=2, wait=True)

    assert {tombstone.ref: tombstone.status for tombstone in got} == dict.fromkeys(REPLICATE, "deleted")


def test_a_provider_that_holds_its_room_holds_up_no_other(sandbox):
    got, others_are_done = [], threading.Event()
    sandbox.add(REPLICATE[0])
    sandbox.add(REPLICATE[1])

    def heard(event):
        if event.kind == "attempt" and event.provider == "replicate":
            assert others_are_done.wait(60)

    def seen(tombstone):
        got.append(tombstone.ref)
        if set(REFS) <= set(got):
            others_are_done.set()

    delete_many("sync", sandbox.environ, [*REPLICATE[:2], *REFS], seen, listeners=[heard], concurrency=1)

    assert set(got[-2:]) == set(REPLICATE[:2])


@both
def test_a_rejected_credential_ends_its_providers_part_only(kind, sandbox):
    got = []
    environ = sandbox.environ | {"CEREBRAS_MANAGEMENT_API_KEY": "wrong"}

    delete_many(kind, environ, [*REFS, "baseten:mod3x7q@dep2bbb"], got.append, concurrency=1)

    cerebras = sorted((each for each in got if each.provider == "cerebras"), key=lambda each: -each.attempts)
    assert len(got) == len(REFS) + 1
    assert [(each.status, each.attempts) for each in cerebras] == [("failed", 1), *[("failed", 0)] * (len(REFS) - 1)]
    assert len([request for request in sandbox.requests if "gpt-oss" in request.target]) == 1
    assert not sandbox.holds("baseten:mod3x7q@dep2bbb")


@both
@pytest.mark.parametrize("missing_ok", [False, True])
def test_fail_fast_begins_nothing_more(kind, missing_ok, sandbox):
    got = []
    sandbox.remove(REFS[2])

    delete_many(kind, sandbox.environ, REFS, got.append, concurrency=1, fail_fast=True, missing_ok=missing_ok)

    assert [each.ref for each in got] == (REFS if missing_ok else REFS[:3])
    assert sum(sandbox.holds(ref) for ref in REFS) == (0 if missing_ok else len(REFS) - 3)


@both
def test_every_reference_is_intended_before_it_begins_and_settled_once(kind, sandbox):
    notebook, got = Notebook(), []

    delete_many(
        kind, sandbox.environ, [*REFS, REFS[0], "nonsense"], got.append, concurrency=2, journal=Watched(notebook)
    )

    assert [heard[1:] for heard in notebook.heard if heard[0] == "intend"] == list(enumerate([*REFS, "nonsense"], 1))
    assert all(notebook.of(number) == ["intend", "begin", "settle"] for number in range(1, 10))
    assert sorted(heard[2] for heard in notebook.heard if heard[0] == "begin") == ["failed"] * 9  # nothing had left
    assert sorted(tombstone.requested_ref for tombstone in got) == sorted([*REFS, "nonsense"])


@both
def test_a_reference_that_cannot_be_intended_is_not_begun(kind, sandbox):
    notebook, got = Notebook(fails_at=5), []

    with pytest.raises(OSError, match="the disk is full"):
        delete_many(kind, sandbox.environ, iter(REFS), got.append, concurrency=2, journal=Watched(notebook))

    # Nothing begins once the record fails, not even what was recorded just before.
    begun = len(got)
    assert sorted(each.ref for each in got) == REFS[:begun]
    assert begun <= 4
    assert [ref for ref in REFS if sandbox.holds(ref)] == REFS[begun:]


@both
def test_an_interruption_leaves_what_the_provider_works_on_accepted_without_a_read(kind, sandbox):
    got = []
    for ref in REPLICATE:
        sandbox.add(ref)
    sandbox.replicate.delay = 1_000.0

    def heard(event):
        sent = [request for request in sandbox.requests if request.method == "DELETE"]
        if event.kind == "read_back" and len(sent) == len(REPLICATE):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as raised:
        delete_many(kind, sandbox.environ, REPLICATE, got.append, listeners=[heard], wait=True)

    known = {each.ref: each.status for each in (*got, *raised.value.tombstones)}
    assert known == dict.fromkeys(REPLICATE, "accepted")


@both
def test_a_wait_that_nobody_reads_to_its_end_is_left_to_the_provider(kind, sandbox):
    for ref in REPLICATE:
        sandbox.add(ref)
    sandbox.replicate.delay = 1_000.0
    refs = [*REPLICATE, "cerebras:acme/gpt-oss-120b@11"]

    def run_sync():
        with expunge.Client.from_env(sandbox.environ) as client:
            tombstones = client.delete_many(refs, wait=True)
            first = next(tombstones)
            tombstones.close()
            return first

    async def run():
        async with expunge.AsyncClient.from_env(sandbox.environ) as client:
            tombstones = client.delete_many(refs, wait=True)
            first = await anext(tombstones)
            await tombstones.aclose()
            return first

    assert (run_sync() if kind == "sync" else asyncio.run(run())).ref == refs[-1]


@both
@pytest.mark.parametrize("shown", ["cerebras:acme/gpt-oss-120b@1", ""], ids=["moved", "could-not-be-read"])
def test_an_alias_that_names_another_version_than_was_shown_is_refused(kind, shown, sandbox):
    got = []
    alias = "cerebras:acme/gpt-oss-120b@v2-fallback"

    delete_many(kind, sandbox.environ, [alias], got.append, resolved={alias: shown})

    assert [(each.status, each.attempts, each.requested_ref) for each in got] == [("refused", 0, alias)]
    assert "when it was shown" in got[0].detail
    assert {request.method for request in sandbox.requests} == {"GET"}
