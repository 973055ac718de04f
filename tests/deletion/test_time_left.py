"""The time of one deletion: its deadline, the few seconds of a last read, and the age of an answer."""

from datetime import timedelta

import pytest

from expunge._answer import Answer
from expunge._deletion.options import LAST_READ_SECONDS
from expunge._deletion.time_left import SHORTEST_SECONDS, TimeLeft


def test_the_deadline_counts_from_the_beginning_and_is_passed(clock):
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(12.0)
    before = time.seconds()
    clock.sleep(12.0)

    assert (before, time.seconds()) == (8.0, -4.0)


@pytest.mark.parametrize(
    ("elapsed", "is_settling", "seconds"),
    [
        pytest.param(12.0, False, 8.0, id="any-exchange"),
        pytest.param(12.0, True, 8.0, id="a-read-with-time-enough"),
        pytest.param(17.0, False, 3.0, id="late"),
        pytest.param(17.0, True, 5.0, id="a-late-read-that-settles"),
        pytest.param(24.0, False, SHORTEST_SECONDS, id="after-the-deadline"),
        pytest.param(24.0, True, 5.0, id="a-read-after-it-that-settles"),
    ],
)
def test_only_a_read_that_settles_a_doubt_has_time_after_the_deadline(elapsed, is_settling, seconds, clock):
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(elapsed)
    time.begin_read()

    assert time.for_exchange(is_settling=is_settling) == seconds


def test_the_last_read_ends_too(clock):
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(20.0)
    time.begin_read()
    clock.sleep(4.0)

    assert time.for_exchange(is_settling=True) == 1.0


def test_without_a_read_that_began_no_exchange_has_more_time(clock):
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(19.0)

    assert time.for_exchange(is_settling=True) == 1.0


def test_an_interruption_ends_the_time_now(clock):
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(3.0)

    time.end_now()

    assert (time.seconds(), time.ends) == (0.0, clock.monotonic())


def test_the_last_read_has_five_seconds_and_an_exchange_after_the_end_nearly_none():
    assert (LAST_READ_SECONDS, SHORTEST_SECONDS) == (5.0, 0.001)


def test_the_age_of_an_answer_is_compared_with_the_last_delete_and_not_the_first(clock):
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(10.0)
    time.leave()
    clock.sleep(5.0)

    assert [time.is_stale(Answer(headers={"age": age}), None) for age in ("4", "6")] == [False, True]


def test_the_age_of_an_answer_is_compared_with_the_seconds_since_then(clock):
    clock.time = 1.0
    time = TimeLeft(clock, 20.0, 5.0)
    clock.sleep(5.0)

    assert not time.is_stale(Answer(headers={"age": "4"}), None)


def test_the_date_of_an_answer_is_compared_with_our_clock_when_the_last_delete_left(clock):
    time = TimeLeft(clock, 2_000.0, 5.0)
    before = f"{clock.now() + timedelta(seconds=30):%a, %d %b %Y %H:%M:%S GMT}"
    clock.sleep(600.0)
    time.leave()

    assert time.is_stale(Answer(headers={"date": before}), None)
