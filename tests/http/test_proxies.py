"""Proxies of the environment are used as people expect, see no token, and are never asked for this machine."""

import asyncio
import base64
import logging
import os
import socket
import struct

import pytest
from tests.conftest import settings

import expunge

from . import loopback
from .loopback import REF, TOKEN, request_of, serving


@pytest.fixture
def proxy(monkeypatch):
    """Return the requests to a proxy on this machine; it refuses everything."""
    asked = []

    def serve(_server, connection, _number):
        asked.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with serving(serve) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{server.port}")
        monkeypatch.setenv("HTTP_PROXY", server.origin)
        yield asked


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


PASSWORD = "pass-word-3f9"
ECHO = base64.b64encode(f"user:{PASSWORD}".encode())
ACCEPTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
CONNECTS = {
    "dropped": b"",
    "garbled": b"SSH-2.0-OpenSSH_9.6\r\n",
    "cut": b"HTTP/1.1 200 Conn",
    "nul-bytes": b"\0" * 4_096,
    "redirected": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
    "locked-out": b"HTTP/1.1 407 no " + PASSWORD.encode() + b" " + ECHO + b"\r\nContent-Length: 0\r\n\r\n",
    "accepted-then-dropped": ACCEPTED,
    "accepted-then-garbled": ACCEPTED + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "accepted-then-alert": ACCEPTED + b"\x15\x03\x03\x00\x02\x02\x28",
}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("ending", ["closes", "resets", "stalls"])
@pytest.mark.parametrize("said", CONNECTS)
def test_until_the_tunnel_stands_nothing_was_sent(kind, said, ending, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)

    def serve(server, connection, _number):
        request_of(connection)
        connection.sendall(CONNECTS[said])
        if ending == "stalls":
            server.over.wait(30)
        elif ending == "resets":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(serve) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{server.port}")
        tombstone = loopback.delete(kind, expunge.Cerebras(api_key=TOKEN, base_url="https://api.example.com"))

    assert (tombstone.status, tombstone.attempts) == ("failed", 0), tombstone.detail
    assert server.connections >= 1
    for text in (repr(tombstone), caplog.text):
        assert PASSWORD not in text
        assert ECHO.decode() not in text


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_proxy_without_a_scheme_is_one_of_http(kind, proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", os.environ["HTTPS_PROXY"].removeprefix("http://"))

    with pytest.raises(expunge.TransportError):
        delete(kind, expunge.Cerebras(api_key="the-token", base_url="https://api.example.com"))

    assert all(request.startswith(b"CONNECT api.example.com:443 ") for request in proxy)
    assert b"Basic " + base64.b64encode(b"user:word") in proxy[0]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_too_many_open_files_mean_that_nothing_was_sent(kind):
    """A limit of the system is met before the first byte."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with loopback.both(kind, expunge.Cerebras(api_key=TOKEN, base_url="http://127.0.0.1:9")) as call:
        with pytest.raises(expunge.TransportError, match="Connect"):
            call("delete", REF, timeout=5.0)  # whatever else needs a file is open now
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            with pytest.raises(expunge.TransportError) as raised:
                call("delete", REF, timeout=5.0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert "Too many open files" in str(raised.value)
    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)
