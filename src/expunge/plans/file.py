"""The file of a plan: JSON that a person can review, held together by a hash over its content."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

from .._json import JSON
from .._system.atomic_write import write_atomically
from ..errors import InvalidPlan
from .packed import canonical
from .window import Window

_LARGEST = 512 << 20
"""Bytes that a plan's file may have; a hundred thousand versions take a tenth of it."""


class Row(Protocol):
    """An item of a long list, which holds its content in its own way."""

    def canonical(self) -> Iterator[str]:
        """Yield its content as canonical JSON, in pieces."""
        ...

    def to_dict(self) -> JSON:
        """Return its content."""
        ...


class Rows:
    """The items of a long list; the content of one of them is made at a time."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows


Content = Mapping[str, JSON | Rows]
"""The content of a file."""

_AnyRow = TypeVar("_AnyRow", bound=Row)


def hash_of(content: Content) -> str:
    """Return the SHA-256 of *content* as canonical JSON: sorted keys, no spaces, ASCII."""
    digest = sha256()
    for piece in canonical_pieces(content):
        digest.update(piece.encode())
    return digest.hexdigest()


def canonical_pieces(content: Content) -> Iterator[str]:
    """Yield *content* as canonical JSON, in pieces: a plan over many models is large, and one of its models is not."""
    for number, name in enumerate(sorted(content)):
        value = content[name]
        yield f"{',' if number else '{'}{json.dumps(name)}:"
        if isinstance(value, Rows):
            for place, row in enumerate(value.rows):
                yield "," if place else "["
                yield from row.canonical()
            yield "]" if value.rows else "[]"
        else:
            yield canonical(value)
    yield "}" if content else "{}"


def write(path: Path, content: Content) -> None:
    """Write *content* and its hash to *path*, completely or not at all, replacing an existing file.

    Raises:
        OSError: It could not be written.
    """
    write_atomically(path, _lines({**content, "sha256": hash_of(content)}), mode=0o666)


def _lines(content: Content) -> Iterator[str]:
    """Yield *content* as JSON for people, in pieces as well."""
    for number, (name, value) in enumerate(content.items()):
        yield f"{',' if number else '{'}\n  {json.dumps(name)}: "
        if isinstance(value, Rows):
            texts = (json.dumps(row.to_dict(), indent=2).replace("\n", "\n    ") for row in value.rows)
            yield from _joined(texts, "[\n    ", ",\n    ", "\n  ]", "[]")
        else:
            yield json.dumps(value, indent=2).replace("\n", "\n  ")
    yield "\n}\n"


def _joined(texts: Iterable[str], begin: str, between: str, end: str, empty: str) -> Iterator[str]:
    """Yield *texts* with the marks of a list around them, or *empty* without any."""
    mark = begin
    for text in texts:
        yield mark + text
        mark = between
    yield end if mark == between else empty


def read(path: Path, name: str, take: Callable[[JSON], _AnyRow]) -> tuple[dict[str, JSON], list[_AnyRow]]:
    """Read the content of *path*, whose hash must match.

    The items of the list *name* are made by *take*, one after another, and returned beside the content, which has an
    empty list in their place. *take* may be called for items of a file that is refused in the end.

    Raises:
        InvalidPlan: It cannot be read, is not JSON, or was changed.
    """
    content: dict[str, JSON] = {}
    rows: list[_AnyRow] = []
    try:
        with path.open("rb") as file, suppress(ValueError, RecursionError):
            content = Window(file, _LARGEST).read_object(name, lambda row: rows.append(take(row)))
    except OSError as error:
        raise InvalidPlan(f"{path} cannot be read: {error.strerror}.") from None
    if "sha256" not in content:
        raise InvalidPlan(f"{path} is not a plan, or only a part of one.")
    stated = content.pop("sha256")
    if not isinstance(stated, str) or stated != hash_of(content | ({name: Rows(rows)} if rows else {})):
        raise InvalidPlan(f"{path} was changed after it was made: its SHA-256 does not match. Make a new plan.")
    return content, rows
