"""A plan's choices: they behave as a tuple of the same choices does."""

import copy
import json
import operator
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

import expunge
from expunge.plans.packed import Choices, PackedChoices, PackedRows
from expunge.plans.retention import Choice

COUNT = 130
"""More than are packed together twice."""

NOW = datetime(2026, 6, 15, tzinfo=UTC)
PLAIN = tuple(
    Choice(
        version=expunge.Version(ref=f"baseten:mod3x7q@dep{n}", created_at=NOW - timedelta(days=n)),
        action="delete" if n % 2 else "keep",
        rule="selected" if n % 2 else "keep_last",
        reason=f"Reason {n % 3}.",
    )
    for n in range(COUNT)
)
OTHER = evolve(PLAIN[0], reason="Another one.")


class One:
    """A number that is not an `int`."""

    def __index__(self):
        return 1


ASKED = {
    "first": operator.itemgetter(0),
    "last": operator.itemgetter(-1),
    "by-another-number": operator.itemgetter(One()),
    "after-the-end": operator.itemgetter(COUNT),
    "before-the-begin": operator.itemgetter(-COUNT - 1),
    "by-a-text": operator.itemgetter("0"),
    "some": operator.itemgetter(slice(60, 70)),
    "every-third": operator.itemgetter(slice(None, None, 3)),
    "from-the-end": operator.itemgetter(slice(-3, None)),
    "backwards": operator.itemgetter(slice(None, 60, -7)),
    "length": len,
    "truth": bool,
    "hash": hash,
    "text": repr,
    "reversed": lambda choices: tuple(reversed(choices)),
    "place": lambda choices: choices.index(PLAIN[70]),
    "place-from": lambda choices: choices.index(PLAIN[70], 71),
    "place-of-another": lambda choices: choices.index(OTHER),
    "count": lambda choices: choices.count(PLAIN[70]),
    "holds": lambda choices: (PLAIN[70] in choices, OTHER in choices),
    "equals": lambda choices: (choices == PLAIN, choices == PLAIN[1:], choices == list(PLAIN), choices == 1),
    "copy": lambda choices: copy.copy(choices) == PLAIN == copy.deepcopy(choices),
    "pickle": lambda choices: pickle.loads(pickle.dumps(choices)) == PLAIN,  # noqa: S301 - it is ours
}


def found(ask, choices):
    """Return what *ask* returns of *choices*, or the type of its error."""
    try:
        return ask(choices)
    except (IndexError, TypeError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize(
    "choices", [PackedChoices.of(PLAIN), Choices(COUNT, lambda: iter(PLAIN))], ids=["packed", "made"]
)
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_they_answer_as_a_tuple_does(ask, choices):
    assert found(ask, choices) == found(ask, PLAIN)


@pytest.mark.parametrize("name", ["last", "reversed", "place", "count", "holds", "backwards"])
def test_they_are_made_once_for_each_question(name):
    """A fleet has tens of thousands: made again for each place, they would take hours."""
    made = []

    def make():
        for choice in PLAIN:
            made.append(choice)
            yield choice

    ASKED[name](Choices(COUNT, make))

    assert len(made) <= 2 * COUNT


@pytest.fixture(scope="module")
def choices():
    return PLAIN


@pytest.fixture(scope="module")
def packed(choices):
    return PackedChoices.of(choices)


def test_packed_choices_are_those_that_were_packed(choices, packed):
    assert tuple(packed) == choices
    assert (len(packed), packed.goes) == (COUNT, COUNT // 2)
    assert PackedChoices.of(packed) is packed


@pytest.mark.parametrize(
    "places", [[], [0], [0, 1], [63], [64], [63, 64], [0, 64, 128], [COUNT - 1], [65, 3, 66]], ids=str
)
def test_choices_at_places_are_those_at_these_places(places, choices, packed):
    found = packed.at(places)

    assert len(found) == len(places)
    assert tuple(found) == tuple(choices[place] for place in places)


def test_choices_equal_only_the_same_choices(choices, packed):
    assert packed == choices
    assert packed == Choices(COUNT, lambda: iter(choices))
    assert packed != choices[1:]
    assert packed != choices[:-1]
    assert packed[1:] != choices[:-1]
    assert packed != (*choices[:-1], choices[0])
    assert packed != (*choices[1:], choices[0])
    assert packed != list(choices)
    assert PackedChoices([]) == ()
    assert PackedChoices([]) != choices


def test_choices_that_were_pickled_know_how_many_go(choices, packed):
    again = pickle.loads(pickle.dumps(packed))  # noqa: S301 - our own

    assert isinstance(again, PackedChoices)
    assert (tuple(again), again.goes) == (choices, packed.goes)


def test_rows_are_compressed_some_at_a_time():
    """Their texts are canonical JSON: joined by commas they are the list."""
    rows = PackedRows()
    for number in range(COUNT):
        rows.add({"b": number, "a": "é"})

    pieces = list(rows.texts())

    assert len(pieces) == 3
    assert list(rows) == [{"a": "é", "b": number} for number in range(COUNT)]
    assert f"[{','.join(pieces)}]" == json.dumps(list(rows), separators=(",", ":"))
    assert len(rows) == COUNT


def test_rows_that_were_packed_early_are_all_there():
    rows = PackedRows()
    rows.pack()
    rows.add([1])
    rows.pack()
    rows.pack()
    rows.add([2])

    assert list(rows) == [[1], [2]]
