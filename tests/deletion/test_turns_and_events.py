"""The turns that a deletion waits for, and the events that it announces; driven by hand."""

import logging

import pytest
from tests.deletion.driving import CEREBRAS, DELETED, GONE, LOST, THERE, answered, drive, repo

import expunge
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Call, Sleep
from expunge._waits import NoLimit
from expunge.providers import PROVIDERS

ALIAS = "truefoundry:fraud-repo/churn@v7-prod"


class Turns(NoLimit):
    """A pace that lets the first *count* calls leave, and none after them; it hears what they are answered."""

    def __init__(self, count):
        self.left = count
        self.heard = []

    def turn(self, most):
        del most
        yield from ()
        self.left -= 1
        return self.left >= 0

    def hear(self, answer, left_at):
        self.heard.append((answer.http_status, left_at))


def run(answers, clock, *, ref=CEREBRAS, pace=None, **options):
    """Return the outcome of a deletion, the operations that it asked for, and its events."""
    parsed, events = expunge.parse_ref(ref), []
    listeners = [events.append]
    deletion = Deletion(
        PROVIDERS[parsed.provider], parsed, ref, Options(**options), clock, listeners=listeners, pace=pace
    )
    flow, remaining, answer, operations = deletion.run(), list(answers), None, []
    try:
        while True:
            effect = flow.send(answer)
            answer = None
            if isinstance(effect, Call):
                operations.append(effect.operation)
                answer = remaining.pop(0)
            elif isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
    except StopIteration as end:
        assert not remaining
        return end.value, operations, events


def test_a_delete_whose_turn_would_come_too_late_was_never_sent(clock):
    outcome, operations, _ = run([], clock, pace=Turns(0))

    assert operations == []
    assert (outcome.tombstone.status, outcome.tombstone.attempts) == ("failed", 0)
    assert isinstance(outcome.error, expunge.TransportError)
    assert "a longer wait than the time allows" in outcome.tombstone.detail


def test_a_read_whose_turn_would_come_too_late_was_never_sent(clock):
    outcome, operations, _ = run([repo()], clock, ref=ALIAS, pace=Turns(1))

    assert operations == ["list_ml_repos"]
    assert (outcome.tombstone.status, outcome.tombstone.attempts) == ("failed", 0)
    assert isinstance(outcome.error, expunge.TransportError)


def test_a_read_that_settles_a_doubt_is_sent_out_of_turn(clock):
    outcome, operations, _ = run([LOST, GONE], clock, pace=Turns(1))

    assert operations == ["delete_model_version", "get_model_version"]
    assert outcome.tombstone.status == "deleted"


def test_the_pace_hears_each_answer_and_when_its_request_left(clock):
    pace = Turns(9)

    run([answered(500), THERE, DELETED], clock, pace=pace)

    assert [status for status, _ in pace.heard] == [500, 200, 200]
    assert pace.heard[0][1] == 1_000.0


@pytest.mark.parametrize(
    ("answers", "options", "kinds"),
    [
        pytest.param([DELETED], {}, ["attempt", "settled"], id="success"),
        pytest.param([LOST, GONE], {}, ["attempt", "read_back", "settled"], id="a-read-back"),
        pytest.param(
            [LOST, THERE, DELETED], {}, ["attempt", "read_back", "retry", "attempt", "settled"], id="sent-again"
        ),
        pytest.param([answered(429), DELETED], {}, ["attempt", "retry", "attempt", "settled"], id="throttled"),
        pytest.param([GONE], {"dry_run": True}, ["settled"], id="a-read-of-a-dry-run"),
    ],
)
def test_each_step_is_announced_once(answers, options, kinds, clock):
    _, _, events = run(answers, clock, **options)

    assert [event.kind for event in events] == kinds


def test_an_event_has_the_facts_of_its_step(clock):
    _, _, events = run([LOST, THERE, DELETED], clock)
    attempt, read_back, retry, _, settled = events

    assert (attempt.attempts, attempt.http_status, attempt.detail) == (1, None, "no answer came (ReadError)")
    assert (read_back.http_status, read_back.detail) == (200, "it is there")
    assert retry.detail == "waits after no answer came (ReadError)"
    assert 0 <= retry.seconds < 0.25
    assert (settled.attempts, settled.tombstone.status) == (2, "deleted")
    assert settled.detail == f"deleted. {settled.tombstone.detail}"
    assert {event.requested_ref for event in events} == {CEREBRAS}


def test_each_step_is_logged_without_a_listener_too(clock, caplog):
    caplog.set_level(logging.DEBUG, "expunge")

    drive([LOST, GONE], clock)

    assert len([record for record in caplog.records if record.name.startswith("expunge")]) == 3
