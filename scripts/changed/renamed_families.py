"""Match names that went with names that came: a family of schemas, or of classes, may be renamed together.

Two names are a pair if their contents are the same and no other name has that content. Contents refer to other names,
so each pair that is found makes more contents comparable. Where several contents are alike, the way in which other
names changed decides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

Content: TypeAlias = Callable[[str, Mapping[str, str]], str]
"""Returns the content of a name, in which each other name is written as the mapping has it, or as `?`."""
Affix: TypeAlias = tuple[str, str]
"""The part of a name that went, and the part that came in its place."""


def paired(gone: Iterable[str], come: Iterable[str], old: Content, new: Content) -> dict[str, str]:
    """Return the new name of each one of *gone* whose content is now that of one of *come*."""
    pairs: dict[str, str] = {}
    names, others = list(gone), list(come)
    while True:
        was = _by_content([it for it in names if it not in pairs], old, _numbered(pairs))
        now = _by_content([it for it in others if it not in pairs.values()], new, _numbered(pairs.values()))
        alike = [(was[content], now[content]) for content in was if content in now]
        found = {one[0]: other[0] for one, other in alike if len(one) == len(other) == 1}
        found = found or _by_affix(alike, {affix(*pair) for pair in pairs.items()})
        if not found:
            return pairs
        pairs |= found


def families(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    """Return *pairs* in groups whose names changed in the same way; a pair without relatives is a group of its own."""
    groups: dict[Affix, dict[str, str]] = defaultdict(dict)
    for one, other in pairs.items():
        groups[affix(one, other)][one] = other
    return list(groups.values())


def affix(old: str, new: str) -> Affix:
    """Return the part of *old* that *new* does not have at its beginning or its end, and what stands there instead."""
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    return old[start : len(old) - end], new[start : len(new) - end]


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((number for number, (first, second) in enumerate(pairs) if first != second), min(len(one), len(other)))


def _by_content(names: list[str], content: Content, known: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[content(name, known)].append(name)
    return found


def _by_affix(alike: list[tuple[list[str], list[str]]], affixes: set[Affix]) -> dict[str, str]:
    """Return the pairs among names of the same content that changed as others did; none if it is not clear."""
    found: dict[str, str] = {}
    for names, others in alike:
        for name in names:
            fitting = [other for other in others if affix(name, other) in affixes]
            if len(fitting) == 1 and fitting[0] not in found.values():
                found[name] = fitting[0]
    return found


def _numbered(names: Iterable[str]) -> dict[str, str]:
    """Return a mark for each name, so that the two names of a pair have the same one."""
    return {name: f"#{number}" for number, name in enumerate(names)}
