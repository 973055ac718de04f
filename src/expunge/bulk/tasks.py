"""Many deletions at once in tasks of an event loop, each result given as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeAlias, cast

from attrs import frozen

from .._flow import Clock, shielded
from .._system.signals import is_from_handler
from .._system.worker import LOOK_EVERY
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
        is_ending: Return whether it was interrupted already; another interruption would cut its last read short.
    """

    settle: Callable[[Sleeper], Awaitable[Tombstone]]
    account: Callable[[], Tombstone]
    is_ending: Callable[[], bool]


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
    """A run whose deletions are settled in tasks.

    All but their work is done in the caller's task. The event loop swallows an exception that strikes in a callback,
    and one that leaves a task may stop it. So nothing of ours is a callback, and a task guards all of its lines.
    """

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
        self._news: asyncio.Queue[asyncio.Task[None] | None] = asyncio.Queue()
        self._tasks: dict[asyncio.Task[None], tuple[int, Begun]] = {}
        self._resting: set[asyncio.Task[None]] = set()
        self._readers: dict[str | None, asyncio.Semaphore] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next_look: asyncio.TimerHandle | None = None
        self._is_over = False

    def advance(self) -> bool:
        """Begin as much as there is room for; return whether anything is to be waited for."""
        self.require_own_process()
        self._loop = asyncio.get_running_loop()
        for item in self.next_items():
            begun = self._begin(item)
            number = self.begin(item, begun.account)
            task = asyncio.create_task(self._settle(number, item.provider, begun))
            self._tasks[task] = number, begun
            task.add_done_callback(self._news.put_nowait)
        return self.goes_on

    async def wait(self) -> None:
        """Wait until something is settled or another reference has come."""
        if not self.done:
            self._hear(await self._next())
        while not self._news.empty():  # one look finds all that is new
            self._hear(self._news.get_nowait())

    async def _next(self) -> asyncio.Task[None] | None:
        """Wait for news, and look now and then whether the reader is alive: without memory, it could not say so."""
        loop = asyncio.get_running_loop()
        if self._next_look is None or self._next_look.when() <= loop.time():
            self._next_look = loop.call_later(LOOK_EVERY, self._news.put_nowait, None)
        news = await self._news.get()
        if self.feed.has_died:
            raise MemoryError("the thread that reads references has ended")
        return news

    def end(self) -> None:
        """Raise what ended the run, if anything did."""
        if self.failure is not None:
            raise self.failure
        self.feed.end()

    async def wind_up(self, error: BaseException) -> None:
        """Begin nothing more, let what was begun end, and put the tombstones on *error*."""
        if self.is_of_parent:
            return
        self.feed.close()
        self._is_over = True
        self._cancel(self._resting if isinstance(error, GeneratorExit) else self._working())
        with shielded(is_settling=True):
            while tasks := {task for task in self._tasks if not task.done()}:
                await asyncio.wait(tasks)
        for task in tuple(self._tasks):
            self._hear(task)
        self.carry(error)

    def give_up(self, error: BaseException) -> None:
        """Wait for nothing more; put on *error* what is known."""
        self.feed.close()
        self.carry(error)
        self._cancel(self._tasks)

    @staticmethod
    def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
        for task in tuple(tasks):
            task.cancel()

    def _working(self) -> Iterator[asyncio.Task[None]]:
        """Return the tasks that an interruption has to end."""
        return (task for task, (_, begun) in self._tasks.items() if not begun.is_ending())

    def _hear(self, task: asyncio.Task[None] | None) -> None:
        """Settle what was struck before its task could do so itself: the run would wait indefinitely."""
        if task is None or task not in self._tasks:
            return
        number, begun = self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failure = error
        if self.is_begun(number):
            self.settle(number, begun.account())
        del self._tasks[task]

    async def _settle(self, number: int, provider: str | None, begun: Begun) -> None:
        try:
            if self._is_over:
                return  # its account was given already: nothing may be sent any more
            try:
                tombstone = await self._run(number, provider, begun)
            except BaseException as error:  # noqa: BLE001 - its tombstone is kept, and the run decides what ends it
                tombstone = begun.account()
                if not isinstance(error, Exception | asyncio.CancelledError) or is_from_handler(error):
                    self.failure = error  # raised in the caller's task: from here it would stop the loop
            self.settle(number, tombstone)
        except BaseException as error:  # noqa: BLE001 - as above, for an interruption that strikes here
            self.failure = error

    async def _run(self, number: int, provider: str | None, begun: Begun) -> Tombstone:
        turns = self._readers.setdefault(provider, asyncio.Semaphore(max(1, self.terms.concurrency // 2)))
        task = cast("asyncio.Task[None]", asyncio.current_task())
        has_turn = False

        async def rest(seconds: float) -> None:
            """Rest without room of its own, and go on when few enough others read."""
            nonlocal has_turn
            self.rest(number)
            self._news.put_nowait(None)
            if has_turn:
                turns.release()  # first: a turn too many does less harm than one that nobody has
                has_turn = False
            if self._is_over:
                raise asyncio.CancelledError
            self._resting.add(task)
            await self._clock.sleep_async(seconds)
            await turns.acquire()
            has_turn = True
            self._resting.discard(task)

        try:
            return await begun.settle(rest)
        finally:
            self._resting.discard(task)
            if has_turn:
                turns.release()

    def _arrived(self) -> None:
        """Wake the run from the reader's thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                self._loop.call_soon_threadsafe(self._news.put_nowait, None)
