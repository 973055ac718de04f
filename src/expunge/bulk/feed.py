"""References on their way into a run: read one when it is asked for, and written down before any work on it."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from itertools import islice
from queue import SimpleQueue
from typing import Protocol

from attrs import frozen

from .._system.worker import Worker
from ..errors import ExpungeError
from ..refs import Reference
from ..types import Tombstone


@frozen
class Item:
    """One text that was asked for: its reference, or why it is not one.

    Attributes:
        number: Its place among the distinct texts of the run, from 1.
        requested: The text.
        ref: The reference; None if the text is not one.
        error: Why it is not.
    """

    number: int
    requested: str
    ref: Reference | None
    error: ExpungeError | None = None

    @property
    def provider(self) -> str | None:
        """The provider's name; None if the text is not a reference."""
        return None if self.ref is None else self.ref.provider


@frozen
class Items:
    """References as they are read; *never_wait* if reading one never blocks, as from a list."""

    iterator: Iterator[Item]
    never_wait: bool


class Ledger(Protocol):
    """A record that is kept beside a run: a journal, or a display. Its methods are called from several threads."""

    def intend(self, items: Sequence[Item]) -> None:
        """Take note of *items* before any work on them begins, and return when that is durable.

        The run asks for up to `concurrency` items ahead, so one call has many. It is called in the thread that reads
        the references. An exception ends the reading: what has begun is settled, and the exception is raised.
        """
        ...

    def begin(self, number: int, account: Callable[[], Tombstone]) -> None:
        """Take note that the work on an intended item begins; *account* returns what is known of it at any time."""
        ...

    def settle(self, number: int, tombstone: Tombstone) -> None:
        """Take note of the end of an item, before the caller gets *tombstone*; it must not block for long.

        An item that was declined, because the credential was rejected, ends without having begun.
        """
        ...

    def rest(self, number: int, account: Callable[[], Tombstone]) -> None:
        """Take note that the provider works on an item; called again for each rest."""
        ...

    def close(self, error: BaseException | None) -> None:
        """Take note of the end of the run, which *error* has ended if it is not None."""
        ...


class Feed:
    """References as they are taken: one when it is asked for, read in a thread of its own if reading may block.

    A slow source holds no result back, and one that waits for a result gets it.

    Attributes:
        is_over: Whether there are no more, or reading them failed.
        is_unrecorded: Whether the ledger failed: then nothing more may begin.
    """

    def __init__(self, items: Items, arrived: Callable[[], None], ledger: Ledger | None = None) -> None:
        self._items = items
        self._arrived = arrived
        self._ledger = ledger
        self.is_unrecorded = False
        self._ready: deque[Item] = deque()
        # Written in C: a signal cannot leave its lock taken, as it can that of a semaphore.
        self._wanted: SimpleQueue[None] = SimpleQueue()
        self._asked = 0
        self._reader: Worker | None = None
        self._has_no_reader = False
        self._is_closed = False
        self._error: BaseException | None = None
        self._has_ended = False

    @property
    def never_waits(self) -> bool:
        """Return whether reading a reference never blocks."""
        return self._items.never_wait

    @property
    def is_over(self) -> bool:
        """Return whether nothing more comes."""
        return self._has_ended and not self._ready

    @property
    def has_died(self) -> bool:
        """Return whether the reader has ended before its source."""
        return self._reader is not None and not self._has_ended and not self._reader.is_alive()

    def ask(self, most: int) -> None:
        """Ask for items until *most* are asked for and not taken."""
        while self._asked < most and not self._has_ended:
            self._asked += 1
            is_quick = self._items.never_wait and self._ledger is None
            if is_quick or not self._start_reader():
                self._read(1)
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
        if self._reader is None and not self._has_no_reader:
            reader = Worker(copy_context().run, self._read_on, name="expunge-feed")
            if reader.begin():
                self._reader = reader
            else:  # then it is read here
                self._has_no_reader = True
        return not self._has_no_reader

    def _read_on(self) -> None:
        try:
            while not self._has_ended:
                self._wanted.get()
                count = 1
                # A source that may wait for a result is read one by one: a batch would wait for its last one.
                while self._items.never_wait and not self._wanted.empty():
                    self._wanted.get()  # nobody else takes from it
                    count += 1
                if not self._has_ended:
                    self._read(count)
                    self._arrived()
        except BaseException as error:  # noqa: BLE001 - without a reader, the run would wait indefinitely
            self._fail(error)
            self._arrived()

    def _read(self, count: int) -> None:
        has_ended = False
        try:
            if self._ledger is None:
                for _ in range(count):
                    self._ready.append(next(self._items.iterator))
            else:
                batch = list(islice(self._items.iterator, count))
                has_ended = len(batch) < count
                if batch:
                    self._intend(self._ledger, batch)
                self._ready.extend(batch)
        except StopIteration:
            has_ended = True
        except BaseException as error:  # noqa: BLE001 - whatever the caller's source raises, it is raised at the end
            self._fail(error)
        if has_ended:
            self._has_ended = True

    def _fail(self, error: BaseException) -> None:
        if not self._is_closed:
            self._error = error
        self._has_ended = True

    def _intend(self, ledger: Ledger, batch: Sequence[Item]) -> None:
        try:
            ledger.intend(batch)
        except BaseException:
            self.is_unrecorded = True
            raise
