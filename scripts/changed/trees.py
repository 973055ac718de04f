"""Compare two trees of the project, or two commits, and report the changes for users."""

import re
from pathlib import Path

from spec.normalised import NormaliseError, normalise, providers
from tree.git import TreeError, git
from tree.unpack import UnpackError, unpack

from .openapi.operations import spec_changes
from .python.changes import python_changes, unexplained, without_titles
from .python.surface import PythonChangesError
from .report import Change, Report

_FOLDERS = ("specs", "overlays", "generated", "src")


class ChangesError(Exception):
    """The changes cannot be determined."""


def compare_trees(before: Path, after: Path) -> Report:
    """Compare two roots, which hold specs/, overlays/, generated/ and perhaps src/.

    Raises:
        ChangesError: One of them cannot be read.
    """
    try:
        return Report.of(_changes(before, after))
    except (NormaliseError, PythonChangesError) as error:
        raise ChangesError(str(error)) from error


def commit_tree(root: Path, commit: str, folder: Path) -> Path:
    """Lay out the parts of *commit* that a comparison needs in *folder*, and return the folder.

    Raises:
        ChangesError: There is no such commit, or no repository.
    """
    if not commit:
        raise ChangesError("BASE is missing, the commit to compare with: make changes BASE=v1.2.3")
    try:
        git(root, "rev-parse", "--git-dir")  # so that it is the name where the next one fails
        try:
            named = git(root, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}").decode().strip()
        except TreeError:
            raise ChangesError(f"{commit!r} is not a commit, tag or branch here") from None
        there = git(root, "ls-tree", "--name-only", "-z", named).decode().split("\0")
        packed = git(root, "archive", "--format=tar", named, "--", *(name for name in _FOLDERS if name in there))
    except TreeError as error:
        raise ChangesError(str(error)) from None
    try:
        unpack(packed, folder)
    except UnpackError as error:
        raise ChangesError(f"{commit} cannot be unpacked: {error}") from None
    return folder


def current_version(root: Path) -> str:
    """Read the version of the package below *root*."""
    path = root / "src" / "expunge" / "_version.py"
    found = re.search(r'__version__ = "([^"]+)"', path.read_text(encoding="utf-8") if path.is_file() else "")
    if found is None:
        raise ChangesError("the base has no src/expunge/_version.py with a version")
    return found[1]


def _changes(before: Path, after: Path) -> list[Change]:
    old, new = providers(before), providers(after)
    found = [Change("breaking", name, name, "provider removed") for name in old if name not in new]
    found += [Change("compatible", name, name, "provider added") for name in new if name not in old]
    for name in (name for name in new if name in old and _inputs(before, name) != _inputs(after, name)):
        mine, theirs = normalise(name, before), normalise(name, after)
        reported = spec_changes(name, mine, theirs)
        if not reported and mine != theirs:
            reported = [
                Change("documentation", name, f"specs/{name}.yaml", "written differently, with the same meaning")
            ]
        elif not reported and _inputs(before, name)[0] != _inputs(after, name)[0]:
            what = "changed, but no part that is used here"
            reported = [Change("documentation", name, f"specs/{name}.yaml", what, is_used=False)]
        found += reported
    gone = set(old) ^ set(new)
    imported = [change for change in python_changes(before, after) if change.provider not in gone]
    return without_titles(found, imported) + unexplained(imported, found)


def _inputs(root: Path, provider: str) -> tuple[bytes, bytes]:
    """Read the spec and the overlay of *provider*: if both are equal, so is all that follows from them."""
    return (
        (root / "specs" / f"{provider}.yaml").read_bytes(),
        (root / "overlays" / f"{provider}.overlay.yaml").read_bytes(),
    )
