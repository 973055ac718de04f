"""Text from outside, made safe to look at: nothing in it moves a terminal's cursor, turns its direction or hides.

Text within a sentence or a table's cell is reduced to one line. Text that a person compares shows characters without a
shape as codes.
"""

import re
from unicodedata import category

LONGEST = 2_000
"""Characters shown of one text; a reference is always shorter."""

_MOST_MARKS = 3
"""Marks allowed on one letter: languages that stack them need no more, and fifty would cover the next line."""

# Letters and marks to Unicode, and so printable to Python, yet drawn as nothing: two aliases could look alike.
# They are what Unicode's property Default_Ignorable_Code_Point has beyond the categories below; and Braille's blank.
_DRAWN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


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


def visible(text: str) -> str:
    """Return *text* with every control, direction and invisible character as its code, such as `[U+202E]`."""
    cut = len(text) > LONGEST
    start = text[:LONGEST]
    if not (start.isascii() and start.isprintable()):
        start = "".join(_shown(start))
    return f"{start}… (cut; it has {len(text)} characters)" if cut else start


def _shown(text: str) -> list[str]:
    shown: list[str] = []
    marks = _MOST_MARKS  # a mark that stands first would stand on whatever is before the text
    for character in text:
        marks = marks + 1 if category(character) in {"Mn", "Me"} else 0
        if character.isprintable() and marks <= _MOST_MARKS and not _DRAWN_AS_NOTHING.match(character):
            shown.append(character)
        else:
            shown.append(f"[U+{ord(character):04X}]")
    return shown
