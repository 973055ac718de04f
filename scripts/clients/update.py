"""Take in a provider's new spec: from a docs page, a file or an address to a regenerated tree, or to nothing at all.

Spec, provenance, generated tree and the provider's changelog fragment are swapped in together, after all of them were
made and tried beside the tree. Any failure leaves them as they were.
"""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from changed.fragments import FragmentError, fragment, fragment_level, fragment_path, read_fragments
from changed.report import Report, Threshold, most_serious, next_version
from changed.trees import ChangesError, commit_tree, compare_trees, current_version
from expunge._yaml import load
from spec.convert import conversion
from spec.normalised import NormaliseError, normalise, providers
from spec.source import Source, SourceError, read_source
from tree.git import TreeError
from tree.release_tags import last_release
from tree.replacement import replace_all
from tree.work_folder import ASIDE, WorkFolderError, settle, work_folder

from .build import build
from .compared_tree import BaseError, base_tree
from .errors import BuildError

PROVENANCE = Path("specs", "provenance.json")
"""The file with the origin of each spec."""

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Imports every module of the client; type checkers and the facade's tests do not.
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
    *(UpdateError, SourceError, BaseError, BuildError, NormaliseError, ChangesError, FragmentError),
    *(TreeError, WorkFolderError, OSError, ValueError, MemoryError),
)
"""The errors that stop an update; each message names its reason."""


def update(root: Path, provider: str, place: str, *, check: Threshold | None = None) -> tuple[bool, str]:
    """Take in the spec of *provider* at *place*; print a line for each change.

    Args:
        root: The tree.
        provider: The provider's name.
        place: A docs page, a file or a URL.
        check: The least change that counts, to change nothing and only report; None to take the spec in.

    Returns:
        Whether there is a change that counts, and the sentence to print once it is taken in (empty if it was not).
    """
    settle(root)
    known = providers(root)
    if provider not in known:
        raise UpdateError(f"{provider!r} is not a provider; the providers are {', '.join(known)}")
    source = read_source(place)
    spec = Path("specs", f"{provider}.yaml")
    if (root / spec).read_bytes() == source.content and _is_recorded(root, spec, source):
        print(f"no change: {place} holds the same spec as {spec}")
        return False, ""
    if not check:
        read_fragments(root)  # a fragment that cannot be read stops the update now, not after seconds of work
    with work_folder(root, "update", to_swap=check is None) as beside:
        tree = beside / "tree"
        _prepare(root, tree, provider, source)
        normalise(provider, tree, root / spec)  # a spec that does not fit is refused before any generator starts
        build(tree / "generated", tree)
        _try(tree, provider)
        report = compare_trees(base_tree(root, provider, beside / "base"), tree)
        if check:
            print(*report.lines(), sep="\n")
            return report.reaches(check), ""
        notes, taken = _notes(root, provider, report, tree, beside / "release")
        swapped: list[tuple[Path, Path | None]] = [
            (root / path, tree / path) for path in (spec, PROVENANCE, Path("generated"))
        ]
        swapped += _swapped_fragment(root, tree, fragment_path(provider), notes)
        lines = report.lines() or [f"no change for users: the provenance of {spec} is written"]
        print(*lines, sep="\n", flush=True)  # the reader may be gone, and that must not show too late
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)  # after the swap, "nothing has changed" would be false
        replace_all(swapped, beside / ASIDE)
    return True, taken


def _notes(root: Path, provider: str, report: Report, tree: Path, folder: Path) -> tuple[str, str]:
    """Return the provider's fragment after this update, and a sentence on the version that follows.

    Both are measured from the last release, so a change and its reverse leave nothing. Before the first release there
    is nothing to measure from: the fragment then keeps its lines, and *report*, of this one update, adds to them.
    """
    fragments, path = read_fragments(root), fragment_path(provider)
    release = last_release(root)
    if release:
        since = compare_trees(commit_tree(root, release, folder), tree)
        notes, version, level = fragment(provider, since), current_version(folder), since.level_for_users
    else:
        notes, version = fragment(provider, report, before=fragments.get(path, "")), current_version(root)
        level = most_serious([report.level_for_users, *map(fragment_level, fragments.values())])
    if release and level is None:
        return notes, f"Nothing has changed for users since {release}."
    if level is None:
        return notes, f"Nothing that our operations use has changed, so the version stays {version}."
    noted = f"; its notes are in {path}" if notes else ""
    return notes, f"From {version}, the next version is {next_version(version, level)}{noted}."


def _swapped_fragment(root: Path, tree: Path, path: Path, notes: str) -> list[tuple[Path, Path | None]]:
    """Lay out the fragment at *path* beside the tree, and return its replacement: empty notes remove the fragment."""
    if not notes:
        return [(root / path, None)]
    for place in (root, tree):
        (place / path.parent).mkdir(exist_ok=True)
    (tree / path).write_text(notes, encoding="utf-8")
    return [(root / path, tree / path)]


def _prepare(root: Path, tree: Path, provider: str, source: Source) -> None:
    """Lay out the inputs of generating beside the tree, with the new spec and its provenance."""
    for folder in ("specs", "overlays"):
        shutil.copytree(root / folder, tree / folder)
    for folder in ("scripts", "src"):
        (tree / folder).symlink_to(root / folder)  # only read, for the stamp and the comparison
    (tree / "specs" / f"{provider}.yaml").write_bytes(source.content)
    write_provenance(tree, provider, source)


def write_provenance(tree: Path, provider: str, source: Source) -> None:
    """Write the origin of the spec of *provider* into the tree."""
    entries = json.loads((tree / PROVENANCE).read_text(encoding="utf-8"))
    name = f"specs/{provider}.yaml"
    entries[name] = _provenance(entries.get(name, {}), provider, source)
    (tree / PROVENANCE).write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _is_recorded(root: Path, spec: Path, source: Source) -> bool:
    """Return whether the provenance of *spec* describes these bytes; a spec that was put there by hand has none."""
    entries = json.loads((root / PROVENANCE).read_text(encoding="utf-8"))
    return bool(entries.get(spec.as_posix(), {}).get("sha256") == hashlib.sha256(source.content).hexdigest())


def _provenance(before: dict[str, str | None], provider: str, source: Source) -> dict[str, str | None]:
    """Return the origin of the spec. Facts that a bare spec does not hold stay as they were."""
    publisher = (before.get("source") or provider).partition(",")[0]
    return {
        "source": f"{publisher}, {source.title}" if source.title else before.get("source", publisher),
        "index": source.index or before.get("index"),
        "from": source.origin,
        "block": source.block,
        "how": source.how,
        **({"converted": converted} if (converted := conversion(load(source.content.decode()))) else {}),
        "taken": datetime.now(UTC).date().isoformat(),
        "sha256": hashlib.sha256(source.content).hexdigest(),
    }


def _try(tree: Path, provider: str) -> None:
    """Import every module of the new client in another process."""
    done = subprocess.run(
        (sys.executable, "-I", "-B", "-c", _IMPORT_ALL, tree / "generated", f"expunge_clients.{provider}"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UpdateError(f"the new client cannot be imported: {done.stderr.strip().splitlines()[-1]}")
