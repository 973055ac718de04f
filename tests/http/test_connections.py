"""Connections that rest: how many are opened, which one is used next, and how often they are looked at."""

import asyncio
import time
from itertools import pairwise

import pytest

import expunge
from expunge._http.reuse import REST_SECONDS, Resting

from .loopback import TOKEN, answer, both, request_of, serving

ALL, UNDER_WAY = 120, 12
REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(1, ALL + 1)]


class Provider:
    """Deletes each version that it is asked to, and notes each request."""

    def __init__(self):
        self.requests = []

    def serve(self, _server, connection, _number):
        while request := request_of(connection):
            method, target, _ = request.decode().split(" ", 2)
            self.requests.append(method)
            name = target.removeprefix("/management/v1/")
            connection.sendall(answer(f'{{"name": "{name}", "deleted": true}}'.encode()))


def delete_many(kind, settings, refs):
    if kind == "sync":
        with expunge.Client(settings) as client:
            return list(client.delete_many(refs, concurrency=UNDER_WAY))

    async def awaited():
        async with expunge.AsyncClient(settings) as client:
            return [each async for each in client.delete_many(refs, concurrency=UNDER_WAY)]

    return asyncio.run(awaited())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_more_connections_are_opened_than_deletions_are_under_way(kind):
    provider = Provider()
    with serving(provider.serve) as server:
        found = delete_many(kind, expunge.Cerebras(api_key=TOKEN, base_url=server.origin), REFS)

        assert {tombstone.status for tombstone in found} == {"deleted"}
        assert server.connections <= UNDER_WAY
    assert provider.requests == ["DELETE"] * ALL


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_one_at_a_time_takes_one_connection_and_one_request_each(kind):
    provider = Provider()
    with serving(provider.serve) as server:
        with both(kind, expunge.Cerebras(api_key=TOKEN, base_url=server.origin)) as call:
            for ref in REFS[:20]:
                call("delete", ref)

        assert server.connections == 1
    assert provider.requests == ["DELETE"] * 20


def test_a_delete_that_a_busy_event_loop_kept_until_its_time_was_over_never_left():
    """Other work of the loop takes all of the time, after the connection was found and before the first byte."""
    provider = Provider()

    async def compute():
        ends = time.monotonic() + 0.3
        while time.monotonic() < ends:
            pass

    async def awaited(settings):
        async with expunge.AsyncClient(settings) as client:
            await client.delete(REFS[0])
            deletion = asyncio.create_task(client.delete(REFS[1], timeout=0.2))
            await asyncio.gather(deletion, compute())

    with serving(provider.serve) as server, pytest.raises(expunge.TransportError) as raised:
        asyncio.run(awaited(expunge.Cerebras(api_key=TOKEN, base_url=server.origin)))

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)
    assert provider.requests == ["DELETE"]


class Kept:
    """A connection that counts how often it was looked at."""

    has_more = False

    def __init__(self, arrives=None, *, goes_on=True):
        self.rested_at = 0.0
        self.looks = 0
        self.is_closed = False
        self._arrives = arrives
        self._goes_on = goes_on

    def goes_on(self):
        return self._goes_on

    def arrived(self):
        self.looks += 1
        return self._arrives

    def close(self):
        self.is_closed = True


def resting(*connections):
    stack = Resting()
    for connection in connections:
        stack.put(connection)
    return stack


def test_to_take_one_of_many_looks_at_one():
    many = [Kept() for _ in range(1_000)]
    stack = resting(*many)

    for _ in range(500):
        stack.put(stack.take())

    assert sum(connection.looks for connection in many) == 500


def test_the_last_one_used_is_used_next():
    first, second = Kept(), Kept()
    stack = resting(first, second)

    assert (stack.take(), stack.take(), stack.take()) == (second, first, None)


def test_one_that_has_ended_is_closed_and_the_next_one_is_used():
    usable, ended = Kept(), Kept(arrives=b"")
    stack = resting(usable, ended)

    assert stack.take() is usable
    assert ended.is_closed
    assert not stack.is_over


def test_bytes_that_nobody_asked_for_end_the_reuse_of_all():
    quiet, talking = Kept(), Kept(arrives=b"H")
    stack = resting(quiet, talking)

    assert stack.take() is None
    assert stack.is_over
    assert (quiet.is_closed, talking.is_closed) == (True, True)
    later = Kept()
    stack.put(later)
    assert later.is_closed


def test_more_than_an_answer_ends_the_reuse_of_all():
    connection = Kept()
    connection.has_more = True
    stack = resting(connection)

    assert connection.is_closed
    assert stack.is_over


def test_one_that_either_side_wants_closed_is_closed():
    connection = Kept(goes_on=False)
    stack = resting(connection)

    assert connection.is_closed
    assert (stack.take(), stack.is_over) == (None, False)


def test_those_that_have_rested_for_too_long_are_closed_and_the_others_are_not_looked_at():
    old, new = [Kept() for _ in range(5)], [Kept() for _ in range(5)]
    stack = resting(*old, *new)
    for connection in old:
        connection.rested_at -= REST_SECONDS + 1

    stack.put(Kept())

    assert all(connection.is_closed for connection in old)
    assert not any(connection.is_closed or connection.looks for connection in new)
    assert all(before.rested_at <= after.rested_at for before, after in pairwise(new))


def test_one_that_has_rested_for_too_long_is_not_used():
    connection = Kept()
    stack = resting(connection)
    connection.rested_at -= REST_SECONDS + 1

    assert stack.take() is None
    assert connection.is_closed


def test_what_comes_back_to_a_closed_session_is_closed():
    stack = resting(before := Kept())
    stack.close()
    stack.put(after := Kept())

    assert (before.is_closed, after.is_closed) == (True, True)
