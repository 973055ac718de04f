"""Package indexes on this machine: a real pypiserver with passwords, and one that answers what a test tells it."""

import base64
import hashlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from attrs import field, frozen
from tests.packaging.repository import BIN, environment

USERNAME, PASSWORD = "releaser", "Wie-es-euch-gefaellt"
CREDENTIALS = {"TWINE_USERNAME": USERNAME, "TWINE_PASSWORD": PASSWORD}


@frozen
class PackageIndex:
    """A running pypiserver, which keeps its files in the folder `packages`."""

    url: str
    packages: Path

    @property
    def simple(self) -> str:
        return f"{self.url}simple/"

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.packages.iterdir()}


@contextmanager
def pypiserver(folder: Path, *options: str) -> Iterator[PackageIndex]:
    """Run a pypiserver below *folder*. Without *options*, readers need the password too, and no other index helps."""
    packages, passwords = folder / "packages", folder / "htpasswd"
    packages.mkdir(exist_ok=True)
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
    passwords.write_text(f"{USERNAME}:{{SHA}}{digest}\n")
    options = options or ("--authenticate", "update,list,download", "--disable-fallback")
    for _ in range(5):
        port = free_port()
        command = [BIN / "pypi-server", "run", "--interface", "127.0.0.1", "--port", str(port)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--passwords", passwords, *options, packages], env=environment(), stdout=log, stderr=log
            )
        try:
            if is_up(process, port):
                yield PackageIndex(f"http://127.0.0.1:{port}/", packages)
                return
        finally:
            process.terminate()
            process.wait(timeout=30)
    raise AssertionError((folder / "log").read_text())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until *process* takes connections; False where it ended, because somebody else took the port first."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            try:
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
        return process.poll() is None
    return False


@frozen
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=lambda: {"Content-Type": "text/html"})


@frozen
class ScriptedIndex:
    """A server with prepared answers, the last of each repeated indefinitely, that keeps the requests."""

    url: str
    answers: dict[str, list[Answer]]
    requests: list[tuple[str, str | None]] = field(factory=list)
    """Each request (`GET /simple/expunge/`), with its `Authorization`."""

    def tell(self, request: str, *answers: Answer) -> None:
        self.answers[request] = list(answers)

    @property
    def asked(self) -> list[str]:
        return [request for request, _ in self.requests]


@contextmanager
def scripted_index(tls: ssl.SSLContext | None = None) -> Iterator[ScriptedIndex]:
    """Run an index on this machine with prepared answers, and otherwise 404; over https with *tls*."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = f"{self.command} {self.path}"
            index.requests.append((request, self.headers.get("Authorization")))
            waiting = index.answers.get(request, [Answer(404)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = handle_any  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        index = ScriptedIndex(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/", {})
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
