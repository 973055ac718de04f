"""A run in threads without a network: rests, interruptions, and threads that hang."""

import threading

import pytest
from tests.bulk.running import REFS
from tests.bulk.staged import Unrecordable, by_ref, declined, in_threads, tombstone
from tests.conftest import SteppedClock

from expunge._flow import Clock, Rest
from expunge._runs.job import items_of
from expunge.bulk import threads
from expunge.bulk.engine import Terms
from expunge.bulk.threads import Begun, _Threads


class Resting:
    """Deletions that rest once: *first* and *again* are called before and after it."""

    def __init__(self, first=lambda _item: None, again=lambda _item: None, seconds=5.0):
        self._first, self._again, self._seconds = first, again, seconds
        self._rested = set()

    def __call__(self, item, _stop):
        if item.number in self._rested:
            self._again(item)
            return tombstone(item)
        self._rested.add(item.number)
        self._first(item)
        return Rest(self._seconds)


@pytest.fixture
def started(monkeypatch):
    """The threads that were started for the deletions of a provider."""
    start, names = threading.Thread.start, []

    def noted(thread):
        names.extend([thread] if thread.name == "expunge-cerebras" else [])
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    return names


@pytest.mark.parametrize("rests", [True, False])
def test_a_deletion_goes_on_after_its_rest(rests):
    clock = SteppedClock()

    got = list(in_threads(Resting(), REFS[:1], clock, concurrency=1, rests=rests))

    assert by_ref(got) == {REFS[0]: "deleted"}
    assert sum(clock.slept) == 5.0


def test_one_goes_on_after_its_rest_although_all_room_is_taken():
    is_over = threading.Event()
    resting = Resting(again=lambda _item: is_over.set())

    def settle(item, stop):
        if item.number == 1:
            return resting(item, stop)
        return tombstone(item, "deleted" if is_over.wait(60) else "failed")

    got = list(in_threads(settle, REFS[:2], SteppedClock(), concurrency=1, rests=True))

    assert by_ref(got) == dict.fromkeys(REFS[:2], "deleted")


@pytest.mark.parametrize(("concurrency", "asking"), [(5, 2), (1, 1)])
def test_half_as_many_threads_ask_again_as_send(concurrency, asking, started):
    all_sent = threading.Barrier(concurrency)
    resting = Resting(first=lambda _item: all_sent.wait(60))
    refs = REFS[:5]

    got = list(in_threads(resting, refs, SteppedClock(), concurrency=concurrency, rests=True))

    assert by_ref(got) == dict.fromkeys(refs, "deleted")
    assert len(started) == concurrency + asking


def test_an_exception_stops_what_was_begun_and_waits_for_its_end():
    def settle(item, stop):
        if item.number == 1:
            return tombstone(item)
        return tombstone(item, "refused" if stop.wait(600) else "failed")

    tombstones = in_threads(settle, REFS[:2], concurrency=2)
    next(tombstones)
    with pytest.raises(KeyboardInterrupt) as raised:
        tombstones.throw(KeyboardInterrupt())

    assert by_ref(raised.value.tombstones) == {REFS[0]: "deleted", REFS[1]: "refused"}


def test_a_run_that_is_closed_lets_its_deletions_end_without_a_stop():
    closing, ended = threading.Event(), []

    def settle(item, stop):
        if item.number > 1:
            assert closing.wait(60)
            ended.append("stopped" if stop.wait(0.05) else "ended")
        return tombstone(item)

    tombstones = in_threads(settle, REFS[:2], concurrency=2)
    next(tombstones)
    closing.set()
    tombstones.close()

    assert ended == ["ended"]


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_an_error_of_a_deletion_leaves_its_record(error):
    """The run ends by an error that ends programs, and goes on after any other."""

    def settle(item, _stop):
        if item.number == 1:
            raise error("struck")
        return tombstone(item)

    got = []
    try:
        got.extend(in_threads(settle, REFS[:2], concurrency=2))
    except SystemExit as end:
        got.extend(end.tombstones)
        assert error is SystemExit
    else:
        assert error is ValueError

    assert by_ref(got) == {REFS[0]: "unknown", REFS[1]: "deleted"}


def test_a_deletion_without_a_record_ends_the_run():
    """Its thread ends by it, and the run would wait for the thread."""

    def fail(_stop):
        raise ValueError

    run = threads.in_threads(
        lambda item: Begun(fail, Unrecordable(item)), declined, items_of(REFS[:1]), Terms(concurrency=1), Clock()
    )
    with pytest.raises(RuntimeError, match="no room for a record") as raised:
        list(run)

    assert by_ref(raised.value.tombstones) == {REFS[0]: "unknown"}


def test_what_rests_when_a_run_is_interrupted_is_settled():
    resting = Resting(seconds=600.0)

    def settle(item, stop):
        return resting(item, stop) if item.number == 1 else tombstone(item)

    run = in_threads(settle, REFS[:2], concurrency=2, rests=True)
    next(run)
    with pytest.raises(KeyboardInterrupt) as raised:
        run.throw(KeyboardInterrupt())

    assert by_ref(raised.value.tombstones) == dict.fromkeys(REFS[:2], "deleted")


def test_news_ends_a_wait_at_once(monkeypatch):
    """The look at the threads, now and then, is not what goes on."""
    monkeypatch.setattr("expunge.bulk.threads.LOOK_EVERY", 600.0)

    got = list(in_threads(lambda item, _stop: tombstone(item), iter(REFS), concurrency=2))

    assert by_ref(got) == dict.fromkeys(REFS, "deleted")


class Hanging:
    """A run, one deletion at a time; each takes until the test lets it end."""

    def __init__(self, refs):
        self._ends = threading.Semaphore(0)
        self.crew = _Threads(self._begin, declined, items_of(refs), Terms(concurrency=1, timeout=300.0), Clock())
        self.crew.advance()

    def _begin(self, item):
        return Begun(lambda _stop: self._settle(item), lambda: tombstone(item, "unknown"))

    def _settle(self, item):
        assert self._ends.acquire(timeout=60)
        return tombstone(item)

    def look(self, times):
        for _ in range(times):
            self.crew._require_threads()

    def end(self, count=1):
        self._ends.release(count)
        while self.crew.sent_on("cerebras"):
            pass


@pytest.fixture
def hanging(monkeypatch):
    """Return a function that begins a run in which each look stands for half a second."""
    runs = []

    def begin(refs):
        monkeypatch.setattr("expunge.bulk.threads.LOOK_EVERY", 0.5)
        runs.append(Hanging(refs))
        return runs[0]

    yield begin
    runs[0].end(len(REFS))
    runs[0].crew.dismiss()


LOOKS = 720
"""Looks within the time of a deletion and a minute."""


def test_a_thread_hangs_a_minute_after_the_time_of_its_deletion(hanging):
    run = hanging(REFS[:1])
    run.look(LOOKS)

    with pytest.raises(MemoryError, match="hangs"):
        run.look(1)


def test_a_source_that_takes_its_time_is_no_thread_that_hangs(hanging):
    hanging([]).look(LOOKS + 1)


def test_news_starts_the_time_again(hanging):
    run = hanging(REFS[:1])
    run.look(LOOKS)
    run.crew._wake()
    run.crew.wait()
    run.look(LOOKS)

    with pytest.raises(MemoryError, match="hangs"):
        run.look(1)


def test_the_next_deletion_starts_the_time_again(hanging):
    run = hanging(REFS[:2])
    run.look(LOOKS)
    run.end()
    run.crew.advance()
    run.look(LOOKS)

    with pytest.raises(MemoryError, match="hangs"):
        run.look(1)
