"""The one place where HTTP happens: one origin, one credential, no redirects, every read bounded.

A generated endpoint asks its client for something to send requests with; an exchange stands in for that client. It
sends one request on a connection of the session's pool, reads the answer under the caps below, and hands the generated
parser only what the spec documents as a success. Everything else becomes an `Answer` here, so no foreign exception
goes further.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from http import HTTPStatus
from time import monotonic
from typing import Any, cast

import httpcore
from attrs import evolve

from .._answer import Answer, blank_text, one_line
from .._flow import Call
from .._json import JSON
from .._version import __version__
from ..config import ProviderSettings, Secret
from .awaited import AsyncStream
from .blocking import Stream
from .connections import AWAITED, BLOCKING, ReadOnly, has_more, open_pool, stream_of
from .deadline import Bounds, under_way
from .proxies import proxy_for
from .reading import Cut, Raw, Reader, headers_of
from .request import Origin
from .reuse import Reuse
from .secrecy import Blanks, drop_frames, keep_out_of_logs

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
# What a generated endpoint raises for arguments or answers that it cannot make something of.
_UNFIT = (KeyError, TypeError, ValueError, AttributeError)


class _Settled(Exception):
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


class _Exchange:
    """One request and its answer, standing in for the generated client."""

    raise_on_unexpected_status = False

    def __init__(self, session: "_Wiring", effect: Call) -> None:
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

    def failed(self, error: Exception) -> _Settled:
        """Turn a transport's *error* into an answer; its traceback, which holds the credential, is dropped."""
        if isinstance(error, PermissionError):
            return _Settled(Answer(problem=str(error), was_sent=False))
        was_sent = self.bounds.has_left
        words = one_line(self._session.wire_blanks.text(str(error)), 200)
        what = "no answer came" if was_sent else "no connection could be made"
        problem = f"{what} ({type(error).__name__}{': ' + words if words else ''})"
        timed_out = was_sent and isinstance(error, httpcore.TimeoutException)
        self.answer = Answer(url=self._url, problem=problem, was_sent=was_sent, timed_out=timed_out)
        return _Settled(self.answer)

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
            raise _Settled(answer)
        return _Body(status, received, headers, answer.body)


class _Sending(_Exchange):
    """An exchange that blocks."""

    def __init__(self, session: "Session", effect: Call, pool: httpcore.ConnectionPool | ReadOnly) -> None:
        super().__init__(session, effect)
        self._pool = pool

    def get_httpx_client(self) -> "_Sending":
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


class _Awaiting(_Exchange):
    """An exchange that awaits."""

    def __init__(self, session: "AsyncSession", effect: Call, pool: httpcore.AsyncConnectionPool | ReadOnly) -> None:
        super().__init__(session, effect)
        self._pool = pool

    def get_async_httpx_client(self) -> "_Awaiting":
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


class _Wiring(ABC):
    """The common part of both sessions: the address, the credential, and the reading of answers.

    Attributes:
        blanks: Blanks the credential in answers.
        wire_blanks: Blanks the proxy's password too; for logs, and for errors that a proxy may have written.
        reuse: Whether connections are used a second time.
    """

    def __init__(self, settings: ProviderSettings, authorization: Secret, request_id_headers: tuple[str, ...]) -> None:
        self.proxy = proxy_for(settings.origin)
        self.reuse = Reuse()
        self.blanks = Blanks(settings.secret)
        self.wire_blanks = Blanks(settings.secret, *(self.proxy.secrets if self.proxy else ()))
        keep_out_of_logs(self.wire_blanks, self)
        self.origin = Origin(
            settings.origin,
            {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"expunge/{__version__}"},
            authorization,
        )
        self.reader = Reader(settings.provider, self.blanks, ("x-request-id", *request_id_headers))

    @abstractmethod
    def read_only(self) -> "_Wiring":
        """Return a session that sends GET and nothing else."""


class Session(_Wiring):
    """Blocking exchanges with one provider."""

    def __init__(
        self, settings: ProviderSettings, authorization: str | Secret, request_id_headers: tuple[str, ...]
    ) -> None:
        authorization = Secret.of(authorization)
        try:
            super().__init__(settings, authorization, request_id_headers)
            self._opened = open_pool(BLOCKING, settings.origin, self.proxy, self.reuse)
        except BaseException as error:
            drop_frames(error)
            raise
        self._pool: httpcore.ConnectionPool | ReadOnly = self._opened

    def read_only(self) -> "Session":
        """Return a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._pool = ReadOnly(self._opened)
        return twin

    def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = _Sending(self, effect, self._pool)
        try:
            response = effect.endpoint.sync_detailed(client=exchange, **effect.arguments)
        except _Settled as settled:
            return settled.answer
        except _UNFIT as error:
            return _unparsed(exchange, error)
        return evolve(exchange.answer, parsed=response.parsed)

    def close(self) -> None:
        """Close the connections."""
        self._opened.close()


class AsyncSession(_Wiring):
    """Awaited exchanges with one provider."""

    def __init__(
        self, settings: ProviderSettings, authorization: str | Secret, request_id_headers: tuple[str, ...]
    ) -> None:
        authorization = Secret.of(authorization)
        try:
            super().__init__(settings, authorization, request_id_headers)
            self._opened = open_pool(AWAITED, settings.origin, self.proxy, self.reuse)
        except BaseException as error:
            drop_frames(error)
            raise
        self._pool: httpcore.AsyncConnectionPool | ReadOnly = self._opened

    def read_only(self) -> "AsyncSession":
        """Return a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._pool = ReadOnly(self._opened)
        return twin

    async def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = _Awaiting(self, effect, self._pool)
        try:
            response = await effect.endpoint.asyncio_detailed(client=exchange, **effect.arguments)
        except _Settled as settled:
            return settled.answer
        except _UNFIT as error:
            return _unparsed(exchange, error)
        return evolve(exchange.answer, parsed=response.parsed)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._opened.aclose()


def _unparsed(exchange: _Exchange, error: Exception) -> Answer:
    """Return the answer if a generated endpoint fails: before sending, or over a body of another shape."""
    answer = exchange.answer
    if not exchange.bounds.has_left:
        return evolve(answer, problem=f"the request could not be made ({one_line(str(error), 200)})")
    if answer.http_status is None:
        return evolve(answer, was_sent=True, problem="the answer could not be read")
    return evolve(answer, problem=f"HTTP {answer.http_status}, but its body is not of the documented shape")
