"""The columns of a table: one that says the same in every row is left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

_Row = TypeVar("_Row")


def differing(rows: Sequence[_Row], columns: Mapping[str, Callable[[_Row], object]]) -> tuple[str, ...]:
    """Return the names of *columns* whose values differ between *rows*; a single row has all of them."""
    return tuple(
        name for name, value in columns.items() if len(rows) == 1 or any(value(row) != value(rows[0]) for row in rows)
    )
