"""Measure what expunge costs, as ratios to httpx in the same run, and print them beside their targets.

    python scripts/bench.py

Ratios do not depend on the machine's speed. Both sides take turns, so that a slow moment falls on both.
"""

import socket
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import NoReturn

import httpx
from rich.console import Console
from rich.table import Table

import expunge

_ROUNDS = 15
_CALLS = 150
_REF = "cerebras:acme/gpt-oss-120b@2"
_PATH = "/management/v1/orgs/acme/models/gpt-oss-120b/versions/2"
_BODY = b'{"name":"orgs/acme/models/gpt-oss-120b/versions/2","deleted":true}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


@dataclass(frozen=True)
class Row:
    """One measurement: the median ratio of *what* to *against*, the spread of its middle half, and the target."""

    what: str
    against: str
    ratio: float
    spread: tuple[float, float]
    target: float


def main() -> int:
    """Run the program; return 0 if all targets are met, else 1."""
    with _server() as origin:
        rows = [_import_row(), _delete_row(origin)]
    table = Table("what", "against", "ratio", "middle half", "target", "met")
    for row in rows:
        low, high = row.spread
        is_met = "yes" if row.ratio <= row.target else "no"
        table.add_row(
            row.what, row.against, f"{row.ratio:.2f}", f"{low:.2f} to {high:.2f}", f"≤ {row.target:.2f}", is_met
        )
    Console(width=110).print(table)
    return 0 if all(row.ratio <= row.target for row in rows) else 1


def _import_row() -> Row:
    """Start an interpreter that imports the one or the other; the time of a bare interpreter is subtracted."""

    def started(code: str) -> float:
        began = perf_counter()
        subprocess.run((sys.executable, "-c", code), check=True)
        return perf_counter() - began

    started("import expunge, httpx")  # compiled files are there from here on
    ratios: list[float] = []
    for _ in range(_ROUNDS):
        bare = started("pass")
        ratios.append((started("import expunge") - bare) / (started("import httpx") - bare))
    return _row("import expunge", "import httpx", ratios, target=0.35)


def _delete_row(origin: str) -> Row:
    """Delete on a connection that is open already."""
    with expunge.Client(expunge.Cerebras(api_key="k", base_url=origin)) as client, httpx.Client() as plain:
        headers = {"Authorization": "Bearer k"}

        def ours() -> None:
            client.delete(_REF)

        def theirs() -> None:
            plain.request("DELETE", origin + _PATH, headers=headers).json()

        for call in (ours, theirs):
            _timed(call)
        ratios = [_timed(ours) / _timed(theirs) for _ in range(_ROUNDS)]
    return _row("Client.delete, warm", "httpx.Client.request", ratios, target=0.85)


def _timed(call: Callable[[], None]) -> float:
    began = perf_counter()
    for _ in range(_CALLS):
        call()
    return perf_counter() - began


def _row(what: str, against: str, ratios: list[float], *, target: float) -> Row:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return Row(what, against, middle, (low, high), target)


@contextmanager
def _server() -> Generator[str, None, None]:
    """Serve the same answer to every request from another process, with as little work as possible."""
    with subprocess.Popen((sys.executable, __file__, "--serve"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        yield process.stdout.readline().strip()
        process.terminate()


def _serve() -> NoReturn:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            threading.Thread(target=_answer, args=(listener.accept()[0],), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection:
        while connection.recv(65_536):  # each request comes in one piece: it has no body
            connection.sendall(_ANSWER)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        _serve()
    sys.exit(main())
