"""A provider that says yes to every delete, in a process of its own, with as little work as possible.

    python stub.py [DELAY [RATE [WORK]]]

It prints its origin. It answers after DELAY seconds, at once by default. With RATE, it lets so many calls through in a
second, one second's worth at once, and answers the others with 429. With WORK, a version of Replicate is gone so many
seconds after its delete. `/stats` returns the requests since it was asked last: the number of requests, of refusals and
of connections, and the last part of each path that was deleted.
"""

import asyncio
import json
import sys
from time import monotonic

ENTRIES, _PER_PAGE = 10_000, 100
_INPUTS = (
    ("prompt", "string", ""),
    ("seed", "integer", 0),
    ("width", "integer", 1024),
    ("height", "integer", 1024),
    ("num_outputs", "integer", 1),
    ("guidance_scale", "number", 7.5),
    ("num_inference_steps", "integer", 50),
    ("negative_prompt", "string", ""),
)
_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def _schema() -> dict[str, object]:
    """Return the schema of a model's interface, as each entry of Replicate's lists has one."""
    inputs = {
        name: {
            "type": kind,
            "title": name.replace("_", " ").title(),
            "default": default,
            "x-order": order,
            "description": f"Sets the {name.replace('_', ' ')} of the prediction; see the model's page for examples.",
        }
        for order, (name, kind, default) in enumerate(_INPUTS)
    }
    output = {"type": "array", "items": {"type": "string", "format": "uri"}, "title": "Output"}
    prediction = {
        "type": "object",
        "title": "Prediction",
        "properties": {
            "id": {"type": "string", "title": "Id"},
            "logs": {"type": "string", "title": "Logs", "default": ""},
            "error": {"type": "string", "title": "Error"},
            "input": {"$ref": "#/components/schemas/Input"},
            "output": {"$ref": "#/components/schemas/Output"},
            "created_at": {"type": "string", "title": "Created At", "format": "date-time"},
        },
    }
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Prediction"}}}}
    asked = {"operationId": "predict_predictions_post", "responses": {"200": answer}, "summary": "Predict"}
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {"/predictions": {"post": asked}, "/predictions/{prediction_id}": {"put": asked}},
        "components": {
            "schemas": {
                "Input": {"type": "object", "title": "Input", "required": ["prompt"], "properties": inputs},
                "Output": output,
                "Prediction": prediction,
            }
        },
    }


class _Stub:
    """The answers, and a record of the requests."""

    def __init__(self, delay: float = 0.0, rate: float = 0.0, work: float = 0.0) -> None:
        self.delay = delay
        self.pages: dict[bytes, bytes] = {}
        self._rate = rate
        self._work = work
        self._allowed, self._filled_at = rate, monotonic()
        self._gone_at: dict[bytes, float] = {}
        self.forget()

    def forget(self) -> None:
        self.requests = self.refused = self.connections = 0
        self.deleted: list[str] = []

    def list(self, origin: str) -> None:
        """Make the pages of a model with many versions, in the shape of Replicate's."""
        path, schema = "/v1/models/acme/many/versions", _schema()
        self.pages[b"/v1/deployments"] = _answer(b'{"previous":null,"next":null,"results":[]}')
        for first in range(0, ENTRIES, _PER_PAGE):
            rows = [
                {
                    "id": f"{number:064x}",
                    "created_at": "2025-01-12T09:30:00.418669Z",
                    "cog_version": "0.14.0",
                    "openapi_schema": schema,
                }
                for number in range(first, first + _PER_PAGE)
            ]
            goes_on = f"{origin}{path}?cursor={first + _PER_PAGE}" if first + _PER_PAGE < ENTRIES else None
            page = {"previous": None, "next": goes_on, "results": rows}
            target = f"{path}?cursor={first}" if first else path
            self.pages[target.encode()] = _answer(json.dumps(page).encode())

    def answer(self, method: bytes, target: bytes) -> bytes:
        """Answer one request, which was read to its end."""
        if target == b"/stats":
            stats = {
                "requests": self.requests,
                "refused": self.refused,
                "connections": self.connections,
                "deleted": self.deleted,
            }
            self.forget()
            return _answer(json.dumps(stats).encode())
        self.requests += 1
        if self._rate and not self._is_allowed():
            self.refused += 1
            return _answer(b'{"detail":"Request was throttled."}', b"429 Too Many Requests")
        return self.pages.get(target) or self._provided(method, target)

    def _provided(self, method: bytes, target: bytes) -> bytes:
        """Answer as a provider."""
        name = target.rpartition(b"/")[2]
        if method == b"DELETE":
            self.deleted.append(name.decode())
            self._gone_at.setdefault(name, monotonic() + self._work)
        elif self._work and b"/versions/" in target:
            return self._version(name)
        if target.startswith(b"/management/"):
            return _answer(b'{"name":"orgs/acme/models/gpt-oss-120b/versions/%s","deleted":true}' % name)
        if b"/deployments/" in target:
            return _answer(b'{"id":"%s","model_id":"mod3x7q","deleted":true}' % name)
        return _answer(b"", b"202 Accepted") if target.startswith(b"/v1/models/") else _answer(b"{}")

    def _is_allowed(self) -> bool:
        """Take one call out of a bucket that holds one second's worth."""
        now = monotonic()
        self._allowed = min(self._allowed + (now - self._filled_at) * self._rate, self._rate)
        self._filled_at = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True

    def _version(self, name: bytes) -> bytes:
        """Answer a read of a version that its provider works on."""
        if monotonic() >= self._gone_at.get(name, float("inf")):
            return _answer(b'{"detail":"Not found."}', b"404 Not Found")
        created = b'"created_at":"2025-01-12T09:30:00.418669Z","cog_version":"0.14.0","openapi_schema":{}'
        return _answer(b'{"id":"%s",%s}' % (name, created))


class _Connection(asyncio.Protocol):
    """One connection: requests with a `Content-Length` or without a body."""

    def __init__(self, stub: _Stub) -> None:
        self._stub = stub
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - as create_server() makes it
        self._transport = transport
        self._stub.connections += 1

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end]
            _, _, length = head.lower().partition(b"content-length:")
            complete = end + 4 + int(length.split(b"\r\n", 1)[0] or 0)
            if len(self._unread) < complete:
                return
            self._unread = self._unread[complete:]
            method, target, _ = head.split(b" ", 2)
            answer = self._stub.answer(method, target)
            if self._stub.delay and target != b"/stats":
                asyncio.get_running_loop().call_later(self._stub.delay, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return _HEAD % (status, len(body)) + body


async def _serve(*how: float) -> None:
    stub = _Stub(*how)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(stub), "127.0.0.1", 0, backlog=1_024)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    stub.list(origin)
    print(origin, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*map(float, sys.argv[1:])))
