"""The processes that are measured: contenders that take turns, the stub that answers them, and programs that start."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Self, cast
from urllib.request import urlopen

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cost:
    """Seconds that one round took: of the client's processor, and by the clock."""

    cpu: float
    wall: float
    unknown: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Stats:
    """The requests that arrived at the stub since it was asked last."""

    requests: int
    connections: int
    deleted: set[str]
    refused: int


class Stub:
    """The stub that answers, at *origin*."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def stats(self) -> Stats:
        """Return what has arrived, without the connection that asks."""
        with urlopen(f"{self.origin}/stats") as answer:  # noqa: S310 - this machine
            found: dict[str, Any] = json.load(answer)
        return Stats(found["requests"], found["connections"] - 1, set(found["deleted"]), found["refused"])


@contextmanager
def stub(delay: float = 0.0, rate: float = 0.0, work: float = 0.0) -> Generator[Stub, None, None]:
    """Start a stub that answers after *delay* seconds; *rate* and *work* as stub.py has them."""
    command = (sys.executable, "-I", _HERE / "stub.py", str(delay), str(rate), str(work))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield Stub(process.stdout.readline().strip())
        finally:
            process.terminate()


@contextmanager
def sandbox(fleet: str) -> Generator[dict[str, str], None, None]:
    """Start the sandbox with a *fleet*, such as `30x100`; yield the variables that lead to it."""
    command = (sys.executable, "-I", "-m", "expunge", "sandbox", "--port", "0", "--fleet", fleet)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            lines = iter(process.stdout.readline, "ready\n")
            yield {name: value for name, _, value in (line.strip().partition("=") for line in lines)}
        finally:
            process.terminate()


class Contender:
    """One client in a process of its own, which works on demand."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self._name = name
        self._process = process

    def work(self, count: int) -> Cost:
        """Let it do *count* calls."""
        assert self._process.stdin is not None  # noqa: S101 - both were asked for
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended before its work was done")
        return Cost(**cast("dict[str, Any]", json.loads(line)))


class Contenders(ExitStack):
    """Contenders that end with the block."""

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def start(
        self, name: str, argument: str, stub: Stub, *, python: str | Path = sys.executable, folders: Sequence[Path] = ()
    ) -> Contender:
        """Start a client by its *name* in contender.py."""
        command = (python, "-I", _HERE / "contender.py", name, argument, stub.origin, *folders)
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.defpath, "NO_PROXY": "127.0.0.1"},
        )
        self.enter_context(process)
        self.callback(process.kill)
        return Contender(name, process)


@dataclass(frozen=True)
class Spent:
    """The cost of one long run.

    Attributes:
        wall: Seconds by the clock.
        cpu: Seconds of the client's processor.
        peak: The most memory of its process, in MiB.
        failed: References that did not end as they should.
    """

    wall: float
    cpu: float
    peak: float
    failed: int


def long_run(kind: str, count: int, origin: str, folder: Path) -> Spent:
    """Do one run of long_run.py; its files are in *folder*."""
    command = (sys.executable, "-I", _HERE / "long_run.py", kind, str(count), origin, folder)
    environ = {"PATH": os.defpath, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environ)
    return Spent(**cast("dict[str, Any]", json.loads(done.stdout)))


_PEAK = """
import re, sys
from pathlib import Path
from expunge.cli.app import run
code = 0
try:
    run()
except SystemExit as end:
    code = end.code or 0
print(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""
# As Linux tells it: `getrusage()` also has the memory of the process that started this one.


def peak_of(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> float:
    """Run the command line with *arguments* in *folder*; return the most memory of its process, in MiB."""
    command = (sys.executable, "-I", "-c", _PEAK, *arguments)
    with tempfile.TemporaryFile("w+") as said:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=said, cwd=folder, env=environ)
        said.seek(0)
        return float(said.readlines()[-1]) / 1024


def started(*command: str, environ: dict[str, str] | None = None) -> Cost:
    """Run a program of Python to its end."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run(
        (sys.executable, *command), check=True, stdout=subprocess.DEVNULL, env={**os.environ, **(environ or {})}
    )
    wall, after = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)
