"""Finding duplicates: a set of texts in a few bytes each, so that memory hardly grows with the length of a list."""

from hashlib import blake2b

_FEWEST = 1_024
_FULL = 2 / 3


class Seen:
    """A set of texts that keeps a hash of each, in one flat table.

    Python's own set takes some 170 bytes for each reference. The price is a chance that two texts are taken for one;
    among a million texts it is one in 37 million with *width* 8, and one in 10^26 with *width* 16.

    Args:
        width: Bytes that are kept of each text. 8 are enough if a text that is lost only stays undeleted and shows up
            on the next run; 16 are for texts that must not be lost, such as references to delete.
    """

    def __init__(self, width: int = 8) -> None:
        self._width = width
        self._empty = bytearray(width)
        self._marks = bytearray(_FEWEST * width)
        self._places = _FEWEST
        self._count = 0

    def is_new(self, text: str) -> bool:
        """Take note of *text*, and return whether it is the first time."""
        if self._count >= _FULL * self._places:
            self._grow()
        # Half a surrogate pair is not a reference, but it may be asked for.
        mark = bytearray(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=self._width).digest())
        if mark == self._empty:
            mark = bytearray(b"\1" * self._width)
        place = self._place_of(mark)
        if self._marks[place : place + self._width] == mark:
            return False
        self._marks[place : place + self._width] = mark
        self._count += 1
        return True

    def _place_of(self, mark: bytearray) -> int:
        """Find the byte at which *mark* stands, or that of the empty place where it would."""
        marks, width, empty = self._marks, self._width, self._empty
        place = int.from_bytes(mark[:8]) % self._places * width
        while (found := marks[place : place + width]) != empty and found != mark:
            place += width
            if place == len(marks):
                place = 0
        return place

    def _grow(self) -> None:
        marks = self._marks
        self._places *= 2
        self._marks = bytearray(self._places * self._width)
        for start in range(0, len(marks), self._width):
            mark = marks[start : start + self._width]
            if mark != self._empty:
                place = self._place_of(mark)
                self._marks[place : place + self._width] = mark
