"""Packed choices are read like a tuple of the same choices, a few at a time."""

import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from expunge import Version
from expunge.plans.packed import Choices, PackedChoices, PackedRows
from expunge.plans.retention import choose
from expunge.plans.selection import Selection
from expunge.providers import Capabilities

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
COUNT = 130
"""More rows than are compressed together twice."""


@pytest.fixture(scope="module")
def choices():
    versions = [Version(ref=f"baseten:m@{number}", created_at=NOW - timedelta(days=number)) for number in range(COUNT)]
    return choose(versions, Selection(keep_last=7), Capabilities(creation_times=True), NOW)


@pytest.fixture(scope="module")
def packed(choices):
    return PackedChoices.of(choices)


def test_packed_choices_are_those_that_were_packed(choices, packed):
    assert tuple(packed) == choices
    assert (len(packed), packed.goes) == (COUNT, COUNT - 7)
    assert PackedChoices.of(packed) is packed


@pytest.mark.parametrize(
    "places",
    [
        *(slice(3), slice(60, 70), slice(None, None, 3), slice(-3, None), slice(5, 5), slice(-2, None, 2)),
        *(slice(None, None, -1), slice(9, 2, -3), slice(2, 9, -1)),
    ],
    ids=str,
)
def test_a_slice_of_choices_is_that_of_a_tuple(places, choices, packed):
    assert packed[places] == choices[places]


@pytest.mark.parametrize("place", [0, 1, 63, 64, COUNT - 1, -1, -2, -COUNT])
def test_one_choice_is_that_of_a_tuple(place, choices, packed):
    assert packed[place] == choices[place]


@pytest.mark.parametrize("place", [COUNT, -COUNT - 1])
def test_a_place_behind_the_end_is_an_index_error(place, packed):
    with pytest.raises(IndexError):
        packed[place]


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
    assert hash(packed) == hash(choices)
    assert repr(packed) == repr(choices)


def test_choices_can_be_pickled(choices, packed):
    again = pickle.loads(pickle.dumps(packed))  # noqa: S301 - our own

    assert isinstance(again, PackedChoices)
    assert (tuple(again), again.goes) == (choices, packed.goes)
    assert pickle.loads(pickle.dumps(packed.at([1, 2]))) == choices[1:3]  # noqa: S301 - our own


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
