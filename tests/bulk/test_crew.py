"""The room of a run, and its record: what may begin, and what an exception carries. No thread and no network."""

import os

import pytest
from tests.bulk.staged import declined, tombstone

import expunge
from expunge.bulk.engine import LOCKED_OUT, Crew, Terms
from expunge.bulk.feed import Item, Items

CEREBRAS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(1, 100)]
BASETEN = [f"baseten:mod3x7q@dep{number:04}" for number in range(1, 100)]


class Read:
    """References that count how many of them were read."""

    def __init__(self, texts):
        self.count = 0
        self._texts = iter(texts)

    def __iter__(self):
        return self

    def __next__(self):
        text = next(self._texts)
        self.count += 1
        return Item(self.count, text, expunge.parse_ref(text))


class Ledger:
    def __init__(self):
        self.heard = []

    def begin(self, number, account):
        self.heard.append(("begin", number, account().status))

    def rest(self, number, account):
        self.heard.append(("rest", number, account().status))

    def settle(self, number, tombstone):
        self.heard.append(("settle", number, tombstone.status))

    def intend(self, items):
        self.heard.append(("intend", [item.number for item in items]))

    def close(self, error):
        self.heard.append(("close", error))


def crew_of(texts, **terms):
    read = Read(texts)
    return Crew(Items(read, never_wait=True), Terms(**terms), declined, lambda: None), read


def begin(crew, status="unknown"):
    """Begin all that may begin; return the items."""
    begun = []
    for item in crew.next_items():
        crew.begin(item, lambda item=item: tombstone(item, status, detail="It was interrupted."))
        begun.append(item)
    return begun


def numbers(items):
    return [item.number for item in items]


def test_as_many_begin_on_each_provider_as_it_may_have_under_way():
    crew, _ = crew_of([*CEREBRAS[:5], *BASETEN[:5]], concurrency=3)

    assert numbers(begin(crew)) == [1, 2, 3, 6, 7, 8]
    assert numbers(begin(crew)) == []
    assert (crew.under_way, crew.sent_on("cerebras"), crew.sent_on("baseten")) == (6, 3, 3)


def test_a_run_has_a_timeout_and_nothing_else_that_was_not_asked_for():
    terms = Terms(concurrency=1)

    assert (terms.timeout, terms.fail_fast, terms.missing_ok) == (300.0, False, False)
    assert (terms.rests, terms.ledger) == (False, None)


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_run_belongs_to_one_process_whichever_number_another_has(difference, monkeypatch):
    crew, _ = crew_of(CEREBRAS[:1], concurrency=1)
    crew.require_own_process()
    begin(crew)
    another = os.getpid() + difference
    monkeypatch.setattr("os.getpid", lambda: another)

    with pytest.raises(RuntimeError, match="another process") as raised:
        crew.require_own_process()
    crew.carry(raised.value)
    assert not hasattr(raised.value, "tombstones")


def test_one_that_is_settled_makes_room_for_one():
    crew, _ = crew_of(CEREBRAS[:9], concurrency=3)
    first, *_ = begin(crew)

    crew.settle(first.number, tombstone(first))

    assert numbers(begin(crew)) == [4]
    assert (crew.is_begun(1), crew.is_begun(4), crew.under_way) == (False, True, 3)


def test_one_that_the_provider_works_on_makes_room_and_stays_under_way():
    crew, _ = crew_of(CEREBRAS[:9], concurrency=3)
    begin(crew)

    crew.rest(2)

    assert numbers(begin(crew)) == [4]
    assert (crew.under_way, crew.sent_on("cerebras")) == (4, 3)


def test_references_are_read_eight_windows_ahead_and_no_further():
    crew, read = crew_of(CEREBRAS, concurrency=3)
    first, *_ = begin(crew)
    before = read.count
    crew.settle(first.number, tombstone(first))
    begin(crew)

    assert (before, read.count) == (24, 27)


@pytest.mark.parametrize(("elsewhere", "counts"), [(1, (28, 30)), (2, (29, 30)), (3, (30, 31))])
def test_a_provider_with_room_is_read_on_for(elsewhere, counts):
    """For each free place, one is read; what is held already has no end otherwise."""
    crew, read = crew_of([*BASETEN[:elsewhere], *CEREBRAS], concurrency=3)
    first = begin(crew)[elsewhere]
    begin(crew)
    before = read.count
    crew.settle(first.number, tombstone(first))
    begin(crew)

    for _ in range(3):
        assert numbers(begin(crew)) == []
    assert (before, read.count) == counts


def test_nothing_more_is_sent_with_a_credential_that_was_rejected():
    crew, _ = crew_of([*CEREBRAS[:4], *BASETEN[:2]], concurrency=1)
    first, other = begin(crew)

    crew.settle(first.number, tombstone(first, "failed", 401))

    assert numbers(begin(crew)) == []
    assert [number for number, _ in crew.done] == [1, 2, 3, 4]
    assert {each.detail for _, each in list(crew.done)[1:]} == {LOCKED_OUT}
    crew.settle(other.number, tombstone(other))
    assert numbers(begin(crew)) == [6]


@pytest.mark.parametrize(("status", "http_status"), [("failed", 403), ("refused", 401), ("failed", None)])
def test_another_failure_locks_nobody_out(status, http_status):
    crew, _ = crew_of(CEREBRAS[:2], concurrency=1)
    (first,) = begin(crew)

    crew.settle(first.number, tombstone(first, status, http_status))

    assert numbers(begin(crew)) == [2]


@pytest.mark.parametrize(
    ("status", "missing_ok", "is_done"),
    [
        ("deleted", False, True),
        ("accepted", False, True),
        ("planned", False, True),
        ("absent", False, False),
        ("absent", True, True),
        ("refused", True, False),
        ("failed", True, False),
        ("unknown", True, False),
    ],
)
def test_with_fail_fast_nothing_begins_after_the_first_that_is_not_done(status, missing_ok, is_done):
    crew, _ = crew_of(CEREBRAS[:9], concurrency=2, fail_fast=True, missing_ok=missing_ok)
    first, second = begin(crew)

    crew.settle(first.number, tombstone(first, status))

    assert numbers(begin(crew)) == ([3] if is_done else [])
    assert crew.goes_on
    crew.done.clear()
    crew.settle(second.number, tombstone(second))
    crew.done.clear()
    assert crew.goes_on == is_done


def test_without_fail_fast_a_failure_ends_nothing():
    crew, _ = crew_of(CEREBRAS[:2], concurrency=1)
    (first,) = begin(crew)

    crew.settle(first.number, tombstone(first, "failed"))

    assert numbers(begin(crew)) == [2]


def test_a_run_goes_on_until_the_caller_has_the_last_result():
    crew, _ = crew_of(CEREBRAS[:1], concurrency=1)
    seen = [crew.goes_on]
    (only,) = begin(crew)
    seen.append(crew.goes_on)
    crew.settle(only.number, tombstone(only))
    begin(crew)
    seen.append(crew.goes_on)
    crew.done.popleft()

    assert seen == [True, True, True]
    assert not crew.goes_on


def test_a_run_that_has_failed_begins_nothing():
    crew, _ = crew_of(CEREBRAS[:2], concurrency=1)
    crew.failure = SystemExit(7)

    with pytest.raises(SystemExit):
        begin(crew)


def test_a_ledger_hears_of_the_beginning_each_rest_and_the_end():
    ledger = Ledger()
    crew, _ = crew_of(CEREBRAS[:1], concurrency=1)
    crew.terms = Terms(concurrency=1, ledger=ledger)
    (only,) = begin(crew)
    crew.rest(only.number)
    crew.settle(only.number, tombstone(only))
    crew.close_ledger()

    assert ledger.heard == [("begin", 1, "unknown"), ("rest", 1, "unknown"), ("settle", 1, "deleted"), ("close", None)]


def test_a_ledger_that_fails_ends_the_run_and_the_result_stays():
    class Full(Ledger):
        def settle(self, *_):
            raise OSError("the disk is full")

    crew, _ = crew_of(CEREBRAS[:2], concurrency=1)
    crew.terms = Terms(concurrency=1, ledger=Full())
    (first,) = begin(crew)
    crew.settle(first.number, tombstone(first))

    assert [number for number, _ in crew.done] == [1]
    with pytest.raises(OSError, match="the disk is full"):
        begin(crew)


def test_an_exception_carries_what_is_settled_and_what_is_under_way_once_each():
    crew, _ = crew_of(CEREBRAS[:9], concurrency=3)
    first, *_ = begin(crew)
    crew.settle(first.number, tombstone(first))
    error = KeyboardInterrupt()

    crew.carry(error)

    assert [each.status for each in error.tombstones] == ["deleted", "unknown", "unknown"]
    notes = [f"{CEREBRAS[0]}: deleted. It is gone.", *(f"{ref}: unknown. It was interrupted." for ref in CEREBRAS[1:3])]
    assert error.__notes__ == notes
    crew.carry(error)
    assert error.__notes__ == notes


def test_what_is_settled_while_an_exception_is_carried_is_on_it_once():
    crew, _ = crew_of(CEREBRAS[:1], concurrency=1)
    (only,) = crew.next_items()
    crew.begin(only, lambda: tombstone(only, "unknown"))
    crew.done.append((only.number, tombstone(only)))
    error = KeyboardInterrupt()

    crew.carry(error)

    assert [each.status for each in error.tombstones] == ["deleted"]


def test_an_exception_that_takes_no_attributes_has_its_notes():
    class Closed(Exception):
        __slots__ = ()

        def __setattr__(self, name, value):
            if name == "tombstones":
                raise AttributeError(name)
            super().__setattr__(name, value)

    crew, _ = crew_of(CEREBRAS[:1], concurrency=1)
    begin(crew)
    error = Closed()

    crew.carry(error)

    assert error.__notes__ == [f"{CEREBRAS[0]}: unknown. It was interrupted."]


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_run_in_which_nothing_could_be_under_way_is_refused(concurrency):
    with pytest.raises(expunge.ConfigurationError, match="at least one must be under way"):
        Terms(concurrency=concurrency)
