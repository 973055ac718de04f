"""Whatever is raised through a call carries the record of all that was begun."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Carrier(Protocol):
    """A deletion, or several, under way."""

    def carry(self, error: BaseException) -> None:
        """Put the tombstones on *error*."""
        ...


def carried(begun: Carrier, work: Callable[[], T]) -> T:
    """Return what *work* returns; what it raises carries the tombstones of all that was *begun*.

    The handler stands twice, because an interruption may strike while the first one works.
    """
    try:
        try:
            return work()
        except BaseException as error:
            begun.carry(error)
            raise
    except BaseException as error:
        begun.carry(error)
        raise


async def carried_async(begun: Carrier, work: Callable[[], Awaitable[T]]) -> T:
    """Await *work*; see `carried()`."""
    try:
        try:
            return await work()
        except BaseException as error:
            begun.carry(error)
            raise
    except BaseException as error:
        begun.carry(error)
        raise
