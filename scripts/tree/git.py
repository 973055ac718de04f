"""What belongs to the project: the files that git tracks, or, without git, those that look like it."""

import os
import subprocess
from fnmatch import fnmatch
from pathlib import Path

SECRET_NAMES = ("*.env", ".env.*", ".netrc", ".pypirc", "*.pem", "*.key", "*.p12", "*.pfx", "id_rsa*", "id_ed25519*")
"""Names that files with secrets have. None may be shipped."""

# What an sdist holds; the same list as in pyproject.toml, [tool.hatch.build.targets.sdist].
_FOLDERS = ("src", "generated", "specs", "overlays")
_FILES = (".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml")
# A hook of git sets these, for the repository that it runs in.
_OF_ANOTHER = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}


class TreeError(Exception):
    """Git could not be asked, or would not answer."""


def source_files(root: Path) -> list[str]:
    """Name the files below *root* that an sdist is made of, sorted.

    Raises:
        TreeError: *root* is a repository, and git does not say what is in it.
    """
    names = _tracked(root)
    if not names:
        paths = [root / name for name in _FILES]
        paths += [path for folder in _FOLDERS for path in (root / folder).rglob("*")]
        names = [path.relative_to(root).as_posix() for path in paths if path.is_file() and _is_source(path)]
    return sorted(name for name in names if name in _FILES or name.partition("/")[0] in _FOLDERS)


def git(root: Path, *arguments: str) -> bytes:
    """Run git in *root* and give what it printed.

    Raises:
        TreeError: With git's own words.
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
        raise TreeError(f"git cannot be run ({error.strerror}): it says which files belong to the project") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise TreeError(f"git {arguments[0]} failed in {root.name}: {said}")
    return done.stdout


def _tracked(root: Path) -> list[str]:
    """Name what git tracks below *root*, as far as it is still there; nothing where there is no repository."""
    try:
        listed = git(root, "ls-files", "-z", "--cached").decode()
    except TreeError:
        if (root / ".git").exists():
            raise
        return []
    return [name for name in listed.split("\0") if name and os.path.lexists(root / name)]


def _is_source(path: Path) -> bool:
    """Tell what belongs to a tree without git from what came to lie there."""
    is_left_over = "__pycache__" in path.parts or path.suffix == ".pyc" or path.name == ".DS_Store"
    return not is_left_over and not any(fnmatch(path.name, pattern) for pattern in SECRET_NAMES)
