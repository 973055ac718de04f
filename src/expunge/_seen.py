"""Which texts there have been, in a few bytes each: a list of any length is read in memory that hardly grows."""

from array import array
from hashlib import blake2b

_FEWEST = 1_024
_FULL = 2 / 3


class Seen:
    """A set of texts that keeps 64 bits of each, in one flat table.

    Python's own set takes some 170 bytes for each reference. That two of a hundred thousand texts are taken for the
    same has a chance of one in four thousand millions.
    """

    def __init__(self) -> None:
        self._marks = array("Q", [0]) * _FEWEST
        self._count = 0

    def is_new(self, text: str) -> bool:
        """Take note of *text*, and say whether it is the first time."""
        if self._count >= _FULL * len(self._marks):
            self._grow()
        # Zero is an empty place, so no mark is zero.
        mark = int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) or 1
        place = self._place_of(mark)
        if self._marks[place] == mark:
            return False
        self._marks[place] = mark
        self._count += 1
        return True

    def _place_of(self, mark: int) -> int:
        """Find where *mark* stands, or the empty place where it would."""
        place = mark % len(self._marks)
        while self._marks[place] not in {0, mark}:
            place = (place + 1) % len(self._marks)
        return place

    def _grow(self) -> None:
        marks = self._marks
        self._marks = array("Q", [0]) * (2 * len(marks))
        for mark in marks:
            if mark:
                self._marks[self._place_of(mark)] = mark
