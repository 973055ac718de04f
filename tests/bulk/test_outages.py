"""A provider that cannot be reached any more: a run tries it now and then, and goes on when it is back."""

import asyncio

import pytest
from attrs import evolve
from tests.bulk.running import both
from tests.conftest import Awaited
from tests.faults.acts import success
from tests.faults.server import FaultServer
from tests.faults.stands import STANDS

import expunge
from expunge._answer import Answer
from expunge._waits import NoLimit
from expunge.bulk.outages import Outages

NO_CONNECTION = Answer(problem="no connection could be made", was_sent=False)
ANSWERED = Answer(http_status=200)


@pytest.fixture
def pace(clock):
    return Outages().around("cerebras", NoLimit(), clock)


def tries(pace, clock, count, answer=NO_CONNECTION):
    """Make *count* calls one after the other; return the seconds that each has waited."""
    waited = []
    for _ in range(count):
        before = clock.monotonic()
        for effect in pace.turn(1_000.0):
            clock.sleep(effect.seconds)
        waited.append(clock.monotonic() - before)
        pace.hear(answer, clock.monotonic())
    return waited


def test_a_lost_connection_is_tried_now_and_then_until_it_is_back(pace, clock):
    tries(pace, clock, 3, ANSWERED)

    lost = tries(pace, clock, 5)
    tries(pace, clock, 1, ANSWERED)

    assert lost == [0, 0, 0.25, 0.25, 0.25]
    assert tries(pace, clock, 3, ANSWERED) == [0, 0, 0]


def test_a_host_that_was_never_reached_is_not_waited_for(pace, clock):
    assert tries(pace, clock, 50) == [0] * 50


def test_a_lost_connection_is_not_waited_for_indefinitely(pace, clock):
    tries(pace, clock, 1, ANSWERED)

    waited = tries(pace, clock, 2_000)

    assert sum(waited) == pytest.approx(300, abs=1)
    assert waited[-500:] == [0] * 500


def test_an_answer_that_was_lost_after_its_request_had_left_is_no_outage(pace, clock):
    tries(pace, clock, 1, ANSWERED)

    assert tries(pace, clock, 10, Answer(problem="no answer came")) == [0] * 10


@pytest.mark.parametrize(
    ("elapsed", "waited"), [pytest.param(299.9, [0.25], id="before"), pytest.param(300.0, [], id="after-five-minutes")]
)
def test_an_outage_is_spaced_for_five_minutes(elapsed, waited, pace, clock):
    tries(pace, clock, 1, ANSWERED)
    pace.hear(NO_CONNECTION, clock.monotonic())
    clock.sleep(elapsed)
    assert list(pace.turn(1_000.0)) == []

    assert [effect.seconds for effect in pace.turn(1_000.0)] == waited


@pytest.mark.parametrize(("most", "waited"), [(0.25, []), (0.26, [0.25])])
def test_a_try_is_waited_for_only_before_the_deadline(most, waited, pace, clock):
    tries(pace, clock, 1, ANSWERED)
    tries(pace, clock, 2)

    assert [effect.seconds for effect in pace.turn(most)] == waited


def test_the_wait_for_a_try_takes_from_the_time_for_the_turn(clock):
    class Recorded(NoLimit):
        def turn(self, most):
            asked.append(most)
            return super().turn(most)

    asked = []
    pace = Outages().around("cerebras", Recorded(), clock)
    tries(pace, clock, 1, ANSWERED)
    tries(pace, clock, 2)
    asked.clear()

    assert len(list(pace.turn(1.0))) == 1
    assert asked == [0.75]


def test_a_try_beyond_the_deadline_is_made_at_once(pace, clock):
    tries(pace, clock, 1, ANSWERED)
    tries(pace, clock, 3)

    assert list(pace.turn(0.1)) == []


@both
def test_a_run_does_not_use_up_its_list_while_a_connection_is_lost(kind, clock):
    """Its server accepts no connection after its first answer."""
    stand = STANDS["cerebras"]
    refs = [stand.ref, *(f"cerebras:acme/gpt-oss-120b@{number}" for number in range(101, 141))]
    last = evolve(success(headers={"Connection": "close"}).works(), is_last=True)
    server = FaultServer(stand, deletes=[last])
    settings = stand.settings(server.origin)

    if kind == "sync":
        with expunge.Client(settings, clock=clock) as client:
            got = list(client.delete_many(refs, concurrency=1))
    else:
        with asyncio.Runner() as runner:
            got = list(Awaited(expunge.AsyncClient(settings, clock=clock), runner).delete_many(refs, concurrency=1))

    server.stop()
    assert [each.status for each in got] == ["deleted", *["failed"] * 40]
    assert sum(clock.slept) == pytest.approx(39 * 0.25, abs=1)
