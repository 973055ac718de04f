"""An interruption while a connection is made: nothing has left, and the record says so."""

import asyncio
import signal
import threading

import pytest

import expunge

from .loopback import REF, serving

CONFIGURATION = expunge.Cerebras(api_key="the-token", base_url="https://api.example.com")


@pytest.fixture
def proxy(monkeypatch):
    """Return a list for the function that a proxy calls when it is asked for a tunnel; it never answers."""
    strikes = []

    def stall(server, connection, _number):
        assert connection.recv(65_536).startswith(b"CONNECT ")
        strikes[0]()
        server.over.wait(60)

    with serving(stall) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.origin)
        yield strikes


def delete_sync(strikes):
    here = threading.get_ident()
    strikes.append(lambda: signal.pthread_kill(here, signal.SIGINT))
    with expunge.Client(CONFIGURATION) as client:
        client.delete(REF)


def delete_async(strikes):
    async def run():
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        strikes.append(lambda: loop.call_soon_threadsafe(task.cancel))
        async with expunge.AsyncClient(CONFIGURATION) as client:
            await client.delete(REF)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("delete", "error"), [(delete_sync, KeyboardInterrupt), (delete_async, asyncio.CancelledError)]
)
def test_a_deletion_that_was_interrupted_while_it_connected_was_never_sent(delete, error, proxy):
    with pytest.raises(error) as raised:
        delete(proxy)

    tombstone = raised.value.tombstone
    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert tombstone.detail == "It was not deleted: it was interrupted before anything was sent."
