"""The table that a terminal gets at the end of a run: all that is not done, and successes while they are few."""

from ...types import Tombstone
from ..rendering import TOMBSTONE_HEADS, Styled, print_rows, tombstone_row

_MOST_SUCCESSES = 50
"""Successes that a terminal lists one by one."""

_MOST_ROWS = 1_000
"""Rows of other results that a terminal lists; the summary and `--failed-to` have the rest."""


_DONE = frozenset({"deleted", "accepted", "planned"})


class Table:
    """The rows of a run.

    Attributes:
        rows: The results that are listed one by one, by the number of their reference.
    """

    def __init__(self, *, dry_run: bool) -> None:
        self.rows: dict[int, Tombstone] = {}
        self._dry_run = dry_run
        self._successes = 0
        self._others = 0

    def keep(self, number: int, tombstone: Tombstone) -> None:
        """Keep a row, unless there are too many of its kind."""
        if tombstone.status not in _DONE:
            self._others += 1
            if self._others <= _MOST_ROWS:
                self.rows[number] = tombstone
            return
        self._successes += 1
        if self._successes <= _MOST_SUCCESSES:
            self.rows[number] = tombstone
        elif self._successes == _MOST_SUCCESSES + 1:
            self.rows = {number: row for number, row in self.rows.items() if row.status not in _DONE}

    def show(self) -> None:
        """Print the table, if it has a row."""
        rows = [tombstone_row(tombstone, dry_run=self._dry_run) for _, tombstone in sorted(self.rows.items())]
        if self._successes > _MOST_SUCCESSES:
            rows.append((Styled(f"{self._successes} done", ""), "…", "Not listed one by one; --json lists all."))
        if self._others > _MOST_ROWS:
            rows.append(
                (Styled(f"{self._others - _MOST_ROWS} more", ""), "…", "Not listed; --failed-to FILE lists all.")
            )
        if rows:
            print_rows(TOMBSTONE_HEADS, rows)
