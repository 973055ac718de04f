"""A report of what changed for users: each change with its weight, and the version that follows from all of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from packaging.version import Version

Level = Literal["breaking", "compatible", "documentation"]

_ORDER: tuple[Level, ...] = ("breaking", "compatible", "documentation")
GRAVITY = {level: -place for place, level in enumerate(_ORDER, 1 - len(_ORDER))}
"""The greater, the graver."""

_HEADINGS = {
    "breaking": "Breaking",
    "compatible": "Compatible",
    "documentation": "Documentation",
}


@dataclass(frozen=True)
class Change:
    """One change, as a user sees it.

    `provider` is a provider's name, or `expunge` for the facade; `name` says what changed, with dots, and stays the
    same from report to report; `what` says in a clause how. `places` are the names that it has at the operations which
    share what changed, where `name` is none of them.
    """

    level: Level
    provider: str
    name: str
    what: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Changes, the gravest first."""

    changes: tuple[Change, ...]

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Report":
        """Sort *changes* and drop what is there twice."""
        distinct = dict.fromkeys(changes)
        return cls(tuple(sorted(distinct, key=lambda it: (_ORDER.index(it.level), it.provider, it.name, it.what))))

    @property
    def level(self) -> Level | None:
        """The gravest level; None where nothing changed."""
        return self.changes[0].level if self.changes else None

    def next_version(self, current: str) -> str:
        """Give the version that follows *current*."""
        return next_version(current, self.level)

    def too_small(self, base: str, new: str) -> bool:
        """Say whether version *new* is below what follows from *base*."""
        return Version(new) < Version(self.next_version(base))

    def lines(self) -> list[str]:
        """Give a line a change, which begins with its level."""
        return [f"{it.level:<13}  {it.provider:<11}  {one_line(it.name)}: {one_line(it.what)}" for it in self.changes]

    def markdown(self) -> str:
        """Give the report for people."""
        if not self.changes:
            return "Nothing changed for users.\n"
        parts: list[str] = []
        for level in _ORDER:
            rows = [
                f"| {it.provider} | {code(_cell(it.name))} | {_cell(it.what)} |"
                for it in self.changes
                if it.level == level
            ]
            if rows:
                parts += [f"### {_HEADINGS[level]}", "", "| where | what | how |", "|---|---|---|", *rows, ""]
        return "\n".join(parts)

    def json(self, **facts: str | None) -> str:
        """Give the report for programs, with *facts* about it beside the changes."""
        changes = [{key: value for key, value in asdict(change).items() if key != "places"} for change in self.changes]
        document = {**facts, "level": self.level, "changes": changes}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def gravest(levels: Iterable[Level | None]) -> Level | None:
    """Give the gravest of *levels*; None where there is none."""
    there = set(levels)
    return next((level for level in _ORDER if level in there), None)


def next_version(current: str, level: Level | None) -> str:
    """Give the version that follows *current* after changes of which *level* is the gravest, by semantic versioning.

    Below 1.0.0, where its rules leave it open, a breaking change raises the second number and all else the third,
    as resolvers that read `^0.1.2` or `~=0.1.2` expect.
    """
    major, minor, patch = (*Version(current).release, 0, 0)[:3]
    if level is None:
        return current
    if major == 0:
        return f"0.{minor + 1}.0" if level == "breaking" else f"0.{minor}.{patch + 1}"
    if level == "breaking":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if level == "compatible" else f"{major}.{minor}.{patch + 1}"


def one_line(text: str) -> str:
    """Put *text*, which a provider may have written, on one line that a terminal can show."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def code(text: str) -> str:
    """Set *text* as code in Markdown."""
    return f"`{one_line(text).replace('`', chr(39))}`"


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
