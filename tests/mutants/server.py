"""The warm process that runs tests against one mutant after another: each in a fork that has collected them already.

A mutant of a function's body replaces the code of that function in the fork, and one of a constant replaces its value
wherever it was imported. Any other (a default, a field) is made when its module is imported. Its fork comes from a
process that has imported none of our modules, and imports and collects by itself. So do the constants that survive: a
default may have taken their value. The mutated file is in the copy of the tree, too, for programs that a test starts.

`judging.py` asks over the socket whose number is the last argument, in lines of JSON. A fork answers with each test
that it begins, then with the one that failed, or that none did.
"""

import ast
import gc
import importlib
import json
import os
import pkgutil
import resource
import socket
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TextIO

import hypothesis
import pytest

PRELOADED = (
    *("anyio", "asyncio", "attrs", "certifi", "click", "cryptography.x509", "h11", "hypothesis.strategies", "httpx"),
    *("httpx2", "jsonpath_rfc9535", "jsonschema", "libcst", "openapi_python_client", "openapi_spec_validator"),
    *("regex", "rich.console", "ruamel.yaml", "sqlite3", "typer", "yaml"),
)
"""Packages that our modules import: they are none of ours, and cost most of the time of a start."""

OPTIONS = ("-q", "--tb=no", "--assert=plain", "-W", "ignore:Module already imported")

ANY_LINE = 0
BROKEN = 70
"""Exit code of a fork in which not a test but this module failed."""

_AT_IMPORT = ("<module>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


class Channel:
    """Lines of JSON over a socket."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(fileno=number)
        self._lines: TextIO = self._socket.makefile("r")

    def say(self, **message: object) -> None:
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def requests(self) -> Iterator[dict[str, Any]]:
        for line in self._lines:
            yield json.loads(line)


class Warm:
    """A pytest plugin: collects, and then runs in forks what the channel asks for, instead of all tests."""

    def __init__(self, channel: Channel, modules: Sequence[str]) -> None:
        self._channel = channel
        self._modules = {str(Path(module).resolve()): module for module in modules}
        self._before = {module: Path(path).read_text() for path, module in self._modules.items()}
        self._functions: dict[tuple[object, ...], list[FunctionType]] = {}
        self._failed = ""

    def pytest_sessionstart(self) -> None:
        _find_only_one_failure()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        """Remember every function of the modules; afterwards they are hidden from the garbage collector."""
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in self._modules:
                self._functions.setdefault(_place(each.__code__), []).append(each)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for request in self._channel.requests():
            if _fork(self._channel, request):
                continue
            try:
                self._answer(request, items)
            except BaseException:  # noqa: BLE001 - nothing may go on in the fork
                traceback.print_exc()
                os._exit(BROKEN)
            os._exit(0)
        return True

    def _answer(self, request: dict[str, Any], items: dict[str, pytest.Item]) -> None:
        if "mutant" not in request:
            self._trace(list(items.values()))
        elif request["mutant"] == self._before[request["module"]]:
            self._run([items[name] for name in request["tests"]], "functions")
        elif part := self._swap(request["module"], request["mutant"]):
            self._run([items[name] for name in request["tests"]], part)
        else:
            self._channel.say(needs_an_import=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed = report.nodeid

    def _run(self, items: Sequence[pytest.Item], part: str) -> None:
        for number, item in enumerate(items):
            self._channel.say(test=item.nodeid)
            following = items[number + 1] if number + 1 < len(items) else None
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            except (KeyboardInterrupt, pytest.exit.Exception):  # by the mutant: pytest lets them through
                self._failed = item.nodeid
            if self._failed:
                self._channel.say(killed=self._failed)
                return
        self._channel.say(survived=True, part=part)

    def _trace(self, items: Sequence[pytest.Item]) -> None:
        """Run all tests, and tell which lines of the modules each of them reaches, and in how many seconds."""
        reached: set[tuple[str, int]] = set()

        def line(frame: FrameType, event: str, _: object) -> Any:
            if event == "line":
                reached.add((frame.f_code.co_filename, frame.f_lineno))
            return line

        def called(frame: FrameType, _event: str, _: object) -> Any:
            return line if frame.f_code.co_filename in self._modules else None

        threading.settrace(called)
        for number, item in enumerate(items):
            reached.clear()
            began = time.process_time()
            following = items[number + 1] if number + 1 < len(items) else None
            sys.settrace(called)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            is_complete = sys.gettrace() is called
            sys.settrace(None)
            # A test that traces, or that runs out of stack, ends our tracer: it may have reached anything.
            lines: dict[str, list[int]] = {} if is_complete else {each: [ANY_LINE] for each in self._modules.values()}
            for file, place in reached.copy():
                lines.setdefault(self._modules[file], []).append(place)
            self._channel.say(test=item.nodeid, lines=lines, seconds=time.process_time() - began)
            if self._failed:
                self._channel.say(killed=self._failed)
                return
        self._channel.say(survived=True)

    def _swap(self, module: str, source: str) -> str:
        """Apply the mutant; return whether it is in `functions` or in `constants`, and nothing if it is in neither."""
        path = str(Path(module).resolve())
        with warnings.catch_warnings(action="ignore"):  # `is` with a literal, for one
            after = compile(source, path, "exec", dont_inherit=True)
            pairs = changed_functions(compile(self._before[module], path, "exec", dont_inherit=True), after)
            if pairs is None:
                return "constants" if _replace_constants(path, self._before[module], source) else ""
        if not any(_place(old) in self._functions for old, _ in pairs):
            return ""
        for old, new in pairs:
            for function in self._functions.get(_place(old), []):
                function.__code__ = new
        return "functions"


def _replace_constants(path: str, before: str, after: str) -> bool:
    """Evaluate the changed assignments again, and replace the values wherever they have the same name."""
    module = next((each for each in sys.modules.values() if getattr(each, "__file__", None) == path), None)
    statements = zip(ast.parse(before).body, ast.parse(after).body, strict=True)
    changed = [(old, new) for old, new in statements if ast.dump(old) != ast.dump(new)]
    for old, new in changed:
        if module is None or not isinstance(new, ast.Assign | ast.AnnAssign):
            return False
        targets = new.targets if isinstance(new, ast.Assign) else [new.target]
        if ast.dump(old.value) == ast.dump(new.value) or not isinstance(targets[0], ast.Name) or len(targets) > 1:
            return False
        name = targets[0].id
        value = vars(module)[name]
        try:
            mutant = eval(compile(ast.Expression(new.value), path, "eval"), vars(module))  # noqa: S307 - our own code
        except Exception:  # noqa: BLE001 - its import fails as well, and shows it
            return False
        for each in list(sys.modules.values()):
            if getattr(each, "__dict__", {}).get(name) is value:
                setattr(each, name, mutant)
    return bool(changed)


def changed_functions(before: CodeType, after: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """Return the functions of a module that differ, as pairs; None if it differs in code that its import runs."""
    inner = [[const for const in code.co_consts if isinstance(const, CodeType)] for code in (before, after)]
    if [code.co_qualname for code in inner[0]] != [code.co_qualname for code in inner[1]]:
        return None
    found: list[tuple[CodeType, CodeType]] = []
    for old, new in zip(*inner, strict=True):
        if old == new:
            continue
        if old.co_name in _AT_IMPORT:
            return None
        is_class = not old.co_flags & 0x02  # CO_NEWLOCALS: the body of a class has no locals of its own
        pairs = changed_functions(old, new) if is_class else [(old, new), *_inner_functions(old, new)]
        if pairs is None or any(first.co_freevars != second.co_freevars for first, second in pairs):
            return None
        found += pairs
    return found if _bare(before) == _bare(after) else None


def _inner_functions(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the functions inside of a function that differ: those that were made at import are alive already."""
    inner = [[const for const in code.co_consts if isinstance(const, CodeType)] for code in (old, new)]
    for first, second in zip(*inner, strict=False):
        if first != second and first.co_qualname == second.co_qualname:
            yield first, second
            yield from _inner_functions(first, second)


def _bare(code: CodeType) -> tuple[object, ...]:
    """Return *code* without the functions inside of it."""
    consts = [repr(const) for const in code.co_consts if not isinstance(const, CodeType)]
    return code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars


def _place(code: CodeType) -> tuple[object, ...]:
    return code.co_filename, code.co_qualname, code.co_firstlineno, code.co_code, str(list(code.co_positions())[:2])


class Reporter:
    """A pytest plugin: tells the channel each test that begins, and the first one that fails."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.failed = ""

    def pytest_sessionstart(self) -> None:
        _find_only_one_failure()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._channel.say(test=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = report.nodeid


def _find_only_one_failure() -> None:
    """Have hypothesis end with the first example that fails: the smallest would take minutes."""
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutants", parent=hypothesis.settings.default, phases=phases)
    hypothesis.settings.load_profile("mutants")


def _fork(channel: Channel, request: dict[str, Any]) -> bool:
    """Run the rest in a fork that has limits; return True in this process when the fork has ended."""
    if pid := os.fork():
        channel.say(pid=pid)
        _, status = os.waitpid(pid, 0)
        channel.say(ended=os.waitstatus_to_exitcode(status))
        return True
    os.setsid()
    os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = request["folder"]
    sys.dont_write_bytecode = "mutant" in request
    seconds = int(request["cpu_seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (request["bytes"], request["bytes"]))
    return False


def _run_cold(channel: Channel, request: dict[str, Any]) -> None:
    """Import and collect as a start of pytest does, and run the tests."""
    reporter = Reporter(channel)
    code = pytest.main(["-x", *OPTIONS, *request["tests"]], plugins=[reporter])
    channel.say(**({"survived": True} if code == 0 else {"killed": reporter.failed or f"pytest ended with {code}"}))


def _preload() -> None:
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            sys.stderr.write(f"{name} is not there\n")
    clients = importlib.import_module("expunge_clients")
    for module in pkgutil.walk_packages(clients.__path__, "expunge_clients."):
        importlib.import_module(module.name)


def main(kind: str, channel: Channel) -> None:
    """Answer requests: `warm` after all tests of the first one are collected, `cold` each in a fork that collects."""
    if kind == "cold":
        _preload()
    for request in channel.requests():
        if kind == "warm":
            pytest.main([*OPTIONS, *request["tests"]], plugins=[Warm(channel, request["modules"])])
            return
        if not _fork(channel, request):
            _run_cold(channel, request)
            os._exit(0)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    main(sys.argv[1], Channel(int(sys.argv[2])))
