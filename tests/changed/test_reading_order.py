"""The client reads an answer as the first alternative that fits, so their order counts where two of them compete."""
# ruff: noqa: E501 - a row of the table is a line

import pytest
from tests.changed.test_schema_meaning import TEXT, changes, document, fields, level, ref

from changed.openapi.operations import spec_changes

A, B = (fields(**{name: TEXT}) for name in "ab")
NUMBERS, TEXTS = ({"type": "array", "items": {"type": kind}} for kind in ("integer", "string"))
OPEN = {"type": "object", "properties": {"type": TEXT}, "required": ["type"]}
"""Read for every object: a variant for types that are unknown today."""


def tagged(value, **more):
    return {"type": "object", "required": ["type"], "properties": {"type": value, **more}}


X, Y = (tagged({"const": name}) for name in "xy")
ONE, OTHER = (tagged({"type": "string", "enum": [name]}) for name in "xy")
NAMED = {"A": A, "B": B, "X": X, "Y": Y, "Open": OPEN, "Lax": {**X, "required": []}, "Union": {"anyOf": [A, B]}}


def row(name, *alternatives):
    return pytest.param(alternatives, id=name)


COMPETING = [
    row("objects", A, B),
    row("named-objects", ref("A"), ref("B")),
    row("an-object-and-a-named-one", A, ref("B")),
    row("lists", NUMBERS, TEXTS),
    row("typed-texts", {**TEXT, "format": "date-time"}, {**TEXT, "format": "date"}),
    row("a-typed-text-and-fixed-ones", {**TEXT, "format": "uuid"}, {"type": "string", "enum": ["a"]}),
    row("fixed-texts", {"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["b", "c"]}),
    row("a-constant-and-an-object", {"const": "none"}, A),
    row("fixed-numbers-and-an-object", {"type": "integer", "enum": [1, 2]}, A),
    row("fixed-values-of-any-type-and-an-object", {"enum": ["a", 1]}, A),
    row("an-object-that-may-lack-its-type", ref("Lax"), Y),
    row("any-object-and-a-typed-one", ref("Open"), X),
    row("all-of", {"allOf": [ref("A"), {"required": ["a"]}]}, ref("B")),
    row("of-the-same-type", tagged({"const": "x"}, a=TEXT), tagged({"const": "x"}, b=TEXT)),
]  # fmt: skip
APART = [
    row("an-object-and-a-list", A, NUMBERS),
    row("an-object-and-plain-text", A, TEXT),
    row("an-object-and-any-value", A, {}),
    row("a-list-and-any-value", NUMBERS, {}),
    row("plain-texts-and-numbers", TEXT, {"type": "integer"}, {"type": "object"}),
    row("an-unknown-format", {**TEXT, "format": "uri"}, {**TEXT, "format": "date"}),
    row("constants-in-a-required-field", X, Y),
    row("named-ones-with-constants", ref("X"), ref("Y")),
    row("one-value-in-a-required-field", ONE, OTHER),
    row("constants-in-all-of", {"allOf": [ref("X"), {"properties": {"a": TEXT}}]}, {"allOf": [ref("Y"), ref("A")]}),
]  # fmt: skip


@pytest.mark.parametrize("key", ["anyOf", "oneOf"])
@pytest.mark.parametrize("alternatives", COMPETING)
def test_another_order_of_what_competes_breaks_who_receives(alternatives, key):
    before, after = {key: [*alternatives]}, {key: [*reversed(alternatives)]}

    (change,) = changes(before, after, "received", **NAMED)

    assert change.level == "breaking"
    assert "the order changed" in change.what
    assert changes(before, after, "sent", **NAMED) == []


@pytest.mark.parametrize("alternatives", APART)
def test_another_order_of_what_cannot_be_confused_is_no_change(alternatives):
    before, after = {"anyOf": [*alternatives]}, {"anyOf": [*reversed(alternatives)]}

    assert changes(before, after, "received", **NAMED) == []


def test_the_order_inside_a_named_union_counts_too():
    before, after = ({"anyOf": [A, B]}, {"anyOf": [B, A]})
    nested = {"anyOf": [ref("Union"), NUMBERS]}

    assert level(before, after, "received") == "breaking"
    assert level(nested, {"anyOf": [B, A, NUMBERS]}, "received", **NAMED) == "breaking"


def test_a_named_alternative_that_changed_and_moved_is_still_in_another_order():
    before = document({"anyOf": [ref("A"), ref("B")]}, "received", A=A, B=B)
    after = document({"anyOf": [ref("B"), ref("A")]}, "received", A=fields(a=TEXT, more=TEXT), B=B)

    assert [(each.level, each.name) for each in spec_changes("p", before, after)] == [
        ("compatible", "schemas.A.more"),
        ("breaking", "do.responses.200.anyOf"),
    ]


def test_an_alternative_that_got_a_name_and_moved_is_still_in_another_order():
    assert level({"anyOf": [A, B]}, {"anyOf": [ref("B"), A]}, "received", **NAMED) == "breaking"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([ref("X"), ref("A")], [ref("X"), ref("A"), ref("Y")], "breaking", id="nothing-reads-it-today"),
        pytest.param([ref("X"), ref("Open")], [ref("X"), ref("Y"), ref("Open")], "compatible", id="read-as-unknown-today"),
        pytest.param([ref("A"), ref("Open")], [ref("B"), ref("A"), ref("Open")], "breaking", id="it-takes-what-another-one-reads"),
        pytest.param([ref("X")], [ref("X"), ref("Open")], "breaking", id="the-one-for-the-unknown-is-new"),
    ],
)  # fmt: skip
def test_a_new_variant_in_an_answer_breaks_unless_it_was_read_as_unknown(before, after, expected):
    assert level({"oneOf": before}, {"oneOf": after}, "received", **NAMED) == expected
    assert level({"oneOf": before}, {"oneOf": after}, "sent", **NAMED) == "compatible"


@pytest.mark.parametrize(("added", "expected"), [(tagged({"const": "z"}), "compatible"), (A, "breaking")])
def test_an_object_without_a_name_is_judged_as_a_variant_too(added, expected):
    before, after = {"anyOf": [ref("X"), ref("Y"), ref("Open")]}, {"anyOf": [ref("X"), added, ref("Y"), ref("Open")]}

    assert level(before, after, "received", **NAMED) == expected
