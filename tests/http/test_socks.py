"""A SOCKS proxy: until its tunnel stands nothing was sent, and through it a delete is like any other."""

import logging
import socket
import threading
from contextlib import suppress

import pytest

import expunge

from . import loopback
from .loopback import REF, TOKEN, Server, serving
from .test_tls import HOST, REFS, certificate, context, provider, statuses  # noqa: F401 - fixtures

PASSWORD = "pass-word-3f9"


class Tunnel:
    """Speaks SOCKS 5 and connects to any port of this machine; it notes what it was asked for."""

    def __init__(self, reply=b"\5\0\0\1\x7f\0\0\1\0\0", method=None, accepts=True):
        self.reply, self.method, self.accepts = reply, method, accepts
        self.asked = []

    def serve(self, _server, near, _number):
        stream = near.makefile("rb")
        version, count = stream.read(2)
        methods = stream.read(count)
        near.sendall(bytes((version, methods[0] if self.method is None else self.method)))
        if methods == b"\2":
            stream.read(1)
            self.asked.append((stream.read(stream.read(1)[0]), stream.read(stream.read(1)[0])))
            near.sendall(b"\1\0" if self.accepts else b"\1\1")
        stream.read(3)
        kind = stream.read(1)[0]
        host = stream.read({1: 4, 4: 16}.get(kind) or stream.read(1)[0])
        port = int.from_bytes(stream.read(2))
        self.asked.append((kind, host))
        near.sendall(self.reply)
        if not self.reply.startswith(b"\5\0"):
            return
        with socket.create_connection(("127.0.0.1", port)) as far:
            back = threading.Thread(target=pump, args=(far, near), daemon=True)
            back.start()
            pump(near, far)
            back.join()


def pump(source, sink):
    with suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=["sync", "async"])
def kind(request):
    return request.param


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("user", ["", f"user:{PASSWORD}@"])
def test_one_tunnel_serves_all_requests(kind, scheme, user, context, monkeypatch):  # noqa: F811
    tunnel = Tunnel()
    with serving(provider(context)) as server, serving(tunnel.serve) as between:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://{user}{HOST}:{between.port}")
        with loopback.both(kind, expunge.TrueFoundry(host=f"https://{HOST}:{server.port}", api_key=TOKEN)) as call:
            found = list(statuses(call, REFS))

        assert found == ["refused"] * 5
        assert (server.connections, between.connections) == (1, 1)
    expected = [(b"user", PASSWORD.encode())] if user else []
    assert tunnel.asked == [*expected, (3, HOST.encode())]  # the proxy looks the name up


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        pytest.param("192.0.2.7", (1, bytes((192, 0, 2, 7))), id="IPv4"),
        pytest.param("[2001:db8::7]", (4, socket.inet_pton(socket.AF_INET6, "2001:db8::7")), id="IPv6"),
    ],
)
def test_an_address_is_asked_for_as_one(kind, address, asked, monkeypatch):
    tunnel = Tunnel(reply=b"\5\4\0\1\0\0\0\0\0\0")
    with serving(tunnel.serve) as between:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5://127.0.0.1:{between.port}")
        loopback.delete(kind, expunge.Cerebras(api_key=TOKEN, base_url=f"https://{address}"), timeout=5.0)

    assert tunnel.asked[-1] == asked


REPLIES = {
    "no-socks": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak SOCKS 5"),
    "closes": (b"", "closed the connection"),
    "no-method": (b"\5\xff", "takes no password"),
    "wrong-password": (b"\5\2\1\1", "refused the user or the password"),
    "not-allowed": (b"\5\2\1\0\5\2\0\1\0\0\0\0\0\0", "its rules forbid it"),
    "unknown-reason": (b"\5\2\1\0\5\x63\0\1\0\0\0\0\0\0", "it gave no reason"),
    "more-than-its-answer": (b"\5\2\1\0\5\0\0\3\1a\0\0HTTP/1.1 200 OK\r\n\r\n", "sent more than its answer"),
}


@pytest.mark.parametrize("name", REPLIES)
def test_until_the_tunnel_stands_nothing_was_sent(kind, name, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    said, why = REPLIES[name]

    def serve(_server: Server, connection: socket.socket, _number: int) -> None:
        connection.recv(3)
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass

    with serving(serve) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5://user:{PASSWORD}@127.0.0.1:{server.port}")
        tombstone = loopback.delete(
            kind, expunge.Cerebras(api_key=TOKEN, base_url="https://api.example.com"), REF, timeout=5.0
        )

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert why in tombstone.detail
    assert PASSWORD not in repr(tombstone) + caplog.text


@pytest.mark.parametrize("kind_of", ["user", "password"])
def test_a_user_or_password_that_socks_cannot_carry_means_that_nothing_was_sent(kind, kind_of, monkeypatch):
    user, password = ("u" * 256, PASSWORD) if kind_of == "user" else ("user", "p" * 256)

    def serve(_server, connection, _number):
        connection.recv(3)
        connection.sendall(b"\5\2")
        assert connection.recv(65_536) == b""

    with serving(serve) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5://{user}:{password}@127.0.0.1:{server.port}")
        tombstone = loopback.delete(
            kind, expunge.Cerebras(api_key=TOKEN, base_url="https://api.example.com"), timeout=5.0
        )

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert "up to 255 bytes" in tombstone.detail
