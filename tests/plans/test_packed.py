"""Choices are packed some at a time, and read at any places; test_choices.py compares them with a tuple."""

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
