"""The door that every request comes through: it is recorded, perhaps answered by script, and stamped.

It also settles what a path is: segments are separated while still encoded, so that an encoded slash
stays inside its segment, and names nothing that exists.
"""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._wire import Json


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it came over the wire."""

    provider: str
    method: str
    target: str
    """Path and query, still encoded."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order sent."""
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of that *name*, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self) -> Json:
        """Read the body as JSON."""
        return json.loads(self.body)


@dataclass
class ScriptedAnswer:
    """An answer that stands in for the provider's own, *times* times."""

    provider: str
    method: str
    status: int
    body: bytes
    headers: Mapping[str, str]
    path: str | None
    """Only requests whose target begins so; None is any."""
    takes_effect: bool
    times: int = 1

    def fits(self, request: RecordedRequest) -> bool:
        """Return whether this answers *request*."""
        return (self.provider, self.method) == (request.provider, request.method) and (
            self.path is None or request.target.startswith(self.path)
        )

    def response(self) -> Response:
        """Make the answer for the wire."""
        return Response(self.body, self.status, headers=dict(self.headers))


@dataclass
class Ledger:
    """The requests so far, and the scripted answers; safe from any thread."""

    records: bool = True
    """Whether the requests are kept."""
    _requests: list[RecordedRequest] = field(default_factory=list[RecordedRequest])
    _script: list[ScriptedAnswer] = field(default_factory=list[ScriptedAnswer])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: RecordedRequest) -> ScriptedAnswer | None:
        """Record *request*; give the scripted answer that is due, if there is one."""
        with self._lock:
            if self.records:
                self._requests.append(request)
            due = next((answer for answer in self._script if answer.fits(request)), None)
            if due is not None:
                due.times -= 1
                if due.times == 0:
                    self._script.remove(due)
            return due

    def plan(self, answer: ScriptedAnswer) -> None:
        """Have *answer* given when its turn comes; earlier ones go first."""
        with self._lock:
            self._script.append(answer)

    def requests(self) -> list[RecordedRequest]:
        """Copy what came in so far, oldest first."""
        with self._lock:
            return list(self._requests)

    def clear_requests(self) -> None:
        """Forget what came in so far."""
        with self._lock:
            self._requests.clear()

    def clear_script(self) -> None:
        """Forget the scripted answers that were not given yet."""
        with self._lock:
            self._script.clear()


class Front:
    """The ASGI application of all ports; each port is one provider's."""

    def __init__(
        self, applications: Mapping[int, tuple[str, ASGIApp]], ledger: Ledger, now: Callable[[], datetime]
    ) -> None:
        self._applications = applications
        self._ledger = ledger
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request in."""
        provider, application = self._applications[scope["server"][1]]
        body = await _read(receive)
        if body is None:  # The client left before it had said all.
            return
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        request = RecordedRequest(
            provider=provider,
            method=scope["method"],
            target=f"{path}?{query}" if query else path,
            headers=tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]),
            body=body,
        )
        inner: Scope = {**scope, "path": "/".join(quote(unquote(part), safe="") for part in path.split("/"))}
        scripted = self._ledger.note(request)
        stamped = _stamped(send, self._now)
        if scripted is None:
            await application(inner, _replay(body), stamped)
            return
        if scripted.takes_effect:
            await application(inner, _replay(body), _nowhere)
        await scripted.response()(inner, _replay(body), stamped)


async def _read(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _stamped(send: Send, now: Callable[[], datetime]) -> Send:
    async def stamp(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("x-request-id", uuid.uuid4().hex)
            headers.setdefault("date", format_datetime(now().astimezone(UTC), usegmt=True))
        await send(message)

    return stamp


async def _nowhere(_: Message) -> None:
    pass
