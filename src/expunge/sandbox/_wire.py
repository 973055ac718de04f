"""The common part of the stand-ins: operations, checks that hold for every request, and errors.

A provider is a state, a table of operations and a way to word an error. A request is checked here for what
every provider checks (path, method, credential, query, media type, JSON) before its operation sees it.
"""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeAlias
from urllib.parse import parse_qs, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Json: TypeAlias = Any
"""A JSON value, not checked yet."""


class FieldError(NamedTuple):
    """One wrong field, in the words of a validation error."""

    loc: tuple[str | int, ...]
    """Where it is, such as `("body", "manifest", "name")`."""
    msg: str
    type: str


class ApiError(Exception):
    """A refusal, which the provider puts into its own error shape."""

    def __init__(self, status: int, message: str, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = tuple(fields)


@dataclass(frozen=True)
class Call:
    """One well-formed, authorised request, as an operation sees it."""

    path: Mapping[str, str]
    """The path's parts by name, percent-decoded once."""
    query: Mapping[str, Sequence[str]]
    body: Json
    """The value of the JSON body; None if the operation takes no body."""
    origin: str
    """Scheme and host as the client named them, for links in the answer."""

    def one(self, name: str) -> str | None:
        """Return the query parameter *name*, or None if it was not sent."""
        return self.query[name][0] if name in self.query else None


@dataclass(frozen=True)
class Operation:
    """One method on one path, and what answers it."""

    method: str
    path: str
    """A path with `{names}` in it; each stands for one segment."""
    answer: Callable[[Call], Response]
    query: frozenset[str] = frozenset()
    repeatable: frozenset[str] = frozenset()
    """Those of the query parameters that may be sent more than once."""
    takes_json: bool = False
    permits_empty_object: bool = False
    """Whether a body of `{}` passes although the operation takes none."""


class Provider(ABC):
    """One stand-in: its state, its operations, its errors.

    Public methods may be called from any thread; requests are answered one at a time.
    """

    name: ClassVar[str]
    token: ClassVar[str]
    examples: ClassVar[tuple[str, str]]
    """Two of the seeded versions, of one model and not in use, without the provider's name."""
    scheme: ClassVar[str] = "Bearer"
    malformed: ClassVar[int] = 400
    """The status for a query or a body that does not fit."""
    deletes_by: ClassVar[str] = "DELETE"
    """The method of the request that deletes a version."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    @abstractmethod
    def operations(self) -> Sequence[Operation]:
        """List what the provider serves."""

    @abstractmethod
    def error(self, problem: ApiError) -> Response:
        """Put *problem* into the provider's own shape."""

    @abstractmethod
    def environ(self, origin: str) -> dict[str, str]:
        """Name the variables that point a client at this stand-in."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @abstractmethod
    def seed(self) -> None:
        """Put in the examples that a fresh sandbox holds."""

    @abstractmethod
    def add(self, reference: str) -> None:
        """Put in what *reference* names, deletable, with what must be around it.

        The text comes without the provider's name, here and below.
        """

    @abstractmethod
    def remove(self, reference: str) -> None:
        """Take out what *reference* names, as if somebody else had deleted it."""

    @abstractmethod
    def holds(self, reference: str) -> bool:
        """Return whether what *reference* names is there."""

    def finish_deletions(self) -> None:  # noqa: B027 - most providers delete before they answer
        """Let the deletions that were accepted take effect now."""


def application(provider: Provider) -> Starlette:
    """Make the application that serves *provider*."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in provider.operations():
        by_path.setdefault(operation.path, {})[operation.method] = operation

    def refuse(_: Request, error: Exception) -> Response:
        problem = error if isinstance(error, ApiError) else _unrouted(error)
        answer = provider.error(problem)
        answer.headers.update(getattr(error, "headers", None) or {})
        return answer

    app = Starlette(
        routes=[
            Route(path, _endpoint(provider, operations), methods=list(operations))
            for path, operations in by_path.items()
        ],
        exception_handlers={HTTPException: refuse, ApiError: refuse},
    )
    app.router.redirect_slashes = False
    return app


def _unrouted(error: Exception) -> ApiError:
    if isinstance(error, HTTPException):
        words = {404: "There is no such route.", 405: "The route does not take this method."}
        return ApiError(error.status_code, words.get(error.status_code, error.detail))
    raise error


def _endpoint(provider: Provider, operations: Mapping[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        # Starlette lets HEAD through wherever GET is served.
        operation = operations["GET" if request.method == "HEAD" else request.method]
        _check_credential(provider, request)
        call = Call(
            path={name: unquote(part) for name, part in request.path_params.items()},
            query=_query(provider, operation, request),
            body=_body(provider, operation, request, await request.body()),
            origin=f"{request.base_url.scheme}://{request.base_url.netloc}",
        )
        with provider.lock:
            return operation.answer(call)

    return answer


def _check_credential(provider: Provider, request: Request) -> None:
    sent = request.headers.getlist("authorization")
    if not sent:
        raise ApiError(401, f"There is no credential. Send `Authorization: {provider.scheme} <token>`.")
    if sent != [f"{provider.scheme} {provider.token}"]:
        raise ApiError(401, f"The credential is not valid here. The scheme is `{provider.scheme}`, and one header.")


def _query(provider: Provider, operation: Operation, request: Request) -> dict[str, list[str]]:
    query = parse_qs(request.url.query, keep_blank_values=True)
    faults = [
        FieldError(("query", name), "The parameter is not known.", "extra_forbidden")
        for name in query
        if name not in operation.query
    ] + [
        FieldError(("query", name), "The parameter is given more than once.", "repeated")
        for name, values in query.items()
        if name in operation.query and name not in operation.repeatable and len(values) > 1
    ]
    if faults:
        raise ApiError(provider.malformed, f"{faults[0].loc[1]}: {faults[0].msg}", faults)
    return query


def _body(provider: Provider, operation: Operation, request: Request, sent: bytes) -> object:
    if not operation.takes_json:
        if sent and not (operation.permits_empty_object and sent.strip() == b"{}"):
            raise ApiError(400, f"{operation.method} takes no body here.")
        return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError(415, "The body has to be sent as `Content-Type: application/json`.")
    try:
        return json.loads(sent, parse_constant=_refuse_constant)
    except ValueError as error:
        fault = FieldError(("body",), f"The body is not JSON: {error}", "json_invalid")
        raise ApiError(provider.malformed, fault.msg, [fault]) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
