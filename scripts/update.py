"""Take in a provider's new spec: from a docs page, a file or an address to a regenerated tree, or to nothing at all.

    python scripts/update.py PROVIDER FROM [--check]

prints a line a change for users: `breaking`, `compatible` or `documentation`, and what changed. Spec, provenance,
generated tree and the draft in the changelog are swapped in together, after all of them were made and tried beside the
tree; any failure leaves them as they were, with one line on stderr and exit 2. With `--check` nothing is changed, and
the exit code is 1 where there is a change: what a nightly job runs.
"""

import argparse
import hashlib
import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from build_clients import BuildError, build
from changelog import ChangelogError, draft_changelog, drafted_level, read_changelog
from changes import ChangesError, commit_tree, compare_trees, current_version
from last_release import last_release
from normalise import NormaliseError, normalise, providers
from report import Report, gravest, next_version
from spec_source import Source, SourceError, read_source
from swap import swap
from tracked import TreeError
from work_folder import ASIDE, WorkFolderError, settle, work_folder

ROOT = Path(__file__).resolve().parent.parent
_PROVENANCE = Path("specs", "provenance.json")
_CHANGELOG = Path("CHANGELOG.md")
_FAILED = 2
_INTERRUPTED = 130
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Imports every module of the client, which the type checkers and the tests of the facade do not.
_IMPORT_ALL = """\
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
package = importlib.import_module(sys.argv[2])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
"""


class UpdateError(Exception):
    """The spec was not taken in."""


_FAILURES = (
    *(UpdateError, SourceError, BuildError, NormaliseError, ChangesError, ChangelogError),
    *(TreeError, WorkFolderError, OSError, ValueError, MemoryError),
)


def main(arguments: list[str] | None = None) -> int:
    """Run the program and give its exit code."""
    parser = argparse.ArgumentParser(description="Take in a provider's new spec, and report what changes for users.")
    parser.add_argument("provider", metavar="PROVIDER")
    parser.add_argument(
        "place", metavar="FROM", help="a docs page with a block of YAML, a YAML or JSON spec, or its URL"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where there is a change")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job that is stopped cleans up as after Ctrl-C
    try:
        code, taken = _update(options.provider, options.place, check=options.check)
    except _FAILURES as error:
        what = " ".join(str(error).split()) or "not enough memory"  # a MemoryError has no words
        print(f"error: {options.place}: not taken in, nothing has changed: {what}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"error: {options.place}: not taken in, nothing has changed: interrupted", file=sys.stderr)
        return _INTERRUPTED
    if taken:
        _say_what_follows(taken)
    return code


def _update(provider: str, place: str, *, check: bool) -> tuple[int, str]:
    """Take in the spec at *place*; give the exit code, and what to say of it where it was taken in."""
    settle(ROOT)
    known = providers(ROOT)
    if provider not in known:
        raise UpdateError(f"{provider!r} is none of the providers: {', '.join(known)}")
    source = read_source(place)
    spec = Path("specs", f"{provider}.yaml")
    if (ROOT / spec).read_bytes() == source.content:
        print(f"no change: {spec} is what {place} holds")
        return 0, ""
    with work_folder(ROOT, "update", to_swap=not check) as beside:
        tree = beside / "tree"
        _prepare(tree, provider, source)
        build(tree / "generated", tree)
        _try(tree, provider)
        report = compare_trees(_base(provider, beside / "base"), tree)
        if check:
            print(*report.lines(), sep="\n")
            return 1, ""
        changed = [spec, _PROVENANCE, Path("generated")]
        draft, taken = _draft(provider, report, tree, beside / "release")
        if draft is not None:
            (tree / _CHANGELOG).write_bytes(draft.encode())
            changed.append(_CHANGELOG)
        print(*report.lines(), sep="\n", flush=True)  # whoever reads it may be gone, which must not come too late
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)  # nobody is told "nothing has changed" of what was swapped in
        swap([(ROOT / path, tree / path) for path in changed], beside / ASIDE)
    return 0, taken


def _draft(provider: str, report: Report, tree: Path, folder: Path) -> tuple[str | None, str]:
    """Give the changelog after this update, if there is one, and a sentence on the version that follows.

    Both are measured by the last release, so that a change and its reverse leave nothing. Before the first one there is
    nothing to measure by: then *report*, of this one update, is added to what stands under "Unreleased".
    """
    text = read_changelog(ROOT / _CHANGELOG) if (ROOT / _CHANGELOG).is_file() else None
    release = last_release(ROOT)
    if release:
        since = compare_trees(commit_tree(ROOT, release, folder), tree)
        version, level = current_version(folder), since.level
        ours = Report.of(change for change in since.changes if change.provider == provider)
        draft = None if text is None else draft_changelog(text, ours, anew=[provider])
    else:
        version = current_version(ROOT)
        level = gravest([report.level, drafted_level(text or "")])
        draft = None if text is None else draft_changelog(text, report)
    following = next_version(version, level)
    drafted = "" if draft is None else f"; its draft is in {_CHANGELOG}"
    if release and level is None:
        return draft, f"Nothing has changed for users since {release}."
    return draft, f"From {version}, the next version is {following}{drafted}."


def _prepare(tree: Path, provider: str, source: Source) -> None:
    """Lay out beside the tree what generating needs, with the new spec and its provenance."""
    for folder in ("specs", "overlays"):
        shutil.copytree(ROOT / folder, tree / folder)
    for folder in ("scripts", "src"):
        (tree / folder).symlink_to(ROOT / folder)  # only read, to be named in the stamp and compared
    (tree / "specs" / f"{provider}.yaml").write_bytes(source.content)
    entries = json.loads((tree / _PROVENANCE).read_text(encoding="utf-8"))
    name = f"specs/{provider}.yaml"
    entries[name] = _provenance(entries.get(name, {}), provider, source)
    (tree / _PROVENANCE).write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _provenance(before: dict[str, str | None], provider: str, source: Source) -> dict[str, str | None]:
    """Say where the spec came from. What a bare spec does not tell stays as it was."""
    publisher = (before.get("source") or provider).partition(",")[0]
    return {
        "source": f"{publisher}, {source.title}" if source.title else before.get("source", publisher),
        "index": source.index or before.get("index"),
        "from": source.origin,
        "block": source.block,
        "how": source.how,
        "taken": datetime.now(UTC).date().isoformat(),
        "sha256": hashlib.sha256(source.content).hexdigest(),
    }


def _try(tree: Path, provider: str) -> None:
    """Import every module of the new client, away from this process."""
    done = subprocess.run(
        (sys.executable, "-I", "-B", "-c", _IMPORT_ALL, tree / "generated", f"expunge_clients.{provider}"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UpdateError(f"the new client cannot be imported: {done.stderr.strip().splitlines()[-1]}")


def _base(provider: str, folder: Path) -> Path:
    """Give the tree to compare with: ours, or the last commit where our overlay is ready for the new spec already."""
    try:
        normalise(provider, ROOT)
    except NormaliseError:
        commit_tree(ROOT, "HEAD", folder)
        return folder
    return ROOT


def _say_what_follows(taken: str) -> None:
    """Tell a person what is left to do, and where the facade no longer fits the new client."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_DFL)
    print(f"\nTaken in. {taken}", file=sys.stderr)
    if (ROOT / "pyproject.toml").is_file():
        done = subprocess.run(
            (sys.executable, "-m", "mypy", "src"), cwd=ROOT, capture_output=True, text=True, check=False
        )
        misfits = [line for line in done.stdout.splitlines() if ": error: " in line]
        words = (
            "The types of the facade fit the new client." if not done.returncode else "The facade does not fit it yet:"
        )
        print(words, *misfits, sep="\n", file=sys.stderr)
    print("Now: read the difference, then `make check` and `make test`.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
