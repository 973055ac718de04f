"""One request and its answer as bytes, without a connection: what is read, and whether another may follow."""

import pytest

from expunge._http.conversation import LARGEST_HEAD, Conversation
from expunge._http.deadline import Bounds, Failure, TimedOut
from expunge._http.request import Origin
from expunge.config import Secret

from .loopback import answer

ORIGIN = Origin("http://127.0.0.1:9", {}, Secret("Bearer token"))


class Played:
    """A talk that is driven by hand; *sent* has the bytes of the request."""

    def __init__(self, conversation=None, largest=1_000, **arguments):
        self.conversation = conversation or Conversation()
        self.bounds = Bounds(60.0)
        outgoing = ORIGIN.request("POST" if arguments else "DELETE", "/v1/things/3", largest, arguments)
        self._steps = self.conversation.exchange(outgoing, self.bounds)
        self.sent = next(self._steps)

    def leave(self, error=None):
        """Let the request leave, or fail on its way."""
        if error is not None:
            assert self._steps.throw(error) == b""
            return self
        self.bounds.leaves()
        assert self._steps.send(b"") == b""
        return self

    def receive(self, *pieces):
        """Let *pieces* arrive, or fail with those that are failures; return the answer."""
        try:
            for piece in pieces:
                wanted = self._steps.throw(piece) if isinstance(piece, Exception) else self._steps.send(piece)
                assert wanted == b""
        except StopIteration as end:
            return end.value
        pytest.fail("the talk goes on")


def test_the_request_leaves_in_one_piece_as_it_was_built():
    played = Played(json={"a": 1})

    assert played.sent == (
        b"POST /v1/things/3 HTTP/1.1\r\nHost: 127.0.0.1:9\r\nAuthorization: Bearer token\r\n"
        b'Content-Length: 7\r\n\r\n{"a":1}'
    )


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_answer_is_read_in_pieces_of_any_size(size):
    said = answer(b'{"deleted": true}')

    received = Played().leave().receive(*(said[place : place + size] for place in range(0, len(said), size)))

    assert (received.status, received.body, received.cut) == (200, b'{"deleted": true}', None)


def test_an_answer_to_a_request_that_was_not_read_to_its_end_counts():
    played = Played(json={"a": "b" * 1_000})
    played.bounds.leaves()
    played.leave(Failure("broken pipe"))

    assert played.receive(answer(b"{}", 413)).status == 413


def test_a_request_that_could_not_begin_to_leave_has_no_answer():
    """Bytes that wait on the connection would answer something else."""
    with pytest.raises(Failure, match="the connection is closed"):
        Played().leave(Failure("the connection is closed"))


def test_a_request_whose_time_is_over_is_not_waited_for():
    played = Played()
    played.bounds.leaves()

    with pytest.raises(TimedOut):
        played.leave(TimedOut("the time of the call is over"))


@pytest.mark.parametrize(
    ("ending", "timed_out"), [(Failure("reset"), False), (b"", False), (TimedOut("the time of the call is over"), True)]
)
def test_a_status_stands_though_its_body_does_not_end(ending, timed_out):
    received = Played().leave().receive(answer(b'{"deleted": true}', 409)[:-5], ending)

    assert (received.status, received.body) == (409, b'{"deleted": ')
    assert received.cut.timed_out is timed_out


def test_a_body_that_is_too_large_is_left():
    received = Played(largest=10).leave().receive(answer(b"x" * 11))

    assert "larger than 10 bytes" in received.cut.why


@pytest.mark.parametrize(
    "said",
    [
        pytest.param((b"",), id="nothing"),
        pytest.param((b"HTTP/1.1 100 Continue\r\n\r\n", b""), id="only-an-interim-answer"),
        pytest.param((b"SSH-2.0-OpenSSH_9.6\r\n", b""), id="another-protocol"),
        pytest.param((b"HTTP/1.1 200 OK\r\nX: " + b"a" * LARGEST_HEAD, b"a" * 1_000), id="a-head-without-end"),
        pytest.param((b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",), id="an-upgrade-nobody-asked-for"),
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}",), id="two-lengths"),
        pytest.param((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",), id="an-unknown-coding"),
    ],
)
def test_what_is_not_http_is_a_failure(said):
    with pytest.raises(Failure):
        Played().leave().receive(*said)


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "goes_on"),
    [
        pytest.param((answer(b"{}"),), True, id="a-length"),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",), True, id="chunks"
        ),
        pytest.param((answer(b"{}", headers=b"Connection: close\r\n"),), False, id="close"),
        pytest.param((b"HTTP/1.1 200 OK\r\n\r\n{}", b""), False, id="until-the-end"),
        pytest.param((b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",), False, id="http-1.0"),
    ],
)
def test_another_request_follows_only_where_both_sides_know_the_end(said, goes_on):
    played = Played().leave()

    assert played.receive(*said).body == b"{}"
    assert not played.conversation.has_more
    assert played.conversation.goes_on() is goes_on


@pytest.mark.parametrize("more", [b"\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_bytes_after_an_answer_are_seen(more):
    played = Played().leave()
    played.receive(answer(b"{}") + more)

    assert played.conversation.has_more


def test_one_answer_after_the_other_is_read_on_one_connection():
    played = Played().leave()
    played.receive(answer(b"{}"))
    assert played.conversation.goes_on()

    assert Played(played.conversation).leave().receive(answer(b'{"a": 1}', 404)).status == 404
