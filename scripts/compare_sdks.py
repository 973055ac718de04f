"""Run the vendors' own SDKs and expunge against the same server, and print where an SDK says what is not true.

    python scripts/compare_sdks.py          the cases in which an SDK is wrong
    python scripts/compare_sdks.py --all    every case

The SDKs are installed from the lock files in locks/ into environments of their own under .cache/: no part of expunge
needs them. Nothing but that installation leaves this machine. The exit code is 1 where expunge itself is wrong.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast

from comparison_cases import CASES, Case, Verdict, judge, kind_of, truth
from comparison_server import PATHS, Provider, serving

_ROOT = Path(__file__).resolve().parent.parent
_DRIVER = Path(__file__).with_name("comparison_driver.py")
_SECONDS = 30.0
"""How long a client may take for one case before it is ended."""


@dataclass(frozen=True)
class Client:
    """One client to run: what the driver calls it, its package, and the lock file that its environment comes from."""

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
    """What one client said of one case, what was true, and what to think of it."""

    said: str
    truth: str
    verdict: Verdict


SDKS = (
    Client("replicate-1", "replicate", "replicate"),
    Client("replicate-2", "replicate", "replicate", "sdks-next"),
    Client("baseten", "baseten", "baseten"),
    Client("truefoundry-sdk", "truefoundry-sdk", "truefoundry"),
)
# What was looked at and has nothing to run, with the reason.
NOT_RUN = (
    ("cerebras-cloud-sdk 1.91.0", "has no management API, so it cannot delete a model version"),
    ("truss 0.18.35", "deletes chains and their deployments, but no deployment of a model"),
    ("truefoundry 0.17.5", "deletes through truefoundry-sdk, which is run here"),
)


def main() -> int:
    """Run the program; 0 when expunge is wrong in no case, else 1."""
    parser = argparse.ArgumentParser(description="Compare the vendors' SDKs with expunge, against the same server.")
    parser.add_argument("--all", action="store_true", help="print every case, not only those in which an SDK is wrong")
    shows_all: bool = parser.parse_args().all
    environments = {lock: _environment(lock) for lock in sorted({sdk.lock for sdk in SDKS})}
    installed = [(sdk, python) for sdk in SDKS if (python := environments[sdk.lock]) is not None]
    missing = [(str(sdk), "could not be installed") for sdk in SDKS if environments[sdk.lock] is None]
    with ThreadPoolExecutor(len(SDKS) + len(PATHS)) as pool:
        ours = {provider: pool.submit(run, ours_on(provider), sys.executable) for provider in PATHS}
        theirs = [(sdk, pool.submit(run, sdk, python)) for sdk, python in installed]
        table = [
            (sdk, case, their_runs.result()[case], ours[sdk.provider].result()[case])
            for sdk, their_runs in theirs
            for case in cases_of(sdk.provider)
        ]
    _print_table(table, [*NOT_RUN, *missing], shows_all=shows_all)
    is_wrong = [case.name for _, case, _, our in table if our.verdict.judgement == "wrong"]
    for name in sorted(set(is_wrong)):
        print(f"expunge is wrong in this case: {name}. See its row.", file=sys.stderr)
    return 1 if is_wrong else 0


def ours_on(provider: Provider) -> Client:
    """Give expunge as one more client; its environment is the repository's own."""
    return Client("expunge", "expunge", provider)


def cases_of(provider: Provider) -> list[Case]:
    """Give the cases that can happen with *provider*."""
    return [case for case in CASES if provider in case.providers]


def run(client: Client, python: str | Path) -> dict[Case, Run]:
    """Run every case of *client* in one process of *python*; one that hangs is ended, and started again."""
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
    """Read what a client said; one that takes too long is ended, and has said nothing."""
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


def _environment(lock: str) -> Path | None:
    """Install what *lock* pins, unless that was done before; give its interpreter, or None where it cannot be done."""
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


def _print_table(
    rows: Sequence[tuple[Client, Case, Run, Run]], not_run: Iterable[tuple[str, str]], *, shows_all: bool
) -> None:
    wrong = [row for row in rows if row[2].verdict.judgement == "wrong" and row[3].verdict.judgement != "wrong"]
    print("| what happens | SDK | it said | what was true | so it | expunge said | what was true |")
    print("|---|---|---|---|---|---|---|")
    for sdk, case, their, our in rows if shows_all else wrong:
        verdict = their.verdict.why or f"is {their.verdict.judgement}"
        ours = our.said + ("" if our.verdict.judgement == "right" else f" ({our.verdict.why or our.verdict.judgement})")
        print(f"| {case.name} | {sdk} | {their.said} | {their.truth} | {verdict} | {ours} | {our.truth} |")
    for package, reason in not_run:
        print(f"| | {package} | | | {reason} | | |")
    print(f"\n{len(rows)} cases; in {len(wrong)} an SDK is wrong and expunge is not.")


if __name__ == "__main__":
    sys.exit(main())
