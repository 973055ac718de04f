"""Judge the tests by mutants: `make mutants` changes one thing at a time in a copy of the tree, and runs its tests.

cosmic-ray makes the mutants and runs the tests; this program chooses a sample, and compares its survivors with those
in survivors.toml, which have a reason. It exits 1 if a survivor has none.

Arguments: the group of groups.toml, how many mutants (0: all), and the Python that runs the tests.
"""

import os
import random
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
WORK = ROOT / ".cache" / "mutants"
SECONDS = 600.0
# A mutated annotation says nothing: `X | None` becomes `X + None`, which cannot be imported.
LEFT_OUT = [
    "core/ReplaceBinaryOperator_BitOr_.*",
    "core/RemoveDecorator",
    "core/VariableReplacer",
    "core/VariableInserter",
]


def main(name: str, size: int, python: str) -> int:
    """Judge a sample of *size* mutants of the group *name*; return the exit code."""
    group = tomllib.loads((HERE / "groups.toml").read_text())[name]
    copy = WORK / name
    shutil.rmtree(copy, ignore_errors=True)
    _copy_tree(copy)
    environ = {**os.environ, "EXPUNGE_DEPTH": "3", "PYTHONPATH": f"{copy / 'src'}:{copy / 'generated'}"}
    # Compiled files that are checked by hash: a mutant of the same size within the same second is seen as well.
    compiled = [python, "-m", "compileall", "-q", "--invalidation-mode=checked-hash", "src", "generated", "scripts"]
    subprocess.run(compiled, cwd=copy, env=environ, check=True)
    tests = [python, "-m", "pytest", "-q", "-x", "--no-header", *group["tests"]]
    subprocess.run(tests, cwd=copy, env=environ, check=True)
    (copy / "mutants.toml").write_text(_settings(group["modules"], tests))
    session = copy / "mutants.sqlite"
    cosmic_ray = str(Path(sys.executable).with_name("cosmic-ray"))
    subprocess.run([cosmic_ray, "init", "mutants.toml", session.name], cwd=copy, env=environ, check=True)
    subprocess.run(
        [Path(sys.executable).with_name("cr-filter-operators"), session.name, "mutants.toml"], cwd=copy, check=True
    )
    chosen, all_of_them = _sample(session, size)
    _say(f"{name}: {chosen} of {all_of_them} mutants")
    subprocess.run([cosmic_ray, "exec", "mutants.toml", session.name], cwd=copy, env=environ, check=True)
    return _report(name, session)


def _copy_tree(copy: Path) -> None:
    """Copy what Git knows or would take, as it is now: the mutants never touch the tree itself."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for path in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if path and (ROOT / path).is_file():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, copy / path)


def _settings(modules: list[str], tests: list[str]) -> str:
    def listed(texts: list[str]) -> str:
        return ", ".join(f"'{text}'" for text in texts)

    return (
        f"[cosmic-ray]\nmodule-path = [{listed(modules)}]\ntimeout = {SECONDS}\n"
        f"excluded-modules = []\ntest-command = '{' '.join(tests)}'\n"
        "[cosmic-ray.distributor]\nname = 'local'\n"
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = [{listed(LEFT_OUT)}]\n"
    )


def _sample(session: Path, size: int) -> tuple[int, int]:
    """Leave *size* mutants of the session to do; return how many are, and how many there were."""
    with use_db(session) as database:
        waiting = sorted(item.job_id for item in database.pending_work_items)
        chosen = set(waiting)
        if size:
            ordered = sorted(database.pending_work_items, key=lambda item: str(item.mutations))
            picked = random.Random(size).sample(ordered, min(size, len(ordered)))  # noqa: S311 - the same each time
            chosen = {item.job_id for item in picked}
        for job in waiting:
            if job not in chosen:
                database.set_result(job, WorkResult(WorkerOutcome.SKIPPED))
        return len(chosen), len(waiting)


def _report(name: str, session: Path) -> int:
    """Print the score and the survivors; return 1 if one of them has no reason."""
    known = tomllib.loads((HERE / "survivors.toml").read_text()).get("survivor", [])
    reasons = {(each["module"], each["was"], each["became"]): each["reason"] for each in known}
    killed = explained = 0
    without_reason = []
    with use_db(session) as database:
        for item, result in database.completed_work_items:
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                continue
            if result.test_outcome != TestOutcome.SURVIVED:
                killed += 1
                continue
            module, line = item.mutations[0].module_path.as_posix(), item.mutations[0].start_pos[0]
            was, became = _lines(result.diff or "")
            if (module, was, became) in reasons:
                explained += 1
            else:
                without_reason.append(f"{module}:{line}\n  - {was}\n  + {became}")
    judged = killed + explained + len(without_reason)
    _say("\n".join(without_reason))
    _say(
        f"{name}: {killed} of {judged} mutants killed ({killed / max(judged, 1):.1%}); "
        f"{explained} survived with a reason, {len(without_reason)} without"
    )
    return 1 if without_reason else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _lines(diff: str) -> tuple[str, str]:
    """Return the changed lines of *diff*, without indentation."""
    rows = [row for row in diff.splitlines() if not row.startswith(("---", "+++"))]
    return tuple(" ".join(row[1:].strip() for row in rows if row.startswith(mark)) for mark in "-+")  # type: ignore[return-value]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
