"""A network on which things go wrong: a request or its answer is lost, cut, or answered by somebody else."""

import random
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPResponse
from urllib.parse import urlsplit

from attrs import frozen

from .acts import (
    CLOSED,
    CLOSED_IN_HEAD,
    CLOSED_UNREAD,
    RESET,
    RESET_IN_HEAD,
    RESET_UNREAD,
    error,
    page,
    redirects,
    says,
)
from .server import Act
from .stands import STANDS, message
from .wire import Wire

_BASES = {
    "truefoundry": "TFY_HOST",
    "cerebras": "CEREBRAS_MANAGEMENT_BASE_URL",
    "baseten": "BASETEN_BASE_URL",
    "replicate": "REPLICATE_BASE_URL",
}


@frozen
class Fault:
    """One act in place of the provider's answer; *works* if the provider gets the request and carries it out."""

    act: Act
    works: bool = False


_LOST = (RESET, CLOSED, RESET_IN_HEAD, CLOSED_IN_HEAD)
_ANSWERED = (page(200), page(404), page(502), error(500), error(503), says(204), says(200, b"{"), redirects(307))
FAULTS = (
    *(Fault(act, works) for act in (*_LOST, *_ANSWERED) for works in (False, True)),
    *(Fault(act) for act in (CLOSED_UNREAD, RESET_UNREAD, error(429), error(429, {"Retry-After": "2"}))),
)
DOWN = Fault(RESET_UNREAD)

Choose = Callable[[], Fault | None]


def one_in(count: int, seed: int) -> Choose:
    """Return a choice of a fault for one of each *count* requests."""
    chance = random.Random(seed)  # noqa: S311 - it chooses faults
    turns: list[bool] = []

    def choose() -> Fault | None:
        if not turns:
            turns.extend(number == 0 for number in range(count))
            chance.shuffle(turns)
        return chance.choice(FAULTS) if turns.pop() else None

    return choose


class FaultyNetwork:
    """Passes requests on to the sandbox at *environ*, and plays what *choose* returns for each of them.

    Attributes:
        environ: The variables that point expunge at it.
        faults: The number of faults so far.
    """

    def __init__(self, environ: Mapping[str, str], choose: Choose) -> None:
        self.environ = dict(environ)
        self.faults = 0
        self._choose = choose
        self._lock = threading.Lock()
        self._listeners: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._wires: list[Wire] = []
        for provider, variable in _BASES.items():
            there = urlsplit(environ[variable])
            listener = socket.create_server(("127.0.0.1", 0), backlog=256)
            self._listeners.append(listener)
            self.environ[variable] = environ[variable].replace(f":{there.port}", f":{listener.getsockname()[1]}")
            self._start(self._accept, listener, provider, there.port)

    def stop(self) -> None:
        """End every connection and thread."""
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads[: len(self._listeners)]:
            thread.join(10)
        for wire in self._wires:
            wire.shut_down()
        for thread in self._threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in self._threads)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, provider: str, port: int) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                wire = Wire(connection)
                self._wires.append(wire)
                self._start(self._serve, wire, provider, port)

    def _serve(self, wire: Wire, provider: str, port: int) -> None:
        with suppress(OSError):
            while wire.is_open and wire.peek():
                with self._lock:
                    fault = self._choose()
                    self.faults += fault is not None
                self._pass(wire, provider, port, fault)
        wire.close()

    def _pass(self, wire: Wire, provider: str, port: int, fault: Fault | None) -> None:
        request = None if fault is not None and not fault.act.reads else wire.read_request()
        answer = b""
        if request is not None and (fault is None or fault.works):
            answer = _answer_to(request.raw, request.method, port)
        if fault is None:
            wire.send(answer)
        elif fault.act.play is not None:
            fault.act.play(wire, STANDS[provider])


def _answer_to(request: bytes, method: str, port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as there:
        there.sendall(request)
        answer = HTTPResponse(there, method=method)
        answer.begin()
        headers = {name: value for name, value in answer.getheaders() if name.lower() != "transfer-encoding"}
        return message(answer.status, answer.read(), {**headers, "Connection": "keep-alive"})
