"""Draft what a changelog says of the changes to come, under its heading "Unreleased"; all else stays as it is.

The heading is told as CommonMark does, of any form: `## [Unreleased]`, with blanks or dashes behind it, or underlined.
"""

import re
from collections.abc import Collection, Iterable
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from .report import Level, Report, code, gravest, one_line

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_UNRELEASED = re.compile(r"\W*unreleased\b", re.IGNORECASE)
_BREAKING = "**Breaking:** "
# What a draft has written, and what a person may have marked in the same way.
_ENTRY = re.compile(r"- (?:\*\*Breaking:\*\* )?([\w.-]+): `[^`]*`: ")
_REWORDED = re.compile(r"- The documentation of (.+) was reworded by the provider\.")
_MARKED = re.compile(r"[-*+] +\*\*Breaking:\*\*")


class ChangelogError(Exception):
    """The changelog cannot take a draft."""


def read_changelog(path: Path) -> str:
    """Read the changelog at *path*, with its own ends of lines.

    Raises:
        ChangelogError: It is not UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        raise ChangelogError(f"{path.name} is not UTF-8") from None


def draft_changelog(text: str, report: Report, *, anew: Collection[str] = ()) -> str:
    """Give the changelog *text* with the changes of *report* under "Unreleased", each once however often it is told.

    Args:
        text: The changelog.
        report: What has changed.
        anew: The providers whose entries are made anew: what only an earlier draft said of them goes.

    Raises:
        ChangelogError: Several headings say "Unreleased".
    """
    section = _section(text)
    before = text
    if section is None:
        if not report.changes:
            return before
        text = _with_heading(text)
        section = _section(text) or (0, 0)
    begin, end = section
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    lines = [line if line.endswith(("\r", "\n")) else line + end_of_line for line in _LINE.findall(text)]
    body = lines[begin:end]
    wanted = _entries(report, {name for line in body for name in _reworded(line)} - set(anew))
    stale = [number for number, line in enumerate(body) if line.rstrip() not in wanted and _is_drafted(line, anew)]
    present = {line.rstrip() for line in body}
    fresh = [entry + end_of_line for entry in wanted if entry not in present]
    if not fresh and not stale:
        return before
    place = stale[0] if stale else len(body)
    above = [line for number, line in enumerate(body[:place]) if number not in stale]
    below = [line for number, line in enumerate(body[place:], place) if number not in stale]
    drafted = [*above, *fresh, *below]
    if not any(line.strip() for line in above + below):
        drafted = [end_of_line, *fresh] if fresh else []
    if drafted and lines[end:] and lines[end].strip():
        drafted.append(end_of_line)
    return "".join([*lines[:begin], *drafted, *lines[end:]])


def drafted_level(text: str) -> Level | None:
    """Give the gravest level of what the changelog *text* says under "Unreleased"; None where it names none."""
    begin, end = _section(text) or (0, 0)
    return gravest(level for line in _LINE.findall(text)[begin:end] for level in _levels(line))


def _entries(report: Report, reworded: Iterable[str]) -> list[str]:
    """Give the lines for *report*. Of *reworded*, the documentation was changed before."""
    entries = [
        f"- {_BREAKING if it.level == 'breaking' else ''}{it.provider}: {code(it.name)}: {one_line(it.what)}."
        for it in report.changes
        if it.level != "documentation"
    ]
    names = sorted({*reworded, *(it.provider for it in report.changes if it.level == "documentation")})
    return [*entries, *([f"- The documentation of {', '.join(names)} was reworded by the provider."] if names else [])]


def _is_drafted(line: str, providers: Collection[str]) -> bool:
    """Say whether *line* was drafted for one of *providers*, or tells of documentation, which one line does for all."""
    entry = _ENTRY.match(line)
    return bool(_reworded(line)) or (entry is not None and entry[1] in providers)


def _reworded(line: str) -> list[str]:
    match = _REWORDED.fullmatch(line.rstrip())
    return match[1].split(", ") if match else []


def _levels(line: str) -> list[Level]:
    if _MARKED.match(line):
        return ["breaking"]
    if _ENTRY.match(line):
        return ["compatible"]
    return ["documentation"] if _reworded(line) else []


def _section(text: str) -> tuple[int, int] | None:
    """Give the lines (from 0) between which stands what is under "Unreleased"; None where no heading says that."""
    tokens = MarkdownIt("commonmark").parse(text)
    found = [
        number
        for number, (token, inside) in enumerate(pairwise(tokens))
        if token.type == "heading_open" and not token.level and _UNRELEASED.match(inside.content)
    ]
    if not found:
        return None
    rows = [(tokens[number].map or [0])[0] + 1 for number in found]
    if len(found) > 1:
        raise ChangelogError(
            f'CHANGELOG.md has {len(found)} headings "Unreleased", on lines {", ".join(map(str, rows))}'
        )
    first = found[0]
    begin = end = (tokens[first].map or [0, 0])[1]
    for token in tokens[first + 1 :]:
        if token.type == "heading_open" and not token.level and token.tag <= tokens[first].tag:
            break
        end = max(end, (token.map or [0, 0])[1])
    lines = _LINE.findall(text)
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return begin, end


def _with_heading(text: str) -> str:
    """Put the heading over the first release, or at the end."""
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    lines = _LINE.findall(text)
    tokens = MarkdownIt("commonmark").parse(text)
    releases = (token for token in tokens if token.type == "heading_open" and token.tag == "h2" and not token.level)
    place = next(((token.map or [0])[0] for token in releases), None)
    if place is None:
        return f"{text.rstrip()}{end_of_line * 2}## Unreleased{end_of_line}"
    above = [end_of_line] if place and lines[place - 1].strip() else []
    return "".join([*lines[:place], *above, f"## Unreleased{end_of_line}", end_of_line, *lines[place:]])
