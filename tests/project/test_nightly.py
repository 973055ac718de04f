"""`.ci/nightly` leaves a commit and what a merge request needs; the jobs in docs/maintainers/nightly.md call it."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from tests.forks import PROGRAMS
from tests.packaging.environment import once
from tests.packaging.repository import environment
from tests.project.markdown import blocks
from tests.trees import ROOT, change, one_provider

MAKE = """\
#!/bin/sh
case "$*" in
    *" check") exit 0 ;;
    *" test") echo "1 failed"; exit {exit_code} ;;
esac
exec make BIN={programs} READY= "$@"
"""


@pytest.fixture
def nightly(tmp_path, tmp_path_factory):
    """Return a function that runs the program in a repository, in which the tests end with a given code."""
    tree = shutil.copytree(once(tmp_path_factory, "baseten-tree", one_provider), tmp_path / "tree")
    (tree / ".ci").mkdir()
    shutil.copyfile(ROOT / "Makefile", tree / "Makefile")
    shutil.copyfile(ROOT / ".gitignore", tree / ".gitignore")
    shutil.copy(ROOT / ".ci" / "nightly", tree / ".ci")
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "first")

    def run(spec, *, tests_end_with=0):
        make = tmp_path / "make"
        make.write_text(MAKE.format(programs=PROGRAMS.programs, exit_code=tests_end_with), encoding="utf-8")
        make.chmod(0o755)
        command = [tree / ".ci" / "nightly", "baseten", spec]
        return subprocess.run(
            command, env={**environment(), "MAKE": str(make)}, capture_output=True, text=True, check=False
        )

    run.tree = tree
    return run


def git(tree, *arguments):
    done = subprocess.run(["git", *arguments], cwd=tree, env=environment(), capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("tests_end_with", "label"), [(0, "tests-green"), (1, "tests-red")])
def test_a_change_becomes_a_commit_with_a_description_and_labels(tests_end_with, label, nightly, tmp_path):
    spec = shutil.copyfile(nightly.tree / "specs" / "baseten.yaml", tmp_path / "spec.yaml")
    change(spec, "          type: boolean", "          type: string")

    done = nightly(spec, tests_end_with=tests_end_with)

    assert done.returncode == 0, done.stderr
    left = {path.name: path.read_text(encoding="utf-8") for path in (nightly.tree / ".cache" / "nightly").iterdir()}
    assert (left["title"], left["labels"]) == ("Take in the new spec of baseten\n", f"spec,breaking,{label}\n")
    assert "Verdict: **breaking**" in left["body.md"]
    assert "- **Breaking:** `schemas.ModelTombstoneV1.deleted.type`: boolean became string." in left["body.md"]
    assert ("1 failed" in left["body.md"]) == bool(tests_end_with)
    assert git(nightly.tree, "log", "-1", "--format=%D %s").strip() == (
        "HEAD -> spec/baseten Take in the new spec of baseten"
    )
    assert git(nightly.tree, "status", "--porcelain") == ""


@pytest.mark.slow
def test_without_a_change_and_without_a_fit_nothing_is_left(nightly, tmp_path):
    spec = shutil.copyfile(nightly.tree / "specs" / "baseten.yaml", tmp_path / "spec.yaml")
    same = nightly(spec)
    change(spec, "    delete:", "    patch:")
    refused = nightly(spec)

    assert same.returncode == 0, same.stderr
    assert refused.returncode == 2
    assert "overlays/baseten.overlay.yaml: 'x-operations' names DELETE" in refused.stderr
    assert not (nightly.tree / ".cache" / "nightly").exists()
    assert git(nightly.tree, "log", "--all", "--format=%s") == "first\n"


PAGE = ROOT / "docs" / "maintainers" / "nightly.md"


@pytest.mark.parametrize("block", list(blocks(PAGE, "yaml")), ids=["github", "gitlab"])
def test_a_job_of_the_documentation_calls_the_program_and_sends_its_labels(block):
    """Their shell is valid, and GitHub's and GitLab's own parts are read as YAML."""
    job = yaml.safe_load(block.text)
    steps = job["jobs"]["update"]["steps"] if "jobs" in job else [{"run": line} for line in job["specs"]["script"]]
    shell = "\n".join(step["run"] for step in steps if "run" in step)
    checked = subprocess.run(["bash", "-n"], input=shell, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr
    assert '.ci/nightly "$PROVIDER" "$FROM"' in shell
    assert set(re.findall(r"\.cache/nightly/(\S+?)[)\s]", shell)) <= {"title", "body.md", "labels"}
    assert os.access(ROOT / ".ci" / "nightly", os.X_OK)
