"""The rate of one provider: kept by every call, lowered by a 429, and raised again."""

import threading
from contextlib import ExitStack

import pytest
from tests.conftest import SteppedClock

import expunge
from expunge._answer import Answer
from expunge._provider_access import limits_of
from expunge.bulk.limits import Limit
from expunge.providers import PROVIDERS

DOCUMENTED = {"truefoundry": None, "cerebras": None, "baseten": 100.0, "replicate": 50.0}


def limit_of(per_second, clock):
    return Limit(per_second, clock, lambda _answer: None)


def throttled(asked=None):
    headers = {} if asked is None else {"retry-after": asked}
    return Answer(http_status=429, problem="HTTP 429", headers=headers)


def taken(limit, clock, count):
    """Take *count* turns one after the other; return the times at which they came."""
    times = []
    for _ in range(count):
        for effect in limit.turn(most=1_000.0):
            clock.sleep(effect.seconds)
        times.append(clock.monotonic())
    return times


def test_each_provider_keeps_the_rate_that_it_documents():
    assert {name: adapter.calls_per_second for name, adapter in PROVIDERS.items()} == DOCUMENTED


@pytest.mark.parametrize("rate", [50.0, 100.0])
def test_half_a_seconds_worth_may_leave_at_once_and_then_the_rate_is_kept(rate, clock):
    times = taken(limit_of(rate, clock), clock, 1_000)

    assert sum(time == times[0] for time in times) == rate / 2
    for first in range(0, 1_000, 7):
        within = sum(times[first] <= time < times[first] + 1.0 for time in times[first:])
        assert within <= 1.5 * rate + 1
    assert times[-1] - times[0] == pytest.approx((1_000 - rate / 2) / rate, rel=0.01)


def test_a_rate_below_two_a_second_has_no_burst(clock):
    assert taken(limit_of(1.0, clock), clock, 3) == [1_000.0, 1_001.0, 1_002.0]


def test_no_rate_is_invented(clock):
    assert set(taken(limit_of(None, clock), clock, 1_000)) == {1_000.0}


@pytest.mark.parametrize("rate", [None, 50.0])
def test_a_429_pauses_for_the_time_that_it_asks(rate, clock):
    limit = limit_of(rate, clock)
    taken(limit, clock, 5)

    limit.hear(throttled(asked="20"), left_at=clock.monotonic())

    assert limit.waits_for() == 20.0
    assert taken(limit, clock, 1) == [1_020.0]


def test_a_turn_that_was_waited_for_is_lost_to_a_429(clock):
    limit = limit_of(50.0, clock)
    taken(limit, clock, 25)
    turn = limit.turn(most=100.0)
    clock.sleep(next(turn).seconds)

    limit.hear(throttled(asked="20"), left_at=clock.monotonic())

    assert next(turn).seconds == pytest.approx(20.0)


def test_the_rate_is_lowered_by_a_429_once_and_recovers(clock):
    limit = limit_of(50.0, clock)
    before = clock.monotonic()
    taken(limit, clock, 25)

    for _ in range(20):
        limit.hear(throttled(), left_at=before)  # all had left before the first was heard of
    slowed = taken(limit, clock, 50)
    clock.sleep(60.0)
    recovered = taken(limit, clock, 75)

    assert 25 < 50 / (slowed[-1] - slowed[0]) < 40
    assert 50 / (recovered[-1] - recovered[25]) == pytest.approx(50.0, rel=0.05)


def spaces(limit, clock, count):
    """Take turns until *count* of them had to be waited for; return the seconds between these."""
    waits = []
    while len(waits) < count:
        for effect in limit.turn(most=1_000.0):
            waits.append(effect.seconds)
            clock.sleep(effect.seconds)
    return waits[1:]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(None, [0.02, 0.04, 0.08, 0.1, 0.1], id="no-documented-limit"),
        pytest.param(50.0, [0.04, 0.08, 0.1, 0.1, 0.1], id="documented"),
        pytest.param(5.0, [0.2, 0.2, 0.2, 0.2, 0.2], id="slower-than-any-slowing"),
    ],
)
def test_each_429_doubles_the_space_up_to_a_tenth_of_a_second(rate, expected, clock):
    limit = limit_of(rate, clock)
    found = []
    for _ in expected:
        clock.sleep(0.001)
        limit.hear(throttled(), left_at=clock.monotonic())
        found += spaces(limit, clock, 2)

    assert found == pytest.approx(expected, rel=0.15)


def test_a_fifth_of_the_slowing_goes_in_each_second(clock):
    limit = limit_of(100.0, clock)
    for _ in range(4):
        clock.sleep(0.001)
        limit.hear(throttled(), left_at=clock.monotonic())
    slowed = clock.monotonic()

    clock.sleep(10.0)
    (after_a_pause,) = spaces(limit, clock, 2)

    expected = 0.01 + 0.09 * 0.8 ** (clock.monotonic() - slowed)
    assert after_a_pause == pytest.approx(expected, rel=0.02)


def test_calls_that_had_left_when_the_rate_was_lowered_do_not_lower_it_again(clock):
    limit = limit_of(50.0, clock)
    for _ in range(3):
        limit.hear(throttled(), left_at=clock.monotonic())

    assert spaces(limit, clock, 2) == pytest.approx([0.04], rel=0.05)


def test_calls_that_had_left_long_before_do_not_lower_it_again(clock):
    limit, left_at = limit_of(50.0, clock), clock.monotonic()
    clock.sleep(1.0)
    for _ in range(3):
        limit.hear(throttled(), left_at)

    assert spaces(limit, clock, 2) == pytest.approx([0.04], rel=0.05)


def test_a_turn_that_is_due_in_a_moment_is_not_waited_for(clock):
    limit = limit_of(50.0, clock)
    taken(limit, clock, 25)
    clock.sleep(0.01995)

    assert list(limit.turn(most=1.0)) == []
    assert limit.calls == 26


def test_other_answers_change_no_rate(clock):
    limit = limit_of(50.0, clock)
    limit.hear(Answer(http_status=503, headers={"retry-after": "20"}), left_at=clock.monotonic())

    assert limit.waits_for() == 0.0
    assert spaces(limit, clock, 2) == pytest.approx([0.02])


@pytest.mark.parametrize("waits", [("20", "5"), ("5", "20")])
def test_of_two_waits_the_longer_one_counts(waits, clock):
    limit = limit_of(50.0, clock)
    for asked in waits:
        limit.hear(throttled(asked), left_at=clock.monotonic())

    assert (limit.asked, limit.waits_for()) == (20.0, 20.0)


def test_after_a_pause_half_a_burst_may_leave_at_once(clock):
    limit = limit_of(50.0, clock)
    limit.hear(throttled("60"), left_at=clock.monotonic())

    assert taken(limit, clock, 30).count(1_060.0) == 11


def test_a_turn_may_come_at_the_deadline_but_not_after_it(clock):
    limit = limit_of(50.0, clock)
    limit.hear(throttled("20"), left_at=clock.monotonic())

    assert next(limit.turn(most=20.0)).seconds == 20.0
    assert list(limit.turn(most=19.999)) == []


def test_the_time_that_a_lost_turn_took_counts(clock):
    limit = limit_of(50.0, clock)
    taken(limit, clock, 25)
    turn = limit.turn(most=20.01)
    clock.sleep(next(turn).seconds)

    limit.hear(throttled("20"), left_at=clock.monotonic())

    with pytest.raises(StopIteration) as end:
        next(turn)
    assert end.value.value is False


def test_a_turn_beyond_the_deadline_is_not_waited_for_and_not_taken(clock):
    limit = limit_of(50.0, clock)
    limit.hear(throttled(asked="20"), left_at=clock.monotonic())

    for _ in range(1_000):
        with pytest.raises(StopIteration) as end:
            next(limit.turn(most=10.0))
        assert end.value.value is False

    assert limit.calls == 0
    assert taken(limit, clock, 1) == [1_020.0]


def test_a_lock_that_an_interruption_left_taken_holds_nothing_up(clock, monkeypatch):
    monkeypatch.setattr("expunge.bulk.limits._LOCK_IS_LOST", 0.001)
    limit = limit_of(50.0, clock)
    limit._lock.acquire()

    assert len(taken(limit, clock, 30)) == 30


def test_threads_share_one_rate():
    clock = SteppedClock()  # it stands still, so nobody's turn can come twice
    limit, waits, ready = limit_of(100.0, clock), [], threading.Barrier(8)

    def take():
        ready.wait()
        waits.extend(next(limit.turn(most=1_000.0), None) for _ in range(50))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sleeps = sorted(wait.seconds for wait in waits if wait is not None)
    assert sleeps == pytest.approx([number / 100 for number in range(1, 351)])


def test_reads_deletes_and_waits_are_all_counted(sandbox, client, clock):
    refs = [f"replicate:acme/churn@{number:064x}" for number in range(1, 41)]
    for ref in refs:
        sandbox.add(ref)

    for ref in refs:
        client.get(ref)
    statuses = {tombstone.status for tombstone in client.delete_many(refs, concurrency=1, wait=True)}

    assert statuses == {"deleted"}
    assert len(sandbox.requests) - 25 <= 50 * (clock.monotonic() - 1_000.0) + 1


def test_a_429_of_one_provider_holds_up_no_other(sandbox, client, clock):
    sandbox.answer_next("baseten", "GET", 429, {}, {"Retry-After": "20"})
    sandbox.add("baseten:mod3x7q@dep9zzz")

    client.get("baseten:mod3x7q@dep9zzz")
    waited = clock.monotonic()
    client.get("cerebras:acme/gpt-oss-120b@2")

    assert waited == 1_020.0
    assert clock.monotonic() == waited


def test_clients_with_one_credential_share_its_rate(sandbox):
    """Each would otherwise keep the rate by itself, and both together exceed it."""
    ref, environ = "replicate:acme/churn", sandbox.environ
    with ExitStack() as opened:
        clients = [
            opened.enter_context(expunge.Client.from_env(environ | token))
            for token in ({}, {}, {"REPLICATE_API_TOKEN": "another"})
        ]
        for client in clients[:2]:
            assert len(list(client.versions(ref))) == 24
        with pytest.raises(expunge.AuthenticationError):
            list(clients[2].versions(ref))

        first, second, third = (limits_of(client)["replicate"] for client in clients)

    assert first is second
    assert first is not third
    assert (first.calls, third.calls) == (len(sandbox.requests) - 1, 1)
