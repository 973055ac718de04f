"""Filters of JSONPath: logic, comparisons, functions, and the number of nodes that a query may visit."""

import json
from typing import Any

import pytest

from overlay.json_path import PathError, is_equal, locations

THINGS: dict[str, Any] = {
    "neither": {},
    "a": {"a": 1},
    "b": {"b": 1},
    "both": {"a": 1, "b": 2},
}
NUMBERS: dict[str, Any] = {"two": 2, "three": 3, "half": 2.5, "text": "2", "true": True, "null": None}
LISTS: dict[str, Any] = {
    "none": [],
    "one": [1],
    "two": [1, 2],
    "longer": [1, 2, 3],
    "object": {"x": 1},
    "more": {"x": 1, "y": 2},
    "text": "abc",
}


def names(path, document):
    """Return the names of the members that *path* selects."""
    return sorted(str(name) for (name,) in locations(path, document))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("@.a && @.b", "both", id="and"),
        pytest.param("@.b && @.a", "both", id="and-in-the-other-order"),
        pytest.param("@.a || @.b", "a b both", id="or"),
        pytest.param("!@.a", "b neither", id="not"),
        pytest.param("!(@.a || @.b)", "neither", id="not-in-brackets"),
        pytest.param("@.a || @.a && @.b", "a both", id="and-binds-tighter"),
        pytest.param("(@.a || @.b) && @.b", "b both", id="brackets"),
        pytest.param("@.a == @.b", "neither", id="nothing-equals-nothing"),
        pytest.param("@.a != @.b", "a b both", id="nothing-equals-no-value"),
        pytest.param("@.a <= @.b", "both neither", id="nothing-is-at-most-nothing"),
        pytest.param("@.a >= @.b", "neither", id="nothing-is-at-least-nothing"),
        pytest.param("@.a < @.b", "both", id="nothing-is-less-than-no-value"),
    ],
)
def test_conditions_are_combined(condition, expected):
    assert " ".join(names(f"$[?{condition}]", THINGS)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("@ == 2", "two", id="equal"),
        pytest.param("@ != 2", "half null text three true", id="not-equal"),
        pytest.param("@ < 2.5", "two", id="less"),
        pytest.param("@ <= 2.5", "half two", id="at-most"),
        pytest.param("@ > 2.5", "three", id="more"),
        pytest.param("@ >= 2.5", "half three", id="at-least"),
        pytest.param("@ > 0", "half three two", id="true-is-not-a-number"),
        pytest.param("0 < @", "half three two", id="neither-on-the-other-side"),
        pytest.param("@ < '3'", "text", id="texts-and-numbers-have-no-order"),
        pytest.param("@ < '2'", "", id="equal-texts-are-not-less"),
        pytest.param("@ < '1'", "", id="a-later-text-is-not-less"),
        pytest.param("@ <= '2'", "text", id="equal-texts-are-at-most"),
        pytest.param("@ > '2'", "", id="equal-texts-are-not-more"),
        pytest.param("@ >= '2'", "text", id="equal-texts-are-at-least"),
        pytest.param("@ == null", "null", id="null"),
        pytest.param("@ >= null", "null", id="null-is-at-least-null"),
        pytest.param("@ > null", "", id="null-has-no-order"),
        pytest.param("@ >= true", "true", id="true-is-at-least-true"),
        pytest.param("true > false", "", id="truth-has-no-order"),
        pytest.param("@ == -0.0", "", id="no-zero"),
    ],
)
def test_values_are_compared(condition, expected):
    assert " ".join(names(f"$[?{condition}]", NUMBERS)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("length(@) == 2", "more two", id="length-of-lists-and-objects"),
        pytest.param("length(@) == 3", "longer text", id="length-of-a-text"),
        pytest.param("length(@.x) == 1", "", id="a-number-has-no-length"),
        pytest.param("length(@.nothing) == length(@.x)", " ".join(sorted(LISTS)), id="nothing-has-no-length"),
        pytest.param("count(@.*) == 2", "more two", id="count"),
        pytest.param("count(@.*) == 0", "none text", id="count-of-nothing"),
        pytest.param("value(@.*) == 1", "object one", id="value-of-one-node"),
        pytest.param("value(@..x) == 1", "more object", id="value-of-a-descendant"),
        pytest.param("@ == $.two", "two", id="list"),
        pytest.param("@ == $.object", "object", id="object"),
        pytest.param("@[-2] == 1", "two", id="index-from-the-end"),
        pytest.param("@[2]", "longer", id="last-index"),
        pytest.param("@[-3]", "longer", id="first-index-from-the-end"),
        pytest.param("@[-4]", "", id="index-before-the-first"),
        pytest.param("@[3]", "", id="index-behind-the-last"),
        pytest.param("search(@, 'b')", "text", id="search"),
        pytest.param("match(@, 'b')", "", id="match-is-complete"),
        pytest.param("match(@, 'a.c')", "text", id="match"),
        pytest.param("search(@, 'd')", "", id="search-without-a-match"),
    ],
)
def test_functions_and_places_are_compared(condition, expected):
    assert " ".join(names(f"$[?{condition}]", LISTS)) == expected


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        ([1], [1, 2], False),
        ([1, 2], [1], False),
        ([], [], True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        ({}, [], False),
        ([1], {"0": 1}, False),
        (1, True, False),
        (False, 0, False),
        (1, 1.0, True),
        (None, False, False),
    ],
    ids=json.dumps,
)
def test_values_are_equal_as_in_json(one, other, are_equal):
    assert is_equal(one, other) is are_equal


@pytest.mark.parametrize(("most", "is_allowed"), [(5, True), (4, False)])
@pytest.mark.parametrize("path", ["$.*", "$[::]", "$[?@ > 0]", "$[0, 1, 2, 3, 4]"])
def test_a_query_may_visit_exactly_so_many_nodes(path, most, is_allowed, monkeypatch):
    monkeypatch.setattr("overlay.json_path._MOST_VISITS", most)

    if is_allowed:
        assert len(locations(path, [1, 2, 3, 4, 5])) == 5
    else:
        with pytest.raises(PathError, match=r"^it visits more than 4 nodes$"):
            locations(path, [1, 2, 3, 4, 5])


@pytest.mark.parametrize("length", [10_000, 10_001])
def test_a_query_has_at_most_ten_thousand_characters(length):
    path = f"$['{'a' * (length - 5)}']"

    if length == 10_000:
        assert locations(path, {}) == []
    else:
        with pytest.raises(PathError, match=r"^it has 10001 characters; the limit is 10000$"):
            locations(path, {})


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(f"-0{'1' * 50}", f"-0{'1' * 38} is not a number", id="not-a-number"),
        pytest.param(f"1e{'9' * 50}", f"1e{'9' * 38} is not a number that JSON can hold", id="too-large"),
    ],
)
def test_a_long_number_is_cut_in_the_message(number, words):
    with pytest.raises(PathError) as refused:
        locations(f"$[?@ == {number}]", {})

    assert str(refused.value) == words
