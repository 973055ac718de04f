"""A variable of a Makefile target reaches its program as it was typed, and nothing else reads it."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from tests.forks import PROGRAMS
from tests.packaging.environment import once
from tests.trees import ROOT, one_provider

pytestmark = pytest.mark.slow

HOSTILE = [
    pytest.param("two words.yaml", id="blank"),
    pytest.param("$HOME $$ $(HOME) ${HOME}.yaml", id="dollars"),
    pytest.param("a$(shell touch pwned)b.yaml", id="function-of-make"),
    pytest.param("$(touch pwned) `touch pwned`; touch pwned #.yaml", id="commands"),
    pytest.param("""it's a "name" \\ with quotes.yaml""", id="quotes"),
    pytest.param("--check", id="option"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return a tree with one provider and the Makefile, under git."""
    root = tmp_path_factory.mktemp("make") / "tree"
    shutil.copytree(once(tmp_path_factory, "baseten-tree", one_provider), root)
    shutil.copyfile(ROOT / "Makefile", root / "Makefile")
    git = ["git", "-C", root, "-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "core.hooksPath="]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"], ["tag", "v0.1.0"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return root


@pytest.fixture
def make(tree):
    """Return a function that runs a target in the tree."""
    return partial(run_make, tree, PROGRAMS.programs)


def run_make(tree, programs, *arguments, **environment):
    """Run a target with the programs in the folder *programs*, which need not be made again."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    return subprocess.run(
        ["make", "--no-print-directory", f"BIN={programs}", "READY=", *arguments],
        cwd=tree,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_place_is_read_as_it_is_named(name, way, make, tree):
    path = tree / name
    shutil.copyfile(tree / "specs" / "baseten.yaml", path)
    given = {"PROVIDER": "baseten", "FROM": name}

    done = (
        make("update", *(f"{key}={value}" for key, value in given.items()))
        if way == "argument"
        else make("update", **given)
    )

    path.unlink()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"no change: {name} holds the same spec as specs/baseten.yaml\n"
    assert not (tree / "pwned").exists()


def test_the_environments_own_python_is_run(tree):
    """The one test of a target with a real interpreter."""
    done = run_make(tree, Path(sys.executable).parent, "update", "PROVIDER=baseten", "FROM=specs/baseten.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no change: specs/baseten.yaml holds the same spec as specs/baseten.yaml\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_an_unknown_provider_is_named_as_it_was_typed(name, make, tree):
    done = make("update", f"PROVIDER={name}", "FROM=https://docs.example.com/$page?a=$(shell touch pwned)&b='\"")

    first = done.stderr.splitlines()[0]
    assert first.startswith(
        "error: https://docs.example.com/$page?a=$(shell touch pwned)&b='\": not taken in, nothing has changed: "
        f"{' '.join(repr(name).split())} is not a provider"
    )
    assert not (tree / "pwned").exists()


@pytest.mark.parametrize("check", ["yes", "$(shell touch pwned)", "Breaking"])
def test_a_word_for_check_that_has_no_meaning_is_refused(check, make):
    """A job that misspells it must not pass each night."""
    done = make("update", f"CHECK={check}", "PROVIDER=baseten", "FROM=specs/baseten.yaml")

    assert done.returncode == 2
    assert f"error: CHECK is {check!r}; use 1, breaking, compatible or any" in done.stderr


@pytest.mark.parametrize("check", ["", "0"])
def test_an_empty_check_is_none(check, make):
    assert make("update", f"CHECK={check}", "PROVIDER=baseten", "FROM=specs/baseten.yaml").returncode == 0


@pytest.mark.parametrize("check", ["1", "$(shell touch pwned)"])
def test_check_is_not_read_by_make_either(check, make, tree):
    make("update", f"CHECK={check}", "PROVIDER=nobody", "FROM=x")

    assert not (tree / "pwned").exists()


def test_changes_are_reported_as_json_where_that_is_asked_for(make):
    done = make("changes", "BASE=v0.1.0", "FORMAT=json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["base"] == "v0.1.0"


def test_changes_are_reported_in_markdown_where_nothing_is_asked_for(make):
    assert make("changes", "BASE=v0.1.0", "HEAD=v0.1.0").stdout.startswith("## Changes from v0.1.0 to v0.1.0\n")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["BASE=$(shell touch pwned)"], "error: '$(shell touch pwned)' is not a commit, tag or branch here"),
        (["BASE=v0.1.0", "HEAD=$x"], "error: '$x' is not a commit, tag or branch here"),
        (["BASE=v0.1.0", "FORMAT=xml"], "error: FORMAT is 'xml'; use json or markdown"),
    ],
)
def test_what_changes_cannot_take_is_named_as_it_was_typed(given, words, make, tree):
    done = make("changes", *given)

    assert done.stderr.splitlines()[0] == words
    assert not (tree / "pwned").exists()


def test_help_lists_every_target_below_a_heading(make):
    done = make("help")
    first, *groups = done.stdout.split("\n\n")

    listed = [line.split()[0] for group in [first, *groups] for line in group.splitlines() if line.startswith("  ")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [line.partition(":")[0] for line in makefile.splitlines() if ": " in line and "## " in line]
    assert sorted(listed) == sorted(target for target in targets if target.replace("-", "").isalpha())
    assert all(not group.strip().startswith(tuple(listed)) for group in groups)


def test_a_changed_project_file_installs_the_package_again_and_nothing_else(tmp_path):
    """A new entry point is there after the next target, and the packages of the lock file stay."""
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    python = tmp_path / ".venv" / "bin" / "python"
    files = [tmp_path / "locks" / "dev.txt", tmp_path / ".venv" / ".ready", tmp_path / "pyproject.toml", python]
    for age, path in enumerate(files):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('#!/bin/sh\necho "$*" >>calls\n')
        os.utime(path, (age, age))
    python.chmod(0o755)
    # These tests may be a target of `make VENV=…`, which hands its words on.
    environ = {name: value for name, value in os.environ.items() if name != "VENV" and "MAKE" not in name}

    def make():
        done = subprocess.run(
            ["make", ".venv/.ready"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return (tmp_path / "calls").read_text().splitlines()

    (call,) = make()
    assert call.endswith("--no-deps --no-build-isolation -e .")
    assert make() == [call]
