"""Many deletions at once in threads, each result given as soon as it is there."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread

from attrs import frozen

from .._system.signals import is_from_handler
from ..types import Tombstone
from .engine import Crew, Feed, Item, Items


@frozen
class Begun:
    """One deletion that is about to begin.

    Attributes:
        settle: Run it to its end; it ends early, by one read, when the event is set.
        account: Return what is known of it at any moment.
    """

    settle: Callable[[Event], Tombstone]
    account: Callable[[], Tombstone]


def in_threads(begin: Callable[[Item], Begun], items: Items, concurrency: int) -> Iterator[Tombstone]:
    """Settle *items* in threads, *concurrency* at once; what has begun is finished even if nobody takes the rest."""
    return _in_threads(_Threads(begin, items, concurrency))


def _in_threads(crew: "_Threads") -> Iterator[Tombstone]:
    try:
        try:
            while crew.goes_on():
                crew.wait()
                while crew.done:
                    yield crew.done[0][1]
                    crew.done.popleft()  # only now is it with the caller
            crew.end()
        except BaseException as error:
            crew.wind_up(error)
            raise
    except BaseException as error:
        crew.carry(error)  # a second interruption, or one that struck while the first was handled
        raise
    finally:
        crew.dismiss()


class _Threads(Crew):
    """A run whose deletions are settled in threads."""

    def __init__(self, begin: Callable[[Item], Begun], items: Items, concurrency: int) -> None:
        super().__init__(concurrency)
        self._begin = begin
        self._feed = Feed(items, self._wake)
        self._work: SimpleQueue[tuple[int, Begun] | None] = SimpleQueue()
        self._news: SimpleQueue[None] = SimpleQueue()
        self._stop = Event()
        self._workers: list[Thread] = []
        self._process = os.getpid()

    def goes_on(self) -> bool:
        """Begin what there is room for; return whether anything is to be waited for."""
        if os.getpid() != self._process:
            raise RuntimeError("this run belongs to another process, which has its threads; begin one here")
        if self.failure is not None:
            raise self.failure
        self._feed.check()
        self._feed.ask(self.concurrency - self.under_way)
        self._feed.check()
        for item in self._feed.take():
            begun = self._begin(item)
            number = self.begin(begun.account)
            if self.under_way > len(self._workers) and not self._hire() and not self._workers:
                self._settle(number, begun)
            else:
                self._work.put((number, begun))
        return bool(self.done) or self.under_way > 0 or not self._feed.is_over

    def wait(self) -> None:
        """Wait until something is settled or another reference has come."""
        if not self.done:
            self._news.get()
        with suppress(Empty):  # one look finds all that is new
            while True:
                self._news.get_nowait()

    def end(self) -> None:
        """Let the threads end, and raise what ended the run, if anything did.

        A thread that outlives the program may take it down: at the limit of memory or open files, glibc aborts.
        """
        self.dismiss()
        for worker in self._workers:
            worker.join()
        self._feed.end()

    def wind_up(self, error: BaseException) -> None:
        """Begin nothing more, let what was begun end, and put the tombstones on *error*."""
        self._feed.close()
        if not isinstance(error, GeneratorExit):
            self._stop.set()
        self.dismiss()
        for worker in self._workers:
            worker.join()
        self.carry(error)

    def dismiss(self) -> None:
        """Let the threads go as soon as they have nothing to do."""
        self._feed.close()
        for _ in self._workers:
            self._work.put(None)

    def _hire(self) -> bool:
        """Start one more thread; return whether that was possible."""
        worker = Thread(target=self._serve, name=f"expunge-{len(self._workers)}", daemon=True)
        try:
            worker.start()
        except (RuntimeError, MemoryError):
            return False  # "can't start new thread": those that there are do the work
        self._workers.append(worker)
        return True

    def _serve(self) -> None:
        try:
            while (work := self._work.get()) is not None:
                self._settle(*work)
        except BaseException as error:  # noqa: BLE001 - the run ends by it, and carries what was begun
            self.failure = error
            self._wake()

    def _settle(self, number: int, begun: Begun) -> None:
        try:
            tombstone = begun.settle(self._stop)
        except BaseException as error:  # noqa: BLE001 - its tombstone is kept, and the run decides what ends it
            tombstone = begun.account()
            if not isinstance(error, Exception) or is_from_handler(error):
                self.failure = error
        self.settle(number, tombstone)
        self._wake()

    def _wake(self) -> None:
        self._news.put(None)
