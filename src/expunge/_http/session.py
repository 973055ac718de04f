"""The one place where HTTP happens: one origin, one credential, no redirects, nothing read without a bound.

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
from ..config import ProviderSettings
from .connections import AWAITED, BLOCKING, ReadOnly, has_more, open_pool, socket_of
from .deadline import ends_at
from .logs import keep_out_of_logs
from .reading import Cut, Raw, Reader, headers_of
from .request import Origin

# Known to have happened before a byte of the request could leave. Any other transport error may have come after:
# httpcore swallows a failed write and reports the read that follows.
_NEVER_SENT = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.ProxyError,
    httpcore.PoolTimeout,
    httpcore.UnsupportedProtocol,
)
_FAILURES = (
    *_NEVER_SENT,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.ConnectionNotAvailable,
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
        self._ends = monotonic() + effect.seconds
        ends_at.set(self._ends)
        self.answer = Answer(problem="nothing was sent", was_sent=False)

    def prepare(self, method: str, url: str, arguments: dict[str, Any]) -> httpcore.Request:
        """Build the request: the session's origin and headers, whatever the endpoint says beside them."""
        origin = self._session.origin
        request = origin.request(method, url, self._effect.seconds, arguments)
        self._url = origin.text + request.url.target.decode()
        # From here on the request may leave, whatever happens next.
        self.answer = Answer(url=self._url, problem="the answer could not be read")
        return request

    def add(self, received: bytearray, chunk: bytes) -> None:
        """Take *chunk* of the body in, or stop when it is too large or too late."""
        received += chunk
        if len(received) > self._effect.largest:
            raise Cut(f"the body is larger than {self._effect.largest} bytes")
        if monotonic() > self._ends:
            raise Cut("the body did not end in time", timed_out=True)

    def ended_early(self, error: Exception) -> Cut:
        """Say that the body ended early; the *error* itself, which holds the credential, is dropped."""
        return Cut(
            f"the body did not end ({type(error).__name__})", timed_out=isinstance(error, httpcore.TimeoutException)
        )

    def failed(self, error: Exception) -> _Settled:
        """Turn a transport's *error* into an answer; its traceback, which holds the credential, is dropped."""
        if isinstance(error, PermissionError):
            return _Settled(Answer(problem=str(error), was_sent=False))
        was_sent = not isinstance(error, _NEVER_SENT)
        words = one_line(blank_text(str(error), self._session.credential), 200)
        what = "no answer came" if was_sent else "no connection could be made"
        problem = f"{what} ({type(error).__name__}{': ' + words if words else ''})"
        timed_out = was_sent and isinstance(error, httpcore.TimeoutException)
        return _Settled(Answer(problem=problem, was_sent=was_sent, timed_out=timed_out))

    def receive(self, response: httpcore.Response, received: bytes, cut: Cut | None) -> Any:  # noqa: ANN401 - the generated client takes what has httpx's attributes
        """Read an answer; give what the generated parser needs, or end the exchange where it is no success."""
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
        request = self.prepare(method, url, arguments)
        received = bytearray()
        cut: Cut | None = None
        try:
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
                if has_more(response):
                    cast("httpcore.NetworkStream", socket_of(response)).close()
                response.close()
        except _FAILURES as error:
            raise self.failed(error) from None
        return self.receive(response, bytes(received), cut)


class _Awaiting(_Exchange):
    """An exchange that awaits."""

    def __init__(self, session: "AsyncSession", effect: Call, pool: httpcore.AsyncConnectionPool | ReadOnly) -> None:
        super().__init__(session, effect)
        self._pool = pool

    def get_async_httpx_client(self) -> "_Awaiting":
        return self

    async def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        request = self.prepare(method, url, arguments)
        received = bytearray()
        cut: Cut | None = None
        try:
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
                if has_more(response):
                    await cast("httpcore.AsyncNetworkStream", socket_of(response)).aclose()
                await response.aclose()
        except _FAILURES as error:
            raise self.failed(error) from None
        return self.receive(response, bytes(received), cut)


class _Wiring(ABC):
    """What both sessions share: where to, as whom, and how an answer is read."""

    def __init__(self, settings: ProviderSettings, authorization: str, request_id_headers: tuple[str, ...]) -> None:
        self.credential = settings.secret.reveal()
        keep_out_of_logs(self.credential, self)
        self.origin = Origin(
            settings.origin,
            {
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Authorization": authorization,
                "User-Agent": f"expunge/{__version__}",
            },
        )
        self.reader = Reader(settings.provider, self.credential, ("x-request-id", *request_id_headers))

    @abstractmethod
    def read_only(self) -> "_Wiring":
        """Give a session that sends GET and nothing else."""


class Session(_Wiring):
    """Blocking exchanges with one provider."""

    def __init__(self, settings: ProviderSettings, authorization: str, request_id_headers: tuple[str, ...]) -> None:
        super().__init__(settings, authorization, request_id_headers)
        self._opened = open_pool(BLOCKING, settings.origin)
        self._pool: httpcore.ConnectionPool | ReadOnly = self._opened

    def read_only(self) -> "Session":
        """Give a session on the same connections that sends GET and nothing else."""
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
            return _unparsed(exchange.answer, error)
        return evolve(exchange.answer, parsed=response.parsed)

    def close(self) -> None:
        """Close the connections."""
        self._opened.close()


class AsyncSession(_Wiring):
    """Awaited exchanges with one provider."""

    def __init__(self, settings: ProviderSettings, authorization: str, request_id_headers: tuple[str, ...]) -> None:
        super().__init__(settings, authorization, request_id_headers)
        self._opened = open_pool(AWAITED, settings.origin)
        self._pool: httpcore.AsyncConnectionPool | ReadOnly = self._opened

    def read_only(self) -> "AsyncSession":
        """Give a session on the same connections that sends GET and nothing else."""
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
            return _unparsed(exchange.answer, error)
        return evolve(exchange.answer, parsed=response.parsed)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._opened.aclose()


def _unparsed(answer: Answer, error: Exception) -> Answer:
    """Say what it means that a generated endpoint failed: before sending, or over a body of another shape."""
    if not answer.was_sent:
        return evolve(answer, problem=f"the request could not be made ({one_line(str(error), 200)})")
    if answer.http_status is None:
        return answer
    return evolve(answer, problem=f"HTTP {answer.http_status}, but its body is not of the documented shape")
