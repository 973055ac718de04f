"""Proxies of the environment are used as people expect, see no token, and are never asked for this machine."""

import asyncio
import socket
import threading

import pytest
from tests.conftest import settings

import expunge

REF = "cerebras:acme/gpt-oss-120b@2"


@pytest.fixture
def proxy(monkeypatch):
    """Give what a proxy on this machine was asked; it refuses everything."""
    asked = []

    def accept(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield asked
        listener.shutdown(socket.SHUT_RDWR)


def delete(kind, configuration):
    if kind == "sync":
        with expunge.Client(configuration) as client:
            return client.delete(REF, timeout=5)

    async def awaited():
        async with expunge.AsyncClient(configuration) as client:
            return await client.delete(REF, timeout=5)

    return asyncio.run(awaited())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_proxy_that_refuses_means_that_nothing_was_sent(kind, proxy):
    with pytest.raises(expunge.TransportError) as raised:
        delete(kind, expunge.Cerebras(api_key="the-token", base_url="https://api.example.com"))

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)
    assert proxy
    assert all(request.startswith(b"CONNECT api.example.com:443 ") for request in proxy)
    assert b"the-token" not in b"".join(proxy)
    assert "word" not in str(raised.value)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_this_machine_is_never_behind_a_proxy(kind, proxy, sandbox):
    (configuration,) = (each for each in settings(sandbox.environ) if each.provider == "cerebras")

    assert delete(kind, configuration).status == "deleted"
    assert proxy == []


def test_a_proxy_that_cannot_be_used_is_a_matter_of_configuration(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:9")

    with pytest.raises(expunge.ConfigurationError, match="proxy that the environment names cannot be used"):
        delete("sync", expunge.Cerebras(api_key="k", base_url="https://api.example.com"))
