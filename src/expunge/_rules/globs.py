"""Globs as in a shell: `*`, `?`, `[abc]` and `[!abc]`, in which case counts."""

import re
from fnmatch import fnmatchcase, translate
from functools import cache

LETTERS = frozenset(map(chr, range(0x21, 0x7F)))
"""Printable ASCII: the letters of all names of models."""

Token = frozenset[str] | None
"""A part of a glob: the letters that fit at one place; None for `*`."""


def is_glob(text: str) -> bool:
    """Return whether *text* is a glob, and not a plain name."""
    return any(letter in text for letter in "*?[")


def flaw_of(glob: str) -> str:
    """Return the reason why *glob* does not parse, as a clause; empty if it does.

    `fnmatch` would misread it: it takes an unclosed `[` as a letter, and `[z-a]` as nothing.
    """
    place = 0
    while (place := glob.find("[", place)) >= 0:
        end = _end_of_class(glob, place)
        if end < 0:
            return "a [ is not closed"
        letters = glob[place + 1 : end].removeprefix("!")
        if letters.startswith("^"):
            return "write [!…] instead of [^…]"
        if any(letters[i] > letters[i + 2] for i in range(len(letters) - 2) if letters[i + 1] == "-"):
            return f"[{letters}] has a range that runs backwards"
        place = end + 1
    return ""


def fits(glob: str, text: str) -> bool:
    """Return whether *glob* fits all of *text*.

    Each glob is compiled once: `fnmatch` of Python 3.11 keeps 256 of them, and a policy may have thousands.
    """
    return _compiled(glob).match(text) is not None


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))


def _end_of_class(glob: str, start: int) -> int:
    """Return the place of the `]` that closes the `[` at *start*; negative without one. A first `]` is a letter."""
    first = start + 2 if glob[start + 1 : start + 2] == "!" else start + 1
    return glob.find("]", first + 1)


@cache
def tokens_of(glob: str) -> tuple[Token, ...]:
    """Return the parts of *glob*, which parses. In a run of `*` and `?`, each `?` comes first and one `*` last."""
    tokens: list[Token] = []
    place = 0
    while place < len(glob):
        end = _end_of_class(glob, place) + 1 if glob[place] == "[" else place + 1
        piece = glob[place:end]
        place = end
        if piece == "*":
            if tokens[-1:] != [None]:
                tokens.append(None)
        elif piece == "?" and tokens[-1:] == [None]:
            tokens.insert(-1, LETTERS)
        else:
            tokens.append(_letters_of(piece))
    return tuple(tokens)


@cache
def _letters_of(piece: str) -> frozenset[str]:
    """Return the letters that fit *piece*: one letter, `?` or a class."""
    is_plain = len(piece) == 1 and piece != "?"
    return frozenset(piece) if is_plain else frozenset(letter for letter in LETTERS if fnmatchcase(letter, piece))


def covers(glob: str, other: str) -> bool:
    """Return whether *glob* surely fits all names that *other* fits; a False may be a doubt."""
    wanted = tokens_of(glob)
    places = _with_skipped_stars({0}, wanted)
    for token in tokens_of(other):
        reached = {place for place in places if place < len(wanted) and wanted[place] is None}
        if token is not None:
            reached |= {place + 1 for place in places if place < len(wanted) and (wanted[place] or set()) >= token}
        places = _with_skipped_stars(reached, wanted)
    return len(wanted) in places


def _with_skipped_stars(places: set[int], tokens: tuple[Token, ...]) -> set[int]:
    """Add the places behind each `*`, which also fits nothing."""
    return places | {place + 1 for place in places if place < len(tokens) and tokens[place] is None}


def overlap(glob: str, other: str) -> bool:
    """Return whether some text fits both globs."""
    one, two = tokens_of(glob), tokens_of(other)
    places = {(0, 0)}
    left = [(0, 0)]
    while left:
        here, there = left.pop()
        mine = one[here] if here < len(one) else frozenset[str]()
        theirs = two[there] if there < len(two) else frozenset[str]()
        steps: list[tuple[int, int]] = []
        if mine is None:
            steps += [(here + 1, there), (here, there + 1)]
        if theirs is None:
            steps += [(here, there + 1), (here + 1, there)]
        if mine and theirs and mine & theirs:
            steps.append((here + 1, there + 1))
        for step in steps:
            if step not in places and step[0] <= len(one) and step[1] <= len(two):
                places.add(step)
                left.append(step)
    return (len(one), len(two)) in places


def literals_of(glob: str) -> list[str]:
    """Return the texts that each name has in it which *glob* fits: its parts without `*`, `?` and classes."""
    runs = [""]
    for token in tokens_of(glob):
        if token is not None and len(token) == 1:
            runs[-1] += next(iter(token))
        elif runs[-1]:
            runs.append("")
    return [run for run in runs if run]
