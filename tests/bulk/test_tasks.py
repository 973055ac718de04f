"""A run in tasks without a network: rests, errors, and a reader that ends."""

import asyncio
import threading

import pytest
from tests.bulk.running import REFS
from tests.bulk.staged import Unrecordable, by_ref, collected, declined, in_tasks, tombstone
from tests.conftest import SteppedClock

from expunge._flow import Clock
from expunge._runs.job import items_of
from expunge.bulk import tasks
from expunge.bulk.engine import Terms
from expunge.bulk.feed import Item
from expunge.bulk.tasks import Begun, _Tasks


@pytest.mark.parametrize(("concurrency", "asking"), [(5, 2), (1, 1)])
def test_half_as_many_ask_again_as_send(concurrency, asking):
    active, most = [], []

    async def settle(item, rest):
        await rest(5.0)
        active.append(item)
        most.append(len(active))
        for _ in range(20):  # so that all others could go on meanwhile
            await asyncio.sleep(0)
        active.remove(item)
        return tombstone(item)

    got = asyncio.run(collected(in_tasks(settle, REFS[:5], SteppedClock(), concurrency=concurrency)))

    assert by_ref(got) == dict.fromkeys(REFS[:5], "deleted")
    assert max(most) == asking


def test_one_that_rests_again_lets_another_one_ask():
    order = []

    async def settle(item, rest):
        await rest(5.0)
        order.append(item.number)
        await rest(5.0)
        order.append(item.number)
        return tombstone(item)

    got = asyncio.run(collected(in_tasks(settle, REFS[:3], SteppedClock(), concurrency=1)))

    assert by_ref(got) == dict.fromkeys(REFS[:3], "deleted")
    assert sorted(order) == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, SystemExit])
def test_an_error_of_a_deletion_leaves_its_record(error):
    """The run ends by an error that ends programs, and goes on after any other."""

    async def settle(item, _rest):
        if item.number == 1:
            raise error("struck")
        return tombstone(item)

    async def run():
        got = []
        try:
            async for each in in_tasks(settle, REFS[:2], concurrency=2):
                got.append(each)  # noqa: PERF401 - what came before the error stays
        except SystemExit as end:
            assert error is SystemExit
            return [*got, *end.tombstones]
        assert error is not SystemExit
        return got

    assert by_ref(asyncio.run(run())) == {REFS[0]: "unknown", REFS[1]: "deleted"}


def test_a_deletion_without_a_record_ends_the_run():
    async def fail(_rest):
        raise ValueError

    def begin(item):
        return Begun(fail, Unrecordable(item), lambda: False)

    got = []

    async def play():
        async for each in tasks.in_tasks(begin, declined, items_of(REFS[:1]), Terms(concurrency=1), Clock()):
            got.append(each)  # noqa: PERF401 - what came before the error stays

    with pytest.raises(RuntimeError, match="no room for a record") as raised:
        asyncio.run(play())

    assert by_ref([*got, *raised.value.tombstones]) == {REFS[0]: "unknown"}


@pytest.mark.parametrize("error", [None, ValueError("struck")], ids=["cancelled", "struck"])
def test_a_task_that_ended_before_its_first_line_is_settled(error):
    """An interruption may strike between any two lines of the loop."""

    async def run():
        crew = _Tasks(None, declined, items_of(REFS[:1]), Terms(concurrency=1), Clock())
        (item,) = crew.next_items()

        async def end():
            if error is not None:
                raise error

        begun = Begun(None, lambda: tombstone(item, "unknown"), lambda: False)
        task = asyncio.create_task(end())
        crew._tasks[task] = crew.begin(item, begun.account), begun
        if error is None:
            task.cancel()
        await asyncio.wait([task])
        crew._hear(task)
        return crew

    crew = asyncio.run(run())

    assert crew.failure is error
    assert [each.status for _, each in crew.done] == ["unknown"]
    assert crew.under_way == 0


def test_a_task_that_is_cancelled_before_its_first_line_is_settled():
    async def run():
        begun = Begun(None, lambda: tombstone(item, "unknown"), lambda: False)
        crew = _Tasks(lambda _item: begun, declined, items_of(REFS[:1]), Terms(concurrency=1), Clock())
        item = Item(1, REFS[0], None)
        crew.advance()
        await crew.wind_up(KeyboardInterrupt())
        return crew

    crew = asyncio.run(run())

    assert [(each.ref, each.status) for _, each in crew.done] == [(REFS[0], "unknown")]
    assert crew.under_way == 0


def test_news_ends_a_wait_at_once(monkeypatch):
    """The look at the reader, now and then, is not what goes on; there is one at a time."""
    monkeypatch.setattr("expunge.bulk.tasks.LOOK_EVERY", 600.0)
    looks = []

    async def settle(item, _rest):
        return tombstone(item)

    async def run():
        loop = asyncio.get_running_loop()
        call_later = loop.call_later
        monkeypatch.setattr(loop, "call_later", lambda *timer: looks.append(timer) or call_later(*timer))
        return await collected(in_tasks(settle, iter(REFS), concurrency=2))

    assert by_ref(asyncio.run(run())) == dict.fromkeys(REFS, "deleted")
    assert [seconds for seconds, *_ in looks if seconds > 60.0] == [600.0]


def test_a_reader_that_ends_after_many_looks_is_missed(monkeypatch):
    dies = threading.Event()
    monkeypatch.setattr("expunge.bulk.tasks.LOOK_EVERY", 0.001)
    monkeypatch.setattr(threading.Thread, "run", lambda _thread: dies.wait(60))

    async def run():
        asyncio.get_running_loop().call_later(0.02, dies.set)
        await collected(in_tasks(None, iter(REFS), concurrency=2))

    with pytest.raises(MemoryError, match="reads references"):
        asyncio.run(run())
