"""Keeping several deletions under way, each result given as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from attrs import frozen

from ..errors import ConfigurationError, ExpungeError
from ..refs import Reference
from ..types import Tombstone


@frozen
class Item:
    """One text that was asked for: the reference that it is, or why it is none."""

    requested: str
    ref: Reference | None
    error: ExpungeError | None = None


class _Feed:
    """References as they are taken; when reading them fails, what was begun is finished first."""

    def __init__(self, items: Iterator[Item], concurrency: int) -> None:
        if concurrency < 1:
            raise ConfigurationError(f"concurrency is {concurrency}; at least one must be under way.")
        self._items = items
        self._error: Exception | None = None

    def take(self, most: int) -> Iterator[Item]:
        """Give up to *most* further items."""
        while most and self._error is None:
            try:
                item = next(self._items)
            except StopIteration:
                return
            except Exception as error:  # noqa: BLE001 - whatever the caller's iterator raises, it is raised at the end
                self._error = error
                return
            most -= 1
            yield item

    def end(self) -> None:
        """Raise what reading the references raised."""
        if self._error is not None:
            raise self._error


def in_threads(settle: Callable[[Item], Tombstone], items: Iterator[Item], concurrency: int) -> Iterator[Tombstone]:
    """Settle *items* in threads, *concurrency* at once; what has begun is finished even when nobody takes the rest."""
    return _in_threads(settle, _Feed(items, concurrency), concurrency)


def _in_threads(settle: Callable[[Item], Tombstone], feed: _Feed, concurrency: int) -> Iterator[Tombstone]:
    pending: set[Future[Tombstone]] = set()
    done: set[Future[Tombstone]] = set()
    with ThreadPoolExecutor(concurrency, thread_name_prefix="expunge") as pool:

        def begin(most: int) -> None:
            for item in feed.take(most):
                pending.add(pool.submit(settle, item))

        try:
            begin(concurrency)
            while pending:
                done = wait(pending, return_when=FIRST_COMPLETED).done
                pending -= done
                begin(len(done))
                while done:
                    yield done.pop().result()
        except (KeyboardInterrupt, SystemExit) as interruption:
            wait(pending)
            _hand_over(interruption, [future.result() for future in (*done, *pending)])
            raise
    feed.end()


def in_tasks(
    settle: Callable[[Item], Coroutine[None, None, Tombstone]], items: Iterator[Item], concurrency: int
) -> AsyncIterator[Tombstone]:
    """Settle *items* in tasks, *concurrency* at once; what has begun is finished even when nobody takes the rest.

    When the caller is cancelled, so are the tasks: each settles by one read what it had under way.
    """
    return _in_tasks(settle, _Feed(items, concurrency), concurrency)


async def _in_tasks(
    settle: Callable[[Item], Coroutine[None, None, Tombstone]], feed: _Feed, concurrency: int
) -> AsyncIterator[Tombstone]:
    interrupted: list[Tombstone] = []

    async def noted(item: Item) -> Tombstone:
        try:
            return await settle(item)
        except asyncio.CancelledError as interruption:
            interrupted.extend(_tombstone_of(interruption))
            raise

    pending: set[asyncio.Task[Tombstone]] = set()
    done: set[asyncio.Task[Tombstone]] = set()

    def begin(most: int) -> None:
        for item in feed.take(most):
            pending.add(asyncio.create_task(noted(item)))

    try:
        begin(concurrency)
        while pending:
            done = (await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED))[0]
            pending -= done
            begin(len(done))
            while done:
                yield done.pop().result()
    except (asyncio.CancelledError, KeyboardInterrupt, SystemExit) as interruption:
        settled = await _wound_up(pending, is_cancelled=isinstance(interruption, asyncio.CancelledError))
        _hand_over(interruption, [*(task.result() for task in done), *settled, *interrupted])
        raise
    finally:
        if pending:
            await asyncio.wait(pending)
    feed.end()


async def _wound_up(tasks: set[asyncio.Task[Tombstone]], *, is_cancelled: bool) -> list[Tombstone]:
    """Let *tasks* end, by a cancellation of each or as they are, and give what those settled that went to their end."""
    for task in tasks if is_cancelled else ():
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    return [task.result() for task in tasks if not task.cancelled()]


def _tombstone_of(interruption: BaseException) -> Iterator[Tombstone]:
    tombstone = getattr(interruption, "tombstone", None)
    if isinstance(tombstone, Tombstone):
        yield tombstone


def _hand_over(interruption: BaseException, tombstones: list[Tombstone]) -> None:
    """Let *interruption* carry what was settled and could not be given any more."""
    interruption.tombstones = tuple(tombstones)  # type: ignore[attr-defined]  # an exception takes attributes
    for tombstone in tombstones:
        interruption.add_note(f"{tombstone.ref}: {tombstone.status}. {tombstone.detail}")
