"""A stand-in for three providers that holds a version, answers deletes as scripted, and remembers all requests.

It knows only the documented routes, so any client can use it. The truth about a case is read here, never from a
client's result.
"""

import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Literal, cast
from urllib.parse import urlsplit

Resource = Literal["version", "sibling", "model"]
Provider = Literal["replicate", "baseten", "truefoundry"]

VERSION_ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
_SIBLING_ID = "9" * 64

# The paths of the version to delete, of another version of the same model, and of the model, by provider.
PATHS: dict[Provider, dict[Resource, str]] = {
    "replicate": {
        "version": f"/v1/models/acme/classifier/versions/{VERSION_ID}",
        "sibling": f"/v1/models/acme/classifier/versions/{_SIBLING_ID}",
        "model": "/v1/models/acme/classifier",
    },
    "baseten": {
        "version": "/v1/models/mod3x7q/deployments/dep2bbb",
        "sibling": "/v1/models/mod3x7q/deployments/dep3ccc",
        "model": "/v1/models/mod3x7q",
    },
    "truefoundry": {  # by id, as the vendor's SDK deletes; by manifest, as the page documents, in `_by_manifest()`
        "version": "/api/svc/v1/model-versions/mv-3",
        "sibling": "/api/svc/v1/model-versions/mv-4",
        "model": "/api/svc/v1/models/m-22",
    },
}
_BY_MANIFEST = "/api/ml/v1/model-versions"
_NUMBERS: dict[object, Resource] = {3: "version", 4: "sibling"}

_SHOWN: dict[str, object] = {"created_at": "2026-01-12T09:30:00Z"}
HTML = b"<!doctype html><title>Sign in</title><p>Please sign in."


@dataclass(frozen=True)
class Reply:
    """One answer to a delete; without a *status* the connection is closed instead.

    Attributes:
        deletes: Whether the named resource is deleted first.
    """

    status: int | None
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    deletes: bool = False


@dataclass
class Standin:
    """One provider for one case; without a provider, another origin that answers every request.

    Attributes:
        holds: The resources that exist now.
        replies: The answers to deletes of the version while it is there, in turn; the last one is repeated.
        next_link: The next page that the list of versions names.
    """

    provider: Provider | None
    holds: set[Resource]
    replies: list[Reply]
    next_link: str | None = None
    deletes: list[Resource | None] = field(default_factory=list["Resource | None"])
    requests: int = 0
    token_seen: bool = False
    origin: str = ""
    lock: Lock = field(default_factory=Lock)

    def answer(self, method: str, path: str, body: bytes, *, has_token: bool) -> Reply:
        """Record one request and return its answer."""
        with self.lock:
            self.requests += 1
            self.token_seen = self.token_seen or has_token
            if self.provider is None:
                return _json({"results": [], "next": None, "previous": None})
            resource = self._named(self.provider, method, path, body)
            if path == "/sign-in":
                self.deletes += [None] if method == "DELETE" else []
                return Reply(200, HTML, "text/html")
            if method == "DELETE" or (method == "POST" and path == _BY_MANIFEST):
                return self._delete(self.provider, resource)
            return self._read(self.provider, resource, path)

    def _named(self, provider: Provider, method: str, path: str, body: bytes) -> Resource | None:
        if method == "POST" and path == _BY_MANIFEST and provider == "truefoundry":
            manifest = cast("dict[str, Any]", json.loads(body)).get("manifest", {})
            return _NUMBERS.get(manifest.get("version"))
        return next((resource for resource, known in PATHS[provider].items() if known == path), None)

    def _delete(self, provider: Provider, resource: Resource | None) -> Reply:
        self.deletes.append(resource)
        if resource is None or resource not in self.holds:
            return _NOT_THERE
        if resource == "version":
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        else:
            reply = documented(provider, resource)
        if reply.deletes:
            self.holds -= {"version", "sibling", "model"} if resource == "model" else {resource}
        return reply

    def _read(self, provider: Provider, resource: Resource | None, path: str) -> Reply:
        if provider == "truefoundry" and path == "/api/ml/v1/ml-repos":
            return _json({"data": [{"id": "41", "name": "fraud-repo"}], "pagination": {"total": 1}})
        if provider == "truefoundry" and path == _BY_MANIFEST:
            rows = [_row(3)] if "version" in self.holds else []
            return _json({"data": rows, "pagination": {"total": len(rows)}})
        if provider == "replicate" and path in {"/v1/models", PATHS["replicate"]["model"] + "/versions"}:
            results = [_SHOWN | {"id": VERSION_ID}] if path.endswith("versions") else []
            return _json({"results": results, "next": self.next_link, "previous": None})
        shown = _SHOWN | {"id": path.rpartition("/")[2]} | ({"model_id": "mod3x7q"} if provider == "baseten" else {})
        return _json(shown) if resource in self.holds else _NOT_THERE


def documented(provider: Provider, resource: Resource) -> Reply:
    """Return the success that *provider* documents for deleting *resource*."""
    if provider == "replicate":
        return Reply(204 if resource == "model" else 202, deletes=True)
    if provider == "truefoundry":
        return Reply(200, b"{}", deletes=True)
    path = PATHS[provider][resource].split("/")
    tombstone: dict[str, object] = {"id": path[-1], "deleted": True}
    return replace(_json(tombstone if resource == "model" else tombstone | {"model_id": path[-3]}), deletes=True)


@contextmanager
def serving(standins: Iterable[Standin]) -> Generator[None]:
    """Serve each of *standins* at a port of its own on this machine, and set its origin."""
    servers: list[_Server] = []
    try:
        for standin in standins:
            server = _Server(("127.0.0.1", 0), _handler(standin))
            servers.append(server)
            standin.origin = f"http://127.0.0.1:{server.server_address[1]}"
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that hangs up in the middle."""


def _handler(standin: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            has_token = "Authorization" in self.headers
            reply = standin.answer(self.command, urlsplit(self.path).path, body, has_token=has_token)
            if reply.status is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(reply.body)))
            if reply.body:
                self.send_header("Content-Type", reply.content_type)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            """Print nothing: stderr is for errors."""

    return Handler


def _json(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


def _row(number: int) -> dict[str, object]:
    return {
        "id": f"mv-{number}",
        "fqn": f"model:acme/fraud-repo/churn:{number}",
        "ml_repo_id": "41",
        "manifest": {"name": "churn", "ml_repo": "fraud-repo", "version": number, "metadata": {}},
    }


_NOT_THERE = _json({"detail": "Not found.", "statusCode": 404, "message": "Not found."}, 404)
