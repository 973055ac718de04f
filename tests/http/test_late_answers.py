"""A gateway that answers twice: the second answer is never taken for the next one's."""

import threading

import pytest

import expunge

from .loopback import REF, TOKEN, answer, both, request_of, serving

REFS = [f"truefoundry:fraud-repo/churn@{number}" for number in range(1, 9)]


def statuses(call, refs):
    for ref in refs:
        try:
            yield call("delete", ref, timeout=5.0).status
        except expunge.ExpungeError as error:
            yield error.tombstone.status


class Gateway:
    """Answers the first request with success and all others with a refusal; *unasked* sends more after the first."""

    def __init__(self, unasked):
        self.unasked = unasked
        self.may_send, self.has_sent = threading.Event(), threading.Event()
        self.seen = 0

    def serve(self, server, connection, number):
        while request_of(connection):
            self.seen += 1
            said = answer(b"{}") if self.seen == 1 else answer(b'{"detail": "not on a Friday"}', 409)
            connection.sendall(said)
            if number == 1 and self.seen == 1:
                self.may_send.wait(30)
                self.unasked(connection, said)
                self.has_sent.set()
                server.over.wait(30)


@pytest.fixture(params=["sync", "async"])
def kind(request):
    return request.param


def play(kind, unasked, count=4):
    """Delete once, let the gateway do *unasked*, delete the others; return the statuses and the connections."""
    gateway = Gateway(unasked)
    with serving(gateway.serve) as server:
        with both(kind, expunge.TrueFoundry(host=server.origin, api_key=TOKEN)) as call:
            found = list(statuses(call, REFS[:1]))
            gateway.may_send.set()
            assert gateway.has_sent.wait(30)
            found += statuses(call, REFS[1:count])
        return found, server.connections


def test_a_second_answer_on_an_idle_connection_is_nobodys(kind):
    found, connections = play(kind, lambda connection, said: connection.sendall(said))

    assert found == ["deleted", "refused", "refused", "refused"]
    # The connection is not used again, and after this nor is any other.
    assert connections == 4


def test_a_connection_that_was_closed_while_idle_costs_no_more_than_itself(kind):
    found, connections = play(kind, lambda connection, _said: connection.shutdown(2))

    assert found == ["deleted", "refused", "refused", "refused"]
    assert connections == 2


def test_bytes_after_an_answer_end_the_reuse_of_connections(kind):
    def serve(_server, connection, _number):
        while request_of(connection):
            connection.sendall(answer(b'{"detail": "not on a Friday"}', 409) + b"\r\n")

    with serving(serve) as server, both(kind, expunge.TrueFoundry(host=server.origin, api_key=TOKEN)) as call:
        found = list(statuses(call, REFS[:4]))

        assert found == ["refused"] * 4
        assert server.connections == 4


def test_a_connection_that_keeps_silent_is_used_for_all(kind):
    def serve(_server, connection, _number):
        while request_of(connection):
            connection.sendall(answer(b'{"detail": "not on a Friday"}', 409))

    with serving(serve) as server, both(kind, expunge.TrueFoundry(host=server.origin, api_key=TOKEN)) as call:
        found = list(statuses(call, REFS))

        assert found == ["refused"] * 8
        assert server.connections == 1


@pytest.mark.parametrize("after", [0.0, 0.05])
def test_a_kept_connection_is_watched_before_the_first_delete_on_it(kind, after, monkeypatch):
    """A gateway that answers twice does so at once; here the watch has time to see it on any machine."""
    monkeypatch.setattr(f"expunge._http.{'blocking' if kind == 'sync' else 'awaited'}.WATCH_SECONDS", 30.0)
    gateway = Gateway(lambda connection, said: connection.sendall(said))
    with serving(gateway.serve) as server:
        threading.Timer(after, gateway.may_send.set).start()
        with both(kind, expunge.TrueFoundry(host=server.origin, api_key=TOKEN)) as call:
            found = list(statuses(call, REFS[:3]))

    assert found == ["deleted", "refused", "refused"]
    assert server.connections == 3


@pytest.mark.parametrize("after", [0.0, 0.05])
def test_a_kept_connection_is_watched_before_the_first_read_on_it(kind, after, monkeypatch):
    """A second 404 about another version would be a read-back that finds this one gone."""
    monkeypatch.setattr(f"expunge._http.{'blocking' if kind == 'sync' else 'awaited'}.WATCH_SECONDS", 30.0)
    may_send = threading.Event()
    there = b'{"name": "orgs/acme/models/gpt-oss-120b/versions/2", "done": true}'

    def serve(server, connection, number):
        while request_of(connection):
            connection.sendall(answer(b"{}", 404) if number == 1 else answer(there))
            if number == 1:
                may_send.wait(30)
                connection.sendall(answer(b"{}", 404))
                server.over.wait(30)

    with serving(serve) as server, both(kind, expunge.Cerebras(api_key=TOKEN, base_url=server.origin)) as call:
        with pytest.raises(expunge.NotFound):
            call("delete", "cerebras:acme/gpt-oss-120b@1")
        threading.Timer(after, may_send.set).start()
        found = call("get", REF)

    assert found.ref == REF
