"""Many deletions at once in threads, each result given as soon as it is there."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue

from attrs import frozen

from .._flow import Clock, Rest
from .._system.signals import is_from_handler
from .._system.stop import Stop
from .._system.worker import LOOK_EVERY, Worker
from ..types import Tombstone
from .engine import Crew, Terms
from .feed import Item, Items
from .resting import Resting

_MARGIN = 60.0
"""Seconds after its timeout until a deletion counts as hung: a last read may take a few of them."""


@frozen
class Begun:
    """One deletion that is about to begin, or that goes on after a rest.

    Attributes:
        settle: Run it to its next rest or its end; it ends early, by one read, when its argument is set.
        account: Return what is known of it at any moment.
    """

    settle: Callable[[Stop], Tombstone | Rest]
    account: Callable[[], Tombstone]


def in_threads(
    begin: Callable[[Item], Begun], decline: Callable[[Item, str], Tombstone], items: Items, terms: Terms, clock: Clock
) -> Iterator[Tombstone]:
    """Settle *items* in threads, as *terms* say; what has begun is finished even if nobody takes the rest.

    A deletion that only waits for its provider ends as accepted then.
    """
    return _in_threads(_Threads(begin, decline, items, terms, clock))


def _in_threads(crew: "_Threads") -> Iterator[Tombstone]:
    try:
        try:
            while crew.advance():
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
        crew.close_ledger(error)
        raise
    else:
        crew.close_ledger()
    finally:
        crew.dismiss()


class _Pool:
    """Threads for one kind of work on one provider, started as they are needed.

    Attributes:
        threads: Those that do the work.
        late: Those that did not begin in time, and may do so later.
    """

    def __init__(self, name: str, work_on: Callable[[SimpleQueue[tuple[int, Begun] | None]], None]) -> None:
        self._name = name
        self._work_on = work_on
        self._work: SimpleQueue[tuple[int, Begun] | None] = SimpleQueue()
        self.threads: list[Worker] = []
        self.late: list[Worker] = []

    def put(self, job: tuple[int, Begun], needed: int) -> bool:
        """Have *job* done by one of *needed* threads; return whether there is any."""
        if len(self.threads) < needed:
            thread = Worker(self._work_on, self._work, name=self._name)
            # First: an interruption may strike in begin() when the thread runs already. A thread that nobody counts
            # would take the end from one that somebody waits for.
            self.threads.append(thread)
            if not thread.begin():  # those that there are do the work
                self.late.append(thread)
                self.threads.remove(thread)
        if self.threads:
            self._work.put(job)
        return bool(self.threads)

    def dismiss(self) -> None:
        """Let the threads go as soon as they have nothing to do."""
        for _ in (*self.threads, *self.late):
            self._work.put(None)

    def finish(self, seconds: float) -> None:
        """Wait for the threads to end, after `dismiss()`, each at most *seconds*."""
        for thread in (*self.threads, *self.late):
            thread.finish(seconds)

    @property
    def has_died(self) -> bool:
        """Return whether a thread has ended, before `dismiss()`."""
        return not all(thread.is_alive() for thread in self.threads)


class _Threads(Crew):
    """A run whose deletions are settled in threads.

    Two pools for each provider: one sends, and one asks again what the provider works on. So neither holds up the
    other, and both take turns at the provider's rate.
    """

    def __init__(
        self,
        begin: Callable[[Item], Begun],
        decline: Callable[[Item, str], Tombstone],
        items: Items,
        terms: Terms,
        clock: Clock,
    ) -> None:
        super().__init__(items, terms, decline, self._wake)
        self._begin = begin
        self._clock = clock
        self._news: SimpleQueue[None] = SimpleQueue()
        self._stop = Stop()
        self._pools: dict[tuple[str | None, bool], _Pool] = {}
        self._resting: Resting[Begun] = Resting(self._resume, clock, self._stop, self._fail)
        self._providers: dict[int, str | None] = {}
        self._patience = terms.timeout + _MARGIN
        self._looks = 0

    def advance(self) -> bool:
        """Begin as much as there is room for; return whether anything is to be waited for."""
        self.require_own_process()
        if self.terms.rests:
            self._resting.start()
        for item in self.next_items():
            begun = self._begin(item)
            self._providers[item.number] = item.provider
            number = self.begin(item, begun.account)
            self._looks = 0
            if not self._pool(item.provider, sends=True).put((number, begun), self.sent_on(item.provider)):
                self._settle(number, begun)
        return self.goes_on

    def wait(self) -> None:
        """Wait until something is settled or another reference has come."""
        if not self.done:
            try:
                self._news.get(timeout=LOOK_EVERY)
            except Empty:
                self._require_threads()
            else:
                self._looks = 0
        with suppress(Empty):  # one look finds all that is new
            while True:
                self._news.get_nowait()

    def end(self) -> None:
        """Let the threads end, and raise what ended the run, if anything did.

        A thread that outlives the program may take it down: at the limit of memory or open files, glibc aborts.
        """
        self._join()
        if self.failure is not None:
            raise self.failure
        self.feed.end()

    def wind_up(self, error: BaseException) -> None:
        """Begin nothing more, let what was begun end, and put the tombstones on *error*."""
        if self.is_of_parent:
            return
        self.feed.close()
        if not isinstance(error, GeneratorExit):
            self._stop.set()
        self._join()
        self._stop.set()
        for number, begun in self._resting.left():
            if self.is_begun(number):
                self._settle(number, begun)
        self.carry(error)

    def dismiss(self) -> None:
        """Let the threads go as soon as they have nothing to do."""
        self.feed.close()
        self._resting.dismiss()
        for pool in tuple(self._pools.values()):
            pool.dismiss()

    def _join(self) -> None:
        self._resting.dismiss()
        self._resting.finish(self._patience)  # first: it may still start threads of the pools
        self.dismiss()
        for pool in tuple(self._pools.values()):
            pool.finish(self._patience)

    def _require_threads(self) -> None:
        """Refuse to wait for a thread that has ended, or that hangs: without memory, it cannot say so."""
        has_died = self.feed.has_died or self._resting.has_died
        if has_died or any(pool.has_died for pool in tuple(self._pools.values())):
            raise MemoryError("a thread has ended before its work was done")
        self._looks += self.under_way > 0  # else it is a source that takes its time
        if self._looks * LOOK_EVERY > self._patience:
            raise MemoryError("a thread hangs")

    def _pool(self, provider: str | None, *, sends: bool) -> _Pool:
        key = (provider, sends)
        if key not in self._pools:
            self._pools[key] = _Pool(f"expunge-{provider}", self._serve)
        return self._pools[key]

    def _serve(self, work: SimpleQueue[tuple[int, Begun] | None]) -> None:
        try:
            while (job := work.get()) is not None:
                self._settle(*job)
        except BaseException as error:  # noqa: BLE001 - the run ends by it, and carries what was begun
            self._fail(error)

    def _settle(self, number: int, begun: Begun) -> None:
        try:
            done = begun.settle(self._stop)
            while isinstance(done, Rest):
                self.rest(number)
                if self._resting.add(number, begun, done.seconds):
                    self._wake()
                    return
                self._clock.sleep(done.seconds, self._stop)
                done = begun.settle(self._stop)
        except BaseException as error:  # noqa: BLE001 - its tombstone is kept, and the run decides what ends it
            done = begun.account()
            if not isinstance(error, Exception) or is_from_handler(error):
                self.failure = error
        self.settle(number, done)
        self._providers.pop(number, None)
        self._wake()

    def _resume(self, number: int, begun: Begun) -> None:
        """Go on with a deletion whose rest is over."""
        most = max(1, self.terms.concurrency // 2)
        pool = self._pool(self._providers.get(number), sends=False)
        if not pool.put((number, begun), min(most, len(pool.threads) + 1)):
            self._settle(number, begun)

    def _fail(self, error: BaseException) -> None:
        self.failure = error
        self._wake()

    def _wake(self) -> None:
        self._news.put(None)
