"""A JSON file read through a window: one item of a long list is in memory at a time.

The items are read as strictly as a complete text is: `read_json()` has the rules.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import BinaryIO

from .._json import JSON, NotJson, RepeatedKey, read_first

_PIECE = 1 << 17
"""Bytes that are read at a time; more if one value is longer."""

_SPACE = re.compile(r"[ \t\n\r]*")


class Window:
    """The text of *file* from the place that is read to where it was needed so far.

    Args:
        file: The file, in UTF-8.
        most: The number of bytes that it may have.
    """

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self._left = most
        self._decoder = getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._place = 0
        self._is_over = False

    def read_object(self, name: str, take: Callable[[JSON], None]) -> dict[str, JSON]:
        """Read the complete text as one object; each item of the list *name* goes to *take*, and the list stays empty.

        Raises:
            ValueError: It is not one JSON object, or it is too long.
            RecursionError: It nests too deeply for Python.
        """
        content: dict[str, JSON] = {}

        def member() -> None:
            key = self._value()
            if not isinstance(key, str) or key in content:
                raise RepeatedKey(f"Key {key!r} is there twice, or is not text")
            self._require(":")
            if key == name and self._next() == "[":
                content[key] = []
                self._each("[", "]", lambda: take(self._value()))
            else:
                content[key] = self._value()

        self._each("{", "}", member)
        if self._next():
            raise NotJson("The text goes on after its end")
        return content

    def _each(self, first: str, last: str, read: Callable[[], None]) -> None:
        """Call *read* for each of the parts between the marks *first* and *last*."""
        self._require(first)
        if self._next() == last:
            self._place += 1
            return
        read()
        while self._next() == ",":
            self._place += 1
            read()
        self._require(last)

    def _value(self) -> JSON:
        """Read one value; it ends where a mark follows, as a number could go on."""
        while True:
            begin = self._next()
            try:
                value, end = read_first(self._text, self._place) if begin else (None, self._place)
            except ValueError:
                if not self._grow():
                    raise
                continue
            end = _end_of_space(self._text, end)
            if begin and self._text[end : end + 1] in {",", ":", "]", "}"}:
                self._place = end
                return value
            if not self._grow():
                raise NotJson("A value is missing, or does not end")

    def _require(self, mark: str) -> None:
        if self._next() != mark:
            raise NotJson(f"{mark} is missing")
        self._place += 1

    def _next(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        while True:
            self._place = _end_of_space(self._text, self._place)
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._grow():
                return ""

    def _grow(self) -> bool:
        """Read more, at least as much as is there, and forget what was read; return whether there was more."""
        if self._is_over:
            return False
        rest = self._text[self._place :]
        data = self._file.read(max(_PIECE, len(rest)))
        self._left -= len(data)
        if self._left < 0:
            raise NotJson("The text is too long")
        self._is_over = not data
        self._text, self._place = rest + self._decoder.decode(data, final=self._is_over), 0
        return True


def _end_of_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return place if found is None else found.end()
