"""Generate the typed clients: specs and overlays in, `generated/` out.

It works offline and writes the same bytes on every machine. The new tree is built beside the old one and then takes
its place, so a crash leaves the old one. If the stamp proves that nothing has changed, nothing is built. A swap that a
killed run left half done is completed or undone first.
"""

import hashlib
import json
from pathlib import Path

from tree.replacement import replace_all
from tree.work_folder import ASIDE, settle, work_folder

from .stamp import NAME, files_below, read_stamp, stamp_of

_HINT = "generated/ does not match its inputs: run `make generate`"
_PROVENANCE = "specs/provenance.json"


def generate(root: Path) -> int | None:
    """Write generated/ below *root*; return how many files changed, or None if the stamp shows that nothing has.

    Raises:
        BuildError: The inputs do not fit together; the old tree stands.
    """
    settle(root)
    old = root / "generated"
    if stamp_of(root, old) == read_stamp(old):
        return None
    with work_folder(root, "generate", to_swap=True) as beside:
        differences = _build_beside(root, beside / "generated")
        if differences:
            replace_all([(old, beside / "generated")], beside / ASIDE)
    return len([line for line in differences if NAME not in line])


def differences_from_inputs(root: Path) -> list[str]:
    """Build beside the tree at *root*; return a line for each input that moved and each file that differs.

    Raises:
        BuildError: The inputs do not fit together. The error's notes name the inputs that moved.
    """
    settle(root)
    moved = _inputs_moved(root)
    with work_folder(root, "generate", to_swap=False) as beside:
        try:
            differences = _build_beside(root, beside / "generated")
        except Exception as error:
            for line in moved:
                error.add_note(line)
            raise
    return [*moved, *differences, *([_HINT] if differences else [])]


def _build_beside(root: Path, new: Path) -> list[str]:
    """Build the tree *new* and compare it with the one at *root*."""
    from .build import build  # noqa: PLC0415 - it costs a second, which the stamp saves

    build(new, root)
    return compare(root / "generated", new)


def compare(old: Path, new: Path) -> list[str]:
    """Return a line for each file in which *old* differs from *new*."""
    before, after = set(files_below(old)), set(files_below(new))
    lines: list[str] = []
    for name in sorted(before | after):
        if name not in before:
            lines.append(f"missing: generated/{name}")
        elif name not in after:
            lines.append(f"not generated: generated/{name}")
        elif (old / name).read_bytes() != (new / name).read_bytes():
            lines.append(f"differs: generated/{name}")
    return lines


def _inputs_moved(root: Path) -> list[str]:
    """Return a line for each input that changed since the last run, and for each spec without matching provenance."""
    old = root / "generated"
    stamp = read_stamp(old)
    return [*(stamp_of(root, old).changes_since(stamp) if stamp else []), *_without_provenance(root)]


def _without_provenance(root: Path) -> list[str]:
    """Return a line for each spec whose SHA-256 differs from its provenance."""
    try:
        entries = json.loads((root / _PROVENANCE).read_text(encoding="utf-8"))
        taken = {name: entry["sha256"] for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"unreadable: {_PROVENANCE} ({type(error).__name__})"]
    found = {f"specs/{path.name}": path.read_bytes() for path in sorted((root / "specs").glob("*.yaml"))}
    return [
        f"differs: {name} does not have the SHA-256 in {_PROVENANCE}; take in a new spec with `make update`"
        for name, content in found.items()
        if taken.get(name) != hashlib.sha256(content).hexdigest()
    ]
