"""Report the changes for users between two commits, or since one commit.

    python scripts/changes.py BASE [HEAD] [--format json] [--changelog]

HEAD is the working tree if it is not named. The report is Markdown, or JSON for programs, on stdout. `--changelog`
adds it to the fragments in changelog.d/ instead. Exit 0 whether or not something changed, 2 if it cannot be compared.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from changed.fragments import FOLDER, FragmentError, fragment, fragment_path, read_fragments
from changed.report import Report
from changed.trees import ChangesError, commit_tree, compare_trees, current_version
from expunge._text import one_line

ROOT = Path(__file__).resolve().parent.parent
_FORMATS = ("", "markdown", "json")


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Report the changes for users between two commits.")
    parser.add_argument("base", metavar="BASE", help="a commit, a tag or a branch")
    parser.add_argument("head", metavar="HEAD", nargs="?", help="another one; the working tree if it is missing")
    parser.add_argument("--format", default="", help="markdown (the default), for people; json, for programs")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--changelog", action="store_true", help=f"add the changes to the fragments in {FOLDER}/")
    options = parser.parse_args(arguments)
    if options.format not in _FORMATS:
        print(f"error: FORMAT is {options.format!r}; use json or markdown", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="changes-") as folder:
        try:
            before = commit_tree(ROOT, options.base, Path(folder, "base"))
            after = commit_tree(ROOT, options.head, Path(folder, "head")) if options.head else ROOT
            report, version = compare_trees(before, after), current_version(before)
            if options.changelog:
                _add_to_fragments(report)
        except (ChangesError, FragmentError) as error:
            print(one_line(f"error: {error}", 4_000), file=sys.stderr)
            return 2
    if options.changelog:
        return 0
    head = options.head or "the working tree"
    following = report.next_version(version)
    if options.format == "json":
        print(report.json(base=options.base, head=options.head, version=version, next_version=following), end="")
    else:
        print(f"## Changes from {options.base} to {head}\n")
        step = (
            f"The version stays **{version}**."
            if following == version
            else (f"From {version}, the next version is **{following}**.")
        )
        print(f"Verdict: **{report.level or 'no change'}**. {step}\n")
        print(report.markdown(), end="")
    return 0


def _add_to_fragments(report: Report) -> None:
    """Add the changes to the fragment of each provider, each line once."""
    fragments = read_fragments(ROOT)
    (ROOT / FOLDER).mkdir(exist_ok=True)
    for provider in sorted({change.provider for change in report.changes}):
        path = fragment_path(provider)
        (ROOT / path).write_text(fragment(provider, report, before=fragments.get(path, "")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
