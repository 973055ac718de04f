"""Runs with a journal, by either client: what is written down, what stops them, and what resuming does."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from tests.forks import COMMAND_LINE
from tests.journal.journals import create, facts, outcomes, rows

import expunge
from expunge.journal.reading import Reading
from expunge.sandbox import Sandbox

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(101, 113)]
ALIAS = "cerebras:acme/gpt-oss-120b@production"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        for ref in REFS:
            running.add(ref)
        yield running


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.journal"


@pytest.fixture(params=["sync", "async"])
def run(request, sandbox):
    """Call a method of either client, and return all that it yields."""

    def call(method, *arguments, environ=None, listeners=(), got=None, **options):
        got = [] if got is None else got
        environ = environ or sandbox.environ
        if request.param == "sync":
            with expunge.Client.from_env(environ, listeners=listeners) as client:
                for tombstone in getattr(client, method)(*arguments, **options):
                    got.append(tombstone)
            return got

        async def collect():
            async with expunge.AsyncClient.from_env(environ, listeners=listeners) as client:
                async for tombstone in getattr(client, method)(*arguments, **options):
                    got.append(tombstone)

        asyncio.run(collect())
        return got

    return call


def deletes(sandbox):
    return [request.target.rpartition("/")[2] for request in sandbox.requests if request.method == "DELETE"]


def stop_at(number, error=KeyboardInterrupt):
    """Return a listener that interrupts a run with the answer to its delete *number*."""
    seen = []

    def listener(event):
        if event.kind == "attempt":
            seen.append(event.ref)
            if len(seen) == number:
                raise error("here")

    return listener


def test_all_is_written_down_as_it_was_reported(run, sandbox, path):
    got = run("delete_many", [*REFS, "cerebras:acme/gpt-oss-120b@999", "no reference", REFS[0]], journal=path)

    assert len(got) == len(REFS) + 2
    assert outcomes(path) == {each.requested_ref: each.status for each in got}
    with Reading(path) as reading:
        history = reading.history
        recorded = {ref: facts for _, ref, facts in reading.references()}
    assert recorded == {each.requested_ref: each.to_dict() for each in got}
    assert history.run["command"] == "delete"
    assert history.run["origins"] == {"cerebras": sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"]}
    assert history.parts[0].end == "finished"


def test_no_credential_is_in_it(run, sandbox, path):
    sandbox.answer_next("cerebras", "DELETE", 403, {"message": sandbox.environ["CEREBRAS_MANAGEMENT_API_KEY"]})

    run("delete_many", REFS, journal=path)

    assert sandbox.environ["CEREBRAS_MANAGEMENT_API_KEY"].encode() not in path.read_bytes()


def test_an_existing_journal_is_refused_and_nothing_is_sent(run, sandbox, path):
    create(path, REFS).close()

    with pytest.raises(expunge.InvalidJournal, match=f"expunge resume {path}"):
        run("delete_many", REFS, journal=path)

    assert sandbox.requests == []


def test_references_that_cannot_be_read_to_their_end_are_not_begun(run, sandbox, path):
    def source():
        yield from REFS
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        run("delete_many", source(), journal=path)

    assert sandbox.requests == []
    assert not path.exists()


def test_a_dry_run_has_no_journal(run, path):
    run("delete_many", REFS, journal=path, dry_run=True)

    assert not path.exists()


def test_an_interrupted_run_is_finished_by_another_process(run, sandbox, path):
    got = []
    with pytest.raises(KeyboardInterrupt) as raised:
        run("delete_many", REFS, journal=path, concurrency=2, listeners=[stop_at(5)], got=got)
    before = outcomes(path)
    done = [ref for ref, status in before.items() if status == "deleted"]
    sandbox.clear_requests()

    resumed = run("resume", path)

    assert {each.ref for each in (*got, *raised.value.tombstones) if each.status == "deleted"} == set(done)
    assert len(done) >= 4
    assert {each.requested_ref for each in resumed} == set(REFS) - set(done)
    assert {each.status for each in resumed} == {"deleted"}
    assert not set(deletes(sandbox)) & {ref.rpartition("@")[2] for ref in done}
    assert outcomes(path) == dict.fromkeys(REFS, "deleted")
    with Reading(path) as reading:
        assert [part.end for part in reading.history.parts] == ["stopped by KeyboardInterrupt", "finished"]


def test_a_complete_journal_has_nothing_left(run, sandbox, path):
    run("delete_many", REFS, journal=path)
    before = rows(path)
    sandbox.clear_requests()

    assert run("resume", path) == []

    assert sandbox.requests == []
    assert rows(path) == before


def test_under_way_is_read_before_anything_is_sent_again(run, sandbox, path):
    journal = create(path, REFS[:3], facts(sandbox))
    journal.intend([1, 2])
    journal.close("stopped")
    sandbox.remove(REFS[0])
    sandbox.clear_requests()

    by_ref = {each.ref: each for each in run("resume", path, concurrency=1)}

    methods = [request.method for request in sandbox.requests]
    assert methods == ["GET", "GET", "DELETE", "DELETE"]
    assert (by_ref[REFS[0]].status, by_ref[REFS[0]].confirmed_by, by_ref[REFS[0]].attempts) == (
        "deleted",
        "read_back",
        1,
    )
    assert "Nothing ever showed that it had existed." in by_ref[REFS[0]].detail
    assert (by_ref[REFS[1]].confirmed_by, by_ref[REFS[1]].attempts) == ("response", 2)
    assert (by_ref[REFS[2]].confirmed_by, by_ref[REFS[2]].attempts) == ("response", 1)


def test_an_alias_that_moved_meanwhile_deletes_what_it_stood_for(run, sandbox, path):
    """The alias stood for 101 when the run was killed, and stands for the sandbox's own version now."""
    journal = create(path, [ALIAS, REFS[1]], facts(sandbox))
    journal.intend([1, 2])
    journal.resolve(1, REFS[0])
    journal.close("stopped")

    got = {each.requested_ref: each for each in run("resume", path)}

    assert (got[ALIAS].ref, got[ALIAS].status) == (REFS[0], "deleted")
    assert sorted(deletes(sandbox)) == ["101", "102"]


def test_the_number_of_an_alias_is_written_down_before_its_delete_leaves(run, path):
    number = {}

    def listener(event):
        if event.kind == "attempt":
            number["sent"] = event.ref

    run("delete_many", [ALIAS], journal=path, listeners=[listener])

    kinds = [(kind, json.loads(data).get("ref")) for _, kind, _, data, _ in rows(path)["entry"]]
    assert kinds[1:4] == [("intent", None), ("resolved", number["sent"]), ("outcome", number["sent"])]


def test_a_rejected_credential_leaves_what_was_under_way_unknown(run, sandbox, path):
    journal = create(path, REFS[:4], facts(sandbox))
    journal.intend([1, 2])
    journal.close("stopped")
    environ = {**sandbox.environ, "CEREBRAS_MANAGEMENT_API_KEY": "wrong"}

    got = {each.ref: each.status for each in run("resume", path, environ=environ, concurrency=1)}

    assert got == dict(zip(REFS[:4], ["unknown", "unknown", "failed", "failed"], strict=True))
    assert run("resume", path)
    assert list(outcomes(path).values()) == ["deleted", "deleted", "failed", "failed"]


def test_a_journal_for_another_host_is_refused_and_nothing_is_sent(run, sandbox, path):
    create(path, REFS, facts(sandbox)).close("stopped")

    with Sandbox() as other, pytest.raises(expunge.InvalidJournal, match="the settings name"):
        run("resume", path, environ=other.environ)

    assert sandbox.requests == []
    assert run("resume", path)  # and it is not locked


def test_a_resumed_plan_checks_each_version_again(run, sandbox, path):
    model = "cerebras:acme/gpt-oss-120b"
    with expunge.Client.from_env(sandbox.environ) as client:
        plan = client.plan(model, keep_last=2)
    planned = [choice.ref for choice in plan.deletions]
    with pytest.raises(KeyboardInterrupt):
        run("execute", plan, journal=path, concurrency=1, listeners=[stop_at(2)])
    left = [ref for ref, status in outcomes(path).items() if status is None]
    sandbox.remove(left[-1])

    got = {each.ref: each.status for each in run("resume", path)}

    assert len(left) > 2
    assert got[left[-1]] == "absent"
    assert {got[ref] for ref in left[:-1]} == {"deleted"}
    assert set(outcomes(path)) == set(planned)


def test_a_journal_lets_nothing_go_that_the_plan_keeps(run, sandbox, path):
    with expunge.Client.from_env(sandbox.environ) as client:
        plan = client.plan("cerebras:acme/gpt-oss-120b", keep_last=3)
    planned = [choice.ref for choice in plan.deletions]
    kept = next(choice.ref for model in plan.models for choice in model.choices if choice.action == "keep")

    got = {each.requested_ref: each.status for each in run("execute", plan, only=[planned[0], kept], journal=path)}

    assert got == {planned[0]: "deleted", kept: "failed"}
    assert sandbox.holds(kept)
    assert outcomes(path) == got


def test_a_disk_that_fills_stops_the_sending_and_says_so(sandbox, path):
    for number in range(113, 301):
        sandbox.add(f"cerebras:acme/gpt-oss-120b@{number}")
    program = Path(__file__).with_name("full_disk.py")
    environ = {"PATH": os.environ["PATH"], **sandbox.environ}

    done = COMMAND_LINE.run([program, path, str(60_000), "200"], env=environ)

    said = json.loads(done.stdout)
    sent = deletes(sandbox)
    assert f"expunge resume {path}" in said["error"]
    assert 0 < len(sent) < 150
    assert {ref.rpartition("@")[2] for ref in said["refs"]} == set(sent)
    with expunge.Client.from_env(sandbox.environ) as client:
        resumed = list(client.resume(path))
    assert {each.status for each in resumed} == {"deleted"}
    assert set(outcomes(path).values()) == {"deleted"}
    assert len(deletes(sandbox)) == len(set(deletes(sandbox))) == 200


def test_what_a_provider_accepted_is_waited_for_and_not_sent_again(tmp_path, run):
    path = tmp_path / "waiting.journal"
    refs = [f"replicate:acme/classifier@{number:064x}" for number in range(101, 104)]
    with Sandbox(replicate_delay=3_600.0) as sandbox:
        for ref in refs:
            sandbox.add(ref)
        with pytest.raises(KeyboardInterrupt):
            run("delete_many", refs, journal=path, wait=True, environ=sandbox.environ, listeners=[stop_at_read_back(3)])
        kinds = [kind for _, kind, *_ in rows(path)["entry"]]
        sent = len(deletes(sandbox))
        for ref in refs:
            sandbox.remove(ref)

        resumed = run("resume", path, environ=sandbox.environ)

        assert (sent, len(deletes(sandbox)), kinds.count("accepted"), kinds.count("outcome")) == (3, 3, 3, 0)
    assert {(each.status, each.confirmed_by) for each in resumed} == {("deleted", "read_back")}
    assert outcomes(path) == dict.fromkeys(refs, "deleted")


def stop_at_read_back(number):
    """Return a listener that interrupts a run when it has read *number* different versions back."""
    seen = set()

    def listener(event):
        if event.kind == "read_back":
            seen.add(event.ref)
            if len(seen) == number:
                raise KeyboardInterrupt("here")

    return listener
