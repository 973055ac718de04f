"""Many deletions at once: results come when they are there, and nothing that was begun is without a record."""

import asyncio
import logging
import re
import threading
from contextvars import ContextVar

import pytest
from tests.bulk.running import REFS, both, delete_many

import expunge
from expunge.sandbox import Sandbox


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        for ref in REFS:
            running.add(ref)
        yield running


@both
def test_a_source_that_waits_for_each_result_gets_it(kind, sandbox):
    settled = threading.Semaphore(0)
    got = []

    def refs():
        for ref in REFS:
            yield ref
            assert settled.acquire(timeout=30)

    def seen(tombstone):
        got.append(tombstone.ref)
        settled.release()

    delete_many(kind, sandbox.environ, refs(), seen)

    assert got == REFS


@both
def test_a_source_is_read_in_the_context_of_its_caller(kind, sandbox):
    tenant = ContextVar("tenant")
    tenant.set("acme")
    got = []

    def refs():
        yield f"cerebras:{tenant.get()}/gpt-oss-120b@11"

    delete_many(kind, sandbox.environ, refs(), got.append)

    assert [(tombstone.ref, tombstone.status) for tombstone in got] == [(REFS[0], "deleted")]


@both
def test_what_a_source_raises_comes_after_all_that_was_begun(kind, sandbox):
    got = []

    def refs():
        yield from REFS[:3]
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        delete_many(kind, sandbox.environ, refs(), got.append)

    assert sorted(tombstone.ref for tombstone in got) == REFS[:3]
    assert {tombstone.status for tombstone in got} == {"deleted"}


@pytest.mark.parametrize("most", [0, 1])
def test_as_many_threads_as_can_be_started_do_the_work(most, sandbox, monkeypatch):
    started = []
    start = threading.Thread.start

    def limited(thread):
        if thread.name.startswith("expunge-") and len(started) >= most:
            raise RuntimeError("can't start new thread")
        if thread.name.startswith("expunge-"):
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    got = []

    delete_many("sync", sandbox.environ, iter(REFS), got.append)

    assert sorted(tombstone.ref for tombstone in got) == REFS
    assert len(started) == most


def test_an_interruption_while_a_thread_starts_ends_the_run(sandbox, monkeypatch):
    """The thread runs already, and it takes part in the end like all others."""
    is_busy, start, started, late, raised = threading.Event(), threading.Thread.start, [], [], []

    def struck(thread):
        start(thread)
        started.extend([thread] if thread.name == "expunge-cerebras" else [])
        if len(started) > 1 and thread is started[1]:
            assert is_busy.wait(30)
            late.append(thread)
            raise KeyboardInterrupt

    def hold(event):
        if event.kind == "attempt":
            is_busy.set()
            while not late:
                pass
            late[0].join(30)

    def run():
        try:
            delete_many("sync", sandbox.environ, REFS[:2], lambda _: None, [hold], concurrency=2)
        except KeyboardInterrupt as interruption:
            raised.append(interruption)

    monkeypatch.setattr(threading.Thread, "start", struck)
    running = threading.Thread(target=run, daemon=True)
    running.start()
    running.join(60)

    assert [tombstone.ref for tombstone in raised[0].tombstones] == REFS[:2]


@both
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_listener_that_ends_the_program_takes_no_record_with_it(kind, error, sandbox):
    got = []

    def stop(event):
        if event.kind == "attempt":
            raise error("a listener")

    with pytest.raises(error) as raised:
        delete_many(kind, sandbox.environ, REFS, got.append, listeners=[stop], concurrency=4)

    notes = [note for note in raised.value.__notes__ if note.count(": ") > 1]
    assert len(notes) == len(set(notes))
    known = {tombstone.ref: tombstone.status for tombstone in (*got, *raised.value.tombstones)}
    for ref in REFS:
        if sandbox.holds(ref):
            assert known.get(ref) != "deleted"
        else:  # a read that settles one while the loop ends may be cut short, too
            assert known.get(ref) in {"deleted", "unknown"}


class Broken(logging.Handler):
    """A handler that raises, as one without an own guard does when its server is gone."""

    def emit(self, _record):
        raise RuntimeError("the log server is gone")


@both
def test_a_log_handler_that_raises_changes_nothing(kind, sandbox):
    logger, handler = logging.getLogger("expunge"), Broken()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    got = []
    try:
        delete_many(kind, sandbox.environ, REFS, got.append)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)

    assert sorted(tombstone.ref for tombstone in got) == REFS
    assert {tombstone.status for tombstone in got} == {"deleted"}


@both
def test_a_run_that_nobody_reads_to_its_end_finishes_what_it_began(kind, sandbox):
    if kind == "sync":
        with expunge.Client.from_env(sandbox.environ) as client:
            tombstones = client.delete_many(REFS, concurrency=3)
            first = next(tombstones)
            tombstones.close()
    else:

        async def run():
            async with expunge.AsyncClient.from_env(sandbox.environ) as client:
                tombstones = client.delete_many(REFS, concurrency=3)
                first = await anext(tombstones)
                await tombstones.aclose()
                return first

        first = asyncio.run(run())

    assert first.status == "deleted"
    sent = [request.target for request in sandbox.requests if request.method == "DELETE"]
    assert len(sent) == sum(not sandbox.holds(ref) for ref in REFS)


def test_a_run_leaves_no_thread_behind(sandbox):
    """A thread that outlives the program may take it down at the limit of memory or of open files."""
    before = set(threading.enumerate())

    with expunge.Client.from_env(sandbox.environ) as client:
        assert len(list(client.delete_many(iter(REFS), concurrency=4, wait=True))) == len(REFS)

    names = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in names if re.fullmatch(r"expunge-(cerebras|feed|resting)", name)] == []
