"""Keeping several deletions under way, each result given as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from attrs import frozen

from ..errors import ConfigurationError, ExpungeError
from ..refs import Reference
from ..types import Tombstone

T = TypeVar("T")


@frozen
class Item:
    """One text that was asked for: the reference that it is, or why it is none."""

    requested: str
    ref: Reference | None
    error: ExpungeError | None = None


def _check(concurrency: int) -> None:
    if concurrency < 1:
        raise ConfigurationError(f"concurrency is {concurrency}; at least one must be under way.")


def in_threads(settle: Callable[[Item], Tombstone], items: Iterator[Item], concurrency: int) -> Iterator[Tombstone]:
    """Settle *items* in threads, *concurrency* at once; what has begun is finished even when nobody takes the rest."""
    _check(concurrency)
    return _in_threads(settle, items, concurrency)


def _in_threads(settle: Callable[[Item], Tombstone], items: Iterator[Item], concurrency: int) -> Iterator[Tombstone]:
    with ThreadPoolExecutor(concurrency, thread_name_prefix="expunge") as pool:
        pending: set[Future[Tombstone]] = {pool.submit(settle, item) for item in islice(items, concurrency)}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            pending |= {pool.submit(settle, item) for item in islice(items, len(done))}
            for future in done:
                yield future.result()


def in_tasks(
    settle: Callable[[Item], Awaitable[Tombstone]], items: Iterator[Item], concurrency: int
) -> AsyncIterator[Tombstone]:
    """Settle *items* in tasks, *concurrency* at once; what has begun is finished even when nobody takes the rest."""
    _check(concurrency)
    return _in_tasks(settle, items, concurrency)


async def _in_tasks(
    settle: Callable[[Item], Awaitable[Tombstone]], items: Iterator[Item], concurrency: int
) -> AsyncIterator[Tombstone]:
    pending = {asyncio.ensure_future(settle(item)) for item in islice(items, concurrency)}
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            pending |= {asyncio.ensure_future(settle(item)) for item in islice(items, len(done))}
            for task in done:
                yield task.result()
    finally:
        if pending:
            await asyncio.wait(pending)
