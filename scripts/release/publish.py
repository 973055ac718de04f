"""Publish a release to an internal index, or upload nothing and report why.

The files are built from the last commit, in a folder of their own. A version stands for one content: a version that the
index already has is never uploaded again. A version too small for the changes since the last release is refused. So is
a release whose notes are not in CHANGELOG.md yet.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from packaging.version import InvalidVersion, Version

from changed.fragments import FOLDER as NOTES
from tree.git import git
from tree.unpack import UnpackError, unpack

from .build import build_distributions, sha256
from .index import PROJECT, Address, Credentials, Index
from .upload import prove, upload
from .version_check import check_version

_VERSION_FILE = "src/expunge/_version.py"
_SHOWN = 3
"""The number of files that a refusal names."""


class RefusedError(Exception):
    """This tree or this user must not publish."""


def publish(root: Path, address: Address, environ: Mapping[str, str]) -> None:
    """Publish the last commit of the repository at *root* to the index at *address*, and prove that the index has it.

    Raises:
        RefusedError: Credentials are missing, the tree has uncommitted files, or the changelog lacks notes. With this
            error, `TreeError`, `IndexFailure`, `UnfitVersionError` and `DistError`, nothing was uploaded.
        UploadError: Something may have been uploaded; the message names what the index has.
    """
    credentials = _credentials(environ)
    _check_clean(root)
    _check_changelog(root)
    index = Index(address, credentials, environ)
    files = index.files()
    print(*index.notes, sep="\n", end="\n" if index.notes else "", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="expunge-publish-") as folder:
        tree, built = Path(folder, "tree"), Path(folder, "dist")
        built.mkdir()
        commit = _check_out(root, tree)
        version = _version(tree)
        print(f"{PROJECT} {version}, commit {commit[:12]}: {check_version(version, tree, index, files)}")
        distributions = build_distributions(tree, built)
        upload(distributions, index, credentials, environ)
        prove(distributions, index)
        for path in distributions:
            print(f"{sha256(path)}  {path.name}: the index has it, byte for byte")
    print(f"Install it: pip install --index-url {address.simple} {PROJECT}=={version}")


def _credentials(environ: Mapping[str, str]) -> Credentials:
    username, password = environ.get("TWINE_USERNAME", ""), environ.get("TWINE_PASSWORD", "")
    missing = [name for name in ("TWINE_USERNAME", "TWINE_PASSWORD") if not environ.get(name)]
    if missing:
        raise RefusedError(f"set {' and '.join(missing)}: an upload needs credentials of the index")
    if not (username + password).isascii() or not (username + password).isprintable() or ":" in username:
        raise RefusedError("TWINE_USERNAME or TWINE_PASSWORD holds characters that cannot be sent: use printable ASCII")
    return Credentials(username, password)


def _check_clean(root: Path) -> None:
    """Refuse a tree with uncommitted files: nobody could find out later what was published."""
    status = git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames").decode(errors="replace")
    names = [entry[3:] for entry in status.split("\0") if entry]
    if names:
        raise RefusedError(f"the tree differs from the last commit ({_few(names)}): commit the changes, or undo them")


def _check_changelog(root: Path) -> None:
    """Refuse a release with notes that have not been moved into CHANGELOG.md: its users would not see them."""
    names = sorted(path.name for path in (root / NOTES).glob("*.md") if path.name != "README.md")
    if names:
        raise RefusedError(
            f"CHANGELOG.md lacks the notes in {NOTES}/ ({_few(names)}): run make changelog VERSION=…, and commit"
        )


def _few(names: list[str]) -> str:
    """Return as many of *names* as one line can show."""
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _check_out(root: Path, tree: Path) -> str:
    """Put the last commit into the folder *tree*, and return its hash."""
    commit = git(root, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()
    try:
        unpack(git(root, "archive", "--format=tar", commit), tree)
    except UnpackError as error:
        raise RefusedError(f"commit {commit[:12]} cannot be unpacked: {error}") from None
    return commit


def _version(tree: Path) -> Version:
    """Read the version of the package in *tree*."""
    text = (tree / _VERSION_FILE).read_text(encoding="utf-8")
    _, _, value = text.partition("__version__ = ")
    try:
        return Version(value.splitlines()[0].strip("\"' ") if value else "")
    except InvalidVersion as error:
        raise RefusedError(f"{_VERSION_FILE}: {error} (PEP 440)") from None
