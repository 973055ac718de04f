"""The references of a run as its journal holds them: a list that was changed meanwhile names others."""

from collections.abc import Collection, Iterator
from pathlib import Path

from ...journal.reading import texts_of


class Recorded(Collection[str]):
    """All references of a journal; they are read from its file, which must not be open for writing then."""

    def __init__(self, path: Path, count: int) -> None:
        self._path = path
        self._count = count

    def __iter__(self) -> Iterator[str]:
        return texts_of(self._path)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, text: object) -> bool:
        return any(text == each for each in self)
