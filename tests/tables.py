"""Tables whose rows are played in one test, which fails with all rows that failed, each named.

A row may take a millisecond. A test takes several more: each worker collects it, sets it up and reports it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import pytest


class Table:
    """The rows that one test plays.

    >>> with Table() as table:
    ...     for text, number in {"1": 1, "2": 2}.items():
    ...         with table.row(text):
    ...             assert int(text) == number
    """

    def __init__(self) -> None:
        self._played: list[str] = []
        self._failed: dict[str, BaseException] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is None:
            assert self._played, "a table without rows shows nothing"
            if self._failed:
                named = f"{len(self._failed)} of {len(self._played)} rows failed: {', '.join(self._failed)}"
                raise BaseExceptionGroup(named, list(self._failed.values()))

    @contextmanager
    def row(self, name: object) -> Iterator[None]:
        """Play the row *name*: the next one is played also if it fails."""
        assert str(name) not in self._played, f"{name} names two rows"
        self._played.append(str(name))
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - it is raised at the end
            error.add_note(f"This is the row {name}.")
            self._failed[str(name)] = error
