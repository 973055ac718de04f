"""Results that an exception carries: all that was begun, on whatever is raised through a call.

A call is written as `return carried(…)()`: one line, whose last step is a function in C. So an interruption strikes
either in `carried()`, where handlers stand, or when the result is already with the caller. The handler stands twice,
because an interruption may strike while the first one works; an error that is a result passes neither.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import repeat
from typing import Protocol, TypeVar

T = TypeVar("T")


class Carrier(Protocol):
    """A deletion, or several, under way."""

    def carry(self, error: BaseException) -> None:
        """Put the tombstones on *error*."""
        ...


def carried(begun: Carrier, work: Callable[[], tuple[T, Exception | None]]) -> Callable[[], T]:
    """Return a function that returns the value of *work*, or raises its error if there is one.

    Anything that is raised here carries the tombstones of all that was *begun*.
    """
    try:
        try:
            return _handing_over(*work())
        except BaseException as error:
            begun.carry(error)
            raise
    except BaseException as error:
        begun.carry(error)
        raise


async def carried_async(begun: Carrier, work: Callable[[], Awaitable[tuple[T, Exception | None]]]) -> Callable[[], T]:
    """Await *work*; see `carried()`."""
    try:
        try:
            return _handing_over(*await work())
        except BaseException as error:
            begun.carry(error)
            raise
    except BaseException as error:
        begun.carry(error)
        raise


def _handing_over(value: T, error: Exception | None) -> Callable[[], T]:
    if error is not None:
        # The generator never runs: what is thrown into it comes out again.
        return partial((value for _ in ()).throw, error)
    return repeat(value).__next__
