"""Take in a provider's new spec: from a docs page, a file or an address to a regenerated tree, or to nothing at all.

Spec, provenance, generated tree and the draft in the changelog are swapped in together, after all of them were made and
tried beside the tree; any failure leaves them as they were.
"""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from changed.changelog import ChangelogError, draft_changelog, drafted_level, read_changelog
from changed.report import Report, gravest, next_version
from changed.trees import ChangesError, commit_tree, compare_trees, current_version
from spec.normalised import NormaliseError, normalise, providers
from spec.source import Source, SourceError, read_source
from tree.git import TreeError
from tree.release_tags import last_release
from tree.replacement import replace_all
from tree.work_folder import ASIDE, WorkFolderError, settle, work_folder

from .build import build
from .errors import BuildError

_PROVENANCE = Path("specs", "provenance.json")
_CHANGELOG = Path("CHANGELOG.md")
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


FAILURES = (
    *(UpdateError, SourceError, BuildError, NormaliseError, ChangesError, ChangelogError),
    *(TreeError, WorkFolderError, OSError, ValueError, MemoryError),
)
"""Every reason for which a spec is not taken in; the message says which."""


def update(root: Path, provider: str, place: str, *, check: bool) -> tuple[bool, str]:
    """Take in the spec of *provider* at *place*; print a line for each change.

    Args:
        root: The tree.
        provider: The provider's name.
        place: A docs page, a file or a URL.
        check: Whether to change nothing and only report.

    Returns:
        Whether there is a change, and the sentence to print once it is taken in (empty if it was not).
    """
    settle(root)
    known = providers(root)
    if provider not in known:
        raise UpdateError(f"{provider!r} is none of the providers: {', '.join(known)}")
    source = read_source(place)
    spec = Path("specs", f"{provider}.yaml")
    if (root / spec).read_bytes() == source.content:
        print(f"no change: {spec} is what {place} holds")
        return False, ""
    with work_folder(root, "update", to_swap=not check) as beside:
        tree = beside / "tree"
        _prepare(root, tree, provider, source)
        build(tree / "generated", tree)
        _try(tree, provider)
        report = compare_trees(_base(root, provider, beside / "base"), tree)
        if check:
            print(*report.lines(), sep="\n")
            return True, ""
        changed = [spec, _PROVENANCE, Path("generated")]
        draft, taken = _draft(root, provider, report, tree, beside / "release")
        if draft is not None:
            (tree / _CHANGELOG).write_bytes(draft.encode())
            changed.append(_CHANGELOG)
        print(*report.lines(), sep="\n", flush=True)  # whoever reads it may be gone, which must not come too late
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)  # nobody is told "nothing has changed" of what was swapped in
        replace_all([(root / path, tree / path) for path in changed], beside / ASIDE)
    return True, taken


def _draft(root: Path, provider: str, report: Report, tree: Path, folder: Path) -> tuple[str | None, str]:
    """Give the changelog after this update, if there is one, and a sentence on the version that follows.

    Both are measured by the last release, so that a change and its reverse leave nothing. Before the first one there is
    nothing to measure by: then *report*, of this one update, is added to what stands under "Unreleased".
    """
    text = read_changelog(root / _CHANGELOG) if (root / _CHANGELOG).is_file() else None
    release = last_release(root)
    if release:
        since = compare_trees(commit_tree(root, release, folder), tree)
        version, level = current_version(folder), since.level
        ours = Report.of(change for change in since.changes if change.provider == provider)
        draft = None if text is None else draft_changelog(text, ours, anew=[provider])
    else:
        version = current_version(root)
        level = gravest([report.level, drafted_level(text or "")])
        draft = None if text is None else draft_changelog(text, report)
    following = next_version(version, level)
    drafted = "" if draft is None else f"; its draft is in {_CHANGELOG}"
    if release and level is None:
        return draft, f"Nothing has changed for users since {release}."
    return draft, f"From {version}, the next version is {following}{drafted}."


def _prepare(root: Path, tree: Path, provider: str, source: Source) -> None:
    """Lay out beside the tree what generating needs, with the new spec and its provenance."""
    for folder in ("specs", "overlays"):
        shutil.copytree(root / folder, tree / folder)
    for folder in ("scripts", "src"):
        (tree / folder).symlink_to(root / folder)  # only read, to be named in the stamp and compared
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


def _base(root: Path, provider: str, folder: Path) -> Path:
    """Give the tree to compare with: ours, or the last commit where our overlay is ready for the new spec already."""
    try:
        normalise(provider, root)
    except NormaliseError:
        commit_tree(root, "HEAD", folder)
        return folder
    return root
