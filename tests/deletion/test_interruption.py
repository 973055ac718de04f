"""Ctrl-C and a cancelled task: what was under way is settled or called unknown, and the interruption goes on."""

import asyncio

import pytest
from attrs import evolve
from tests.deletion.driving import CEREBRAS, DELETED, GONE, LATE, LOST, MESSAGE, NAME, THERE, answered, repo, sending

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Sleep, Stopped
from expunge._system.stop import Stop
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
        pytest.param([LOST, THERE, STOP, GONE], "deleted", "read_back", 1, id="pausing-and-gone"),
        pytest.param([MESSAGE, STOP, THERE], "unknown", None, 1, id="settling-an-acknowledgement"),
    ],
)
def test_what_was_sent_is_settled_by_one_read(answers, status, confirmed_by, attempts, kind, clock):
    interruption, events = interrupted(answers, clock, kind)

    tombstone = interruption.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == (status, confirmed_by, attempts)
    assert events[-1].tombstone == tombstone
    assert interruption.__notes__ == [f"{CEREBRAS}: {status}. {tombstone.detail}"]


def test_a_second_attempt_that_is_interrupted_counts(clock):
    """A pause comes between the two, so the interruption is raised by hand at the second delete."""
    parsed = expunge.parse_ref(CEREBRAS)
    flow = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock).run()
    next(flow)
    flow.send(LOST)
    flow.send(THERE)
    assert flow.send(None).operation == "delete_model_version"

    flow.throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as raised:
        flow.send(GONE)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("deleted", 2)


def test_a_read_after_an_interruption_is_not_dated_by_the_answer_to_an_earlier_delete(clock):
    """It is from before the second delete, which had no answer: a cache may have kept it."""
    parsed = expunge.parse_ref(CEREBRAS)
    old = {"date": "Thu, 01 Jan 2026 00:16:40 GMT"}
    flow = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock).run()
    next(flow)
    flow.send(answered(500, old))
    flow.send(THERE)
    clock.sleep(200.0)
    assert flow.send(None).operation == "delete_model_version"

    flow.throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as raised:
        flow.send(answered(404, old))

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("unknown", 2)


def test_a_request_that_is_interrupted_before_its_first_byte_was_never_sent(clock):
    _, flow, departure = sending(clock)
    departure.is_kept, departure.has_left = True, False

    with pytest.raises(KeyboardInterrupt) as raised:
        flow.throw(KeyboardInterrupt())

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)


@pytest.mark.parametrize(("is_kept", "has_left"), [(True, True), (False, False)])
def test_a_request_that_may_have_left_is_read_back(is_kept, has_left, clock):
    deletion, flow, departure = sending(clock)
    departure.is_kept, departure.has_left = is_kept, has_left
    assert not deletion.is_ending
    assert flow.throw(KeyboardInterrupt()).operation == "get_model_version"

    assert deletion.is_ending  # a second interruption would cut this read short

    with pytest.raises(KeyboardInterrupt) as raised:
        flow.send(THERE)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("unknown", 1)


def test_a_wait_for_what_was_taken_is_unknown_while_it_is_there(clock):
    interruption, _ = interrupted([DELETED, THERE, STOP, THERE], clock, wait=True)

    assert interruption.tombstone.status == "unknown"


def test_a_success_counts_whatever_a_read_had_found_before_it(clock):
    interruption, _ = interrupted([answered(500), THERE, DELETED, STOP], clock, wait=True)

    tombstone = interruption.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "response", 2)


def test_an_answer_about_something_else_is_kept_if_a_listener_ends_the_program(clock):
    """No read of this version can tell what became of the other one."""

    def leave(event):
        if event.kind == "attempt":
            raise SystemExit

    parsed = expunge.parse_ref(CEREBRAS)
    other = evolve(DELETED, body={"name": NAME + "3", "deleted": True})
    flow = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock, listeners=[leave]).run()
    next(flow)

    with pytest.raises(SystemExit) as raised:
        flow.send(other)

    assert raised.value.tombstone.status == "unknown"
    assert "Something else may have been deleted" in raised.value.tombstone.detail


def test_before_anything_was_sent_nothing_is_unknown(clock):
    interruption, _ = interrupted([STOP], clock, ref="cerebras:acme/gpt-oss-120b@latest")

    assert (interruption.tombstone.status, interruption.tombstone.attempts) == ("failed", 0)


def test_a_throttled_attempt_that_is_interrupted_had_no_effect(clock):
    throttled = Answer(http_status=429, is_json=True, body={}, problem="HTTP 429", headers={"retry-after": "5"})

    interruption, _ = interrupted([throttled, STOP], clock)

    assert (interruption.tombstone.status, interruption.tombstone.attempts) == ("failed", 1)


def test_an_attempt_without_effect_is_told_from_none(clock):
    """Both are `failed`; only one of them was a request to the provider."""
    parsed = expunge.parse_ref(CEREBRAS)
    ended = []
    for answers in ([], [answered(429, {"retry-after": "5"})]):
        deletion = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock)
        flow = deletion.run()
        departure = next(flow).departure
        departure.is_kept = True
        for answer in answers:
            flow.send(answer)
        with pytest.raises(KeyboardInterrupt):
            flow.throw(KeyboardInterrupt())
        ended.append(deletion.outcome)
    never, throttled = ended

    assert never.tombstone.detail == "It was not deleted: it was interrupted before anything was sent."
    assert isinstance(never.error, expunge.TransportError)
    assert throttled.tombstone.detail.endswith("before anything was sent that had an effect.")
    assert isinstance(throttled.error, expunge.ProviderError)


def stopped(answers, clock, ref=CEREBRAS, **options):
    """Drive a deletion with *answers*; where one is STOP, another thread asks it to end, and a pause ends early.

    Return the tombstone, and the number of pauses.
    """
    parsed = expunge.parse_ref(ref)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, ref, Options(**options), clock, chance=lambda: 0.5)
    deletion.stop = Stop()
    flow, remaining, answer, pauses = deletion.run(), list(answers), None, 0
    try:
        while True:
            effect = flow.send(answer)
            answer = None
            if remaining[0] is STOP:
                remaining.pop(0)
                deletion.stop.set()
            if isinstance(effect, Sleep):
                pauses += 1
            else:
                answer = remaining.pop(0)
    except StopIteration as end:
        tombstone = end.value.tombstone
    except Stopped as end:
        tombstone = end.tombstone
    assert not remaining
    return tombstone, pauses


@pytest.mark.parametrize(
    ("answers", "options", "status", "attempts", "pauses"),
    [
        pytest.param([STOP, DELETED], {}, "deleted", 1, 0, id="success"),
        pytest.param([STOP, LOST, GONE], {}, "deleted", 1, 0, id="sending-and-gone"),
        pytest.param([STOP, LOST, THERE], {}, "unknown", 1, 0, id="sending-and-there-still"),
        pytest.param([STOP, answered(429)], {}, "failed", 1, 0, id="throttled"),
        pytest.param([answered(429), STOP], {}, "failed", 1, 1, id="a-pause-that-was-asked-for"),
        pytest.param([LOST, THERE, STOP, THERE], {}, "unknown", 1, 1, id="a-pause-after-a-doubt"),
        pytest.param([LOST, answered(429), STOP, GONE], {}, "deleted", 1, 1, id="a-pause-of-a-read"),
        pytest.param([DELETED, STOP, answered(503)], {"wait": True}, "deleted", 1, 0, id="a-read-while-it-waits"),
        pytest.param([DELETED, THERE, STOP, THERE], {"wait": True}, "unknown", 1, 1, id="a-pause-while-it-waits"),
    ],
)
def test_what_is_asked_to_stop_begins_nothing_more_and_pauses_no_longer(
    answers, options, status, attempts, pauses, clock
):
    tombstone, paused = stopped(answers, clock, **options)

    assert (tombstone.status, tombstone.attempts, paused) == (status, attempts, pauses)


def test_what_is_asked_to_stop_reads_no_further_for_an_alias(clock):
    tombstone, _ = stopped([STOP, repo()], clock, ref="truefoundry:fraud-repo/churn@v7-prod")

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)


def test_a_deletion_that_is_asked_to_stop_sends_nothing_and_is_not_in_doubt(clock):
    parsed = expunge.parse_ref(CEREBRAS)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock)
    deletion.stop = Stop()
    deletion.stop.set()

    with pytest.raises(Stopped) as raised:
        next(deletion.run())

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)
