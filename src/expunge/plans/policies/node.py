"""A value of a policy file with its place, so that each mistake is reported with its line."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import TypeVar

from attrs import frozen

from ..._json import JSON, Place
from ...errors import ExpungeError, InvalidPolicy
from ...refs import shown

_MOST_SHOWN = 60

T = TypeVar("T")


@frozen
class Node:
    """A *value*, the *place* that leads to it, the *file* that it is from, and the *lines* of that file's places."""

    value: JSON
    place: Place
    file: str
    lines: Mapping[Place, int]

    @property
    def line(self) -> int:
        """The line of the value, or of the nearest value around it that is written in the file."""
        place = self.place
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def inner(self, key: str) -> "Node":
        """Return the value of *key* in this mapping, for its place."""
        inside = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(inside, (*self.place, key), self.file, self.lines)

    def wrong(self, why: str) -> InvalidPolicy:
        """Return the error for a mistake in this value; *why* is a sentence."""
        return InvalidPolicy(f"{self.file}:{self.line}: {why}")

    def unfit(self, wanted: str) -> InvalidPolicy:
        """Return the error for a value that is not *wanted*, a noun."""
        name = next((str(step) for step in reversed(self.place) if isinstance(step, str)), "The policy")
        return self.wrong(f"{name} is {_shown(self.value)}; it must be {wanted}.")

    def keys(self, what: str, known: Collection[str], required: Collection[str] = ()) -> dict[str, "Node"]:
        """Return the values of *what*, a mapping that has only *known* keys, and has those that are *required*."""
        if not isinstance(self.value, dict):
            raise self.unfit(f"a mapping with the keys {_listed(known)}")
        found = {key: Node(value, (*self.place, key), self.file, self.lines) for key, value in self.value.items()}
        for key, node in found.items():
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise node.wrong(f"{shown(key)} is not a key of {what}, which has {_listed(known)}.{hint}")
        for key in required:
            if key not in found:
                raise self.wrong(f"{what.capitalize()} has no {key}; it needs one.")
        if not found:
            raise self.wrong(f"{what} is empty; it needs {_listed(known, 'or')}.")
        return found

    def items(self, wanted: str) -> list["Node"]:
        """Return the items of a list, which has at least one; *wanted* is their noun."""
        if not isinstance(self.value, list) or not self.value:
            raise self.unfit(f"a list of {wanted} with at least one item")
        return [Node(item, (*self.place, number), self.file, self.lines) for number, item in enumerate(self.value)]

    def text(self, wanted: str) -> str:
        """Return the text that this is; *wanted* is its noun."""
        if not isinstance(self.value, str):
            raise self.unfit(wanted)
        return self.value

    def integer(self, least: int) -> int:
        """Return the integer that this is, which is not below *least*. As in JSON, 5.0 is the integer 5."""
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.unfit(f"an integer from {least}")
        return value

    def number(self, least: float, most: float) -> float:
        """Return the number that this is, between *least* and *most*."""
        value = self.value
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self.unfit(f"a number from {least:g} to {most:g}")
        return value

    def parsed(self, parse: Callable[[str], T], wanted: str) -> T:
        """Return the result of *parse* for the text that this is; its error gets the line of the text."""
        text = self.text(wanted)
        try:
            return parse(text)
        except ExpungeError as error:
            raise self.wrong(str(error)) from None


def _shown(value: JSON) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list():
            return "an empty list" if not value else "a list"
        case str():
            return shown(value[:_MOST_SHOWN])
        case _:
            return f"{value}"[:_MOST_SHOWN]


def _listed(names: Collection[str], last_word: str = "and") -> str:
    *first, last = names
    return f"{', '.join(first)} {last_word} {last}" if first else last
