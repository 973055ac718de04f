"""HTTP/1.1 on one connection, without the connection: h11 reads and writes it, and a driver moves the bytes.

A `Talk` is written once. One driver runs it on a blocking socket, one on an event loop, as with flows.
"""

from collections.abc import Generator, Sequence
from typing import TypeAlias, TypeVar, cast

import h11
from attrs import field, frozen

from .deadline import Bounds, Failure, TimedOut
from .request import Outgoing

T = TypeVar("T")

Talk: TypeAlias = Generator[bytes, bytes, T]
"""Yields bytes to write, or none to ask for bytes. It gets the bytes that have arrived, and none at their end.

A `Failure` to do so is raised where it yields.
"""

LARGEST_HEAD = 100 * 1024
"""Bytes allowed in the status line and headers of an answer."""


@frozen
class Cut:
    """The reason why a body was not read to its end, as a clause."""

    why: str
    timed_out: bool = False


@frozen
class Received:
    """An answer as it came."""

    status: int
    headers: Sequence[tuple[bytes, bytes]] = field(repr=False)  # both may echo the credential
    body: bytes = field(repr=False)
    cut: Cut | None


class Conversation:
    """The requests and answers of one connection."""

    def __init__(self) -> None:
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)

    @property
    def has_more(self) -> bool:
        """Whether more has come than the last answer: it would be taken for the next one."""
        return bool(self._wire.trailing_data[0])

    def goes_on(self) -> bool:
        """Prepare for another request; return whether both sides let there be one."""
        _, has_ended = self._wire.trailing_data
        if has_ended or self._wire.our_state is not h11.DONE or self._wire.their_state is not h11.DONE:
            return False
        self._wire.start_next_cycle()
        return True

    def exchange(self, outgoing: Outgoing, bounds: Bounds) -> Talk[Received]:
        """Send a request and read its answer; an answer whose body does not end is cut."""
        leaving = self._wire.send(outgoing.head)
        if outgoing.content:
            leaving += self._wire.send(h11.Data(data=outgoing.content))
        leaving += self._wire.send(h11.EndOfMessage())
        bounds.asks()
        try:
            yield leaving
        except TimedOut:
            raise
        except Failure:
            if not bounds.has_left:
                raise
            # The answer to a request that was not read to its end may have come.
        yield from self._arrival()
        head = yield from self._head()
        body, cut = yield from self._body(outgoing.largest)
        return Received(head.status_code, head.headers.raw_items(), body, cut)

    def tunnel(self, target: bytes, authorization: bytes | None) -> Talk[None]:
        """Ask a proxy for a tunnel to *target*, a host and its port."""
        headers = [(b"Host", target), (b"Accept", b"*/*")]
        if authorization is not None:
            headers.append((b"Proxy-Authorization", authorization))
        request = self._wire.send(h11.Request(method=b"CONNECT", target=target, headers=headers))
        yield request + self._wire.send(h11.EndOfMessage())
        head = yield from self._head()
        if self._wire.their_state is not h11.SWITCHED_PROTOCOL:
            raise Failure(f"the proxy answered {head.status_code} {head.reason.decode('ascii', 'ignore')}".strip())
        if self.has_more:
            raise Failure("the proxy sent more than its answer")

    def _head(self) -> Talk[h11.Response]:
        """Read the head of an answer; interim answers are passed over."""
        while not isinstance(event := (yield from self._event()), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise Failure("the connection was closed before an answer")
        return event

    def _body(self, largest: int) -> Talk[tuple[bytes, Cut | None]]:
        """Read a body, or as much as comes of it: the status has come, and stands though the body does not end."""
        body = bytearray()
        try:
            while isinstance(event := (yield from self._event()), h11.Data):
                body += event.data
                if len(body) > largest:
                    return bytes(body), Cut(f"the body is larger than {largest} bytes")
        except TimedOut:
            return bytes(body), Cut("the body did not end in time", timed_out=True)
        except Failure:
            return bytes(body), Cut("the body did not end")
        return bytes(body), None

    def _arrival(self) -> Talk[None]:
        received = yield b""
        if not received and self._wire.their_state is h11.SEND_RESPONSE:
            raise Failure("the connection was closed before an answer")
        self._wire.receive_data(received)

    def _event(self) -> Talk[object]:
        try:
            while (event := self._wire.next_event()) is h11.NEED_DATA:
                yield from self._arrival()
        except h11.RemoteProtocolError as error:
            raise Failure(f"the answer is not HTTP: {error}") from None
        return cast("object", event)
