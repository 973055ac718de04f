"""The time of a call bounds it all: floods, lookups, and hosts of many addresses."""

import socket
import threading
from contextlib import ExitStack
from time import monotonic

import pytest

import expunge

from .loopback import REF, TOKEN, answer, delete, request_of, serving

pytestmark = pytest.mark.slow

_LONGEST_SECONDS = 15.0
"""A client that bears a flood for so long would bear it indefinitely."""


def flooding(exhausted):
    """Return a server's function that never stops saying that the request may go on."""

    def serve(_server, connection, _number):
        request_of(connection)
        ends = monotonic() + _LONGEST_SECONDS
        while monotonic() < ends:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        exhausted.set()

    return serve


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_flood_of_interim_answers_ends_with_the_time_of_the_call(kind):
    exhausted = threading.Event()
    with serving(flooding(exhausted)) as server:
        tombstone = delete(kind, expunge.Cerebras(api_key=TOKEN, base_url=server.origin))

    assert (tombstone.status, tombstone.attempts) == ("unknown", 1)
    assert not exhausted.is_set()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_proxy_that_floods_ends_with_the_time_of_the_call(kind, monkeypatch):
    exhausted = threading.Event()
    with serving(flooding(exhausted)) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.origin)
        tombstone = delete(kind, expunge.Cerebras(api_key=TOKEN, base_url="https://api.example.com"))

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert not exhausted.is_set()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_an_address_that_answers_is_found_behind_six_that_do_not(kind, monkeypatch):
    """Each address gets a share of the time; before, the first one took it all."""

    def serve(_server, connection, _number):
        request_of(connection)
        connection.sendall(answer(b'{"name": "orgs/acme/models/gpt-oss-120b/versions/2", "deleted": true}'))

    with serving(serve) as server, ExitStack() as unresponsive:
        deaf = unresponsive.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # its queue is full: nobody else is let in, and nobody is turned away
            waiting = unresponsive.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        places = [deaf.getsockname()] * 6 + [("127.0.0.1", server.port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        tombstone = delete(
            kind, expunge.Cerebras(api_key=TOKEN, base_url=f"http://localhost:{server.port}"), timeout=6.0
        )

    assert (tombstone.status, tombstone.attempts) == ("deleted", 1)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_lookup_that_never_ends_means_that_nothing_was_sent(kind, monkeypatch):
    over, began = threading.Event(), threading.Event()

    def look_up(*_, **__):
        began.set()
        over.wait(_LONGEST_SECONDS)
        raise socket.gaierror("not found")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    tombstone = delete(kind, expunge.Cerebras(api_key=TOKEN, base_url="http://localhost:9"))
    is_left = not over.is_set()
    over.set()

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert "the lookup of the host took too long" in tombstone.detail
    assert began.is_set()
    assert is_left


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_name_that_no_resolver_takes_means_that_nothing_was_sent(kind, monkeypatch):
    def refuse(*_, **__):
        raise UnicodeError("label too long")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    tombstone = delete(kind, expunge.Cerebras(api_key=TOKEN, base_url="http://localhost:9"), REF)

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
