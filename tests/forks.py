"""Programs as processes of their own, forked from one that has imported what they need.

A fork has its own signals, exit code, memory, folder and streams, as a started program has. It saves the one or two
seconds of imports that are most of a short program's cost. Variables that decide how the interpreter itself starts
(PYTHONHASHSEED, LC_ALL) come too late for a fork: with them, `run` starts a real process.

The module is longer than most: the server and its clients speak one small protocol, and are read together.
"""

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

from tests.built import build_once

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = str(ROOT / "scripts")
_AT_START = ("PYTHON", "LC_", "LANG")
_LENGTH_BYTES = 8
_INTERPRETER = """\
#!{python} -S
import os, sys
sys.path.insert(0, {root!r})
from tests.forks import Running, needs_a_start
if needs_a_start(os.environ, {environ!r}):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
request = {{"command": [part for part in sys.argv[1:] if part != "-I"], "env": dict(os.environ), "cwd": os.getcwd()}}
sys.exit(Running({place!r}, request, [0, 1, 2]).wait(120))
"""


class Forks:
    """A server of forks that have imported *modules*, with the submodules of each `name.*`; started when needed.

    With *hash_seed*, sets have the order that the generator runs with.
    """

    def __init__(self, *modules: str, hash_seed: str = "random") -> None:
        self._modules = modules
        self._hash_seed = hash_seed
        self._place: str | None = None

    def run(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: str | Path = ".",
        input: str = "",  # noqa: A002 - as subprocess.run has it
        stdout: int | None = None,
        timeout: float = 120,
    ) -> "subprocess.CompletedProcess[str]":
        """Run *command* (`-m module` or a path, and arguments) as Python would, and return what it said."""
        if needs_a_start(env, os.environ):
            return start(command, env=env, cwd=cwd, input=input, stdout=stdout, timeout=timeout)
        request = {"command": [str(part) for part in command], "env": dict(env), "cwd": str(Path(cwd).absolute())}
        with tempfile.TemporaryFile() as given, ThreadPoolExecutor() as readers:
            given.write(input.encode())
            given.seek(0)
            read_out, out = os.pipe()
            read_err, err = os.pipe()
            said = [readers.submit(_read, end) for end in (read_out, read_err)]
            try:
                streams = [given.fileno(), out if stdout is None else stdout, err]
                exit_code = Running(self.place, request, streams).wait(timeout)
            finally:
                os.close(out)
                os.close(err)
            return subprocess.CompletedProcess(list(command), exit_code, *(each.result() for each in said))

    def run_on_terminal(self, command: Sequence[str], *, env: Mapping[str, str], terminal: int) -> "Running":
        """Begin to run *command* as the leader of the session of *terminal*, on which it reads and writes."""
        request = {"command": list(command), "env": dict(env), "cwd": str(Path.cwd()), "has_terminal": True}
        return Running(self.place, request, [terminal] * 3)

    @property
    def programs(self) -> Path:
        """The folder of a program `python`, which runs in a fork what it is given."""
        folder = Path(self.place).with_name("bin")
        if not (folder / "python").exists():
            values = {"python": sys.executable, "root": str(ROOT), "place": self.place, "environ": dict(os.environ)}
            with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
                made = Path(beside, "python")
                made.write_text(_INTERPRETER.format(**values))
                made.chmod(0o755)
                folder.mkdir(exist_ok=True)
                made.rename(folder / "python")  # another worker may do the same, and neither sees half a file
        return folder

    @property
    def place(self) -> str:
        """The path of the socket at which the server, which this starts, can be asked."""
        if self._place is None:
            folder = tempfile.mkdtemp(prefix="forks-")
            self._place = f"{folder}/socket"
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(self._place)
                listener.listen()
                server = subprocess.Popen(
                    [sys.executable, "-m", "tests.forks", str(listener.fileno()), self._place, *self._modules],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONHASHSEED": self._hash_seed, "PYTHONUTF8": "1"},
                    stdin=subprocess.PIPE,
                    pass_fds=[listener.fileno()],
                )
            atexit.register(_end, server, folder, os.getpid())
        return self._place

    def use(self, place: str) -> None:
        """Ask the server at *place*, which another process has started, instead of one of its own."""
        self._place = place


def needs_a_start(env: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    """Return whether *env* has a variable that the interpreter reads when it starts, other than *ours*."""
    read = {name: value for name, value in env.items() if name.startswith(_AT_START)}
    if read.get("LC_CTYPE") == "C.UTF-8":  # Python itself sets it where there is none
        del read["LC_CTYPE"]
    return any(ours.get(name) != value for name, value in read.items())


def _read(pipe: int) -> str:
    with open(pipe, encoding="utf-8") as file:
        return file.read()


def start(command: Sequence[str | Path], *, env: Mapping[str, str], **options: object):
    """Run *command* as `Forks.run` does, with an interpreter of its own."""
    out = options.pop("stdout", None)
    return subprocess.run(
        [sys.executable, *command],
        env={**env},
        stdout=subprocess.PIPE if out is None else out,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
        **options,
    )


class Running:
    """A program in a fork, which the server at *place* was asked to run as *request* says, with *streams*."""

    def __init__(self, place: str, request: Mapping[str, object], streams: Sequence[int]) -> None:
        mask = os.umask(0)
        os.umask(mask)
        message = json.dumps({**request, "umask": mask}).encode()
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(place)
        socket.send_fds(self._connection, [len(message).to_bytes(_LENGTH_BYTES)], list(streams))
        self._connection.sendall(message)
        self._answers = self._connection.makefile("r")
        self.pid = int(self._answers.readline())

    def wait(self, timeout: float) -> int:
        """Return the exit code; kill what takes longer than *timeout* seconds."""
        with self._connection, self._answers:
            self._connection.settimeout(timeout)
            try:
                return int(self._answers.readline())
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                raise


COMMAND_LINE = Forks(
    *("expunge", "expunge_clients.*", "expunge.cli.*", "expunge.plans.*", "expunge.providers.*"),
    # Commands load these late, each when it needs them, and most of them do.
    *("expunge._http.*", "expunge._rules.*", "expunge.bulk.*", "expunge.journal.*", "typer._click.decorators"),
    *("encodings.idna", "importlib.resources.readers", "urllib.request", "zipfile"),
)
"""The runner of `-m expunge`."""

PROGRAMS = Forks(
    *("clients.update", "changes", "apply_overlay", "normalise", "overlay_actions", "release.*"),
    *("openapi_python_client.*", "expunge._yaml", "tests.clients.warm_up"),
    *("twine.cli", "twine.commands.check", "readme_renderer.rst", "check_wheel_contents.*"),
    hash_seed="0",
)
"""The runner of the programs of scripts/, and of the generator."""

SHARED = {"command line": COMMAND_LINE, "programs": PROGRAMS}
"""The runners of a run: pytest-xdist's workers ask the servers that its controller has started."""


_IN_FORKS = ("openapi_python_client", "twine", "check_wheel_contents")
"""The programs that `clients.build` and `release.build` start and that take longer to load than to run."""


def generator_in_a_fork(place: str) -> SimpleNamespace:
    """Return what a module may have for `subprocess`: it runs the generator and the like in forks, all else as it is.

    The same wheel is built once. The forks lack the `-P` of those that check a release: the tests that build in a real
    process are held to it.
    """

    def run(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, **options: object):
        parts = [part for part in command if part != "-P"]
        if parts[2] == "build":
            kept = {name: value for name, value in env.items() if not name.startswith("PYTEST_")}
            return build_once(command, Path(place).with_name("built"), env=kept, cwd=cwd, **options)
        if parts[2] not in _IN_FORKS:
            return subprocess.run(command, env=env, cwd=cwd, **options)  # noqa: PLW1510 - the caller says it
        assert env["PYTHONHASHSEED"] == "0", "the forks are of such a process"
        with tempfile.TemporaryFile() as both, Path(os.devnull).open() as nothing:
            request = {"command": parts[1:], "env": dict(env), "cwd": str(cwd)}
            exit_code = Running(place, request, [nothing.fileno(), both.fileno(), both.fileno()]).wait(120)
            both.seek(0)
            return subprocess.CompletedProcess(list(command), exit_code, both.read().decode(), "")

    return SimpleNamespace(run=run)


def _end(server: "subprocess.Popen[bytes]", folder: str, owner: int) -> None:
    if os.getpid() != owner:
        return  # a process that multiprocessing forked runs this too, from Python 3.13 on
    server.communicate()  # it ends with its stdin
    shutil.rmtree(folder)


# --- the server, `python -m tests.forks` --------------------------------------------------------------------------


def _preload(names: Sequence[str]) -> None:
    sys.path.insert(0, SCRIPTS)
    for name in names:
        package = importlib.import_module(name.removesuffix(".*"))
        if name.endswith(".*"):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
    sys.path.remove(SCRIPTS)
    gc.freeze()


def _serve(listener: socket.socket) -> dict[str, object] | None:
    """Fork a program for each connection, and answer there when it has ended.

    Return what to run in a process that is to run it, and None at the end.
    """
    programs: dict[int, socket.socket] = {}
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    while True:
        readable, _, _ = select.select([listener, woken, 0], [], [])
        if 0 in readable:
            return None
        if woken in readable:
            os.read(woken, 1_000)
            _answer_ends(programs)
        if listener in readable:
            connection, _ = listener.accept()
            length, streams, _, _ = socket.recv_fds(connection, _LENGTH_BYTES, 3)
            message = b"".join(_received(connection, int.from_bytes(length)))
            if not (pid := os.fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (listener, connection, *programs.values()):
                    each.close()
                os.close(woken)
                os.close(wakes)
                for target, stream in enumerate(streams):
                    os.dup2(stream, target)
                    os.close(stream)
                return json.loads(message)
            for stream in streams:
                os.close(stream)
            programs[pid] = connection
            with suppress(OSError):  # nobody waits for it any more
                connection.sendall(b"%d\n" % pid)


def _answer_ends(programs: dict[int, socket.socket]) -> None:
    """Answer to those who wait for one of *programs* that has ended."""
    while programs:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with programs.pop(pid) as connection, suppress(OSError):
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _received(connection: socket.socket, length: int) -> Iterator[bytes]:
    while length > 0:
        chunk = connection.recv(length)
        if not chunk:
            return
        length -= len(chunk)
        yield chunk


def _open_streams() -> None:
    """Open the streams as the interpreter does when it starts: those that there are know those of the server."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, f"__{name}__")
        buffering = 1 if name == "stderr" else -1
        stream = open(number, before.mode, buffering, before.encoding, before.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(
    command: list[str], env: Mapping[str, str], cwd: str, umask: int, place: str, *, has_terminal: bool = False
) -> None:
    """Become the program."""
    os.umask(umask)
    if has_terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    _open_streams()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    for starts_others in {"clients.build", "release.build"} & sys.modules.keys():
        sys.modules[starts_others].subprocess = generator_in_a_fork(place)
    is_module = command[0] == "-m"
    name, *arguments = command[is_module:]
    sys.argv = [name, *arguments]
    sys.path[0] = cwd if is_module else str(Path(name).parent)
    if is_module:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(name, run_name="__main__")


def _end_at_once(code: object) -> None:
    """End as the interpreter does, but leave the memory to the system: else every page would be copied, to be freed.

    A text for a code, a stream that cannot be written and a thread that it would wait for are left to the interpreter.
    """
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        sys.stderr.flush()
        others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
        if isinstance(code, int | None) and all(thread.daemon for thread in others):
            os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    number, own_place, *modules = sys.argv[1:]
    own_listener = socket.socket(fileno=int(number))
    if own_listener in select.select([own_listener, 0], [], [])[0]:  # nobody may ever ask
        _preload(modules)
    asked = _serve(own_listener)
    if asked:
        try:
            _run(**asked, place=own_place)
        except SystemExit as ended:
            _end_at_once(ended.code)
            raise
        _end_at_once(None)
