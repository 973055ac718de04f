"""JSON, held strictly: refused is what readers take differently, and what another reader could not hold.

Python's own reader takes the last of two equal keys, `NaN` and `Infinity`, and reads `1e999` as infinite.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import NoReturn, TypeAlias, cast

JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None

Place: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a value, from the root."""

_DEEPEST = 100
"""Levels of nesting that a value may have to be copied: far more than a manifest has."""

_SHOWN = 40
"""Characters of a number that a message shows."""


class NotJson(ValueError):
    """A text or a value that JSON cannot hold; the message names it."""


class RepeatedKey(NotJson):
    """An object has one key twice: readers differ in which of the two counts."""


class BadNumber(NotJson):
    """A number is too large, or too long, for a reader to hold."""


def read_json(text: str) -> JSON:
    """Read *text* as one JSON value.

    Raises:
        json.JSONDecodeError: It is not JSON.
        RepeatedKey: An object has one key twice.
        BadNumber: A number cannot be held.
        NotJson: It has `NaN` or `Infinity`.
        RecursionError: It nests too deeply for Python.
    """
    try:
        value: JSON = _DECODER.decode(text)
    except (json.JSONDecodeError, NotJson):
        raise
    except ValueError:  # from int(), which takes thousands of digits only
        raise BadNumber("A number has too many digits") from None
    return value


def read_first(text: str, place: int) -> tuple[JSON, int]:
    """Read the JSON value that begins at *place*; return it with the place of its end. *text* may go on.

    Raises:
        ValueError: There is no such value, or `read_json()` refuses it.
        RecursionError: It nests too deeply for Python.
    """
    return _DECODER.raw_decode(text, place)


def finite(digits: str) -> float:
    """Read a float; refuse one that is too large to hold."""
    value = float(digits)
    if not math.isfinite(value):
        raise BadNumber(f"{digits[:_SHOWN]} is not a number that JSON can hold")
    return value


def integer(digits: str, base: int = 10) -> int:
    """Read an integer; refuse one of thousands of digits, which is Python's own limit."""
    try:
        value = int(digits, base)
        if base != 10:  # noqa: PLR2004 - of another base, Python reads any length, and then cannot write the number
            str(value)
    except ValueError:
        raise BadNumber(f"A number of {len(digits)} digits is too long") from None
    return value


def plain_object(value: Mapping[object, object]) -> dict[str, JSON]:
    """Copy *value* as plain JSON data.

    Raises:
        NotJson: It holds a date, a set, a number that is not finite, a key that is not text, or the like.
    """
    return {_key(name, "the value"): _plain(item, str(name), 1) for name, item in value.items()}


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise RepeatedKey(f"Key {key!r} is there twice")
            seen.add(key)
    return value


def _refuse(word: str) -> NoReturn:
    raise NotJson(f"{word} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse, parse_float=finite)


def _plain(value: object, path: str, depth: int) -> JSON:
    if depth > _DEEPEST:
        raise NotJson(f"{path} nests deeper than {_DEEPEST} levels")
    if isinstance(value, list | tuple):
        items = cast("Iterable[object]", value)
        return [_plain(item, f"{path}[{position}]", depth + 1) for position, item in enumerate(items)]
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {_key(name, path): _plain(item, f"{path}.{name}", depth + 1) for name, item in pairs.items()}
    return _plain_scalar(value, path)


def _plain_scalar(value: object, path: str) -> JSON:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 1 << 63:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, str) and _is_unicode(value):
        return str.__str__(value)
    if isinstance(value, int | float | str):
        raise NotJson(
            f"{path} is a {type(value).__name__} that cannot be sent: not finite, too long or half a character"
        )
    raise NotJson(f"{path} is of type {type(value).__name__}, which JSON cannot hold")


def _key(name: object, path: str) -> str:
    if isinstance(name, str) and _is_unicode(name):
        return str.__str__(name)
    raise NotJson(f"{path} has the key {name!r}, which is not text")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
