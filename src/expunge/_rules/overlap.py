"""Whether any text fits both a glob and a pattern of a spec: a glob that no name can fit is a mistake.

Only the syntax of the specs' patterns is read. For any other one the answer is that a text may fit, so nothing that
could fit is ever refused.
"""

from collections.abc import Callable
from functools import cache
from re import fullmatch

from attrs import field, frozen

from .globs import LETTERS, Token, tokens_of

_DIGITS = frozenset("0123456789")
_WORD = frozenset(letter for letter in LETTERS if letter.isalnum() or letter == "_")
_CLASSES = {"d": _DIGITS, "w": _WORD, "D": LETTERS - _DIGITS, "W": LETTERS - _WORD}
_MOST_REPEATED = 512


class _Unread(Exception):
    """The pattern has syntax that this module does not read."""


@frozen
class _Graph:
    """States of an automaton, each with its steps: a step takes one of some letters, or nothing (None)."""

    steps: list[list[tuple[frozenset[str] | None, int]]] = field(factory=lambda: [[]])

    def after(self, start: int, letters: frozenset[str] | None) -> int:
        """Return a new state that is reached from *start* by one of *letters*, or by nothing."""
        self.steps.append([])
        self.steps[start].append((letters, len(self.steps) - 1))
        return len(self.steps) - 1

    def skip(self, start: int, end: int) -> None:
        """Let *start* also lead to *end* by nothing."""
        self.steps[start].append((None, end))


_Part = Callable[[_Graph, int], int]
"""A part of a pattern: it adds its states behind one state, and returns the last one."""


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        # The text is always matched completely.
        self._rest = pattern.removeprefix("^").removesuffix("$")

    def choice(self) -> _Part:
        """Read alternatives up to the end or a closing parenthesis."""
        parts = [self._sequence()]
        while self._rest.startswith("|"):
            self._rest = self._rest[1:]
            parts.append(self._sequence())

        def add(graph: _Graph, start: int) -> int:
            ends = [part(graph, start) for part in parts]
            end = graph.after(ends[0], None)
            for other in ends[1:]:
                graph.skip(other, end)
            return end

        return add

    def require_end(self) -> None:
        """Refuse text that is left over."""
        if self._rest:
            raise _Unread

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._rest and self._rest[0] not in "|)":
            parts.append(self._repeated(self._single()))

        def add(graph: _Graph, start: int) -> int:
            for part in parts:
                start = part(graph, start)
            return start

        return add

    def _single(self) -> _Part:
        letter, self._rest = self._rest[0], self._rest[1:]
        if letter == "(":
            self._rest = self._rest.removeprefix("?:")
            if self._rest.startswith("?"):
                raise _Unread
            part = self.choice()
            if not self._rest.startswith(")"):
                raise _Unread
            self._rest = self._rest[1:]
            return part
        if letter in "*+?{}^$])":
            raise _Unread
        if letter == "[":
            letters = self._class()
        elif letter == "\\":
            letters = self._escaped()
        else:
            letters = LETTERS if letter == "." else frozenset(letter)
        return lambda graph, start: graph.after(start, letters)

    def _escaped(self) -> frozenset[str]:
        letter, self._rest = self._rest[:1], self._rest[1:]
        if letter in _CLASSES:
            return _CLASSES[letter]
        if not letter or letter.isalnum():
            raise _Unread
        return frozenset(letter)

    def _class(self) -> frozenset[str]:
        is_other, self._rest = self._rest.startswith("^"), self._rest.removeprefix("^")
        letters: set[str] = set()
        if self._rest.startswith("]"):
            raise _Unread
        while not self._rest.startswith("]"):
            if not self._rest or self._rest[0] == "[":
                raise _Unread
            letter, self._rest = self._rest[0], self._rest[1:]
            if letter == "\\":
                letters |= self._escaped()
            elif self._rest.startswith("-") and self._rest[1:2] not in {"]", "", "\\", "["}:
                letters |= {chr(code) for code in range(ord(letter), ord(self._rest[1]) + 1)}
                self._rest = self._rest[2:]
            else:
                letters.add(letter)
        self._rest = self._rest[1:]
        return LETTERS - letters if is_other else frozenset(letters)

    def _repeated(self, part: _Part) -> _Part:
        marks = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        least: int
        most: int | None
        if self._rest[:1] in marks:
            (least, most), self._rest = marks[self._rest[0]], self._rest[1:]
        elif found := fullmatch(r"\{([0-9]{1,3})(,?)([0-9]{0,3})\}(.*)", self._rest):
            low, comma, high, self._rest = found.groups()
            least = int(low)
            most = int(high) if high else None if comma else least
        else:
            return part
        if self._rest[:1] in {"*", "+", "?", "{"} or max(least, most or 0) > _MOST_REPEATED:
            raise _Unread

        def add(graph: _Graph, start: int) -> int:
            for _ in range(least):
                start = part(graph, start)
            if most is None:
                loop = graph.after(start, None)
                graph.skip(part(graph, loop), loop)
                return graph.after(loop, None)
            places = [start]
            for _ in range(most - least):
                places.append(part(graph, places[-1]))
            end = graph.after(places[-1], None)
            for place in places[:-1]:
                graph.skip(place, end)
            return end

        return add


@cache
def _automaton_of(pattern: str) -> tuple[_Graph, int] | None:
    """Return the automaton of *pattern* and its last state; None if it cannot be read."""
    reader, graph = _Reader(pattern), _Graph()
    try:
        part = reader.choice()
        reader.require_end()
    except _Unread:
        return None
    return graph, part(graph, 0)


@cache
def can_fit(glob: str, pattern: str) -> bool:
    """Return whether some text of printable ASCII fits *glob* and all of it fits *pattern*; a True may be a doubt."""
    automaton = _automaton_of(pattern)
    if automaton is None:
        return True
    graph, last = automaton
    return _is_reachable(graph, last, tokens_of(glob))


def _is_reachable(graph: _Graph, last: int, tokens: tuple[Token, ...]) -> bool:
    """Return whether the end of *tokens* and the state *last* are reached together."""
    left, seen = [(0, 0)], {(0, 0)}

    def go(state: int, place: int) -> None:
        if (state, place) not in seen:
            seen.add((state, place))
            left.append((state, place))

    while left:
        state, place = left.pop()
        if state == last and place == len(tokens):
            return True
        token = tokens[place] if place < len(tokens) else frozenset[str]()
        for letters, end in graph.steps[state]:
            if letters is None or token is None:
                go(end, place)
            elif letters & token:
                go(end, place + 1)
        if token is None:
            go(state, place + 1)
    return False
