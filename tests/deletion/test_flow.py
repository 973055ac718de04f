"""The state machine alone: effects are answered by hand, and no network is there."""

import pytest

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Call, Sleep
from expunge.providers import PROVIDERS
from expunge_clients.cerebras.models import ModelVersionStatus

CEREBRAS = "cerebras:acme/gpt-oss-120b@2"
NAME = "orgs/acme/models/gpt-oss-120b/versions/2"
GONE = Answer(http_status=404, is_json=True, body={}, problem="HTTP 404")
LOST = Answer(problem="no answer came (ReadError)")
LATE = Answer(problem="no answer came (ReadTimeout)", timed_out=True)
NEVER = Answer(problem="no connection could be made (ConnectError)", was_sent=False)


def answered(http_status, body=None):
    problem = "" if http_status == 200 else f"HTTP {http_status}"
    return Answer(http_status=http_status, is_json=True, body=body or {}, problem=problem)


def there():
    body = {"name": NAME}
    return Answer(http_status=200, is_json=True, body=body, parsed=ModelVersionStatus.from_dict(body))


MESSAGE = Answer(http_status=200, is_json=True, body={"message": "ok"})
DELETED = Answer(http_status=200, is_json=True, body={"name": NAME, "deleted": True})


def play(answers, clock, **options):
    """Drive a deletion with *answers* in order; give its outcome and what it asked for."""
    ref = expunge.parse_ref(CEREBRAS)
    flow = Deletion(PROVIDERS["cerebras"], ref, CEREBRAS, Options(**options), clock).run()
    asked, remaining, answer = [], list(answers), None
    try:
        while True:
            effect = flow.send(answer)
            if isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
                answer = None
            else:
                asked.append(effect.operation.partition("_")[0])
                answer = remaining.pop(0)
    except StopIteration as end:
        assert not remaining
        return end.value, asked


ROWS = [
    pytest.param([DELETED], "deleted", "response", 1, id="success"),
    pytest.param([LOST, GONE], "deleted", "read_back", 1, id="lost-answer"),
    pytest.param([LOST, there(), DELETED], "deleted", "response", 2, id="lost-request"),
    pytest.param([LOST, there(), GONE], "deleted", "retry", 2, id="late-effect"),
    pytest.param([LOST, answered(503)], "unknown", None, 1, id="read-fails"),
    pytest.param([LOST, there(), LOST, there(), LOST, there()], "unknown", None, 3, id="lost-three-times"),
    pytest.param([answered(500), there()] * 3, "failed", None, 3, id="500-three-times"),
    pytest.param([LATE, there(), LOST, there(), LOST, there()], "unknown", None, 3, id="timeout-then-lost"),
    pytest.param([answered(504), there(), answered(409), there()], "unknown", None, 2, id="504-then-refused"),
    pytest.param([answered(500), there(), answered(409), there()], "refused", None, 2, id="500-then-refused"),
    pytest.param([answered(500), there(), answered(409), GONE], "deleted", "read_back", 2, id="refused-but-gone"),
    pytest.param([answered(500), there(), answered(401), answered(401)], "failed", None, 2, id="then-locked-out"),
    pytest.param([LATE, there(), answered(401), answered(401)], "unknown", None, 2, id="late-then-locked-out"),
    pytest.param([answered(500), there(), NEVER, there()], "failed", None, 1, id="then-never-sent"),
    pytest.param([MESSAGE, GONE], "deleted", "read_back", 1, id="message-then-gone"),
    pytest.param([MESSAGE, answered(503)], "deleted", "response", 1, id="message-and-no-read"),
    pytest.param([MESSAGE, there(), answered(409), answered(503)], "unknown", None, 2, id="message-disproved"),
    pytest.param([answered(429), DELETED], "deleted", "response", 2, id="throttled"),
    pytest.param([answered(429), GONE], "absent", None, 2, id="throttled-then-gone"),
    pytest.param([LOST, there(), answered(429), GONE], "deleted", "retry", 3, id="lost-throttled-then-gone"),
    pytest.param([answered(429)] * 6 + [DELETED], "deleted", "response", 7, id="throttled-more-often-than-doubted"),
    pytest.param([LOST, answered(429), GONE], "deleted", "read_back", 1, id="read-back-throttled"),
    pytest.param([NEVER], "failed", None, 0, id="never-sent"),
    pytest.param([GONE], "absent", None, 1, id="absent"),
]


@pytest.mark.parametrize(("answers", "status", "confirmed_by", "attempts"), ROWS)
def test_each_course_has_its_end(answers, status, confirmed_by, attempts, clock):
    outcome, _ = play(answers, clock)

    tombstone = outcome.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == (status, confirmed_by, attempts)
    assert (outcome.error is None) == (status == "deleted")


def test_nothing_is_sent_twice_without_a_read_in_between(clock):
    _, asked = play([LOST, there(), LOST, there(), LOST, there()], clock)

    assert asked == ["delete", "get"] * 3


def test_waiting_pauses_longer_and_longer(clock):
    outcome, asked = play([DELETED, *[there()] * 6, GONE], clock, wait=True)

    assert (outcome.tombstone.status, outcome.tombstone.confirmed_by) == ("deleted", "read_back")
    assert clock.slept == sorted(clock.slept)
    assert len(set(clock.slept)) == 6
    assert asked.count("delete") == 1


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
