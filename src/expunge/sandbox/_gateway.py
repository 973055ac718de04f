"""The door that every request comes through: it is recorded, perhaps answered by script, and stamped.

It also settles what a path is: segments are separated while still encoded, so that an encoded slash
stays inside its segment, and names nothing that exists.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from urllib.parse import quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._ledger import Ledger, RecordedRequest


class Gateway:
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
        unanswered = partial(application, inner, _replay(body), _nowhere)
        if scripted.effect == "now":
            await unanswered()
        elif scripted.effect == "late":
            self._ledger.postpone(unanswered)
        await scripted.play(scope, receive, stamped)


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
