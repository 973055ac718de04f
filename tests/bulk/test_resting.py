"""Deletions that rest: each is passed on when it is due, by one thread."""

import threading

import pytest
from tests.conftest import SteppedClock

from expunge._system.stop import Stop
from expunge.bulk.resting import Resting


class HeldClock(SteppedClock):
    """A clock that does not move before the test lets it."""

    def __init__(self):
        super().__init__()
        self.is_asked, self.may_move = threading.Event(), threading.Event()

    def sleep(self, seconds, _stop=None):
        self.is_asked.set()
        assert self.may_move.wait(60)
        super().sleep(seconds)


class Passed:
    """The deletions that were passed on, with the time; the test waits for them."""

    def __init__(self, clock, error=None):
        self.resumed, self.failures = [], []
        self._clock, self._error = clock, error
        self._came = threading.Semaphore(0)

    def resume(self, number, deletion):
        if self._error is not None:
            raise self._error
        self.resumed.append((number, deletion, self._clock.monotonic()))
        self._came.release()

    def fail(self, error):
        self.failures.append(error)

    def wait(self, count):
        for _ in range(count):
            assert self._came.acquire(timeout=60)


@pytest.fixture
def clock():
    return HeldClock()


@pytest.fixture
def stop():
    return Stop()


def resting_on(clock, stop, passed):
    resting = Resting(passed.resume, clock, stop, passed.fail)
    resting.start()
    return resting


def test_each_is_passed_on_when_it_is_due_whenever_it_was_added(clock, stop):
    passed = Passed(clock)
    resting = resting_on(clock, stop, passed)
    assert resting.add(1, "long", 3.0)
    assert clock.is_asked.wait(60)
    assert resting.add(2, "short", 1.0)
    assert resting.add(3, "middle", 2.0)

    clock.may_move.set()
    passed.wait(3)
    resting.dismiss()
    resting.finish(60)

    assert passed.resumed == [(2, "short", 1_001.0), (3, "middle", 1_002.0), (1, "long", 1_003.0)]
    assert max(clock.slept) == 0.25
    assert list(resting.left()) == []


def test_after_a_stop_nothing_is_passed_on_and_all_are_left(clock, stop):
    passed = Passed(clock)
    resting = resting_on(clock, stop, passed)
    resting.add(1, "first", 0.25)
    assert clock.is_asked.wait(60)
    resting.add(2, "second", 1.0)

    stop.set()
    clock.may_move.set()
    resting.finish(60)

    assert passed.resumed == []
    assert sorted(resting.left()) == [(1, "first"), (2, "second")]


def test_one_that_cannot_be_passed_on_is_left(clock, stop):
    error = MemoryError()
    passed = Passed(clock, error)
    clock.may_move.set()
    resting = resting_on(clock, stop, passed)
    resting.add(1, "first", 0.0)
    resting.finish(60)

    assert passed.failures == [error]
    assert list(resting.left()) == [(1, "first")]


def test_nothing_rests_before_there_is_a_thread(clock, stop):
    resting = Resting(print, clock, stop, print)

    assert not resting.add(1, "first", 1.0)
    assert not resting.has_died
    assert list(resting.left()) == []
    resting.finish(0)


def test_nothing_rests_if_no_thread_can_be_started(clock, stop, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    resting = resting_on(clock, stop, Passed(clock))

    assert not resting.add(1, "first", 1.0)
    assert not resting.has_died


def test_a_thread_that_has_ended_is_missed(clock, stop):
    resting = resting_on(clock, stop, Passed(clock))
    was_missed = resting.has_died
    resting.start()  # there is one already

    resting.dismiss()
    resting.finish(60)

    assert not was_missed
    assert resting.has_died
