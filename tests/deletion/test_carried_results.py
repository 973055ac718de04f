"""Whatever is raised while a deletion is under way carries its record, also if it strikes while the record is put."""

import asyncio

import pytest

from expunge._deletion.carried_results import carried, carried_async


class Begun:
    """A deletion that is struck while it puts its record on an exception, as often as *strikes* says."""

    def __init__(self, *strikes):
        self.strikes = list(strikes)
        self.carried = []

    def carry(self, error):
        self.carried.append(type(error))
        if self.strikes:
            raise self.strikes.pop(0)


def run(kind, begun, work):
    """Return what `carried` returns around *work*, in either kind."""
    if kind == "sync":
        return carried(begun, work)

    async def awaited():
        return work()

    return asyncio.run(carried_async(begun, awaited))


both = pytest.mark.parametrize("kind", ["sync", "async"])


@both
def test_a_value_is_returned_by_the_last_step(kind):
    begun = Begun()

    assert run(kind, begun, lambda: (7, None))() == 7
    assert begun.carried == []


@both
def test_an_error_that_is_a_result_is_raised_by_the_last_step_and_carries_its_own(kind):
    begun = Begun()
    handed_over = run(kind, begun, lambda: (None, ValueError("refused")))

    with pytest.raises(ValueError, match="refused"):
        handed_over()

    assert begun.carried == []


@both
def test_an_interruption_carries_the_record(kind):
    def work():
        raise LookupError

    begun = Begun()

    with pytest.raises(LookupError):
        run(kind, begun, work)

    assert set(begun.carried) == {LookupError}


@both
def test_a_second_interruption_while_the_first_is_handled_carries_it_too(kind):
    def work():
        raise LookupError

    begun = Begun(ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        run(kind, begun, work)

    assert begun.carried == [LookupError, ZeroDivisionError]
