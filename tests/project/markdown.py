"""The blocks, the code and the prose of a Markdown file, each with its line."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.trees import ROOT

GUIDES = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CODE_OF_CONDUCT")]
DOCUMENTS = [*GUIDES, *sorted((ROOT / "docs").rglob("*.md"))]


@frozen
class Piece:
    """A piece of a file, and the line where it begins."""

    path: Path
    line: int
    text: str
    kind: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


@cache
def _tokens(path: Path) -> list[tuple[int, Token]]:
    line, found = 1, []
    for token in MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else line
        found.append((line, token))
    return found


def blocks(path: Path, *languages: str) -> Iterator[Piece]:
    """Find the blocks of code, of *languages* if there are some; "" is indented, or a fence that names no language."""
    for line, token in _tokens(path):
        if token.type in {"fence", "code_block"} and (not languages or token.info in languages):
            yield Piece(path, line + (token.type == "fence"), token.content, token.info)


def reasons(path: Path) -> dict[int, str]:
    """Find why a block is not run, by the line where it begins: `<!-- not run: reason -->` stands before it."""
    reason, found = "", {}
    for line, token in _tokens(path):
        if token.type in {"fence", "code_block"}:
            found |= {line + (token.type == "fence"): reason} if reason else {}
        if token.type == "html_block":
            stated = re.fullmatch(r"<!-- not run: (.+) -->", token.content.strip())
            reason = stated[1] if stated else ""
        elif token.nesting == 0:
            reason = ""
    return found


def code(path: Path) -> Iterator[Piece]:
    """Find each span of code, and each line of each block."""
    for line, token in _tokens(path):
        if token.type in {"fence", "code_block"}:
            first = line + (token.type == "fence")
            yield from (Piece(path, first + n, text, "line") for n, text in enumerate(token.content.splitlines()))
        for child in token.children or ():
            if child.type == "code_inline":
                yield Piece(path, line, child.content, "span")


def links(path: Path) -> Iterator[Piece]:
    """Find where each link and picture leads within the repository."""
    for line, token in _tokens(path):
        for child in token.children or ():
            place = str(child.attrs.get("href") or child.attrs.get("src") or "")
            if place and "://" not in place:
                yield Piece(path, line, place, child.type)


def anchors(path: Path) -> set[str]:
    """Name each heading as a link to it does: small letters, no punctuation, hyphens."""
    headings = [piece.text for piece in prose(path) if piece.kind == "heading"]
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def prose(path: Path) -> Iterator[Piece]:
    """Find each paragraph, heading, item and cell of a table, with `code` in place of each span of code."""
    opened = ""
    for line, token in _tokens(path):
        if token.type == "inline":
            words = {"code_inline": "`code`", "softbreak": " ", "hardbreak": " "}
            children = token.children or ()
            text = "".join(words.get(child.type, child.content if child.type == "text" else "") for child in children)
            yield Piece(
                path, line, text, {"heading_open": "heading", "td_open": "cell", "th_open": "cell"}.get(opened, "text")
            )
        elif token.nesting == 1:
            opened = token.type
