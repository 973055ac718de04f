"""Forks, other event loops, cancel scopes and time limits: each client speaks for itself, and nothing is lost."""

import asyncio
import json
import multiprocessing
import os
import signal
import threading
import traceback

import anyio
import pytest
from tests.contract.holding import holding

import expunge
from expunge.sandbox import Sandbox

REFUSED, DELETED = "baseten:mod3x7q@dep1aaa", "baseten:mod3x7q@dep2bbb"
forks = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # what a fork of many threads may do is tested


def status_of(client, ref):
    try:
        return client.delete(ref).status
    except expunge.ExpungeError as error:
        return error.tombstone.status


def tell(client, ref, pipe):
    os.write(pipe, status_of(client, ref).encode())


@forks
@pytest.mark.parametrize("how", ["fork", "multiprocessing"])
def test_a_forked_client_takes_no_answer_of_the_other_process(how):
    for _ in range(5):
        with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ) as client:
            client.get(DELETED)  # a connection is open, which both would use
            reading, writing = os.pipe()
            if how == "fork":
                child = os.fork()
                if not child:
                    try:
                        tell(client, REFUSED, writing)
                    finally:
                        os._exit(0)
                mine = status_of(client, DELETED)
                os.waitpid(child, 0)
            else:
                context = multiprocessing.get_context("fork")
                process = context.Process(target=tell, args=(client, REFUSED, writing))
                process.start()
                mine = status_of(client, DELETED)
                process.join()
                process.close()
            os.close(writing)
            theirs = os.read(reading, 100).decode()
            os.close(reading)

            assert (mine, theirs) == ("deleted", "refused")


@forks
def test_a_run_goes_on_in_its_own_process_only():
    """A fork has no threads, so it would wait for them indefinitely."""
    with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ) as client:
        tombstones = client.delete_many([REFUSED, DELETED], concurrency=1)
        first = next(tombstones)
        child = os.fork()
        if not child:
            signal.alarm(60)
            try:
                list(tombstones)
            except RuntimeError:
                os._exit(5)
            os._exit(0)
        _, status = os.waitpid(child, 0)

        assert {first.ref, *(tombstone.ref for tombstone in tombstones)} == {REFUSED, DELETED}
        assert os.waitstatus_to_exitcode(status) == 5


@forks
def test_a_forked_awaited_client_opens_connections_of_its_own():
    with Sandbox() as sandbox:
        client = expunge.AsyncClient.from_env(sandbox.environ)
        reading, writing = os.pipe()

        async def warm():
            await client.get(DELETED)
            await client.aclose()

        asyncio.run(warm())
        child = os.fork()
        if not child:
            try:
                os.write(writing, asyncio.run(client.delete(DELETED)).status.encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)

        assert os.read(reading, 100) == b"deleted"
        os.close(reading)


def test_an_awaited_client_works_in_a_second_event_loop():
    with Sandbox() as sandbox:
        client = expunge.AsyncClient.from_env(sandbox.environ)

        async def delete():
            try:
                return await client.delete(DELETED)
            finally:
                await client.aclose()

        async def read():
            try:
                return await client.get(DELETED)
            finally:
                await client.aclose()

        assert asyncio.run(read()).ref == DELETED
        assert asyncio.run(delete()).status == "deleted"


@pytest.fixture
def server():
    with holding() as server:
        yield server


REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in (1, 2, 3, 4)]


def test_a_cancel_scope_settles_one_deletion_and_goes_on(server):
    async def run():
        async with expunge.AsyncClient(expunge.Cerebras(api_key="k", base_url=server.origin)) as client:
            with anyio.CancelScope() as scope:

                async def cancel():
                    await asyncio.to_thread(server.arrived.acquire)
                    scope.cancel()

                task = asyncio.create_task(cancel())
                try:
                    await client.delete(REFS[0])
                except asyncio.CancelledError as error:
                    tombstone = error.tombstone
                    raise
            await task
            return scope.cancelled_caught, tombstone

    was_caught, tombstone = asyncio.run(run())

    assert was_caught
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)


@pytest.mark.parametrize("kind", ["scope", "cancel", "cancel twice"])
def test_a_cancelled_run_carries_all_that_was_begun(kind, server):
    carried = []

    async def collect(client):
        try:
            async for _ in client.delete_many(REFS):
                pass
        except asyncio.CancelledError as error:
            carried.extend(error.tombstones)
            raise

    async def run():
        async with expunge.AsyncClient(expunge.Cerebras(api_key="k", base_url=server.origin)) as client:
            with anyio.CancelScope() as scope:
                task = asyncio.create_task(collect(client)) if kind != "scope" else None

                async def cancel():
                    for _ in REFS:
                        await asyncio.to_thread(server.arrived.acquire)
                    if task is None:
                        scope.cancel()
                        return
                    task.cancel()
                    if kind == "cancel twice":
                        await asyncio.sleep(0)
                        task.cancel()

                cancelling = asyncio.create_task(cancel())
                if task is None:
                    await collect(client)
                else:
                    await asyncio.wait([task])
            await cancelling

    asyncio.run(run())

    statuses = {tombstone.ref: tombstone.status for tombstone in carried}
    assert set(statuses) == set(REFS)
    assert set(statuses.values()) <= ({"deleted", "unknown"} if kind == "cancel twice" else {"deleted"})


def within_timeout(deletion):
    async def run():
        async with asyncio.timeout(0.5):
            await deletion

    return run()


@pytest.mark.parametrize("limited", [within_timeout, lambda deletion: asyncio.wait_for(deletion, 0.5)])
def test_a_time_limit_of_asyncio_has_the_record_behind_it(limited, server):
    async def run():
        async with expunge.AsyncClient(expunge.Cerebras(api_key="k", base_url=server.origin)) as client:
            await limited(client.delete(REFS[0]))

    with pytest.raises(TimeoutError) as raised:
        asyncio.run(run())

    # Early releases of 3.11 name no cause.
    tombstone = (raised.value.__cause__ or raised.value.__context__).tombstone
    assert (tombstone.ref, tombstone.status) == (REFS[0], "deleted")


def test_ctrl_c_in_an_event_loop_has_the_records_as_its_context(server):
    async def run():
        async with expunge.AsyncClient(expunge.Cerebras(api_key="k", base_url=server.origin)) as client:
            async for _ in client.delete_many(REFS):
                pass

    def interrupt():
        for _ in REFS:
            server.arrived.acquire()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as raised:
            asyncio.run(run())
    finally:
        signal.signal(signal.SIGINT, before)

    carried = {tombstone.ref: tombstone.status for tombstone in raised.value.__context__.tombstones}
    assert carried == dict.fromkeys(REFS, "deleted")


class SoftTimeLimitExceeded(Exception):
    """The exception that a task queue raises out of an alarm's handler."""


def test_a_time_limit_that_a_signal_raises_carries_the_tombstone(server):
    def alarm(_number, _frame):
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, alarm)
    threading.Thread(
        target=lambda: (server.arrived.acquire(), signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)),
        daemon=True,
    ).start()
    try:
        with (
            expunge.Client(expunge.Cerebras(api_key="k", base_url=server.origin)) as client,
            pytest.raises(SoftTimeLimitExceeded) as raised,
        ):
            client.delete(REFS[0])
    finally:
        signal.signal(signal.SIGALRM, before)

    tombstone = raised.value.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)
    assert json.dumps(tombstone.to_dict())
    frames = traceback.extract_tb(raised.value.__traceback__)
    assert frames[-1].name == "alarm"  # the frames of an exchange hold the credential, and the application's do not
