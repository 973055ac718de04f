"""Judge the tests by mutants: `make mutants` changes one thing at a time in a copy of the tree, and runs its tests.

cosmic-ray makes the mutants; a warm process runs the tests that reach the changed line. survivors.toml lists those
that no test kills, each with a reason. Exit code 1: a survivor without a reason, or a score under 95 %.
"""

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.modules import find_modules
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult
from judging import NO_PYTHON, Court, Reached, Verdict
from making import make, skip, source_of

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
WORK = ROOT / ".cache" / "mutants"
PAGE = ROOT / "docs" / "maintainers" / "mutants.md"
LEAST_SCORE = 0.95
SHORT_SECONDS = 2.0
"""Seconds of the tests that a mutant meets first; all that reach it judge only those that survive these."""
SAME = "same"
"""The kind of a survivor that is the same program: the score leaves it out."""


def main() -> int:
    """Judge the areas or the module that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="the Python that runs the tests")
    parser.add_argument("--area", default="", help="an area of groups.toml; all without it")
    parser.add_argument("--module", default="", help="only the mutants of this file")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants of each area, chosen at random")
    parser.add_argument("--jobs", type=int, default=1, help="how many are judged at once")
    parser.add_argument("--short", action="store_true", help="judge by the quickest tests only")
    parser.add_argument("--write", action="store_true", help="write the scores into the documentation")
    chosen = parser.parse_args()
    groups = tomllib.loads((HERE / "groups.toml").read_text())
    names = [chosen.area] if chosen.area else list(groups)
    if chosen.module:
        names = [name for name in groups if any(_is_of(chosen.module, part) for part in groups[name]["modules"])]
    if not names or names[0] not in groups:
        raise SystemExit(f"{chosen.area or chosen.module} is in none of the areas: {', '.join(groups)}.")
    is_right = True
    for name in names:
        modules = [chosen.module] if chosen.module else groups[name]["modules"]
        bench = Bench(name, groups[name], modules, chosen.python, chosen.jobs)
        score = bench.judge(chosen.sample, only_short=chosen.short)
        is_right &= score.report(name)
        if chosen.write and not chosen.module:
            _write(score.row(name))
    return 0 if is_right else 1


def _is_of(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}/")


class Bench:
    """Some courts, each in a copy of the tree of its own, over one list of mutants."""

    def __init__(self, name: str, area: dict[str, list[str]], modules: list[str], python: str, jobs: int) -> None:
        self._name = name
        self._area = area["modules"]
        self._tests = area["tests"]
        self._modules = modules
        self._python = python
        self._original = WORK / name
        self._copies = [WORK / f"{name}-{number}" for number in range(jobs)]

    def judge(self, size: int, *, only_short: bool = False) -> "Score":
        """Judge *size* mutants, or all if it is 0."""
        for copy in [self._original, *self._copies]:
            shutil.rmtree(copy, ignore_errors=True)
            _copy_tree(copy, self._python)
        os.chdir(self._original)
        with use_db(WORK / f"{self._name}.sqlite", WorkDB.Mode.create) as database:
            items = make([Path(module) for module in self._modules], database)
            score = Score(len(items))
            if 0 < size < len(items):
                items = _sample(items, size, database)
            _say(f"{self._name}: {len(items)} of {score.made} mutants, by the tests in {', '.join(self._tests)}")
            with ThreadPoolExecutor(len(self._copies)) as pool:
                courts = [self._court(copy) for copy in self._copies]
                reached = self._reached(courts[0])
                for court in courts:
                    court.reached = reached
                survivors = []
                for item, source, verdict in self._judged(pool, courts, items, SHORT_SECONDS):
                    if verdict.survived and not only_short:
                        survivors.append(item)
                    else:
                        score.add(item, source, verdict, database)
                _say(f"{self._name}: {len(survivors)} survived the first tests; now all that reach them")
                for item, source, verdict in self._judged(pool, courts, survivors, math.inf):
                    score.add(item, source, verdict, database)
                for court in courts:
                    court.close()
        return score

    def _court(self, copy: Path) -> Court:
        modules = sorted(path.as_posix() for path in find_modules(map(Path, self._area)))
        return Court(copy, self._python, _environ(copy), modules, self._tests)

    def _reached(self, court: Court) -> dict[str, Reached]:
        """Return what each test reaches, from an earlier run over the same tree if there was one."""
        digest = sha256(repr(self._tests).encode())
        for part in ("src", "scripts", *self._tests):
            path = self._original / part
            for file in sorted(path.rglob("*.*")) if path.is_dir() else [path]:
                if file.is_file() and file.suffix != ".pyc":
                    digest.update(file.read_bytes())
        found = WORK / f"{self._name}-{digest.hexdigest()[:16]}.json"
        if not found.exists():
            found.write_text(json.dumps({name: [each.lines, each.seconds] for name, each in court.trace().items()}))
        return {name: Reached(*parts) for name, parts in json.loads(found.read_text()).items()}

    def _judged(
        self, pool: ThreadPoolExecutor, courts: Sequence[Court], items: Sequence[WorkItem], most_seconds: float
    ) -> Iterator[tuple[WorkItem, str, Verdict]]:
        """Yield each of *items* with its mutant and the verdict on it, as they come."""
        waiting: SimpleQueue[WorkItem | None] = SimpleQueue()
        done: SimpleQueue[tuple[WorkItem, str, Verdict] | None] = SimpleQueue()
        for item in [*items, *(None for _ in courts)]:
            waiting.put(item)

        def work(court: Court) -> None:
            try:
                while item := waiting.get():
                    mutation = item.mutations[0]
                    source = source_of(item)
                    module = mutation.module_path.as_posix()
                    done.put((item, source, court.judge(module, mutation.start_pos[0], source, most_seconds)))
            finally:
                done.put(None)

        working = [pool.submit(work, court) for court in courts]
        for _ in courts:
            while verdict := done.get():
                yield verdict
        for each in working:
            each.result()


class Score:
    """The end of each mutant of an area."""

    def __init__(self, made: int) -> None:
        self.made = made
        self._killed = 0
        self._known: Counter[str] = Counter()
        self._unknown: list[str] = []
        listed = tomllib.loads((HERE / "survivors.toml").read_text()).get("survivor", [])
        self._kinds = {(each["module"], each["inside"], each["was"], each["became"]): each["kind"] for each in listed}

    def add(self, item: WorkItem, source: str, verdict: Verdict, database: WorkDB) -> None:
        """Count and record a mutant, and print it if it survived without a reason."""
        if verdict.by == NO_PYTHON:
            self.made -= 1
            skip(database, item)
            return
        was, became = self._diff(item, source)
        database.set_result(
            item.job_id,
            WorkResult(
                WorkerOutcome.NORMAL,
                verdict.by,
                TestOutcome.SURVIVED if verdict.survived else TestOutcome.KILLED,
                f"- {was}\n+ {became}",
            ),
        )
        mutation = item.mutations[0]
        module = mutation.module_path.as_posix()
        if not verdict.survived:
            self._killed += 1
            return
        kind = self._kinds.get((module, mutation.definition_name or "", was, became))
        if kind:
            self._known[kind] += 1
            return
        operator = mutation.operator_name.removeprefix("core/")
        self._unknown.append(
            f"{module}:{mutation.start_pos[0]} {operator} in {mutation.definition_name or 'the module'}: {verdict.by}\n"
            f"  - {was}\n  + {became}"
        )
        _say(self._unknown[-1])

    def _diff(self, item: WorkItem, source: str) -> tuple[str, str]:
        """Return the changed lines, before and after, without indentation."""
        before = item.mutations[0].module_path.read_text().splitlines()
        after = source.splitlines()
        while before and after and before[0] == after[0]:
            del before[0], after[0]
        while before and after and before[-1] == after[-1]:
            del before[-1], after[-1]
        return " ".join(line.strip() for line in before), " ".join(line.strip() for line in after)

    def report(self, name: str) -> bool:
        """Print the score; return whether it is high enough and each survivor has a reason."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self._known.items()))
        _say(
            f"{name}: {self._killed} of {self._judged} mutants killed ({self._share:.1%}), of {self.made} that there "
            f"are. Listed survivors: {kinds or 'none'}. Survivors without a reason: {len(self._unknown)}."
        )
        return self._share >= LEAST_SCORE and not self._unknown

    def row(self, name: str) -> str:
        """Return the row of the documentation."""
        total = self._judged + self._known[SAME]
        return (
            f"| {name} | {'all' if total == self.made else f'{total:,} of'} {self.made:,} | {self._known[SAME]} "
            f"| {self._killed:,} of {self._judged:,} | {self._share:.1%} | {date.today().isoformat()} |"  # noqa: DTZ011
        )

    @property
    def _judged(self) -> int:
        """How many mutants are another program."""
        return self._killed + len(self._unknown) + self._known.total() - self._known[SAME]

    @property
    def _share(self) -> float:
        return self._killed / max(self._judged, 1)


def _sample(items: list[WorkItem], size: int, database: WorkDB) -> list[WorkItem]:
    """Return *size* of *items*, and leave the others out."""
    picked = set(random.Random(size).sample(range(len(items)), size))  # noqa: S311 - the same each time
    for number, item in enumerate(items):
        if number not in picked:
            skip(database, item)
    return [items[number] for number in sorted(picked)]


def _environ(copy: Path) -> dict[str, str]:
    return {
        **os.environ,
        "EXPUNGE_DEPTH": "2",
        "EXPUNGE_SEEDS": "60",
        "EXPUNGE_EXAMPLES": "100",
        "EXPUNGE_SAME_EXAMPLES": "1",
        "PYTHONPATH": os.pathsep.join(str(copy / name) for name in (".", "src", "generated", "scripts")),
    }


def _copy_tree(copy: Path, python: str) -> None:
    """Copy what Git knows or would take, as it is now: the mutants never touch the tree itself."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for path in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if path and (ROOT / path).is_file():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, copy / path)
    # Compiled files that are checked by hash: a mutant of the same size within the same second is seen as well.
    compiled = [python, "-m", "compileall", "-q", "--invalidation-mode=checked-hash", "src", "generated", "scripts"]
    subprocess.run(compiled, cwd=copy, check=True)


def _write(row: str) -> None:
    """Replace the row of an area in the documentation."""
    name = row.split("|")[1]
    lines = [row if line.startswith(f"|{name}|") else line for line in PAGE.read_text().splitlines()]
    PAGE.write_text("\n".join(lines) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
