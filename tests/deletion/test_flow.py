"""The state machine by itself: effects are answered by hand, and no network is there."""

import pytest
from tests.deletion.driving import CEREBRAS, DELETED, GONE, LATE, LOST, MESSAGE, NEVER, THERE, answered, drive

import expunge
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Call
from expunge.providers import PROVIDERS

ROWS = [
    pytest.param([DELETED], "deleted", "response", 1, id="success"),
    pytest.param([LOST, GONE], "deleted", "read_back", 1, id="lost-answer"),
    pytest.param([LOST, THERE, DELETED], "deleted", "response", 2, id="lost-request"),
    pytest.param([LOST, THERE, GONE], "deleted", "retry", 2, id="late-effect"),
    pytest.param([LOST, answered(503)], "unknown", None, 1, id="read-fails"),
    pytest.param([LOST, THERE, LOST, THERE, LOST, THERE], "unknown", None, 3, id="lost-three-times"),
    pytest.param([answered(500), THERE] * 3, "failed", None, 3, id="500-three-times"),
    pytest.param([LATE, THERE, LOST, THERE, LOST, THERE], "unknown", None, 3, id="timeout-then-lost"),
    pytest.param([answered(504), THERE, answered(409), THERE], "unknown", None, 2, id="504-then-refused"),
    pytest.param([answered(500), THERE, answered(409), THERE], "refused", None, 2, id="500-then-refused"),
    pytest.param([answered(500), THERE, answered(409), GONE], "deleted", "read_back", 2, id="refused-but-gone"),
    pytest.param([answered(500), THERE, answered(401), answered(401)], "failed", None, 2, id="then-locked-out"),
    pytest.param([LATE, THERE, answered(401), answered(401)], "unknown", None, 2, id="late-then-locked-out"),
    pytest.param([answered(500), THERE, NEVER, THERE], "failed", None, 1, id="then-never-sent"),
    pytest.param([MESSAGE, GONE], "deleted", "read_back", 1, id="message-then-gone"),
    pytest.param([MESSAGE, answered(503)], "deleted", "response", 1, id="message-and-no-read"),
    pytest.param([MESSAGE, THERE, answered(409), answered(503)], "unknown", None, 2, id="message-disproved"),
    pytest.param([answered(429), DELETED], "deleted", "response", 2, id="throttled"),
    pytest.param([answered(429), GONE], "absent", None, 2, id="throttled-then-gone"),
    pytest.param([LOST, THERE, answered(429), GONE], "deleted", "retry", 3, id="lost-throttled-then-gone"),
    pytest.param([answered(429)] * 6 + [DELETED], "deleted", "response", 7, id="throttled-more-often-than-doubted"),
    pytest.param([LOST, answered(429), GONE], "deleted", "read_back", 1, id="read-back-throttled"),
    pytest.param([NEVER], "failed", None, 0, id="never-sent"),
    pytest.param([GONE], "absent", None, 1, id="absent"),
]


@pytest.mark.parametrize(("answers", "status", "confirmed_by", "attempts"), ROWS)
def test_each_course_has_its_end(answers, status, confirmed_by, attempts, clock):
    driven = drive(answers, clock)

    tombstone = driven.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == (status, confirmed_by, attempts)
    assert (driven.outcome.error is None) == (status == "deleted")


def test_nothing_is_sent_twice_without_a_read_in_between(clock):
    driven = drive([LOST, THERE, LOST, THERE, LOST, THERE], clock)

    assert driven.verbs == ["delete", "get"] * 3


def test_a_delete_gets_no_more_than_the_time_that_is_left(clock):
    ref = expunge.parse_ref(CEREBRAS)
    flow = Deletion(PROVIDERS["cerebras"], ref, CEREBRAS, Options(timeout=1.5), clock).run()

    assert flow.send(None).seconds == 1.5


def test_no_call_outlives_the_deadline_by_more_than_a_last_read(clock):
    ref = expunge.parse_ref(CEREBRAS)
    flow = Deletion(PROVIDERS["cerebras"], ref, CEREBRAS, Options(timeout=20.0), clock).run()

    first = flow.send(None)
    clock.sleep(19.0)
    second = flow.send(LOST)

    assert isinstance(first, Call)
    assert isinstance(second, Call)
    assert (first.seconds, second.seconds) == (20.0, 5.0)
