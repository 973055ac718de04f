"""`scripts/changes.py` in a repository of its own: what changed between two commits, or since one."""

import json
import shutil
import subprocess

import pytest
from tests.packaging.environment import once
from tests.trees import change, contents, one_provider, program

pytestmark = pytest.mark.slow

SPEC = "specs/baseten.yaml"


def git(root, *arguments):
    subprocess.run(
        ["git", "-C", root, "-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "core.hooksPath=", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a repository with one provider: `before`, then a breaking change of its spec, then a reworded one."""
    root = tmp_path_factory.mktemp("git") / "tree"
    shutil.copytree(once(tmp_path_factory, "baseten-tree", one_provider), root)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    git(root, "tag", "before")
    change(root / SPEC, "          type: boolean", "          type: string")
    git(root, "commit", "-qam", "second")
    git(root, "tag", "middle")
    change(root / SPEC, "Whether the model was", "If the model was")
    return root


def report(repository, *arguments):
    done = program(repository, "changes", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "levels", "following"),
    [
        (["before", "middle"], ["breaking"], "0.2.0"),
        (["middle"], ["documentation"], "0.1.1"),
        (["before"], ["breaking", "documentation"], "0.2.0"),
        (["before", "before"], [], "0.1.0"),
    ],
)
def test_what_changed_is_reported_between_commits_and_since_one(arguments, levels, following, repository):
    found = report(repository, *arguments)

    assert [each["level"] for each in found["changes"]] == levels
    assert (found["version"], found["next_version"]) == ("0.1.0", following)
    assert all(each["name"].startswith("schemas.ModelTombstoneV1.deleted") for each in found["changes"])


def test_people_get_markdown_with_a_verdict(repository):
    done = program(repository, "changes", "before")

    assert "Verdict: **breaking**. From 0.1.0, the next version is **0.2.0**." in done.stdout
    assert "| baseten | `schemas.ModelTombstoneV1.deleted.type` | boolean became string |" in done.stdout


@pytest.mark.parametrize("base", ["nothing", "--help-me", "before:specs"])
def test_what_is_no_commit_is_named(base, repository):
    done = program(repository, "changes", "--", base)

    assert done.returncode == 2
    assert done.stderr == f"error: {base!r} is not a commit, tag or branch here\n"


def test_without_a_base_nothing_is_reported(repository):
    done = program(repository, "changes", "")

    assert done.returncode == 2
    assert done.stderr.startswith("error: BASE is missing")


def test_the_program_adds_to_the_fragment_once_and_changes_nothing_else(repository, tmp_path):
    root = shutil.copytree(repository, tmp_path / "tree")
    path = root / "changelog.d" / "baseten.spec.md"
    path.parent.mkdir()
    path.write_text("baseten:\n- In my own words.\n", encoding="utf-8")
    expected = {**sources(root), path.relative_to(root): AFTER_BOTH.encode()}

    first = program(root, "changes", "--changelog", "before")
    once = sources(root)
    again = program(root, "changes", "--changelog", "before")

    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    assert once == expected
    assert again.returncode == 0
    assert sources(root) == expected


AFTER_BOTH = """\
baseten:
- In my own words.
- **Breaking:** `schemas.ModelTombstoneV1.deleted.type`: boolean became string.
- The provider reworded its documentation.
"""


def sources(root):
    return {name: text for name, text in contents(root).items() if not {"__pycache__", ".git"} & set(name.parts)}


def test_where_there_is_no_repository_git_says_so(repository, tmp_path):
    root = shutil.copytree(repository, tmp_path / "tree", ignore=shutil.ignore_patterns(".git"))

    done = program(root, "changes", "before")

    assert done.returncode == 2
    assert "not a git repository" in done.stderr
    assert len(done.stderr.splitlines()) == 1
