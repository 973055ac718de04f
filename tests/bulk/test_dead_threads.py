"""A thread that ends without a word, as one does when there is no memory: whoever waits for it notices."""

import threading

import pytest
from tests.bulk.running import REFS, both, delete_many
from tests.journal.journals import rows

from expunge._system.worker import Worker
from expunge.sandbox import Sandbox

QUEUES = {
    "expunge-cerebras": lambda thread: thread._args[0],
    "expunge-feed": lambda thread: thread._args[0].__self__._wanted,
    "expunge-journal": lambda thread: thread._target.__self__._wakes,
}


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        for ref in REFS:
            running.add(ref)
        yield running


@pytest.fixture
def dying(monkeypatch):
    """Return a function that lets the threads of that name end as soon as they have something to do."""

    def let_die(name):
        run = threading.Thread.run

        def end(thread):
            if thread.name != name:
                return run(thread)
            return QUEUES[name](thread).get() and None

        monkeypatch.setattr(threading.Thread, "run", end)

    return let_die


def test_a_start_ends_although_its_thread_died_before_the_first_line():
    class Stillborn(Worker):
        def _bootstrap(self):
            raise SystemExit  # it ends a thread in silence

    assert not Stillborn(print, name="expunge-test", longest_start=0.01).begin()


def test_a_thread_that_comes_late_still_works():
    began, may_begin = threading.Event(), threading.Event()

    class Late(Worker):
        def _bootstrap(self):
            may_begin.wait()
            super()._bootstrap()

    late = Late(began.set, name="expunge-test", longest_start=0.01)

    assert not late.begin()
    may_begin.set()
    assert began.wait(60)
    late.join()


def test_a_thread_that_ends_with_a_deletion_in_hand_ends_the_run(dying, sandbox):
    dying("expunge-cerebras")
    got = []

    with pytest.raises(MemoryError) as raised:
        delete_many("sync", sandbox.environ, REFS, got.append, concurrency=2)

    assert [(each.ref, each.status, each.attempts) for each in raised.value.tombstones] == [
        (ref, "failed", 0) for ref in REFS[:2]
    ]
    assert got == []


@both
def test_a_thread_that_ends_while_references_are_read_ends_the_run(kind, dying, sandbox):
    dying("expunge-feed")

    with pytest.raises(MemoryError) as raised:
        delete_many(kind, sandbox.environ, iter(REFS), print)

    assert raised.value.tombstones == ()


def test_a_journal_is_written_although_its_thread_has_ended(dying, sandbox, tmp_path):
    dying("expunge-journal")
    got = []

    delete_many("sync", sandbox.environ, REFS, got.append, journal=tmp_path / "run.journal")

    assert {tombstone.status for tombstone in got} == {"deleted"}
    assert [entry[1] for entry in rows(tmp_path / "run.journal")["entry"]].count("outcome") == len(REFS)


def test_a_thread_that_hangs_after_its_work_holds_nobody_up(monkeypatch):
    ended, bootstrap = threading.Event(), threading.Thread._bootstrap_inner

    def hang(thread):
        bootstrap(thread)
        ended.wait(60)

    monkeypatch.setattr(threading.Thread, "_bootstrap_inner", hang)
    worker = Worker(int, name="expunge-test")

    worker.start()
    worker.finish(60)
    ended.set()
    worker.join()

    assert ended.is_set()
