"""The file of a plan: JSON that a person can review, held together by a hash over its content."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from .._json import JSON, read_json
from .._system.atomic_write import write_atomically
from ..errors import InvalidPlan

_LARGEST = 512 << 20
"""Bytes that a plan's file may have; a hundred thousand versions take a tenth of it."""


class Rows:
    """The items of a list, made one after another each time that they are needed: a plan may have many models."""

    def __init__(self, make: Callable[[], Iterator[JSON]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[JSON]:
        return self._make()


Content = Mapping[str, JSON | Rows]
"""The content of a file."""


def hash_of(content: Content) -> str:
    """Return the SHA-256 of *content* as canonical JSON: sorted keys, no spaces, ASCII."""
    digest = sha256()
    for piece in _canonical(content):
        digest.update(piece.encode())
    return digest.hexdigest()


def write(path: Path, content: Content) -> None:
    """Write *content* and its hash to *path*, completely or not at all, replacing an existing file.

    Raises:
        OSError: It could not be written.
    """
    write_atomically(path, _lines({**content, "sha256": hash_of(content)}), mode=0o666)


def _canonical(content: Content) -> Iterator[str]:
    """Yield *content* as canonical JSON, in pieces: a plan over many models is large, and one of its models is not."""
    for number, name in enumerate(sorted(content)):
        value = content[name]
        yield f"{',' if number else '{'}{json.dumps(name)}:"
        is_list = isinstance(value, list | Rows)
        rows = value if isinstance(value, list | Rows) else [value]
        texts = (json.dumps(row, sort_keys=True, separators=(",", ":")) for row in rows)
        yield from _joined(texts, "[", ",", "]", "[]") if is_list else texts
    yield "}" if content else "{}"


def _lines(content: Content) -> Iterator[str]:
    """Yield *content* as JSON for people, in pieces as well."""
    for number, (name, value) in enumerate(content.items()):
        yield f"{',' if number else '{'}\n  {json.dumps(name)}: "
        if isinstance(value, list | Rows):
            texts = (json.dumps(row, indent=2).replace("\n", "\n    ") for row in value)
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


def read(path: Path) -> tuple[dict[str, JSON], str]:
    """Read the content of *path*, and its hash, which must match.

    Raises:
        InvalidPlan: It cannot be read, is not JSON, or was changed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise InvalidPlan(f"{path} cannot be read: {error.strerror}.") from None
    content: JSON = None
    with suppress(ValueError, RecursionError):
        if len(data) <= _LARGEST:
            text = data.decode("utf-8-sig")
            del data  # a plan is large: one form of it at a time is enough
            content = read_json(text)
            del text
    if not isinstance(content, dict) or "sha256" not in content:
        raise InvalidPlan(f"{path} is not a plan, or only a part of one.")
    stated = content.pop("sha256")
    if not isinstance(stated, str) or stated != hash_of(content):
        raise InvalidPlan(f"{path} was changed after it was made: its SHA-256 does not match. Make a new plan.")
    return content, stated
