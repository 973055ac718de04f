"""A faulty way to the sandbox: a raw-socket proxy that answers as a script says, and tells what came in.

Behind it stands the sandbox, which holds the state. What no script names is passed on; an action may carry the deletion
out at once, later, or not at all, whatever it then answers.
"""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Effect = Literal["none", "done", "late"]
Ending = Literal["keep", "close", "reset", "stall", "trickle"]

_RESET = struct.pack("ii", 1, 0)
_TRICKLE_SECONDS = 0.02


def answer(
    status: int, body: object = b"", headers: Iterable[tuple[str, str]] = (), *, length: int | None = None
) -> bytes:
    """Write an answer; *body* as it is when it is bytes, else as JSON; *length* for one that lies about it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = [("Content-Length", str(len(content) if length is None else length)), *headers]
    if not isinstance(body, bytes):
        fields.append(("Content-Type", "application/json"))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content


@dataclass(frozen=True)
class Act:
    """What is done with one request.

    `sends` goes over the wire as it is; `effect` says what becomes of the version: nothing, gone at once, or gone by
    the next delete; `ending` what becomes of the connection.
    """

    sends: bytes = b""
    effect: Effect = "none"
    ending: Ending = "keep"


PASS = None
"""Let the sandbox answer."""


@dataclass
class FaultServer:
    """One provider's address, with a script for what deletes and one for what reads."""

    behind: str
    take_out: Callable[[], None]
    deletes: list[Act | None] = field(default_factory=list[Act | None])
    reads: list[Act | None] = field(default_factory=list[Act | None])
    requests: list[bytes] = field(default_factory=list[bytes])

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._is_late = False
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop: connections that stall or trickle end too."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def settle_late_effects(self) -> None:
        """Let what is still under way come true."""
        if self._is_late:
            self._is_late = False
            self.take_out()

    @property
    def methods(self) -> list[str]:
        """What came in, by its method."""
        return [request.split(b" ", 1)[0].decode() for request in self.requests]

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while request := _read(connection):
                with self._lock:
                    self.requests.append(request)
                    act = self._next(request)
                    self._take_effect(act, request)
                connection.sendall(self._pass_on(request) if act is None else act.sends)
                if act is not None and not self._go_on(connection, act.ending):
                    return
        self._open.discard(connection)

    def _next(self, request: bytes) -> Act | None:
        script = self.reads if request.startswith(b"GET ") else self.deletes
        return script.pop(0) if len(script) > 1 else script[0] if script else None

    def _take_effect(self, act: Act | None, request: bytes) -> None:
        if request.startswith(b"GET "):
            return
        self.settle_late_effects()
        if act is not None and act.effect == "done":
            self.take_out()
        self._is_late = act is not None and act.effect == "late"

    def _go_on(self, connection: socket.socket, ending: Ending) -> bool:
        """End the connection as the script says; tell whether it goes on."""
        if ending == "stall":
            self._over.wait(60)
        elif ending == "trickle":
            while not self._over.wait(_TRICKLE_SECONDS):
                connection.sendall(b"1")
        elif ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return ending == "keep"

    def _pass_on(self, request: bytes) -> bytes:
        parts = urlsplit(self.behind)
        with socket.create_connection((parts.hostname, parts.port)) as behind:
            head, _, body = request.partition(b"\r\n\r\n")
            behind.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
            received = b""
            while chunk := behind.recv(65_536):
                received += chunk
        return received.replace(b"connection: close\r\n", b"")


def _read(connection: socket.socket) -> bytes:
    """Read one request, its body too."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            return b""
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
