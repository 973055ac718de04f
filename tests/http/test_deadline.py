"""A server that never stops sending a little does not hold a call for longer than its time."""

import asyncio
import threading

import pytest
from tests.http.loopback import serving

import expunge

REF = "cerebras:acme/gpt-oss-120b@2"
LINES = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(params=["header", "body"])
def trickle(request):
    """Return the origin of a server that sends a header, or a body, byte by byte, and whether it came to its end."""
    begin = LINES + (b"X-Slow: " if request.param == "header" else b"Content-Length: 100000\r\n\r\n")
    exhausted = threading.Event()

    def serve(server, connection, _number):
        connection.recv(65_536)
        connection.sendall(begin)
        for _ in range(1_000):
            if server.over.wait(0.02):
                return
            connection.sendall(b"1")
        exhausted.set()

    with serving(serve) as server:
        yield server.origin, exhausted


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_trickling_proxy_ends_with_the_time_of_the_call(kind, trickle, monkeypatch):
    origin, exhausted = trickle
    monkeypatch.setenv("HTTPS_PROXY", origin)
    settings = expunge.Cerebras(api_key="secret", base_url="https://api.example.com")

    with pytest.raises(expunge.ExpungeError) as raised:
        delete(kind, settings)

    assert raised.value.tombstone.status in {"failed", "unknown"}
    assert not exhausted.is_set()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_trickle_ends_with_the_time_of_the_call(kind, trickle):
    origin, exhausted = trickle
    settings = expunge.Cerebras(api_key="secret", base_url=origin)

    with pytest.raises(expunge.Unconfirmed) as raised:
        delete(kind, settings)

    assert raised.value.tombstone.status == "unknown"
    assert not exhausted.is_set()


def delete(kind, settings):
    if kind == "sync":
        with expunge.Client(settings, last_read_seconds=0.3) as client:
            return client.delete(REF, timeout=0.4)

    async def awaited():
        async with expunge.AsyncClient(settings, last_read_seconds=0.3) as client:
            return await client.delete(REF, timeout=0.4)

    return asyncio.run(awaited())
