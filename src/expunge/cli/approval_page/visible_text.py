"""Text that a person compares: characters without a shape, or that change the direction, are shown as codes."""

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
