"""A report of changes for users: each with its weight, and the version that follows from all of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from packaging.version import Version

from expunge import _text

Level = Literal["breaking", "compatible", "documentation"]
Threshold = Literal["breaking", "compatible", "used", "any"]
"""The least change that counts: a breaking one, a compatible one, one that our operations see, or one of bytes."""

_ORDER: tuple[Level, ...] = ("breaking", "compatible", "documentation")
SERIOUSNESS = {level: -place for place, level in enumerate(_ORDER, 1 - len(_ORDER))}
"""A greater number is more serious."""

_LONGEST = 10_000
"""Characters of one line; the longest list of documented values has a tenth of that."""

_PRINTED = ("level", "provider", "name", "what")

_HEADINGS = {
    "breaking": "Breaking",
    "compatible": "Compatible",
    "documentation": "Documentation",
}


@dataclass(frozen=True)
class Change:
    """One change, as a user sees it.

    `provider` is a provider's name, or `expunge` for the facade. `name` is the changed part as a dotted path, the same
    in every report. `what` is a clause that describes the change. `places` are the names of a shared part at its
    operations, if `name` is not one of them. `renamed` holds the old and the new name of each renamed class.
    `is_used` is false if none of our operations sees the change: users get no note of it, and the version stays.
    """

    level: Level
    provider: str
    name: str
    what: str
    places: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    is_used: bool = True


@dataclass(frozen=True)
class Report:
    """Changes, the most serious first."""

    changes: tuple[Change, ...]

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Report":
        """Return a report of *changes*, sorted and without duplicates."""
        distinct = dict.fromkeys(changes)
        return cls(tuple(sorted(distinct, key=lambda it: (_ORDER.index(it.level), it.provider, it.name, it.what))))

    @property
    def level(self) -> Level | None:
        """The most serious level; None if nothing changed."""
        return self.changes[0].level if self.changes else None

    @property
    def level_for_users(self) -> Level | None:
        """The most serious level of the changes that our operations see; None if they see none."""
        return most_serious(it.level for it in self.changes if it.is_used)

    def reaches(self, threshold: Threshold) -> bool:
        """Return whether a change counts. The bytes of the spec have changed if there is a report at all."""
        if threshold == "any":
            return True
        level = self.level_for_users
        least: Level = "documentation" if threshold == "used" else threshold
        return level is not None and SERIOUSNESS[level] >= SERIOUSNESS[least]

    def next_version(self, current: str) -> str:
        """Return the version that follows *current*."""
        return next_version(current, self.level_for_users)

    def too_small(self, base: str, new: str) -> bool:
        """Return whether *new* is below the version that follows *base*."""
        return Version(new) < Version(self.next_version(base))

    def lines(self) -> list[str]:
        """Return a line for each change, which begins with its level."""
        return [f"{it.level:<13}  {it.provider:<11}  {one_line(it.name)}: {one_line(it.what)}" for it in self.changes]

    def markdown(self) -> str:
        """Return the report for people."""
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
        """Return the report for programs, with *facts* about it beside the changes."""
        changes = [{key: value for key, value in asdict(it).items() if key in _PRINTED} for it in self.changes]
        document = {**facts, "level": self.level, "changes": changes}
        return _text.escaped(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def most_serious(levels: Iterable[Level | None]) -> Level | None:
    """Return the most serious of *levels*; None if there is none."""
    there = set(levels)
    return next((level for level in _ORDER if level in there), None)


def next_version(current: str, level: Level | None) -> str:
    """Return the version that follows *current*, by semantic versioning, if *level* is the most serious change.

    Below 1.0.0, its rules leave the choice open. Here a breaking change raises the second number and any other change
    the third, as resolvers that read `^0.1.2` or `~=0.1.2` expect.
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
    """Return *text*, which a provider may have written, as one line that a terminal can show."""
    return _text.one_line(text, _LONGEST)


def code(text: str) -> str:
    """Return *text* as code in Markdown."""
    return f"`{one_line(text).replace('`', chr(39))}`"


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
