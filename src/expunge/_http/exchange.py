"""One request and its answer: it stands in for the client that a generated endpoint asks for something to send with.

It sends one request on a connection of the session's pool and reads the answer within bounds. The generated parser gets
only a documented success. Everything else becomes an `Answer` here, so no foreign exception goes further.
"""

from collections.abc import Mapping
from http import HTTPStatus
from time import monotonic
from typing import Any, Protocol, cast

from .._answer import Answer
from .._flow import Call
from .._json import JSON
from .._text import one_line
from .awaited import AsyncStream
from .blocking import Stream
from .connections import ReadOnly, has_more, stream_of
from .deadline import Bounds, under_way
from .libraries import httpcore
from .reading import Cut, Raw, Reader, headers_of
from .request import Origin
from .reuse import Reuse
from .secrecy import Blanks, drop_frames

# Only `Bounds.has_left` knows whether the request left: httpcore swallows a failed write and reports the next read.
_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.ConnectionNotAvailable,
    httpcore.UnsupportedProtocol,
    OSError,
)


class Wiring(Protocol):
    """The part of a session that an exchange needs."""

    @property
    def origin(self) -> Origin: ...
    @property
    def reader(self) -> Reader: ...
    @property
    def reuse(self) -> Reuse: ...
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
        self.bounds = Bounds(effect.seconds)
        under_way.set(self.bounds)
        self.answer = Answer(problem="nothing was sent", was_sent=False)

    def prepare(self, method: str, url: str, arguments: dict[str, Any]) -> httpcore.Request:
        """Build the request: the session's origin and headers, whatever the endpoint says beside them."""
        origin = self._session.origin
        request = origin.request(method, url, self._effect.seconds, arguments)
        self._url = origin.text + request.url.target.decode()
        self.bounds.expect(method.upper())
        return request

    def add(self, received: bytearray, chunk: bytes) -> None:
        """Take *chunk* of the body in, or stop when it is too large or too late."""
        received += chunk
        if len(received) > self._effect.largest:
            raise Cut(f"the body is larger than {self._effect.largest} bytes")
        if monotonic() > self.bounds.ends:
            raise Cut("the body did not end in time", timed_out=True)

    def ended_early(self, error: Exception) -> Cut:
        """Return how the body ended early; the *error* itself, which holds the credential, is dropped."""
        return Cut(
            f"the body did not end ({type(error).__name__})", timed_out=isinstance(error, httpcore.TimeoutException)
        )

    def failed(self, error: Exception) -> Settled:
        """Turn a transport's *error* into an answer; its traceback, which holds the credential, is dropped."""
        if isinstance(error, PermissionError):
            return Settled(Answer(problem=str(error), was_sent=False))
        was_sent = self.bounds.has_left
        words = one_line(self._session.wire_blanks.text(str(error)), 200)
        what = "no answer came" if was_sent else "no connection could be made"
        problem = f"{what} ({type(error).__name__}{': ' + words if words else ''})"
        timed_out = was_sent and isinstance(error, httpcore.TimeoutException)
        self.answer = Answer(url=self._url, problem=problem, was_sent=was_sent, timed_out=timed_out)
        return Settled(self.answer)

    def ends_with_more(self, response: httpcore.Response, stream: Stream | AsyncStream) -> bool:
        """Return whether more has come than *response*; if not, its connection rests until it is used again."""
        if has_more(response):
            self._session.reuse.end()
            return True
        stream.rest()
        return False

    def receive(self, response: httpcore.Response, received: bytes, cut: Cut | None) -> Any:  # noqa: ANN401 - the generated client takes what has httpx's attributes
        """Read an answer for the generated parser, or end the exchange if it is not a success."""
        session, status = self._session, response.status
        headers = headers_of(response.headers)
        raw = Raw(url=self._url, http_status=status, headers=headers, body=received, cut=cut)
        self.answer = answer = session.reader.read(self._effect.operation, raw)
        if answer.problem or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise Settled(answer)
        return _Body(status, received, headers, answer.body)


class Sending(Exchange):
    """An exchange that blocks."""

    def __init__(self, session: Wiring, effect: Call, pool: httpcore.ConnectionPool | ReadOnly) -> None:
        super().__init__(session, effect)
        self._pool = pool

    def get_httpx_client(self) -> "Sending":
        return self

    def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        received = bytearray()
        cut: Cut | None = None
        try:
            request = self.prepare(method, url, arguments)
            response = self._pool.handle_request(request)
            try:
                for chunk in response.iter_stream():
                    self.add(received, chunk)
            except Cut as error:
                cut = error
            except _FAILURES as error:
                # The status has come, and stands though the body did not end.
                cut = self.ended_early(error)
            finally:
                stream = stream_of(response)
                if not isinstance(stream, Stream) or self.ends_with_more(response, stream):
                    cast("httpcore.NetworkStream", stream).close()
                response.close()
        except _FAILURES as error:
            raise self.failed(error) from None
        except BaseException as error:
            drop_frames(error)
            raise
        return self.receive(response, bytes(received), cut)


class Awaiting(Exchange):
    """An exchange that awaits."""

    def __init__(self, session: Wiring, effect: Call, pool: httpcore.AsyncConnectionPool | ReadOnly) -> None:
        super().__init__(session, effect)
        self._pool = pool

    def get_async_httpx_client(self) -> "Awaiting":
        return self

    async def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        received = bytearray()
        cut: Cut | None = None
        try:
            request = self.prepare(method, url, arguments)
            response = await self._pool.handle_async_request(request)
            try:
                async for chunk in response.aiter_stream():
                    self.add(received, chunk)
            except Cut as error:
                cut = error
            except _FAILURES as error:
                # The status has come, and stands though the body did not end.
                cut = self.ended_early(error)
            finally:
                stream = stream_of(response)
                if not isinstance(stream, AsyncStream) or self.ends_with_more(response, stream):
                    await cast("httpcore.AsyncNetworkStream", stream).aclose()
                await response.aclose()
        except _FAILURES as error:
            raise self.failed(error) from None
        except BaseException as error:
            drop_frames(error)
            raise
        return self.receive(response, bytes(received), cut)
