"""Each defect of defects.toml, put back in a copy of the tree, makes the tests fail that guard against it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.trees import complete_tree

RUNS = "EXPUNGE_DEFECTS" in os.environ
DEFECTS = tomllib.loads(Path(__file__).with_name("defects.toml").read_text(encoding="utf-8"))["defect"]
TESTS_FAILED = 1
"""The exit code of pytest: another one means that the tests were not found, or could not be collected."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the tree."""
    return complete_tree(tmp_path_factory.mktemp("defects") / "tree")


def run(tree, tests):
    """Run *tests* of the copy with its own packages, and keep no compiled module of a defect."""
    path = os.pathsep.join(str(tree / part) for part in ("generated", "src"))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("EXPUNGE_DEFECTS")
    command = [sys.executable, "-m", "pytest", "-q", "-x", *tests]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not RUNS, reason="only `make defects` puts them back")
@pytest.mark.parametrize("defect", DEFECTS if RUNS else DEFECTS[:1], ids=lambda defect: defect["what"])
def test_its_tests_fail(defect, copy):
    path = copy / defect["file"]
    text = path.read_text(encoding="utf-8")
    assert text.count(defect["was"]) == 1, f"{defect['file']} has changed: rewrite this defect"
    path.write_text(text.replace(defect["was"], defect["became"]), encoding="utf-8")

    try:
        done = run(copy, defect["tests"])
    finally:
        path.write_text(text, encoding="utf-8")

    assert done.returncode == TESTS_FAILED, f"exit code {done.returncode}\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}"


def test_no_defect_is_listed_twice():
    assert len({defect["what"] for defect in DEFECTS}) == len(DEFECTS)
