"""Many deletions at once in tasks of an event loop, each result given as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeAlias, cast

from attrs import frozen

from .._flow import Clock, shielded
from .._system.signals import is_from_handler
from ..types import Tombstone
from .engine import Crew, Terms
from .feed import Item, Items

Sleeper: TypeAlias = Callable[[float], Awaitable[None]]
"""A way to rest for some seconds."""


@frozen
class Begun:
    """One deletion that is about to begin.

    Attributes:
        settle: Run it to its end, and rest as its argument does; a cancellation ends it by one read.
        account: Return what is known of it at any moment.
    """

    settle: Callable[[Sleeper], Awaitable[Tombstone]]
    account: Callable[[], Tombstone]


def in_tasks(
    begin: Callable[[Item], Begun], decline: Callable[[Item, str], Tombstone], items: Items, terms: Terms, clock: Clock
) -> AsyncIterator[Tombstone]:
    """Settle *items* in tasks, as *terms* say; what has begun is finished even if nobody takes the rest.

    If the caller is cancelled, so are the tasks: each settles by one read what it had under way.
    """
    return _in_tasks(_Tasks(begin, decline, items, terms, clock))


async def _in_tasks(crew: "_Tasks") -> AsyncIterator[Tombstone]:
    try:
        try:
            while crew.advance():
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
        crew.close_ledger(error)
        raise
    crew.close_ledger()


class _Tasks(Crew):
    """A run whose deletions are settled in tasks."""

    def __init__(
        self,
        begin: Callable[[Item], Begun],
        decline: Callable[[Item, str], Tombstone],
        items: Items,
        terms: Terms,
        clock: Clock,
    ) -> None:
        super().__init__(items, terms, decline, self._arrived)
        self._begin = begin
        self._clock = clock
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[None]] = set()
        self._readers: dict[str | None, asyncio.Semaphore] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def advance(self) -> bool:
        """Begin as much as there is room for; return whether anything is to be waited for."""
        self._tasks = {task for task in self._tasks if not task.done()}
        self._loop = asyncio.get_running_loop()
        for item in self.next_items():
            begun = self._begin(item)
            number = self.begin(item, begun.account)
            task = asyncio.create_task(self._settle(number, item.provider, begun))
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, number, begun))
        return self.goes_on

    async def wait(self) -> None:
        """Wait until something is settled or another reference has come."""
        if not self.done:
            await self._news.wait()
        self._news.clear()

    def end(self) -> None:
        """Raise what ended the run, if anything did."""
        if self.failure is not None:
            raise self.failure
        self.feed.end()

    async def wind_up(self, error: BaseException) -> None:
        """Begin nothing more, let what was begun end, and put the tombstones on *error*."""
        self.feed.close()
        self._is_over = True
        self._cancel(self._resting if isinstance(error, GeneratorExit) else self._tasks)
        with shielded(is_settling=True):
            while tasks := {task for task in self._tasks if not task.done()}:
                await asyncio.wait(tasks)
        self.carry(error)

    def give_up(self, error: BaseException) -> None:
        """Wait for nothing more; put on *error* what is known."""
        self.feed.close()
        self.carry(error)
        self._cancel(self._tasks)

    @staticmethod
    def _cancel(tasks: set[asyncio.Task[None]]) -> None:
        for task in tuple(tasks):
            task.cancel()

    async def _settle(self, number: int, provider: str | None, begun: Begun) -> None:
        if self._is_over:
            return  # its account was given already: nothing may be sent any more
        turns = self._readers.setdefault(provider, asyncio.Semaphore(max(1, self.terms.concurrency // 2)))
        task = cast("asyncio.Task[None]", asyncio.current_task())
        has_turn = False

        async def rest(seconds: float) -> None:
            """Rest without room of its own, and go on when few enough others read."""
            nonlocal has_turn
            self.rest(number)
            self._news.set()
            if has_turn:
                has_turn = False
                turns.release()
            if self._is_over:
                raise asyncio.CancelledError
            self._resting.add(task)
            await self._clock.sleep_async(seconds)
            await turns.acquire()
            has_turn = True
            self._resting.discard(task)

        try:
            try:
                tombstone = await begun.settle(rest)
            except BaseException as error:  # noqa: BLE001 - its tombstone is kept, and the run decides what ends it
                tombstone = begun.account()
                if not isinstance(error, Exception | asyncio.CancelledError) or is_from_handler(error):
                    self.failure = error  # raised in the caller's task: from here it would stop the loop
            self._resting.discard(task)
            if has_turn:
                has_turn = False
                turns.release()
            self.settle(number, tombstone)
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
