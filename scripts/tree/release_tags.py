"""Find the last release in the history; the next one is compared with it.

A release is a tag `v1.2.3` on an ancestor of the present commit. Tags of other branches do not count, and neither do
pre-releases, which promise nothing.
"""

from pathlib import Path

from packaging.version import InvalidVersion, Version

from .git import TreeError, git


def last_release(root: Path) -> str | None:
    """Return the tag of the newest release that the commit of the tree at *root* descends from, or None.

    Raises:
        TreeError: Git cannot list the tags.
    """
    try:
        git(root, "rev-parse", "--verify", "HEAD^{commit}")
    except TreeError:
        return None  # no repository, or no commit
    names = git(root, "tag", "--list", "v*", "--merged", "HEAD").decode().split()
    releases = {version: name for name in names if (version := _version(name))}
    return releases[max(releases)] if releases else None


def _version(tag: str) -> Version | None:
    """Return the version in *tag* if it is a final release, else None."""
    try:
        version = Version(tag.removeprefix("v"))
    except InvalidVersion:
        return None
    return None if version.is_prerelease or version.local else version
