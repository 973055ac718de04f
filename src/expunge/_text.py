"""Text from outside, made safe to look at: nothing in it moves a terminal's cursor, turns its direction or hides.

Text within a sentence or a cell is reduced to one line. JSON shows characters that cannot be printed as escapes.
"""

import re
from unicodedata import category

_MOST_WORDS = 500
"""Characters of one line, if the caller does not say."""

_NOT_ASCII = re.compile(r"[^\x20-\x7e\n]")


def one_line(text: str, most: int = _MOST_WORDS) -> str:
    """Return *text* from outside as one line, without control characters, cut at *most* characters."""
    line = text[: 4 * most]
    if not line.isprintable():
        line = "".join(character if character.isprintable() else " " for character in line)
    line = " ".join(line.split())
    return line if len(line) <= most else line[:most] + "…"


def escaped(document: str) -> str:
    """Return *document*, which is JSON, with each character that cannot be printed as its escape."""
    return _NOT_ASCII.sub(_escape, document)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    # Half a surrogate pair stays: whoever writes it must hear that it cannot be encoded.
    if character.isprintable() or category(character) == "Cs":
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
