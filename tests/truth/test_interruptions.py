"""Whatever strikes, between whichever two lines: no tombstone lies, none is lost, and nothing hangs.

`make truth INTERRUPT=1` strikes at every line with every kind; here a sample is struck.
"""

import asyncio
import faulthandler
import gc
import os
import random
import signal
import threading
from collections import Counter

import pytest
from tests.conftest import SteppedClock
from tests.faults.acts import RESET, error
from tests.faults.server import FaultServer
from tests.faults.stands import STANDS
from tests.truth.strikes import KINDS, Strike

import expunge

# How many lines of each run are struck: 0 is every one, by every kind of exception.
SAMPLE = int(os.environ.get("EXPUNGE_INTERRUPT", "6"))
COURSES = {
    "success": (),
    "refused": (error(409),),
    "500": (error(500),),
    "reset-and-done": (RESET.works(),),
    "reset": (RESET,),
}


class Stage:
    """One server, and a client on it that an exception may strike."""

    def __init__(self, provider: str, course: str) -> None:
        self.stand = STANDS[provider]
        self.server = FaultServer(self.stand, deletes=COURSES[course])
        self.clock = SteppedClock()
        self.got: list[expunge.Tombstone] = []

    def client(self, kind):
        return kind(self.stand.settings(self.server.origin), clock=self.clock, chance=lambda: 0.5, listeners=[heard])

    def delete(self, strike):
        with self.client(expunge.Client) as client, strike.falls():
            self.got.append(client.delete(self.stand.ref))

    def delete_many(self, strike):
        with self.client(expunge.Client) as client, strike.falls():
            for tombstone in client.delete_many([self.stand.ref], concurrency=2):
                self.got.append(tombstone)

    def awaited_delete(self, strike):
        async def run():
            async with self.client(expunge.AsyncClient) as client:
                with strike.falls():
                    self.got.append(await client.delete(self.stand.ref))

        asyncio.run(run())

    def awaited_delete_many(self, strike):
        async def run():
            async with self.client(expunge.AsyncClient) as client:
                with strike.falls():
                    async for tombstone in client.delete_many([self.stand.ref], concurrency=2):
                        self.got.append(tombstone)

        asyncio.run(run())

    def wrong(self, raised: BaseException | None) -> str:
        """Return what is wrong with all that is known in the end; nothing if all is well."""
        self.server.holding.land_all()
        carried = list(getattr(raised, "tombstones", ()))
        # An error that came out of the call may be the context of what struck the caller's own block afterwards.
        both = (raised, getattr(raised, "__context__", None))
        carried += [each.tombstone for each in both if getattr(each, "tombstone", None)]
        known = {id(tombstone): tombstone for tombstone in (*self.got, *carried)}
        if not known:
            return f"lost: {self.server.arrived} deletes arrived" if self.server.arrived else ""
        for tombstone in known.values():
            if tombstone.status == "deleted" and self.server.holding.is_there:
                return f"a lie: {tombstone}"
            if tombstone.status in {"failed", "refused", "absent"} and self.server.holding.was_deleted:
                return f"a lie: {tombstone}"
            if tombstone.attempts < self.server.arrived:
                return f"{self.server.arrived} deletes arrived: {tombstone}"
        return ""


def heard(event):
    """Listen, so that listeners are struck too."""
    assert event.ref


def play(provider, course, method, number, kind):
    """Strike one run at its line *number*; return the strike and what is wrong afterwards."""
    stage, strike, raised = Stage(provider, course), Strike(number, kind), None
    try:
        getattr(stage, method)(strike)
    except BaseException as struck:  # noqa: BLE001 - every kind of exception is what this is about
        raised = struck
    finally:
        stage.server.stop()
    return strike, stage.wrong(raised)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("method", ["delete", "delete_many", "awaited_delete", "awaited_delete_many"])
@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("provider", STANDS)
def test_nothing_lies_and_nothing_is_lost_wherever_it_is_struck(provider, course, method):
    faulthandler.dump_traceback_later(300, exit=True)
    try:
        lines = play(provider, course, method, 0, KeyboardInterrupt)[0].lines
        kinds = KINDS["async" if method.startswith("awaited") else "sync"]
        source = random.Random(f"{provider} {course} {method}")  # noqa: S311 - the same lines every time
        places = sorted(source.sample(range(1, lines + 1), min(SAMPLE or lines, lines)))
        found = Counter()
        for number in places:
            for kind in [source.choice(kinds)] if SAMPLE else kinds:
                strike, wrong = play(provider, course, method, number, kind)
                if wrong:
                    found[f"{strike.place} {kind.__name__}: {wrong}"] += 1
    finally:
        faulthandler.cancel_dump_traceback_later()
        gc.collect()  # what a strike left open is of this test, and not of the next one

    assert lines > 100
    if found:
        # Without a traceback: to format one, the interpreter would parse this file, which it may refuse after strikes.
        pytest.fail("\n".join(f"{count} x {what}" for what, count in found.most_common()), pytrace=False)


SIGNALS = 2_000 if SAMPLE == 0 else 48


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("method", ["delete", "delete_many"])
def test_real_signals_leave_no_lie_and_lose_nothing(method):
    """Ctrl-C at a random moment of a deletion, in the thread that signals are handled in."""
    source = random.Random(method)  # noqa: S311 - the same moments every time, as far as a clock allows
    found, struck = Counter(), 0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.dump_traceback_later(300, exit=True)
    try:
        for number in range(SIGNALS):
            provider, course = list(STANDS)[number % 4], list(COURSES)[number % len(COURSES)]
            stage, raised = Stage(provider, course), None
            timer = threading.Timer(source.uniform(0, 0.006), os.kill, (os.getpid(), signal.SIGINT))
            try:
                timer.start()
                getattr(stage, method)(Strike(0))
            except BaseException as error:  # noqa: BLE001 - whatever comes out is judged
                raised = error
            finally:
                struck += joined(timer) or isinstance(raised, KeyboardInterrupt)
                stage.server.stop()
            if wrong := stage.wrong(raised):
                found[f"{provider} {course}: {wrong}"] += 1
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGINT, before)
        gc.collect()

    assert struck
    if found:
        pytest.fail("\n".join(f"{count} x {what}" for what, count in found.most_common()), pytrace=False)


def joined(timer):
    """Wait for *timer* to have fired, and tell whether its signal came only now."""
    try:
        timer.join()
        signal.sigtimedwait(set(), 0)
    except KeyboardInterrupt:
        timer.join()
        return True
    return False
