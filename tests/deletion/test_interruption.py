"""Ctrl-C and a cancelled task: what was under way is settled or called unknown, and the interruption goes on."""

import asyncio
import threading

import pytest
from tests.deletion.driving import CEREBRAS, DELETED, GONE, LATE, LOST, MESSAGE, THERE, answered

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Sleep, Stopped
from expunge.providers import PROVIDERS

STOP = KeyboardInterrupt


def interrupted(answers, clock, kind=KeyboardInterrupt, ref=CEREBRAS, **options):
    """Drive a deletion with *answers*; if one is STOP, interrupt it. Return the interruption and the events."""
    events = []
    parsed = expunge.parse_ref(ref)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, ref, Options(**options), clock, listeners=[events.append])
    remaining = list(answers)
    with pytest.raises(kind) as raised:
        play(deletion.run(), remaining, clock, kind)
    assert not remaining
    return raised.value, events


def play(flow, remaining, clock, kind):
    effect = next(flow)
    while True:
        if remaining[0] is STOP:
            remaining.pop(0)
            effect = flow.throw(kind())
        elif isinstance(effect, Sleep):
            clock.sleep(effect.seconds)
            effect = flow.send(None)
        else:
            effect = flow.send(remaining.pop(0))


@pytest.mark.parametrize("kind", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
@pytest.mark.parametrize(
    ("answers", "status", "confirmed_by", "attempts"),
    [
        pytest.param([STOP, GONE], "deleted", "read_back", 1, id="sending-and-gone"),
        pytest.param([STOP, THERE], "unknown", None, 1, id="sending-and-there-still"),
        pytest.param([STOP, answered(503)], "unknown", None, 1, id="sending-and-unreadable"),
        pytest.param([STOP, STOP], "unknown", None, 1, id="twice"),
        pytest.param([LOST, STOP, GONE], "deleted", "read_back", 1, id="reading-back"),
        pytest.param([answered(500), THERE, STOP, THERE], "failed", None, 1, id="pausing-after-a-doubt"),
        pytest.param([LOST, THERE, STOP, THERE], "unknown", None, 1, id="pausing-after-a-lost-answer"),
        pytest.param([LATE, THERE, STOP, THERE], "unknown", None, 1, id="pausing-after-a-timeout"),
        pytest.param([MESSAGE, STOP, THERE], "unknown", None, 1, id="settling-an-acknowledgement"),
    ],
)
def test_what_was_sent_is_settled_by_one_read(answers, status, confirmed_by, attempts, kind, clock):
    interruption, events = interrupted(answers, clock, kind)

    tombstone = interruption.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == (status, confirmed_by, attempts)
    assert events[-1].tombstone == tombstone
    assert interruption.__notes__ == [f"{CEREBRAS}: {status}. {tombstone.detail}"]


def test_a_wait_for_what_was_taken_is_unknown_while_it_is_there(clock):
    interruption, _ = interrupted([DELETED, THERE, STOP, THERE], clock, wait=True)

    assert interruption.tombstone.status == "unknown"


def test_before_anything_was_sent_nothing_is_unknown(clock):
    interruption, _ = interrupted([STOP], clock, ref="cerebras:acme/gpt-oss-120b@latest")

    assert (interruption.tombstone.status, interruption.tombstone.attempts) == ("failed", 0)


def test_a_throttled_attempt_that_is_interrupted_had_no_effect(clock):
    throttled = Answer(http_status=429, is_json=True, body={}, problem="HTTP 429", headers={"retry-after": "5"})

    interruption, _ = interrupted([throttled, STOP], clock)

    assert (interruption.tombstone.status, interruption.tombstone.attempts) == ("failed", 1)


def test_a_deletion_that_is_asked_to_stop_sends_nothing_and_is_not_in_doubt(clock):
    parsed = expunge.parse_ref(CEREBRAS)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock)
    deletion.stop = threading.Event()
    deletion.stop.set()

    with pytest.raises(Stopped) as raised:
        next(deletion.run())

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)
