"""The record of a deletion on an error that passes through it: once, and not before anything was begun."""

import pytest
from tests.deletion.driving import CEREBRAS, LOST, sending

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge.providers import PROVIDERS


def test_an_error_of_before_anything_was_begun_carries_nothing(clock):
    parsed = expunge.parse_ref(CEREBRAS)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock)
    error, interruption = expunge.ConfigurationError("no token"), KeyboardInterrupt()

    deletion.carry(error)
    deletion.carry(interruption)

    assert not deletion.has_begun
    assert (error.tombstone, getattr(error, "__notes__", [])) == (None, [])
    assert interruption.tombstone.status == "failed"


def test_an_error_while_a_delete_is_under_way_carries_the_doubt_once(clock):
    deletion, _, _ = sending(clock)
    error = expunge.ConfigurationError("no token")

    deletion.carry(error)
    deletion.carry(error)

    assert deletion.has_begun
    assert (error.tombstone.status, error.tombstone.attempts) == ("unknown", 1)
    assert len(error.__notes__) == 1


def test_an_error_after_an_answer_carries_what_is_known(clock):
    deletion, flow, _ = sending(clock)
    flow.send(LOST)
    error = expunge.ConfigurationError("no token")

    deletion.carry(error)

    assert deletion.has_begun
    assert (error.tombstone.status, error.tombstone.attempts) == ("unknown", 1)


def test_an_error_after_the_end_carries_the_end(clock):
    parsed = expunge.parse_ref(CEREBRAS)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock)
    flow = deletion.run()
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(Answer(problem="no connection could be made", was_sent=False))
    error = expunge.ConfigurationError("no token")

    deletion.carry(error)

    assert not deletion.has_begun
    assert error.tombstone == deletion.outcome.tombstone
