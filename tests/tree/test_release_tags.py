"""The last release is the newest final version that is tagged on the way to the present commit."""

import subprocess

import pytest

from tree.release_tags import last_release


@pytest.fixture
def git(tmp_path):
    """Return a function that runs git in a repository of its own, which has no commit yet."""

    def run(*arguments):
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "core.hooksPath="]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)

    run("init", "-q", "--initial-branch=main")
    return run


def commit(git, *tags):
    git("commit", "-q", "--allow-empty", "-m", f"with {tags}")  # alike in all, two commits would be one
    for tag in tags:
        git("tag", tag)


def test_without_a_repository_a_commit_or_a_tag_there_is_none(git, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    assert last_release(tmp_path) is None

    commit(git, "release", "version-1", "vnext")

    assert last_release(tmp_path) is None


def test_the_newest_final_version_of_this_branch_is_the_last_release(git, tmp_path):
    commit(git, "v0.9.0", "v0.10.0", "v0.11.0rc1", "v0.12.0.dev1")
    git("checkout", "-q", "-b", "other")
    commit(git, "v1.0.0")
    git("checkout", "-q", "main")
    commit(git)

    assert last_release(tmp_path) == "v0.10.0"
