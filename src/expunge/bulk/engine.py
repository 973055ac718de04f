"""Keeping several deletions under way: the parts that threads and tasks share.

A deletion that was begun stands in `begun` until its tombstone stands in `done`, and a tombstone stands there until the
caller has it. So whatever interrupts a run, wherever it strikes, nothing that was begun is without a record.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from attrs import frozen

from ..errors import ConfigurationError, ExpungeError
from ..refs import Reference
from ..types import Tombstone


@frozen
class Item:
    """One text that was asked for: its reference, or why it is not one."""

    requested: str
    ref: Reference | None
    error: ExpungeError | None = None


@frozen
class Items:
    """References as they are read; *never_wait* if reading one never blocks, as from a list."""

    iterator: Iterator[Item]
    never_wait: bool


class Crew:
    """The record of one run: what was begun, and what is settled and not yet with the caller.

    Attributes:
        done: Tombstones that the caller has not got yet, each with the number of its deletion.
        failure: An exception that ends the run, such as `SystemExit` from a listener in a thread.
    """

    def __init__(self, concurrency: int) -> None:
        if concurrency < 1:
            raise ConfigurationError(f"concurrency is {concurrency}; at least one must be under way.")
        self.concurrency = concurrency
        self.done: deque[tuple[int, Tombstone]] = deque()
        self._count = 0
        self.failure: BaseException | None = None
        self._begun: dict[int, Callable[[], Tombstone]] = {}

    def begin(self, account: Callable[[], Tombstone]) -> int:
        """Note a deletion before anything of it happens, and number it; *account* returns what is known at any time."""
        self._count += 1
        self._begun[self._count] = account
        return self._count

    def settle(self, number: int, tombstone: Tombstone) -> None:
        """Note the end of a deletion."""
        self.done.append((number, tombstone))
        del self._begun[number]

    def is_begun(self, number: int) -> bool:
        """Return whether a deletion is not settled yet."""
        return number in self._begun

    @property
    def under_way(self) -> int:
        """Return how many deletions are begun and not settled."""
        return len(self._begun)

    def carry(self, error: BaseException) -> None:
        """Put the tombstones of all that was begun, and is not with the caller, on *error*."""
        begun = dict(self._begun)  # first: what a thread settles meanwhile is then in both, and never in neither
        tombstones = dict(self.done)
        for number, account in begun.items():
            if number not in tombstones:
                tombstones[number] = account()
        is_noted = getattr(error, "tombstones", None) is not None
        with suppress(AttributeError, TypeError):  # an exception of somebody else's class may take no attributes
            error.tombstones = tuple(tombstones.values())  # type: ignore[attr-defined]  # nearly all do
        for tombstone in () if is_noted else tombstones.values():
            error.add_note(f"{tombstone.ref}: {tombstone.status}. {tombstone.detail}")


class Feed:
    """References as they are taken: one when it is asked for, read in a thread of its own if reading may block.

    A slow source holds no result back, and one that waits for a result gets it.

    Attributes:
        is_over: Whether there are no more, or reading them failed.
    """

    def __init__(self, items: Items, arrived: Callable[[], None]) -> None:
        self._items = items
        self._arrived = arrived
        self._ready: deque[Item] = deque()
        # Written in C: a signal cannot leave its lock taken, as it can that of a semaphore.
        self._wanted: SimpleQueue[None] = SimpleQueue()
        self._asked = 0
        self._reader: Thread | None = None
        self._is_closed = False
        self._error: BaseException | None = None
        self._has_ended = False

    @property
    def is_over(self) -> bool:
        """Return whether nothing more comes."""
        return self._has_ended and not self._ready

    def ask(self, most: int) -> None:
        """Ask for items until *most* are asked for and not taken."""
        while self._asked < most and not self._has_ended:
            self._asked += 1
            if self._items.never_wait or not self._start_reader():
                self._read()
            else:
                self._wanted.put(None)

    def take(self) -> Iterator[Item]:
        """Return the items that have arrived."""
        while self._ready:
            self._asked -= 1
            yield self._ready.popleft()

    def close(self) -> None:
        """Ask for no more; a reader that waits is let go."""
        self._is_closed = True
        self._has_ended = True
        self._ready.clear()
        self._wanted.put(None)

    def check(self) -> None:
        """Raise an interruption that struck while a reference was read: it does not wait for the end."""
        if self._error is not None and not isinstance(self._error, Exception):
            raise self._error

    def end(self) -> None:
        """Raise what reading the references raised."""
        if self._error is not None:
            raise self._error

    def _start_reader(self) -> bool:
        if self._reader is None:
            reader = Thread(target=self._read_on, name="expunge-feed", daemon=True)
            try:
                reader.start()
            except RuntimeError:
                return False  # no thread can be started: then it is read here
            self._reader = reader
        return True

    def _read_on(self) -> None:
        try:
            while not self._has_ended:
                self._wanted.get()
                if not self._has_ended:
                    self._read()
                    self._arrived()
        except BaseException as error:  # noqa: BLE001 - without a reader, the run would wait indefinitely
            self._fail(error)
            self._arrived()

    def _read(self) -> None:
        try:
            self._ready.append(next(self._items.iterator))
        except StopIteration:
            self._has_ended = True
        except BaseException as error:  # noqa: BLE001 - whatever the caller's source raises, it is raised at the end
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._is_closed:
            self._error = error
        self._has_ended = True
