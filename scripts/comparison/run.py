"""Run one client, an SDK or expunge, through every case, each in a process of its own environment."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast

from .cases import CASES, Case, Verdict, judge, kind_of, truth
from .server import Provider, serving

_ROOT = Path(__file__).resolve().parents[2]
_DRIVER = Path(__file__).with_name("driver.py")
_SECONDS = 30.0
"""Seconds that a client may take for one case before it is ended."""


@dataclass(frozen=True)
class Client:
    """One client to run: its name in the driver, its package, and the lock file of its environment."""

    name: str
    package: str
    provider: Provider
    lock: str = "sdks"

    def __str__(self) -> str:
        found = re.search(
            rf"^{self.package}==(\S+)", _requirements(self.lock).read_text(encoding="utf-8"), re.MULTILINE
        )
        return f"{self.package} {found[1]}" if found else self.package


@dataclass(frozen=True)
class Run:
    """One client's result for one case, the truth, and the verdict."""

    said: str
    truth: str
    verdict: Verdict


SDKS = (
    Client("replicate-1", "replicate", "replicate"),
    Client("replicate-2", "replicate", "replicate", "sdks-next"),
    Client("baseten", "baseten", "baseten"),
    Client("truefoundry-sdk", "truefoundry-sdk", "truefoundry"),
)
# Packages without anything to run, with the reason.
NOT_RUN = (
    ("cerebras-cloud-sdk 1.91.0", "has no management API, so it cannot delete a model version"),
    ("truss 0.18.35", "deletes chains and their deployments, but no deployment of a model"),
    ("truefoundry 0.17.5", "deletes through truefoundry-sdk, which is run here"),
)


def ours_on(provider: Provider) -> Client:
    """Return expunge as one more client; its environment is the repository's own."""
    return Client("expunge", "expunge", provider)


def cases_of(provider: Provider) -> list[Case]:
    """Return the cases that can happen with *provider*."""
    return [case for case in CASES if provider in case.providers]


def run(client: Client, python: str | Path) -> dict[Case, Run]:
    """Run every case of *client* in one process of *python*; a process that hangs is ended and replaced."""
    runs: dict[Case, Run] = {}
    cases = cases_of(client.provider)
    while len(runs) < len(cases):
        runs |= _run_until_hung(client, python, cases[len(runs) :])
    return runs


def _run_until_hung(client: Client, python: str | Path, cases: Iterable[Case]) -> dict[Case, Run]:
    runs: dict[Case, Run] = {}
    with subprocess.Popen(
        (python, "-I", _DRIVER, client.name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": os.defpath, "NO_PROXY": "127.0.0.1"},
    ) as process:
        assert process.stdin is not None  # noqa: S101 - both were asked for
        assert process.stdout is not None  # noqa: S101
        for case in cases:
            standins = case.standins(client.provider)
            with serving(standins):
                here, elsewhere = standins
                process.stdin.write(json.dumps(case.prepare(client.provider, here, elsewhere)) + "\n")
                process.stdin.flush()
                said = _line(process, process.stdout)
            kind = kind_of(said, requests=here.requests)
            runs[case] = Run(_words(said), truth(case, here, elsewhere), judge(case, kind, here, elsewhere))
            if "hung" in said:
                break
        process.stdin.close()
    return runs


def _line(process: subprocess.Popen[str], stdout: IO[str]) -> dict[str, Any]:
    """Return a client's result; a client that takes too long is ended, and has none."""
    timer = Timer(_SECONDS, process.kill)
    timer.start()
    try:
        line = stdout.readline()
    finally:
        timer.cancel()
    return cast("dict[str, Any]", json.loads(line)) if line else {"hung": True}


def _words(said: dict[str, Any]) -> str:
    if "hung" in said:
        return f"nothing: it ended, or took over {_SECONDS:.0f} s"
    if "listed" in said:
        return f"listed {said['listed']}"
    if "status" in said:
        return f"`{said['status']}`" + (f" by `{said['confirmed_by']}`" if said["confirmed_by"] else "")
    if "returned" in said:
        return f"returned `{said['returned']}`"
    return f"raised `{said['raised']}`" + (f" ({said['http_status']})" if said["http_status"] else "")


def _requirements(lock: str) -> Path:
    return _ROOT / "locks" / f"{lock}.txt"


def environment_of(lock: str) -> Path | None:
    """Install the packages of *lock* unless they are there; return the interpreter, or None if that fails."""
    requirements, folder = _requirements(lock), _ROOT / ".cache" / lock
    python, stamp = folder / "bin" / "python", folder / "installed.sha256"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return python
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements)
    try:
        subprocess.run((sys.executable, "-m", "venv", "--clear", folder), check=True, stdout=sys.stderr)
        subprocess.run((python, *pip), check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"locks/{lock}.txt could not be installed: pip ended with {error.returncode}.", file=sys.stderr)
        return None
    stamp.write_text(digest, encoding="ascii")
    return python
