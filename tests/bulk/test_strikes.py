"""An exception that strikes a task of a run, or a fork of it: the others end as they would, and the record stays."""

import asyncio
import os
import signal
import threading

import pytest
from tests.bulk.test_memory import settled
from tests.journal.journals import rows

import expunge
from expunge._flow import Clock
from expunge._runs.job import items_of
from expunge._system.stop import Stop
from expunge.bulk.engine import Terms
from expunge.bulk.tasks import Begun, in_tasks

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in (11, 12)]


class Run:
    """A run in tasks: the first reference is struck by *error*, and the second is *is_ending* by a read."""

    def __init__(self, error, *, is_ending):
        self._error, self._is_ending = error, is_ending
        self.both_began = asyncio.Event()
        self.is_cancelled = False

    def begin(self, item):
        settle = self._struck if item.number == 1 else self._reading
        return Begun(
            lambda _rest: settle(item),
            lambda: settled(item, "unknown"),
            lambda: self._is_ending and item.number > 1,
        )

    async def _struck(self, _item):
        await self.both_began.wait()
        raise self._error

    async def _reading(self, item):
        self.both_began.set()
        try:
            for _ in range(100):  # the run hears of the strike meanwhile
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        return settled(item)


@pytest.mark.parametrize("is_ending", [True, False])
def test_a_last_read_is_not_interrupted_again(is_ending):
    run = Run(SystemExit("a listener"), is_ending=is_ending)

    async def play(got):
        terms = Terms(concurrency=2)
        async for tombstone in in_tasks(run.begin, settled, items_of(REFS), terms, Clock()):
            got.append(tombstone)

    got = []
    with pytest.raises(SystemExit) as raised:
        asyncio.run(play(got))

    known = {tombstone.ref: tombstone.status for tombstone in (*got, *raised.value.tombstones)}
    assert known == {REFS[0]: "unknown", REFS[1]: "deleted" if is_ending else "unknown"}
    assert run.is_cancelled != is_ending


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_leaves_the_journal_to_its_parent(sandbox, tmp_path):
    path = tmp_path / "run.journal"
    for ref in REFS:
        sandbox.add(ref)
    with expunge.Client.from_env(sandbox.environ) as client:
        tombstones = client.delete_many(REFS, concurrency=1, journal=path)
        got = [next(tombstones)]
        child = os.fork()
        if not child:
            signal.alarm(60)
            try:
                list(tombstones)
            except RuntimeError as error:
                os._exit(6 if hasattr(error, "tombstones") else 5)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
        got += tombstones

    assert [tombstone.status for tombstone in got] == ["deleted", "deleted"]
    assert [entry[1] for entry in rows(path)["entry"]].count("outcome") == len(REFS)
    assert [entry[1] for entry in rows(path)["entry"]].count("end") == 1


def test_a_run_that_is_stopped_while_its_references_are_written_down_leaves_no_journal(sandbox, tmp_path):
    """A journal without all of its references would look like one of a shorter run; the lock must go, too."""
    path = tmp_path / "run.journal"
    goes_on = threading.Event()

    def refs():
        yield REFS[0]
        assert path.exists()
        os.kill(os.getpid(), signal.SIGINT)
        assert goes_on.wait(60)
        yield REFS[1]

    with expunge.Client.from_env(sandbox.environ) as client:
        with pytest.raises(KeyboardInterrupt):
            list(client.delete_many(refs(), journal=path))
        goes_on.set()
        for thread in threading.enumerate():
            if thread.name == "expunge-feed":
                thread.join(60)

    assert not path.exists()
    assert not sandbox.requests


def test_a_stop_ends_the_wait_of_each_thread():
    stop, woken = Stop(), []
    threads = [threading.Thread(target=lambda: woken.append(stop.wait(600))) for _ in range(3)]
    for thread in threads:
        thread.start()
    stop.set()
    for thread in threads:
        thread.join()

    assert woken == [True, True, True]
    assert stop.is_set()
    assert stop.wait(600)


def test_a_wait_without_a_stop_ends_by_itself():
    assert not Stop().wait(0)
