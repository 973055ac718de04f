"""Find the last release in the history: what the next one is measured by.

A release is a tag `v1.2.3` on a commit that the present one comes from. One of another branch is none of ours, and a
pre-release promises nothing.
"""

from pathlib import Path

from packaging.version import InvalidVersion, Version

from .git import TreeError, git


def last_release(root: Path) -> str | None:
    """Name the tag of the newest release that the commit of the tree at *root* comes from; None where there is none.

    Raises:
        TreeError: Git does not say which tags there are.
    """
    try:
        git(root, "rev-parse", "--verify", "HEAD^{commit}")
    except TreeError:
        return None  # no repository, or nothing committed
    names = git(root, "tag", "--list", "v*", "--merged", "HEAD").decode().split()
    releases = {version: name for name in names if (version := _version(name))}
    return releases[max(releases)] if releases else None


def _version(tag: str) -> Version | None:
    """Read the version in *tag*, if it is that of a final release."""
    try:
        version = Version(tag.removeprefix("v"))
    except InvalidVersion:
        return None
    return None if version.is_prerelease or version.local else version
