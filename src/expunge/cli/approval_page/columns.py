"""The columns of a table: one that says the same in every row is left out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

_Row = TypeVar("_Row")


class Columns(Generic[_Row]):
    """The columns of a table whose rows are seen one after another.

    Args:
        values: The value of each column in a row, by the column's name.
    """

    def __init__(self, values: Mapping[str, Callable[[_Row], object]]) -> None:
        self._alike = dict(values)
        self._names = tuple(values)
        self._first: dict[str, object] = {}
        self._count = 0

    def see(self, row: _Row) -> None:
        """Compare *row* with the first one."""
        self._count += 1
        if self._count == 1:
            self._first = {name: value(row) for name, value in self._alike.items()}
            return
        for name, value in tuple(self._alike.items()):
            if value(row) != self._first[name]:
                del self._alike[name]

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of the columns whose values differ between rows; a single row has all of them."""
        return tuple(name for name in self._names if self._count == 1 or name not in self._alike)


def differing(rows: Iterable[_Row], columns: Mapping[str, Callable[[_Row], object]]) -> tuple[str, ...]:
    """Return the names of *columns* whose values differ between *rows*; a single row has all of them."""
    seen = Columns(columns)
    for row in rows:
        seen.see(row)
    return seen.differing
