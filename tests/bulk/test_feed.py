"""References on their way into a run: read when they are asked for, and written down before any work on them."""

import threading

import pytest
from tests.bulk.running import REFS

import expunge
from expunge.bulk.feed import Feed, Item, Items


class Source:
    """Numbered references that count how many of them were read, and by which threads."""

    def __init__(self, refs=REFS):
        self.count = 0
        self.threads = set()
        self._refs = iter(refs)

    def __iter__(self):
        return self

    def __next__(self):
        self.threads.add(threading.current_thread())
        ref = next(self._refs)
        self.count += 1
        return Item(self.count, ref, expunge.parse_ref(ref))


class Intents:
    """A ledger of batches; the first one takes until the test lets it go."""

    def __init__(self, error=None):
        self.batches = []
        self.is_asked, self.goes_on = threading.Event(), threading.Event()
        self._error = error

    def intend(self, items):
        self.batches.append([item.number for item in items])
        self.is_asked.set()
        assert self.goes_on.wait(60)
        if self._error is not None:
            raise self._error


class Arrivals:
    """The feed's way to say that something came, and the test's way to wait for it."""

    def __init__(self):
        self._came = threading.Semaphore(0)

    def __call__(self):
        self._came.release()

    def wait(self, count=1):
        for _ in range(count):
            assert self._came.acquire(timeout=60)


def taken(feed):
    return [item.number for item in feed.take()]


def ended(feed):
    """Wait until the reader has ended."""
    feed._reader.join(60)
    assert not feed._reader.is_alive()


def test_a_list_is_read_where_it_is_asked_for_and_not_further():
    source = Source()
    feed = Feed(Items(source, never_wait=True), lambda: None)

    feed.ask(2)
    feed.ask(3)
    feed.ask(1)

    assert (source.count, source.threads) == (3, {threading.current_thread()})
    assert taken(feed) == [1, 2, 3]
    feed.ask(2)
    assert taken(feed) == [4, 5]


def test_a_feed_is_over_when_its_last_reference_is_taken():
    feed = Feed(Items(Source(REFS[:2]), never_wait=True), lambda: None)
    seen = [feed.is_over]
    feed.ask(3)
    seen.append(feed.is_over)

    assert taken(feed) == [1, 2]
    assert [*seen, feed.is_over] == [False, False, True]
    feed.end()


@pytest.mark.parametrize(
    ("never_wait", "batches"),
    [
        pytest.param(True, [[1], [2, 3, 4, 5]], id="a-list-many-in-one-commit"),
        pytest.param(False, [[1], [2], [3], [4], [5]], id="a-source-that-may-wait-one-by-one"),
    ],
)
def test_references_are_written_down_as_they_are_asked_for(never_wait, batches):
    source, intents, arrivals = Source(), Intents(), Arrivals()
    feed = Feed(Items(source, never_wait=never_wait), arrivals, intents)
    feed.ask(1)
    assert intents.is_asked.wait(60)
    assert taken(feed) == []

    feed.ask(5)
    intents.goes_on.set()
    arrivals.wait(len(batches))

    assert intents.batches == batches
    assert taken(feed) == [1, 2, 3, 4, 5]
    assert threading.current_thread() not in source.threads
    feed.close()
    ended(feed)


def test_a_batch_that_the_source_cannot_fill_is_its_last():
    intents, arrivals = Intents(), Arrivals()
    intents.goes_on.set()
    feed = Feed(Items(Source(REFS[:1]), never_wait=True), arrivals, intents)
    feed.ask(1)
    arrivals.wait()
    was_over = feed._has_ended
    feed.ask(2)
    arrivals.wait()

    assert (was_over, feed._has_ended, intents.batches) == (False, True, [[1]])
    ended(feed)
    assert not feed.has_died
    assert taken(feed) == [1]
    assert feed.is_over


def test_a_full_batch_is_not_the_last_however_long_it_is():
    refs = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(1, 1_000)]
    intents, arrivals = Intents(), Arrivals()
    feed = Feed(Items(Source(refs), never_wait=True), arrivals, intents)
    feed.ask(1)
    assert intents.is_asked.wait(60)
    feed.ask(500)
    intents.goes_on.set()
    arrivals.wait(2)

    assert [len(batch) for batch in intents.batches] == [1, 499]
    assert len(taken(feed)) == 500
    assert not feed.is_over
    feed.close()
    ended(feed)


def test_a_batch_that_is_not_written_down_goes_nowhere():
    intents, arrivals = Intents(OSError("the disk is full")), Arrivals()
    intents.goes_on.set()
    feed = Feed(Items(Source(), never_wait=True), arrivals, intents)
    was_unrecorded = feed.is_unrecorded
    feed.ask(1)
    arrivals.wait()

    assert (was_unrecorded, feed.is_unrecorded, taken(feed), feed.is_over) == (False, True, [], True)
    feed.check()
    with pytest.raises(OSError, match="the disk is full"):
        feed.end()


def failing(error):
    yield Item(1, REFS[0], expunge.parse_ref(REFS[0]))
    raise error


def test_what_a_source_raises_waits_for_the_end():
    feed = Feed(Items(failing(OSError("the file is gone")), never_wait=True), lambda: None)
    feed.ask(5)

    feed.check()
    assert taken(feed) == [1]
    assert not feed.is_unrecorded
    with pytest.raises(OSError, match="the file is gone"):
        feed.end()


def test_an_interruption_of_a_source_does_not_wait():
    feed = Feed(Items(failing(KeyboardInterrupt()), never_wait=True), lambda: None)
    feed.ask(5)

    with pytest.raises(KeyboardInterrupt):
        feed.check()


def test_a_closed_feed_gives_nothing_more_and_forgets_a_late_error():
    is_reading, goes_on, arrivals = threading.Event(), threading.Event(), Arrivals()

    def refs():
        yield Item(1, REFS[0], expunge.parse_ref(REFS[0]))
        is_reading.set()
        assert goes_on.wait(60)
        raise OSError("the file is gone")

    feed = Feed(Items(refs(), never_wait=False), arrivals)
    feed.ask(2)
    assert is_reading.wait(60)

    feed.close()
    goes_on.set()
    ended(feed)

    assert (taken(feed), feed.is_over, feed.has_died) == ([], True, False)
    feed.end()


def test_a_reader_that_waits_ends_with_its_feed():
    source, arrivals = Source(), Arrivals()
    feed = Feed(Items(source, never_wait=False), arrivals)
    seen = [feed.has_died]
    feed.ask(1)
    arrivals.wait()
    seen.append(feed.has_died)

    feed.close()
    ended(feed)

    assert (seen, source.count) == ([False, False], 1)


def test_a_reader_is_missed_when_it_ends_before_its_source(monkeypatch):
    dies = threading.Event()
    monkeypatch.setattr(threading.Thread, "run", lambda _thread: dies.wait(60))
    feed = Feed(Items(Source(), never_wait=False), lambda: None)
    feed.ask(1)
    was_missed = feed.has_died

    dies.set()
    ended(feed)

    assert not was_missed
    assert feed.has_died
