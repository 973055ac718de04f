"""Flows: an operation is written once, as a generator; a driver decides how to wait.

A flow yields effects (call an endpoint, sleep) and receives their results, as httpx does for its auth flows.
One driver performs effects with blocking calls, one with awaits. A test may answer them without a network.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from inspect import GEN_CLOSED, getgeneratorstate
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from attrs import evolve, frozen

from ._system.stop import Stop

if TYPE_CHECKING:
    from ._answer import Answer

T = TypeVar("T")

SMALL_BODY = 1 << 20
"""Bytes allowed in an answer about one object."""

LIST_BODY = 64 << 20
"""Bytes allowed in an answer with a list."""


class Departure:
    """A note on one request: whether it may have left. The session that sends it keeps the note.

    Attributes:
        is_kept: Whether a session keeps it. Until one does, nobody knows.
        has_left: Whether a byte of the request may have left; true before the first one does.
    """

    def __init__(self) -> None:
        self.is_kept = False
        self.has_left = False


@frozen(kw_only=True)
class Call:
    """The effect of calling one generated endpoint.

    Attributes:
        endpoint: The generated module, with its `sync_detailed` and `asyncio_detailed`.
        arguments: Their arguments besides the client.
        seconds: Time allowed for the complete exchange.
        largest: Bytes allowed in the answer's body.
        departure: The note on whether it left, if anybody reads one.
    """

    endpoint: ModuleType
    arguments: Mapping[str, object]
    seconds: float = 60.0
    largest: int = SMALL_BODY
    departure: Departure | None = None

    @property
    def operation(self) -> str:
        """The operation's id: the generator names the module after it."""
        return self.endpoint.__name__.rpartition(".")[2]

    def within(self, seconds: float) -> "Call":
        """Return the same call with at most *seconds* for the exchange."""
        return self if self.seconds <= seconds else evolve(self, seconds=seconds)

    def noting(self, departure: Departure) -> "Call":
        """Return the same call with a note on whether it left."""
        return evolve(self, departure=departure)


@frozen
class Sleep:
    """The effect of doing nothing for some *seconds*."""

    seconds: float


class Rest(Sleep):
    """A sleep while only the provider is at work; a run of several deletions does other work meanwhile."""


Effect: TypeAlias = Call | Sleep
Flow: TypeAlias = Generator[Effect, "Answer | None", T]


def call(effect: Call) -> "Flow[Answer]":
    """Yield *effect* and return its answer."""
    answer = yield effect
    if answer is None:
        raise TypeError("a driver answers a Call with an Answer")
    return answer


def overheard(flow: Flow[T], hear: Callable[["Answer"], None]) -> Flow[T]:
    """Run *flow* and pass each answer to *hear* first; an exception of *hear* ends the flow."""
    answer: Answer | None = None
    try:
        while True:
            answer = yield flow.send(answer)
            if answer is not None:
                hear(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # as in drive()


class Clock:
    """The time, and waiting; a test brings a clock that it moves itself."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float, stop: Stop | None = None) -> None:
        """Block for *seconds*, or until *stop* is set."""
        if stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let other tasks run for *seconds*."""
        await asyncio.sleep(seconds)


class Performer(Protocol):
    """An object that performs calls, blocking."""

    def perform(self, effect: Call) -> "Answer":
        """Perform *effect*; never raise for an error of the network or the provider."""
        ...


class AsyncPerformer(Protocol):
    """An object that performs calls, awaiting."""

    async def perform(self, effect: Call) -> "Answer":
        """Perform *effect*; never raise for an error of the network or the provider."""
        ...


class Stopped(BaseException):
    """Another thread asked a flow to end: it settles what is under way, as after Ctrl-C."""


def drive(
    flow: Flow[T],
    performer: Performer,
    clock: Clock,
    renew: Callable[[], Performer] | None = None,
    stop: Stop | None = None,
) -> T:
    """Run *flow* to its end with blocking calls.

    Any exception that strikes meanwhile, in a call or between two lines here, is raised inside the flow: it may settle
    what was under way, and raises the exception again.

    Args:
        flow: The flow to run.
        performer: Performs its calls.
        clock: Performs its sleeps.
        renew: Returns a performer for settling: an interrupted one may have left a lock or a connection in any state.
        stop: Ends each sleep when it is set; the flow looks at it too.
    """
    done = drive_until_rest(flow, performer, clock, renew, stop, rests=False)
    if isinstance(done, Rest):
        raise TypeError("a flow that may not rest has rested")
    return done


def drive_until_rest(
    flow: Flow[T],
    performer: Performer,
    clock: Clock,
    renew: Callable[[], Performer] | None = None,
    stop: Stop | None = None,
    *,
    rests: bool = True,
) -> T | Rest:
    """Run *flow* as `drive()` does, until it rests or ends; a flow that rested goes on.

    A flow does not rest when *stop* is set.
    """
    answer: Answer | None = None
    error: BaseException | None = None
    while True:
        try:
            effect = flow.send(answer) if error is None else flow.throw(error)
            answer = error = None
            if isinstance(effect, Call):
                answer = performer.perform(effect)
            elif rests and isinstance(effect, Rest) and not (stop is not None and stop.is_set()):
                return effect
            else:
                clock.sleep(effect.seconds, stop)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration cannot be generic; Flow[T] has the type
        except BaseException as raised:
            if getgeneratorstate(flow) == GEN_CLOSED:
                raise  # it comes from the flow itself, or the flow has ended
            error = raised
            performer = performer if renew is None else renew()


async def drive_async(
    flow: Flow[T], performer: AsyncPerformer, clock: Clock, rest: Callable[[float], Awaitable[None]] | None = None
) -> T:
    """Run *flow* to its end with awaits; exceptions as in `drive()`. *rest* performs its rests.

    The performer stays: a cancellation strikes only at an await, and an async library cleans up after it.
    """
    answer: Answer | None = None
    error: BaseException | None = None
    is_settling = False
    while True:
        try:
            effect = flow.send(answer) if error is None else flow.throw(error)
            answer = error = None
            with shielded(is_settling=is_settling):
                if isinstance(effect, Call):
                    answer = await performer.perform(effect)
                elif isinstance(effect, Rest) and rest is not None:
                    await rest(effect.seconds)
                else:
                    await clock.sleep_async(effect.seconds)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # as in drive()
        except BaseException as raised:
            if getgeneratorstate(flow) == GEN_CLOSED:
                raise  # as in drive()
            error = raised
            is_settling = True


def shielded(*, is_settling: bool) -> AbstractContextManager[object]:
    """Return a context in which a cancelled scope of anyio is not cancelled again, if *is_settling*.

    anyio cancels a task again and again until its scope ends, so a read that settles would never get an answer. Such a
    scope can only come from an anyio that is loaded.
    """
    anyio = sys.modules.get("anyio") if is_settling else None
    return nullcontext() if anyio is None else anyio.CancelScope(shield=True)
