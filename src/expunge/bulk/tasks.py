"""Many deletions at once in tasks of an event loop, each result given as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial

from attrs import frozen

from .._flow import shielded
from .._system.signals import is_from_handler
from ..types import Tombstone
from .engine import Crew, Feed, Item, Items


@frozen
class Begun:
    """One deletion that is about to begin.

    Attributes:
        settle: Run it to its end; a cancellation ends it by one read.
        account: Return what is known of it at any moment.
    """

    settle: Callable[[], Awaitable[Tombstone]]
    account: Callable[[], Tombstone]


def in_tasks(begin: Callable[[Item], Begun], items: Items, concurrency: int) -> AsyncIterator[Tombstone]:
    """Settle *items* in tasks, *concurrency* at once; what has begun is finished even if nobody takes the rest.

    If the caller is cancelled, so are the tasks: each settles by one read what it had under way.
    """
    return _in_tasks(_Tasks(begin, items, concurrency))


async def _in_tasks(crew: "_Tasks") -> AsyncIterator[Tombstone]:
    try:
        try:
            while crew.goes_on():
                await crew.wait()
                while crew.done:
                    yield crew.done[0][1]
                    crew.done.popleft()  # only now is it with the caller
            crew.end()
        except BaseException as error:
            await crew.wind_up(error)
            raise
    except BaseException as error:
        crew.give_up(error)  # a second interruption, or one that struck while the first was handled
        raise


class _Tasks(Crew):
    """A run whose deletions are settled in tasks."""

    def __init__(self, begin: Callable[[Item], Begun], items: Items, concurrency: int) -> None:
        super().__init__(concurrency)
        self._begin = begin
        self._feed = Feed(items, self._arrived)
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def goes_on(self) -> bool:
        """Begin what there is room for; return whether anything is to be waited for."""
        self._tasks = {task for task in self._tasks if not task.done()}
        self._loop = asyncio.get_running_loop()
        if self.failure is not None:
            raise self.failure
        self._feed.check()
        self._feed.ask(self.concurrency - self.under_way)
        self._feed.check()
        for item in self._feed.take():
            begun = self._begin(item)
            number = self.begin(begun.account)
            task = asyncio.create_task(self._settle(number, begun))
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, number, begun))
        return bool(self.done) or self.under_way > 0 or not self._feed.is_over

    async def wait(self) -> None:
        """Wait until something is settled or another reference has come."""
        if not self.done:
            await self._news.wait()
        self._news.clear()

    def end(self) -> None:
        """Raise what ended the run, if anything did."""
        self._feed.end()

    async def wind_up(self, error: BaseException) -> None:
        """Begin nothing more, let what was begun end, and put the tombstones on *error*."""
        self._feed.close()
        self._is_over = True
        if not isinstance(error, GeneratorExit):
            self._cancel()
        with shielded(is_settling=True):
            while tasks := {task for task in self._tasks if not task.done()}:
                await asyncio.wait(tasks)
        self.carry(error)

    def give_up(self, error: BaseException) -> None:
        """Wait for nothing more; put on *error* what is known."""
        self._feed.close()
        self.carry(error)
        self._cancel()

    def _cancel(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()

    async def _settle(self, number: int, begun: Begun) -> None:
        if self._is_over:
            return  # its account was given already: nothing may be sent any more
        try:
            try:
                tombstone = await begun.settle()
            except BaseException as error:  # noqa: BLE001 - its tombstone is kept, and the run decides what ends it
                tombstone = begun.account()
                if not isinstance(error, Exception | asyncio.CancelledError) or is_from_handler(error):
                    self.failure = error  # raised in the caller's task: from here it would stop the loop
            self.settle(number, tombstone)
            self._news.set()
        except BaseException as error:  # noqa: BLE001 - as above, for an interruption that strikes here
            self.failure = error

    def _ended(self, number: int, begun: Begun, task: asyncio.Task[None]) -> None:
        """Settle what was struck before its task could do so itself: the run would wait indefinitely."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failure = error
        if self.is_begun(number):
            self.settle(number, begun.account())
        self._news.set()

    def _arrived(self) -> None:
        """Wake the run from the reader's thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                self._loop.call_soon_threadsafe(self._news.set)
