"""Report what changed for users between two commits, or since one.

    python scripts/changes.py BASE [HEAD] [--format json] [--changelog]

HEAD is the working tree unless it is named. Markdown, or JSON for programs, on stdout; `--changelog` writes the draft
into CHANGELOG.md instead. Exit 0 whatever changed, 2 when it cannot be told.
"""

import argparse
import io
import re
import sys
import tarfile
import tempfile
from pathlib import Path

from changelog import ChangelogError, draft_changelog, read_changelog
from normalise import ROOT, NormaliseError, normalise, providers
from python_changes import python_changes, unexplained, without_titles
from python_surface import PythonChangesError
from report import Change, Report
from spec_changes import spec_changes
from tracked import TreeError, git

_FOLDERS = ("specs", "overlays", "generated", "src")
_CHANGELOG = "CHANGELOG.md"
_FORMATS = ("", "markdown", "json")


class ChangesError(Exception):
    """What changed cannot be told."""


def main(arguments: list[str] | None = None) -> int:
    """Run the program and give its exit code."""
    parser = argparse.ArgumentParser(description="Report what changed for users between two commits.")
    parser.add_argument("base", metavar="BASE", help="a commit, a tag or a branch")
    parser.add_argument("head", metavar="HEAD", nargs="?", help="another one; the working tree unless given")
    parser.add_argument("--format", default="", help="markdown, for people, unless it is json, for programs")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--changelog", action="store_true", help=f"write the draft into {_CHANGELOG}")
    options = parser.parse_args(arguments)
    if options.format not in _FORMATS:
        print(f"error: FORMAT is {options.format!r}; it may be json or markdown", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="changes-") as folder:
        try:
            before = commit_tree(ROOT, options.base, Path(folder, "base"))
            after = commit_tree(ROOT, options.head, Path(folder, "head")) if options.head else ROOT
            report, version = compare_trees(before, after), current_version(before)
            if options.changelog:
                _draft(ROOT / _CHANGELOG, report)
        except (ChangesError, ChangelogError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    if options.changelog:
        return 0
    head = options.head or "the working tree"
    following = report.next_version(version)
    if options.format == "json":
        print(report.json(base=options.base, head=options.head, version=version, next_version=following), end="")
    else:
        print(f"## Changes from {options.base} to {head}\n")
        print(f"Verdict: **{report.level or 'no change'}**. From {version}, the next version is **{following}**.\n")
        print(report.markdown(), end="")
    return 0


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
    """Lay out in *folder* what a comparison needs of *commit*, and give the folder.

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
            raise ChangesError(f"{commit!r} is no commit, tag or branch here") from None
        there = git(root, "ls-tree", "--name-only", "-z", named).decode().split("\0")
        packed = git(root, "archive", "--format=tar", named, "--", *(name for name in _FOLDERS if name in there))
    except TreeError as error:
        raise ChangesError(str(error)) from None
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def current_version(root: Path) -> str:
    """Read the version of the package below *root*."""
    path = root / "src" / "expunge" / "_version.py"
    found = re.search(r'__version__ = "([^"]+)"', path.read_text(encoding="utf-8") if path.is_file() else "")
    if found is None:
        raise ChangesError("the base has no src/expunge/_version.py with a version")
    return found[1]


def _draft(path: Path, report: Report) -> None:
    text = read_changelog(path) if path.is_file() else "# Changelog\n"
    path.write_bytes(draft_changelog(text, report).encode())


def _changes(before: Path, after: Path) -> list[Change]:
    old, new = providers(before), providers(after)
    found = [Change("breaking", name, name, "provider removed") for name in old if name not in new]
    found += [Change("compatible", name, name, "provider added") for name in new if name not in old]
    for name in (name for name in new if name in old):
        mine, theirs = normalise(name, before), normalise(name, after)
        told = spec_changes(name, mine, theirs)
        if not told and mine != theirs:
            told = [Change("documentation", name, f"specs/{name}.yaml", "written in another way, which means the same")]
        elif not told and _bytes(before, name) != _bytes(after, name):
            told = [Change("documentation", name, f"specs/{name}.yaml", "changed, but nothing of what is used here")]
        found += told
    gone = set(old) ^ set(new)
    imported = [change for change in python_changes(before, after) if change.provider not in gone]
    return without_titles(found, imported) + unexplained(imported, found)


def _bytes(root: Path, provider: str) -> bytes:
    return (root / "specs" / f"{provider}.yaml").read_bytes()


if __name__ == "__main__":
    sys.exit(main())
