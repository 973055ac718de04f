"""One request and its answer: it stands in for the client that a generated endpoint asks for something to send with.

It sends one request on a connection of the session and reads the answer within bounds. The generated parser gets only
a documented success. Everything else becomes an `Answer` here, so no foreign exception goes further.
"""

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from .._answer import Answer
from .._flow import Call
from .._json import JSON
from .._text import one_line
from .connections import NotSent, Sender
from .conversation import Received
from .deadline import Bounds, Failure, TimedOut
from .reading import Raw, Reader, headers_of
from .request import Origin, Outgoing
from .secrecy import Blanks, drop_frames


class Wiring(Protocol):
    """The part of a session that an exchange needs."""

    @property
    def origin(self) -> Origin: ...
    @property
    def reader(self) -> Reader: ...
    @property
    def wire_blanks(self) -> Blanks: ...


class Settled(Exception):
    """No error: it ends the call of a generated endpoint with an answer that is not a documented success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class _Body:
    """A documented success, as much of `httpx.Response` as a generated parser looks at."""

    def __init__(self, status_code: int, content: bytes, headers: Mapping[str, str], body: JSON) -> None:
        self.status_code = status_code
        self.content = content
        self.headers = headers
        self._body = body

    def json(self) -> JSON:
        return self._body


class Exchange:
    """One request and its answer, standing in for the generated client."""

    raise_on_unexpected_status = False

    def __init__(self, session: Wiring, effect: Call) -> None:
        self._session = session
        self._effect = effect
        self._url = ""
        self.bounds = Bounds(effect.seconds, effect.departure)
        self.answer = Answer(problem="nothing was sent", was_sent=False)

    def prepare(self, method: str, url: str, arguments: dict[str, Any]) -> Outgoing:
        """Build the request: the session's origin and headers, whatever the endpoint says beside them."""
        origin = self._session.origin
        outgoing = origin.request(method, url, self._effect.largest, arguments)
        self._url = origin.text + outgoing.head.target.decode()
        return outgoing

    def failed(self, error: Failure | NotSent) -> Settled:
        """Turn a transport's *error* into an answer; its traceback, which holds the credential, is dropped."""
        if isinstance(error, NotSent):
            return Settled(Answer(problem=str(error), was_sent=False))
        was_sent = self.bounds.has_left
        words = one_line(self._session.wire_blanks.text(str(error)), 200)
        host = self._session.origin.text
        problem = f"{'no answer came from' if was_sent else 'no connection could be made to'} {host} ({words})"
        timed_out = was_sent and isinstance(error, TimedOut)
        self.answer = Answer(url=self._url, problem=problem, was_sent=was_sent, timed_out=timed_out)
        return Settled(self.answer)

    def receive(self, received: Received) -> Any:  # noqa: ANN401 - the generated client takes what has httpx's attributes
        """Read an answer for the generated parser, or end the exchange if it is not a success."""
        status, headers = received.status, headers_of(received.headers)
        raw = Raw(url=self._url, http_status=status, headers=headers, body=received.body, cut=received.cut)
        self.answer = answer = self._session.reader.read(self._effect.operation, raw)
        if answer.problem or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise Settled(answer)
        return _Body(status, received.body, headers, answer.body)


class Sending(Exchange):
    """An exchange that blocks."""

    def __init__(self, session: Wiring, effect: Call, sender: Sender[Received]) -> None:
        super().__init__(session, effect)
        self._sender = sender

    def get_httpx_client(self) -> "Sending":
        return self

    def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        try:
            received = self._sender.exchange(self.prepare(method, url, arguments), self.bounds)
        except (Failure, NotSent) as error:
            raise self.failed(error) from None
        except BaseException as error:
            drop_frames(error)
            raise
        return self.receive(received)


class Awaiting(Exchange):
    """An exchange that awaits."""

    def __init__(self, session: Wiring, effect: Call, sender: Sender[Awaitable[Received]]) -> None:
        super().__init__(session, effect)
        self._sender = sender

    def get_async_httpx_client(self) -> "Awaiting":
        return self

    async def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        try:
            received = await self._sender.exchange(self.prepare(method, url, arguments), self.bounds)
        except (Failure, NotSent) as error:
            raise self.failed(error) from None
        except BaseException as error:
            drop_frames(error)
            raise
        return self.receive(received)
