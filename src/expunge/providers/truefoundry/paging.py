"""TrueFoundry's lists by offset, which are read completely or not at all."""

from collections.abc import Collection

from ..._answer import Answer
from .._failed_reads import ReadFailed

_PAGE = 100
"""Rows per page: the vendor's own default (`truefoundry-sdk` 0.6.0)."""


class Paging:
    """One list while it is read.

    Args:
        rows: The rows, as a plural noun.
        most: Number of rows that are read at most.
    """

    def __init__(self, rows: str, most: int) -> None:
        self._rows = rows
        self._most = most
        self._seen: set[str] = set()
        self._total: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all rows have been read."""
        return self._total is not None and len(self._seen) >= self._total

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments of the next page."""
        return {"offset": len(self._seen), "limit": _PAGE}

    def take(self, answer: Answer, names: Collection[str], pagination: object) -> None:
        """Take the page with the rows of these *names* and the *pagination* beside them.

        Raises:
            ReadFailed: The page does not continue the list, or the list may not be complete.
        """
        new = set(names) - self._seen
        if len(new) < len(names):
            raise ReadFailed(answer, f"the list repeats {self._rows}, so it may not be complete")
        stated = getattr(pagination, "total", None)
        if not isinstance(stated, int):
            raise ReadFailed(answer, f"the list does not state how many {self._rows} there are")
        if self._total is not None and stated < self._total:
            raise ReadFailed(
                answer, f"the list went from {self._total} {self._rows} to {stated} while it was read; read it again"
            )
        self._seen |= new
        self._total = stated
        if stated > self._most:
            raise ReadFailed(answer, f"there are {stated:,} {self._rows}, and {self._most:,} are read at most")
        if len(self._seen) > stated or (not new and len(self._seen) < stated):
            raise ReadFailed(answer, f"the list shows {len(self._seen)} of {stated} {self._rows}")
