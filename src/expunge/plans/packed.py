"""The choices of a plan in a few bytes each: a fleet has tens of thousands, and those of one model are used at once.

Each choice is held as the canonical JSON that the plan's hash covers, some together and compressed.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import eq
from typing import Any, cast, overload
from zlib import compress, decompress

from .._json import JSON
from ..types import Version
from .retention import Action, Choice, Rule

_TOGETHER = 64
"""Rows that are compressed together: enough that what they share is stored once."""

_LEVEL = 1
"""Level of the compression: the fastest one, which is nearly as good here."""


Row = JSON | Mapping[str, JSON]

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class PackedRows:
    """Rows of JSON in the order in which they were added; reading them again makes a few at a time."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._open: list[Row] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, row: Row) -> None:
        """Add one row."""
        self._open.append(row)
        self._count += 1
        if len(self._open) == _TOGETHER:
            self.pack()

    def pack(self) -> None:
        """Pack the last rows, although more might fit."""
        if self._open:
            self._packed.append(compress(_texts(self._open).encode(), _LEVEL))
            self._open = []

    def texts(self) -> Iterator[str]:
        """Yield the rows as canonical JSON, several at a time with commas between them."""
        for packed in self._packed:
            yield decompress(packed).decode()
        if self._open:
            yield _texts(self._open)

    def __iter__(self) -> Iterator[Any]:
        for text in self.texts():
            yield from json.loads(f"[{text}]")

    def at(self, places: Iterable[int]) -> Iterator[Any]:
        """Yield the packed rows at *places*; rows that are near each other are unpacked once."""
        for number, near in groupby(places, key=lambda place: place // _TOGETHER):
            rows = json.loads(f"[{decompress(self._packed[number]).decode()}]")
            yield from (rows[place % _TOGETHER] for place in near)


class Choices(Sequence[Choice]):
    """Choices that are made when they are asked for; they equal a tuple of the same choices.

    Args:
        count: The number of choices.
        make: Yields them, in their order.
    """

    def __init__(self, count: int, make: Callable[[], Iterator[Choice]]) -> None:
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Choice]:
        return self._make()

    @overload
    def __getitem__(self, place: int) -> Choice: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Choice, ...]: ...
    def __getitem__(self, place: int | slice) -> Choice | tuple[Choice, ...]:
        if not isinstance(place, slice):
            return next(islice(self, range(self._count)[place], None))
        begin, end, step = place.indices(self._count)
        return tuple(islice(self, begin, end, step)) if step > 0 else tuple(self)[place]

    # Those of `Sequence` ask for one place after another, and each time all choices before it are made.
    def __reversed__(self) -> Iterator[Choice]:
        return reversed(tuple(self))

    def index(self, value: object, *bounds: int) -> int:
        """Return the first place of *value*, as a tuple does."""
        return tuple(self).index(cast("Choice", value), *bounds)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Choices | tuple):
            return NotImplemented
        others = cast("Sequence[object]", other)
        return len(self) == len(others) and all(map(eq, self, others))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[object, ...]:
        return tuple, (tuple(self),)


class PackedChoices(Choices):
    """The choices of one model, packed.

    Args:
        rows: The choices as the plan's file has them.

    Attributes:
        goes: The number of choices to delete.
    """

    def __init__(self, rows: Iterable[Mapping[str, JSON]]) -> None:
        self._rows = PackedRows()
        self.goes = 0
        for row in rows:
            self._rows.add(row)
            self.goes += row["action"] == "delete"
        self._rows.pack()
        super().__init__(len(self._rows), lambda: map(_unpacked, self._rows))

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> "PackedChoices":
        """Return *choices*, packed."""
        return choices if isinstance(choices, PackedChoices) else cls(map(version_content, choices))

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the choices as the plan's file has them."""
        return iter(self._rows)

    def at(self, places: Sequence[int]) -> Choices:
        """Return those at *places*."""
        return Choices(len(places), lambda: map(_unpacked, self._rows.at(places)))

    def texts(self) -> Iterator[str]:
        """Yield the choices as canonical JSON, several at a time with commas between them."""
        return self._rows.texts()

    def __reduce__(self) -> tuple[object, ...]:
        return PackedChoices, (tuple(self.rows()),)


def canonical(value: JSON | Mapping[str, JSON] | Sequence[Row]) -> str:
    """Return *value* as canonical JSON: sorted keys, no spaces, ASCII."""
    return _ENCODER.encode(value)


def _texts(rows: list[Row]) -> str:
    return canonical(rows)[1:-1]


def version_content(choice: Choice) -> dict[str, JSON]:
    """Return *choice* as the plan's file has it."""
    version = choice.version
    return {
        "ref": version.ref,
        "action": choice.action,
        "rule": choice.rule,
        "reason": choice.reason,
        "observed": {
            "aliases": list(version.aliases),
            "created_at": None if version.created_at is None else text_of(version.created_at),
            "is_live": version.is_live,
            "status": version.status,
            "identity": choice.identity,
        },
    }


def text_of(moment: datetime) -> str:
    """Return *moment* as the plan's file has it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _unpacked(content: dict[str, Any]) -> Choice:
    """Return the choice of a row that `version_content()` made; it needs no checks."""
    observed = content["observed"]
    created = observed["created_at"]
    return Choice(
        version=Version(
            ref=content["ref"],
            aliases=tuple(observed["aliases"]),
            created_at=None if created is None else datetime.fromisoformat(created),
            is_live=observed["is_live"],
            status=observed["status"],
        ),
        action=cast("Action", content["action"]),
        rule=cast("Rule", content["rule"]),
        reason=content["reason"],
        identity=observed["identity"],
    )
