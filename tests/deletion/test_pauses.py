"""The pauses of a deletion: how long each is, how they grow, and what their end at the deadline decides."""

import pytest
from tests.deletion.driving import DELETED, GONE, LOST, THERE, answered, drive

import expunge

THROTTLED = answered(429)


def asks(seconds):
    return answered(429, {"retry-after": str(seconds)})


def test_pauses_after_doubts_are_random_below_a_limit_that_doubles(clock):
    drive([LOST, THERE, LOST, THERE, LOST, THERE], clock, chance=0.5)

    assert clock.slept == [0.125, 0.25]


def test_a_throttled_attempt_does_not_lengthen_the_pauses_after_doubts(clock):
    drive([LOST, THERE, asks(7), LOST, THERE, DELETED], clock, chance=0.5)

    assert clock.slept == [0.125, 7.0, 0.25]


def test_pauses_of_a_throttled_delete_double_up_to_half_a_minute(clock):
    drive([*[THROTTLED] * 7, DELETED], clock, chance=0.5)

    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


def test_pauses_of_a_throttled_read_double_too_and_begin_again_with_each_read(clock):
    drive([LOST, THROTTLED, THROTTLED, THERE, LOST, THROTTLED, GONE], clock, chance=0.5)

    assert clock.slept == [0.5, 1.0, 0.125, 0.5]


def test_pauses_while_waiting_grow_by_a_quarter_to_four_seconds_and_after_a_minute_to_ten(clock):
    driven = drive([DELETED, *[THERE] * 30, GONE], clock, wait=True)

    assert (driven.tombstone.status, driven.tombstone.confirmed_by) == ("deleted", "read_back")
    assert driven.verbs.count("delete") == 1
    first_minute = [0.25 * 1.25**number for number in range(13)] + [4.0] * 11
    assert clock.slept[:24] == pytest.approx(first_minute)
    assert clock.slept[24:] == pytest.approx([5.0, 6.25, 7.8125, 9.765625, 10.0, 10.0])
    assert 60.0 <= sum(first_minute) < 64.0


@pytest.mark.parametrize(
    ("elapsed", "following"), [pytest.param(59.999, 4.0, id="before"), pytest.param(60.0, 5.0, id="at-a-minute")]
)
def test_pauses_grow_beyond_four_seconds_from_the_first_minute_on(elapsed, following, clock):
    clock.time = began = 7.0

    def slowly():
        clock.time = began + elapsed - 4.0
        return THERE

    drive([DELETED, *[THERE] * 13, slowly, THERE, GONE], clock, wait=True)

    assert clock.slept[-2:] == [4.0, following]


def test_throttled_reads_while_waiting_do_not_lengthen_its_pauses(clock):
    drive([DELETED, THERE, asks(3), THERE, GONE], clock, wait=True)

    assert clock.slept == [0.25, 3.0, 0.3125]


def test_a_wait_of_no_seconds_is_honoured_once(clock):
    drive([asks(0), asks(0), asks(0), DELETED], clock, chance=0.5)

    assert clock.slept == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("asked", "is_sent_again"), [pytest.param(19, True, id="before"), pytest.param(20, False, id="at-the-deadline")]
)
def test_a_throttled_delete_is_sent_again_only_before_the_deadline(asked, is_sent_again, clock):
    driven = drive([asks(asked), *([DELETED] if is_sent_again else [])], clock, timeout=20.0)

    assert driven.tombstone.status == ("deleted" if is_sent_again else "failed")
    assert is_sent_again or isinstance(driven.outcome.error, expunge.RateLimited)
    assert clock.slept == ([asked] if is_sent_again else [])


@pytest.mark.parametrize(
    ("timeout", "is_sent_again"),
    [
        pytest.param(0.126, True, id="before"),
        pytest.param(0.125, False, id="at-it"),
        pytest.param(0.1, False, id="after-it"),
    ],
)
def test_a_doubtful_delete_is_sent_again_only_before_the_deadline(timeout, is_sent_again, clock):
    driven = drive([LOST, THERE, *([DELETED] if is_sent_again else [])], clock, chance=0.5, timeout=timeout)

    assert driven.tombstone.status == ("deleted" if is_sent_again else "unknown")
    assert clock.slept == ([0.125] if is_sent_again else [])


@pytest.mark.parametrize(
    ("spent", "is_sent_again"),
    [
        pytest.param(9.999, True, id="before"),
        pytest.param(10.0, False, id="at-it"),
        pytest.param(10.5, False, id="after-it"),
    ],
)
def test_the_time_that_a_precondition_takes_counts_before_the_delete_is_sent_again(spent, is_sent_again, clock):
    checked = []

    def precondition(_ref):
        clock.sleep(spent if checked else 0.0)
        checked.append(True)
        yield from ()

    answers = [answered(500), THERE, *([DELETED] if is_sent_again else [])]
    driven = drive(answers, clock, chance=0.0, timeout=10.0, precondition=precondition)

    assert len(checked) == 2
    assert driven.tombstone.status == ("deleted" if is_sent_again else "failed")


def test_waiting_ends_at_the_deadline_with_a_last_read(clock):
    driven = drive([DELETED, *[THERE] * 5], clock, wait=True, timeout=1.0)

    assert sum(clock.slept) == 1.0
    assert clock.slept[:2] == [0.25, 0.3125]
    assert (driven.tombstone.status, driven.verbs) == ("unknown", ["delete", *["get"] * 5])


@pytest.mark.parametrize(
    ("read", "words"),
    [
        pytest.param(THERE, "when the time was over it was still there", id="there"),
        pytest.param(answered(503), "when the time was over it could not be read: HTTP 503", id="unreadable"),
    ],
)
def test_waiting_ends_with_a_read_that_outlasts_the_deadline(read, words, clock):
    def slowly():
        clock.sleep(21.0)
        return read

    driven = drive([DELETED, slowly], clock, wait=True, timeout=20.0)

    assert (driven.tombstone.status, driven.verbs) == ("unknown", ["delete", "get"])
    assert words in driven.tombstone.detail
