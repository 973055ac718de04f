"""The one place where HTTP happens: one origin, one credential, no redirects, nothing read without a bound.

A generated endpoint asks its client for something to send requests with; an exchange stands in for that client. It
sends one request by httpx's transport, reads the answer under the caps below, and hands the generated parser only
what the spec documents as a success. Everything else becomes an `Answer` here, so no foreign exception goes further.
"""

import ssl
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from functools import cache
from http import HTTPStatus
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from attrs import evolve

from ._answer import JSON, Answer, Unreadable, blank, decode, one_line, words_of
from ._flow import Call
from ._version import __version__
from .config import ProviderSettings, is_loopback
from .errors import ConfigurationError
from .rules import rules_of

_CONNECT_SECONDS = 10.0
_LIMITS = httpx.Limits(max_connections=128, max_keepalive_connections=64, keepalive_expiry=30.0)

# Known to have happened before a byte of the request could leave. Any other transport error may have come after:
# httpx swallows a failed write and reports the read that follows.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

AnyTransport = TypeVar("AnyTransport", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


@cache
def _tls(certificates: bool) -> ssl.SSLContext:
    """Give the shared TLS context; without *certificates* one that trusts nobody, for origins that need none."""
    # Reading the certificate authorities takes 20 ms; httpx finds SSL_CERT_FILE and SSL_CERT_DIR by itself.
    return httpx.create_ssl_context() if certificates else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy_for(origin: str) -> str | None:
    """Find the proxy that the environment names for *origin*; this machine itself is never behind one."""
    host = urlsplit(origin).hostname or ""
    if is_loopback(origin) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(urlsplit(origin).scheme) or proxies.get("all")


class ReadOnly(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that passes GET and nothing else: what a dry run is made of."""

    def __init__(self, inner: httpx.HTTPTransport | httpx.AsyncHTTPTransport) -> None:
        self._inner = inner

    @staticmethod
    def _check(request: httpx.Request) -> None:
        if request.method != "GET":
            raise PermissionError(f"a dry run does not send {request.method}")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._inner, httpx.HTTPTransport)  # noqa: S101 - what the sync session gave it
        return self._inner.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a GET on; raise `PermissionError` for anything else."""
        self._check(request)
        assert isinstance(self._inner, httpx.AsyncHTTPTransport)  # noqa: S101 - what the async session gave it
        return await self._inner.handle_async_request(request)


class _Settled(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class _Body:
    """A documented success, as much of `httpx.Response` as a generated parser looks at."""

    def __init__(self, status_code: int, content: bytes, headers: httpx.Headers, body: JSON) -> None:
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
        self.answer = Answer(problem="nothing was sent", was_sent=False)

    def prepare(self, method: str, url: str, arguments: dict[str, Any]) -> httpx.Request:
        """Build the request: the session's origin and headers, whatever the endpoint says beside them."""
        own = arguments.pop("headers", {})
        seconds = self._effect.seconds
        timeouts = {
            "connect": min(_CONNECT_SECONDS, seconds),
            "read": seconds,
            "write": seconds,
            "pool": seconds,
        }
        request = httpx.Request(
            method,
            self._session.origin + url,
            headers={**own, **self._session.headers},
            extensions={"timeout": timeouts},
            **arguments,
        )
        self._url = str(request.url)
        return request

    def add(self, received: bytearray, chunk: bytes) -> None:
        """Take *chunk* of the body in, or stop when it is too large or too late."""
        received += chunk
        if len(received) > self._effect.largest:
            raise _TooMuch(f"the body is larger than {self._effect.largest} bytes")
        if monotonic() > self._ends:
            raise _TooMuch("the body did not end in time", timed_out=True)

    def failed(self, error: Exception) -> _Settled:
        """Turn a transport's *error* into an answer; its traceback, which holds the credential, is dropped."""
        if isinstance(error, PermissionError):
            return _Settled(Answer(problem=str(error), was_sent=False))
        was_sent = not isinstance(error, _NEVER_SENT)
        words = one_line(str(error).replace(self._session.credential, "[credential]"), 200)
        what = "no answer came" if was_sent else "no connection could be made"
        problem = f"{what} ({type(error).__name__}{': ' + words if words else ''})"
        timed_out = was_sent and isinstance(error, httpx.TimeoutException)
        return _Settled(Answer(problem=problem, was_sent=was_sent, timed_out=timed_out))

    def receive(self, response: httpx.Response, received: bytes, problem: "_TooMuch | None") -> Any:  # noqa: ANN401 - the generated client takes what has httpx's attributes
        """Read an answer; give what the generated parser needs, or end the exchange where it is no success."""
        session, status = self._session, response.status_code
        self.answer = answer = evolve(session.read(self._effect.operation, response, received, problem), url=self._url)
        if answer.problem or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise _Settled(answer)
        return _Body(status, received, response.headers, answer.body)


class _TooMuch(Exception):
    def __init__(self, why: str, *, timed_out: bool = False) -> None:
        super().__init__(why)
        self.timed_out = timed_out


class _Sending(_Exchange):
    """An exchange that blocks."""

    def __init__(self, session: "Session", effect: Call, transport: httpx.BaseTransport) -> None:
        super().__init__(session, effect)
        self._transport = transport

    def get_httpx_client(self) -> "_Sending":
        return self

    def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        request = self.prepare(method, url, arguments)
        received = bytearray()
        problem: _TooMuch | None = None
        try:
            response = self._transport.handle_request(request)
            try:
                for chunk in response.stream:  # type: ignore[union-attr]  # pyright: ignore[reportUnknownVariableType, reportGeneralTypeIssues]  # a sync transport's stream
                    self.add(received, chunk)  # pyright: ignore[reportUnknownArgumentType]
            except _TooMuch as error:
                problem = error
            finally:
                response.close()
        except (httpx.TransportError, OSError) as error:
            raise self.failed(error) from None
        return self.receive(response, bytes(received), problem)


class _Awaiting(_Exchange):
    """An exchange that awaits."""

    def __init__(self, session: "AsyncSession", effect: Call, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(session, effect)
        self._transport = transport

    def get_async_httpx_client(self) -> "_Awaiting":
        return self

    async def request(self, method: str, url: str, **arguments: Any) -> Any:  # noqa: ANN401 - the generated client's call
        request = self.prepare(method, url, arguments)
        received = bytearray()
        problem: _TooMuch | None = None
        try:
            response = await self._transport.handle_async_request(request)
            try:
                async for chunk in response.stream:  # type: ignore[union-attr]  # pyright: ignore[reportUnknownVariableType, reportGeneralTypeIssues]  # an async transport's stream
                    self.add(received, chunk)  # pyright: ignore[reportUnknownArgumentType]
            except _TooMuch as error:
                problem = error
            finally:
                await response.aclose()
        except (httpx.TransportError, OSError) as error:
            raise self.failed(error) from None
        return self.receive(response, bytes(received), problem)


class _Wiring(ABC):
    """What both sessions share: where to, as whom, and how an answer is read."""

    def __init__(self, settings: ProviderSettings, authorization: str, request_id_headers: tuple[str, ...]) -> None:
        self.origin = settings.origin
        self.provider = settings.provider
        self.credential = settings.secret.reveal()
        self.headers: Mapping[str, str] = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": authorization,
            "User-Agent": f"expunge/{__version__}",
        }
        self._request_id_headers = ("x-request-id", *request_id_headers)

    def _transport_arguments(self) -> dict[str, Any]:
        proxy = _proxy_for(self.origin)
        needs_certificates = self.origin.startswith("https:") or (proxy or "").startswith("https:")
        return {"verify": _tls(needs_certificates), "limits": _LIMITS, "proxy": proxy}

    def _build(self, kind: type[AnyTransport]) -> AnyTransport:
        try:
            return kind(**self._transport_arguments())
        except (ImportError, ValueError) as error:
            # A proxy of a kind that httpx cannot use, or needs another package for.
            raise ConfigurationError(f"The proxy that the environment names cannot be used: {error}") from None

    def read(self, operation: str, response: httpx.Response, received: bytes, too_much: _TooMuch | None) -> Answer:
        """Read one answer against what the spec documents for *operation*."""
        headers = {
            name.lower(): value.replace(self.credential, "[credential]") for name, value in response.headers.items()
        }
        request_id = next(
            (one_line(headers[name], 200) for name in self._request_id_headers if headers.get(name)), None
        )
        answer = Answer(http_status=response.status_code, request_id=request_id, headers=headers, is_empty=not received)
        if too_much is not None:
            return evolve(answer, problem=f"HTTP {response.status_code}, but {too_much}", timed_out=too_much.timed_out)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        unreadable = ""
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            unreadable = "the body is encoded although none was asked for"
        elif received and not (media_type == "application/json" or media_type.endswith("+json")):
            unreadable = f"the body is {one_line(media_type, 80) or 'of no declared type'}, not JSON"
            if media_type == "text/plain":
                words = received.decode("utf-8", "replace").replace(self.credential, "[credential]")
                answer = evolve(answer, words=one_line(words))
        elif received:
            try:
                body = blank(decode(received), self.credential)
                answer = evolve(answer, body=body, is_json=True)
            except Unreadable as error:
                unreadable = str(error)
        problem = self._problem(operation, answer, unreadable)
        return evolve(answer, problem=problem, words=answer.words or (words_of(answer.body) if problem else ""))

    def _problem(self, operation: str, answer: Answer, unreadable: str) -> str:
        """Say why *answer* is no documented success of *operation*; give nothing when it is one."""
        status = answer.http_status or 0
        said = f"HTTP {status}"
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return f"{said}, a redirect, which is not followed"
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return f"{said} and {unreadable}" if unreadable else said
        return self._problem_of_success(operation, answer, unreadable)

    def _problem_of_success(self, operation: str, answer: Answer, unreadable: str) -> str:
        status, said = answer.http_status, f"HTTP {answer.http_status}"
        rules = rules_of(self.provider)
        documented = rules.operations[operation].answers
        if str(status) not in documented:
            return f"{said}, which is not documented"
        if unreadable:
            return f"{said}, but {unreadable}"
        schema = documented[str(status)]
        if schema is None:
            return ""
        if answer.is_empty:
            return f"{said}, but the body is empty"
        violation = next(rules.violations(answer.body, schema), None)
        return f"{said}, but in its body {violation}" if violation else ""

    @abstractmethod
    def read_only(self) -> "_Wiring":
        """Give a session that sends GET and nothing else."""


class Session(_Wiring):
    """Blocking exchanges with one provider."""

    def __init__(self, settings: ProviderSettings, authorization: str, request_id_headers: tuple[str, ...]) -> None:
        super().__init__(settings, authorization, request_id_headers)
        self._inner: httpx.HTTPTransport = self._build(httpx.HTTPTransport)
        self._transport: httpx.BaseTransport = self._inner

    def read_only(self) -> "Session":
        """Give a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._transport = ReadOnly(self._inner)
        return twin

    def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = _Sending(self, effect, self._transport)
        try:
            response = effect.endpoint.sync_detailed(client=exchange, **effect.arguments)
        except _Settled as settled:
            return settled.answer
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return _unparsed(exchange.answer, error)
        return evolve(exchange.answer, parsed=response.parsed)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class AsyncSession(_Wiring):
    """Awaited exchanges with one provider."""

    def __init__(self, settings: ProviderSettings, authorization: str, request_id_headers: tuple[str, ...]) -> None:
        super().__init__(settings, authorization, request_id_headers)
        self._inner: httpx.AsyncHTTPTransport = self._build(httpx.AsyncHTTPTransport)
        self._transport: httpx.AsyncBaseTransport = self._inner

    def read_only(self) -> "AsyncSession":
        """Give a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._transport = ReadOnly(self._inner)
        return twin

    async def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = _Awaiting(self, effect, self._transport)
        try:
            response = await effect.endpoint.asyncio_detailed(client=exchange, **effect.arguments)
        except _Settled as settled:
            return settled.answer
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return _unparsed(exchange.answer, error)
        return evolve(exchange.answer, parsed=response.parsed)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _unparsed(answer: Answer, error: Exception) -> Answer:
    if answer.http_status is None:
        # The endpoint refused its arguments before anything was sent: a defect of ours, not an answer.
        raise error
    return evolve(answer, problem=f"HTTP {answer.http_status}, but its body is not of the documented shape")
