"""Find the files that belong to the project: those that git tracks or, without git, those that look like sources."""

import os
import subprocess
from fnmatch import fnmatch
from pathlib import Path

SECRET_NAMES = ("*.env", ".env.*", ".netrc", ".pypirc", "*.pem", "*.key", "*.p12", "*.pfx", "id_rsa*", "id_ed25519*")
"""Names of files with secrets; none of them may be shipped."""

# The contents of an sdist; the same list as in pyproject.toml, [tool.hatch.build.targets.sdist].
_FOLDERS = ("src", "generated", "specs", "overlays")
_FILES = (".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "hatch_build.py", "pyproject.toml")
# A git hook sets these for its own repository.
_OF_ANOTHER = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}


class TreeError(Exception):
    """Git could not be run, or failed."""


def source_files(root: Path) -> list[str]:
    """Return the sorted names of the files below *root* that an sdist consists of.

    Raises:
        TreeError: *root* is a repository, and git cannot list its files.
    """
    names = _tracked(root)
    if not names:
        paths = [root / name for name in _FILES]
        paths += [path for folder in _FOLDERS for path in (root / folder).rglob("*")]
        names = [path.relative_to(root).as_posix() for path in paths if path.is_file() and _is_source(path)]
    return sorted(name for name in names if name in _FILES or name.partition("/")[0] in _FOLDERS)


def git(root: Path, *arguments: str) -> bytes:
    """Run git in *root* and return its output.

    Raises:
        TreeError: Git failed; the message has its own words.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    try:
        done = subprocess.run(
            ("git", "-C", str(root), *arguments),  # noqa: S607 - the git that the user works with
            env={**environment, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},  # others may work in the tree
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise TreeError(
            f"git cannot be run ({error.strerror}): install it, to know which files belong to the project"
        ) from None
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise TreeError(f"git {arguments[0]} failed in {root.name}: {said}")
    return done.stdout


def _tracked(root: Path) -> list[str]:
    """Return the files below *root* that git tracks and that still exist; none if there is no repository."""
    try:
        listed = git(root, "ls-files", "-z", "--cached").decode()
    except TreeError:
        if (root / ".git").exists():
            raise
        return []
    return [name for name in listed.split("\0") if name and os.path.lexists(root / name)]


def _is_source(path: Path) -> bool:
    """Return whether *path*, in a tree without git, is a source and not left over."""
    is_left_over = "__pycache__" in path.parts or path.suffix == ".pyc" or path.name == ".DS_Store"
    return not is_left_over and not any(fnmatch(path.name, pattern) for pattern in SECRET_NAMES)
