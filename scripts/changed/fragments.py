"""Write towncrier fragments: `changelog.d/<provider>.spec.md` holds the changes of one provider since the last release.

Each update overwrites the fragment of its provider only, so two branches with updates of two providers merge without a
conflict. `towncrier build` collects all fragments in CHANGELOG.md. Handwritten notes are fragments of their own.
"""

import re
from pathlib import Path

from .report import Change, Level, Report, code, most_serious, one_line

FOLDER = Path("changelog.d")

_BREAKING = "**Breaking:** "
_REWORDED = "- The provider reworded its documentation."
# A handwritten note is an item without its own bullet, which towncrier adds.
_MARKED = re.compile(r"(?:[-*+] +)?\*\*Breaking:\*\*")
_ENTRY = re.compile(r"- `[^`]*`: ")


class FragmentError(Exception):
    """A fragment cannot be read."""


def fragment_path(provider: str) -> Path:
    """Return the path of *provider*'s fragment below the root; `expunge` stands for the facade."""
    return FOLDER / f"{provider}.{'changed' if provider == 'expunge' else 'spec'}.md"


def read_fragments(root: Path) -> dict[Path, str]:
    """Read all fragments of the tree at *root*, by their paths below it.

    Raises:
        FragmentError: One of them is not a text in UTF-8.
    """
    if (root / FOLDER).exists() and not (root / FOLDER).is_dir():
        raise FragmentError(f"{FOLDER} is not a folder: move it away")
    paths = [path for path in sorted((root / FOLDER).glob("*.md")) if path.name != "README.md"]
    return {path.relative_to(root): _read(path, path.relative_to(root)) for path in paths}


def fragment(provider: str, report: Report, *, before: str = "") -> str:
    """Return the fragment of *provider* with its changes for users in *report*, or an empty text if there are none.

    Args:
        provider: The provider's name.
        report: The changes.
        before: A fragment whose lines stay, in front of the new ones; a line that it has is not repeated.
    """
    kept = [line.rstrip() for line in before.strip().splitlines()]
    lines = dict.fromkeys(_line(it) for it in report.changes if it.provider == provider and it.is_used)
    fresh = [line for line in lines if line not in kept]
    if not kept and not fresh:
        return ""
    return "\n".join([*(kept or [f"{provider}:"]), *fresh]) + "\n"


def fragment_level(text: str) -> Level | None:
    """Return the highest level of the changes in the fragment *text*, or None if it names none."""
    return most_serious(_level(line) for line in text.splitlines())


def _read(path: Path, name: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FragmentError(f"{name} is not UTF-8: correct it, or delete it") from None
    except OSError as error:
        raise FragmentError(f"{name} cannot be read ({error.strerror}): correct it, or delete it") from None


def _line(change: Change) -> str:
    if change.level == "documentation":
        return _REWORDED
    mark = _BREAKING if change.level == "breaking" else ""
    return f"- {mark}{code(change.name)}: {one_line(change.what)}."


def _level(line: str) -> Level | None:
    if _MARKED.match(line):
        return "breaking"
    if _ENTRY.match(line):
        return "compatible"
    return "documentation" if line.rstrip() == _REWORDED else None
