"""Judging mutants by the tests that reach their line: those that killed others before them first, then the quickest."""

import ast
import itertools
import json
import math
import os
import select
import shutil
import signal
import socket
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("server.py")
BROKEN = 70
"""Exit code of a fork in which the server itself failed."""
ANY_LINE = 0
"""The line of a test whose reach is not known."""
NO_PYTHON = "it is no Python"
START_SECONDS = 600.0
"""Seconds that a server has to import and collect, before its first fork."""
CONSTANT = "no test that reaches its module sees the constant"
BYTES = 4 << 30
"""Memory that a mutant may have: some collect without an end."""
LEAST_SECONDS = 10.0
"""Seconds that each test has at least, of CPU and without a sign of life; a test has ten times its own time as well."""


@dataclass(frozen=True)
class Verdict:
    """Whether a mutant survived, and the test that killed it or the reason."""

    survived: bool
    by: str


@dataclass(frozen=True)
class Reached:
    """The lines of the modules that a test reaches, and the seconds of CPU that it takes."""

    lines: dict[str, list[int]]
    seconds: float


class Server:
    """One warm or cold process, in the copy of the tree at *copy*."""

    def __init__(self, kind: str, copy: Path, python: str, environ: dict[str, str], log: Path) -> None:
        ours, theirs = socket.socketpair()
        with log.open("a") as said:
            self._process = subprocess.Popen(
                [python, str(SERVER), kind, str(theirs.fileno())],
                cwd=copy, env=environ, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        theirs.close()
        self._socket = ours
        self._rest = b""
        self._log = log

    def ask(self, **request: object) -> None:
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    def answers(self, seconds: Callable[[str], float]) -> Iterator[dict[str, Any]]:
        """Yield the answers until the fork has ended; kill it if nothing comes for the *seconds* of the last test."""
        pid, test, spent = 0, "", ""
        while True:
            while b"\n" not in self._rest:
                # Two halves: in the second one it must spend CPU, or it waits for something that never comes.
                most = seconds(test) / 2 if pid else START_SECONDS
                if not select.select([self._socket], [], [], most)[0]:
                    if not pid:
                        raise SystemExit(f"The server of the mutants does not begin; {self._log} has its words.")
                    before, spent = spent, _spent(pid)
                    if spent == before:  # else the machine is busy, and the limit of its CPU time ends it
                        _kill(pid)
                        yield {"hangs": test}
                    continue
                chunk = self._socket.recv(1 << 16)
                if not chunk:
                    raise SystemExit(f"The server of the mutants ended; {self._log} has its words.")
                self._rest += chunk
            line, self._rest = self._rest.split(b"\n", 1)
            answer = json.loads(line)
            pid, test = answer.get("pid", pid), answer.get("test", test)
            yield answer
            if "ended" in answer:
                _kill(pid)  # what it has started goes with it
                return

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


class Court:
    """Judges the mutants of some modules in one copy of the tree."""

    def __init__(self, copy: Path, python: str, environ: dict[str, str], modules: Sequence[str], tests: list[str]):
        self._copy = copy
        self._kind_of_server = (copy, python, environ, copy / "mutants.log")
        self._cold: Server | None = None
        self._warm = Server("warm", *self._kind_of_server)
        self._warm.ask(modules=list(modules), tests=tests)
        self._kills: Counter[tuple[str, str]] = Counter()
        self._proved: set[tuple[bool, str]] = set()
        self._forks = itertools.count()
        self.reached: dict[str, Reached] = {}
        self._statements = {module: list(_statements(copy / module)) for module in modules}

    def trace(self) -> dict[str, Reached]:
        """Run all tests once, without a mutant, and return what each of them reaches."""
        for answer in self._judge(self._warm, lambda _: 300.0, cpu_seconds=3600, trace=True):
            if "lines" in answer:
                self.reached[answer["test"]] = Reached(answer["lines"], answer["seconds"])
            if "killed" in answer or "hangs" in answer:
                raise SystemExit(f"Without a mutant, this test fails: {answer}. {self._copy / 'mutants.log'} has more.")
        return self.reached

    def judge(self, module: str, line: int, source: str, most_seconds: float) -> Verdict:
        """Judge the mutant of *module* at *line*, whose source is *source*, by tests that take *most_seconds*."""
        path = self._copy / module
        try:
            ast.parse(source)
        except SyntaxError:  # `not found := …`
            return Verdict(False, NO_PYTHON)
        original = path.read_text()
        path.write_text(source)
        try:
            about = self._lines(module, line)
            tests = self._telling(module, most_seconds, lambda lines: not about.isdisjoint(lines) or ANY_LINE in lines)
            all_tests = self._telling(module, most_seconds, lambda _: True)
            server = self._warm
            verdict = self._verdict(server, module, tests, all_tests, mutant=source)
            if verdict is None or (verdict.by == CONSTANT and most_seconds == math.inf):
                server = self._cold = self._cold or Server("cold", *self._kind_of_server)
                verdict = self._verdict(server, module, all_tests, all_tests, mutant=source)
        finally:
            path.write_text(original)
        if verdict and verdict.by in self.reached:
            self._prove(server, module, verdict.by, original)
        return verdict or Verdict(True, "no test reaches it")

    def _prove(self, server: Server, module: str, test: str, original: str) -> None:
        """Run *test* by itself without a mutant, once: one that fails then would kill every mutant."""
        if (server is self._warm, test) in self._proved:
            return
        self._proved.add((server is self._warm, test))
        verdict = self._verdict(server, module, [test], [test], mutant=original)
        if verdict is None or not verdict.survived:
            raise SystemExit(f"Without a mutant, this test fails by itself: {test}: {verdict and verdict.by}")

    def close(self) -> None:
        for server in (self._warm, self._cold):
            if server:
                server.close()

    def _lines(self, module: str, line: int) -> set[int]:
        """Return the lines of the innermost statement at *line*; of a constant, those that use it."""
        return min((each for each in self._statements[module] if line in each[0]), key=lambda each: len(each[0]))[1]

    def _telling(self, module: str, most_seconds: float, reaches: Callable[[list[int]], bool]) -> list[str]:
        """Return the tests in the order in which they tell most: a table of quick cases before a slow case."""
        spent_on: defaultdict[str, float] = defaultdict(float)
        ordered: list[tuple[int, float, str]] = []
        for name, each in sorted(self.reached.items(), key=lambda test: test[1].seconds):
            if reaches(each.lines.get(module, [])):
                function = name.partition("[")[0]
                spent_on[function] += each.seconds
                ordered.append((-self._kills[module, name], spent_on[function], name))
        spent = 0.0
        chosen = []
        for _, _, name in sorted(ordered):
            seconds = self.reached[name].seconds
            if spent + seconds <= most_seconds or not chosen:
                spent += seconds
                chosen.append(name)
        return chosen

    def _verdict(
        self, server: Server, module: str, tests: list[str], all_tests: list[str], **request: object
    ) -> Verdict | None:
        def seconds(test: str) -> float:
            return LEAST_SECONDS + 10 * (self.reached[test].seconds if test in self.reached else 2.0)

        request |= {"module": module, "tests": tests, "all_tests": all_tests}
        total = int(sum(map(self._seconds, all_tests)) * 3 + LEAST_SECONDS)
        verdict, needs_an_import = None, False
        for answer in self._judge(server, seconds, cpu_seconds=total, **request):
            if "needs_an_import" in answer:
                needs_an_import = True
            elif "survived" in answer:
                by = f"{len(tests)} tests reach it"
                verdict = Verdict(True, CONSTANT if answer.get("part") == "constants" else by)
            elif "killed" in answer:
                self._kills[module, answer["killed"]] += 1
                verdict = Verdict(False, answer["killed"])
            elif "hangs" in answer:
                verdict = Verdict(False, f"{answer['hangs']} does not end")
            elif answer.get("ended") == BROKEN:
                raise SystemExit(f"The server of the mutants is broken; {self._copy / 'mutants.log'} has more.")
            elif answer.get("ended"):
                verdict = verdict or Verdict(False, f"the process ends with {answer['ended']}")
        return None if needs_an_import else verdict or Verdict(False, "the process ends early")

    def _seconds(self, test: str) -> float:
        return self.reached[test].seconds

    def _judge(self, server: Server, seconds: Callable[[str], float], **request: object) -> Iterator[dict[str, Any]]:
        folder = self._copy / ".forks" / str(next(self._forks))
        folder.mkdir(parents=True)
        try:
            server.ask(folder=str(folder), bytes=BYTES, **request)
            yield from server.answers(seconds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _statements(path: Path) -> Iterator[tuple[range, set[int]]]:
    """Yield the lines of each statement, without those of its body, and the lines that its mutants are seen by."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            body = getattr(node, "body", None)
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
            last = max(node.lineno, body[0].lineno - 1) if body else (node.end_lineno or first)
            lines = range(first, last + 1)
            used = set(lines)
            if node in tree.body and isinstance(node, ast.Assign | ast.AnnAssign):
                inside = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
                names = {each.id for each in inside if isinstance(each.ctx, ast.Store)}
                used = {each.lineno for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id in names}
            yield lines, used


def _spent(pid: int) -> str:
    """Return the CPU time of *pid* in a form that only compares; nothing where the system has no /proc."""
    try:
        return ",".join(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])
    except OSError:
        return ""


def _kill(pid: int) -> None:
    assert pid > 0, "0 would be our own group"
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
