"""A cancelled task and Ctrl-C with a real request under way: what was sent is settled by one read, then they go on."""

import asyncio
import signal
import subprocess
import sys
import threading

import pytest
from tests.contract.holding import holding

import expunge
from expunge.sandbox import Sandbox

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in (1, 2, 3)]


@pytest.fixture
def server():
    with holding() as server:
        yield server


def test_a_cancelled_delete_is_settled_and_stays_cancelled(server):
    events = []

    async def run():
        settings = expunge.Cerebras(api_key="k", base_url=server.origin)
        async with expunge.AsyncClient(settings, listeners=[events.append]) as client:
            task = asyncio.create_task(client.delete(REFS[0]))
            await asyncio.to_thread(server.arrived.acquire)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return task.cancelled()

    assert asyncio.run(run())
    assert [event.kind for event in events] == ["read_back", "settled"]
    tombstone = events[-1].tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)
    assert server.requests == ["DELETE", "GET"]


def test_a_deadline_of_the_caller_settles_all_that_is_under_way(server):
    events, carried = [], []

    async def run():
        settings = expunge.Cerebras(api_key="k", base_url=server.origin)
        async with expunge.AsyncClient(settings, listeners=[events.append]) as client:

            async def collect():
                try:
                    return [tombstone async for tombstone in client.delete_many(REFS, concurrency=3)]
                except asyncio.CancelledError as interruption:
                    carried.extend(interruption.tombstones)
                    raise

            task = asyncio.create_task(collect())
            for _ in REFS:
                await asyncio.to_thread(server.arrived.acquire)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())

    settled = {event.ref: event.tombstone.status for event in events if event.kind == "settled"}
    assert settled == dict.fromkeys(REFS, "deleted")
    assert {tombstone.ref: tombstone.status for tombstone in carried} == settled


PROGRAM = """\
import sys
import expunge

def show(event):
    print(event.kind, event.tombstone.status if event.tombstone else "", flush=True)

with expunge.Client(expunge.Cerebras(api_key="k", base_url=sys.argv[1]), listeners=[show]) as client:
    client.delete(sys.argv[2])
"""


MANY = """\
import sys
import expunge

with expunge.Client(expunge.Cerebras(api_key="k", base_url=sys.argv[1])) as client:
    try:
        list(client.delete_many(sys.argv[2:], timeout=5))
    except KeyboardInterrupt as interruption:
        for tombstone in interruption.tombstones:
            print(tombstone.ref, tombstone.status)
        raise
"""


def test_ctrl_c_carries_what_threads_had_under_way(server):
    with subprocess.Popen(
        [sys.executable, "-c", MANY, server.origin, *REFS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in REFS:
            server.arrived.acquire()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()

    assert sorted(out.splitlines()) == [f"{ref} deleted" for ref in REFS]
    assert all(f"{ref}: deleted." in err for ref in REFS)
    assert process.returncode == -signal.SIGINT


THROTTLED = """\
import os, signal, sys, threading
import expunge

paused = threading.Event()

def heard(event):
    if event.kind == "retry":
        paused.set()

def interrupt():
    paused.wait()
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
with expunge.Client(expunge.Cerebras(api_key="k", base_url=sys.argv[1]), listeners=[heard]) as client:
    try:
        list(client.delete_many(sys.argv[2:]))
    except KeyboardInterrupt as interruption:
        for tombstone in interruption.tombstones:
            print(tombstone.ref, tombstone.status, tombstone.attempts)
"""


def test_ctrl_c_ends_the_pauses_of_threads():
    """Each pause would last as long as the provider asks for, and a delete would be sent after it.

    The first 429 pauses the provider, so the other deletes may wait for their turn and not for a retry.
    """
    with Sandbox() as sandbox:
        for _ in REFS:
            sandbox.answer_next("cerebras", "DELETE", 429, {"message": "later"}, {"Retry-After": "100"})

        done = subprocess.run(
            [sys.executable, "-c", THROTTLED, sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"], *REFS],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )

        rows = [line.split() for line in done.stdout.splitlines()]
        assert {status for _, status, _ in rows} == {"failed"}
        assert {attempts for _, _, attempts in rows} <= {"0", "1"}
        assert [request.method for request in sandbox.requests] == ["DELETE"] * sum(int(row[2]) for row in rows)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_in_the_callers_own_list_carries_what_was_begun(error):
    """Ctrl-C may come while references are read, which may take its time."""
    begun = threading.Event()

    def refs():
        yield "baseten:mod3x7q@dep2bbb"
        begun.wait()
        raise error

    got = []
    with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ, listeners=[lambda _: begun.set()]) as client:
        tombstones = client.delete_many(refs())
        with pytest.raises(error) as caught:
            any(got.append(tombstone) for tombstone in tombstones)

        assert [tombstone.status for tombstone in (*got, *caught.value.tombstones)] == ["deleted"]


def test_ctrl_c_settles_and_then_interrupts(server):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, server.origin, REFS[0]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        server.arrived.acquire()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()

    assert out.split("\n")[:2] == ["read_back ", "settled deleted"]
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in err
    assert f"{REFS[0]}: deleted. A read found it gone after an interruption." in err
