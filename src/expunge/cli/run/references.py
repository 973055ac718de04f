"""References that a command was given: arguments and files, read once to check them and again to work on them.

So a list of a million takes no more memory than one of ten, and nothing is sent before all of it was checked.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO

from attrs import frozen

from ..._duplicates import Seen
from ..._json import NotJson, read_json
from ...errors import ConfigurationError, InvalidReference, Refused
from ...providers import parse_ref
from ...refs import Reference
from ..exit_codes import fail, say

_LONGEST_LINE = 65_536
"""Bytes of a line at most."""

_PART = 8_192
"""Bytes of a file that are read at once."""

_MOST_PROBLEMS = 20
"""Wrong lines that are reported one by one."""


class _Changed(ConfigurationError):
    """A file is not as it was when it was checked; nothing was sent."""


@frozen
class _Source:
    """A file of references, kept open, so that both readings are of the same file."""

    name: str
    file: BinaryIO
    state: tuple[int, int]

    def lines(self) -> Iterator[tuple[int, str]]:
        """Return the references with the numbers of their lines, without comments and empty lines."""
        self._require_unchanged()
        for number, line in enumerate(_lines_of(self.file), 1):
            text = self._decoded(line, number).strip()
            if text and not text.startswith("#"):
                yield number, self._reference(text, number)
        self._require_unchanged()  # again: nothing is sent before the last line was read

    def _require_unchanged(self) -> None:
        if _state_of(self.file) != self.state:
            raise _Changed(f"{self.name} was changed while it was read, and nothing was sent. Run the command again.")

    def _decoded(self, line: bytes, number: int) -> str:
        if len(line) > _LONGEST_LINE:
            raise fail(f"{self.name}:{number} is longer than {_LONGEST_LINE} bytes; nothing was sent.")
        try:
            return line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise fail(f"{self.name}:{number} is not UTF-8 text; nothing was sent.") from None

    def _reference(self, text: str, number: int) -> str:
        """Return the reference of a line: the line itself, or the `ref` of a line of JSON."""
        if not text.startswith("{"):
            return text
        try:
            value = read_json(text)
        except (ValueError, NotJson, RecursionError):
            value = None
        ref = value.get("ref") if isinstance(value, dict) else None
        if isinstance(value, dict) and value.get("action") == "keep":
            raise fail(f"{self.name}:{number} is a version that a plan keeps; nothing was sent.")
        if not isinstance(ref, str):
            raise fail(f"{self.name}:{number} is not a line of JSON with a ref; nothing was sent.")
        return ref


class References(Collection[str]):
    """The distinct references of a command, in the order in which they were given.

    Args:
        arguments: References that were typed.
        files: Names of files with a reference in each line; `-` is stdin.
        check: Refuses a reference; the second argument is whether it was typed.

    Attributes:
        by_provider: How many there are of each provider.
        duplicates: How many others were dropped.
    """

    def __init__(self, arguments: list[str], files: list[str], check: Callable[[Reference, bool], None]) -> None:
        self._arguments = arguments
        self._check = check
        self._sources = [_opened(name) for name in files]
        self.by_provider: Counter[str] = Counter()
        self.duplicates = 0
        try:
            self._check_all()
        except BaseException:
            self.close()
            raise

    def _check_all(self) -> None:
        problems, seen = 0, Seen()
        for place, text, is_typed in self._texts():
            try:
                ref = parse_ref(text)
                self._check(ref, is_typed)
            except (InvalidReference, Refused) as error:
                problems += 1
                if problems <= _MOST_PROBLEMS:
                    fail(f"{place}{error}")
                continue
            if seen.is_new(str(ref)):
                self.by_provider[ref.provider] += 1
            else:
                self.duplicates += 1
        if problems > _MOST_PROBLEMS:
            fail(f"and {problems - _MOST_PROBLEMS} more; nothing was sent.")
        if problems:
            raise SystemExit(2)
        if self.duplicates:
            say(f"{self.duplicates} duplicate{'s' if self.duplicates > 1 else ''} dropped")

    def with_duplicates(self) -> Collection[str]:
        """Return all texts, for a reader that drops duplicates itself: two sets of a million take twice the memory."""
        return _Texts(self)

    def texts(self) -> Iterator[str]:
        """Return each text, duplicates too, checked again."""
        return (text for text, _ in self._parsed())

    def parsed(self) -> Iterator[tuple[str, Reference]]:
        """Return each distinct text with its reference."""
        seen = Seen()
        return ((text, ref) for text, ref in self._parsed() if seen.is_new(str(ref)))

    def _parsed(self) -> Iterator[tuple[str, Reference]]:
        for place, text, is_typed in self._texts():
            try:
                ref = parse_ref(text)
                self._check(ref, is_typed)
            except (InvalidReference, Refused):
                # Nothing was checked of what stands there now.
                raise _Changed(
                    f"{place}the file was changed while it was read, and nothing was sent. Run the command again."
                ) from None
            yield text, ref

    def close(self) -> None:
        """Close the files."""
        for source in self._sources:
            source.file.close()

    def is_source(self, path: Path) -> bool:
        """Return whether *path* is one of the files that are read."""
        names = [source.name for source in self._sources if source.name != "stdin"]
        return path.exists() and any(Path(name).exists() and path.samefile(name) for name in names)

    def __iter__(self) -> Iterator[str]:
        return (text for text, _ in self.parsed())

    def __len__(self) -> int:
        return self.by_provider.total()

    def __contains__(self, text: object) -> bool:
        return any(text == each for each in self)

    def _texts(self) -> Iterator[tuple[str, str, bool]]:
        """Return the place, the text, and whether it was typed."""
        for text in self._arguments:
            yield "", text, True
        for source in self._sources:
            for number, text in source.lines():
                yield f"{source.name}:{number}: ", text, False


class _Texts(Collection[str]):
    """All texts of some references, duplicates too; the length is that without them."""

    def __init__(self, references: References) -> None:
        self._references = references

    def __iter__(self) -> Iterator[str]:
        return self._references.texts()

    def __len__(self) -> int:
        return len(self._references)

    def __contains__(self, text: object) -> bool:
        return text in self._references


def _opened(name: str) -> _Source:
    """Open *name* for two readings; a pipe is copied to disk, where nobody else can read it."""
    try:
        file: BinaryIO = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115 - kept open
        if name == "-" or not Path(name).is_file():
            spool = TemporaryFile()  # noqa: SIM115 - as above
            copyfileobj(file, spool)
            if name != "-":
                file.close()
            file = spool
    except OSError as error:
        raise fail(f"{name} cannot be read: {error.strerror}; nothing was sent.") from None
    return _Source("stdin" if name == "-" else name, file, _state_of(file))


def _lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of *file*; each reading has its own place in it, so that two at once do not mix their lines.

    After Ctrl-C, one thread may still read while the rest is listed. A line that is too long is the last one.
    """
    place, begun = 0, b""
    while part := os.pread(file.fileno(), _PART, place):
        place += len(part)
        *complete, begun = (begun + part).split(b"\n")
        yield from complete
        if len(begun) > _LONGEST_LINE:
            break
    if begun:
        yield begun


def _state_of(file: BinaryIO) -> tuple[int, int]:
    """Return the size of *file* and the time of its last change, flushed."""
    file.flush()
    now = os.fstat(file.fileno())
    return now.st_size, now.st_mtime_ns
