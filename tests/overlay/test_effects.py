"""An update has an effect: it adds, replaces, repeats or changes nothing; and each refusal names its place."""

import pytest

from overlay.document import apply_overlay, read_overlay
from overlay.nodes import Effect, Node, OverlayError, append_or_merge, kind_of, plain_copy, remove_all, select, shown


def effect(target, value, *, minor=1):
    return append_or_merge(Node({"x": target}, "x", ("x",)), value, minor=minor)


@pytest.mark.parametrize(
    ("target", "value", "expected"),
    [
        pytest.param(1, 1, Effect.NOTHING, id="the-same-value"),
        pytest.param(1, 1.0, Effect.NOTHING, id="an-equal-number"),
        pytest.param(1, 2, Effect.REPLACED, id="another-value"),
        pytest.param(1, True, Effect.REPLACED, id="another-type"),
        pytest.param({}, {}, Effect.NOTHING, id="no-member"),
        pytest.param({"a": 1}, {"a": 1}, Effect.NOTHING, id="the-same-member"),
        pytest.param({"a": 1}, {"b": 1}, Effect.ADDED, id="a-new-member"),
        pytest.param({"a": 1}, {"a": 2}, Effect.REPLACED, id="another-member"),
        pytest.param({"a": 1}, {"b": 1, "a": 2}, Effect.REPLACED, id="replaced-counts-before-added"),
        pytest.param({"a": 1}, {"a": 2, "b": 1}, Effect.REPLACED, id="in-any-order"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 2}}, Effect.REPLACED, id="a-member-deep-inside"),
        pytest.param({"a": {"b": 1}, "c": 1}, {"a": {"b": 2}, "c": 1}, Effect.REPLACED, id="though-the-next-stays"),
        pytest.param([1], [], Effect.NOTHING, id="no-item"),
        pytest.param([1], [2], Effect.ADDED, id="a-new-item"),
        pytest.param([1], [2, 1], Effect.REPEATED, id="an-item-that-is-there"),
        pytest.param([1], 1, Effect.REPEATED, id="a-value-that-is-there"),
        pytest.param([], [1, 1], Effect.ADDED, id="an-item-twice"),
        pytest.param({"a": [1]}, {"a": [2]}, Effect.ADDED, id="a-new-item-inside"),
        pytest.param({"a": [1]}, {"a": [1], "b": 1}, Effect.REPEATED, id="repeated-counts-before-added"),
        pytest.param({"a": [1], "b": 1}, {"a": [1], "b": 2}, Effect.REPEATED, id="repeated-counts-before-replaced"),
    ],
)
def test_an_update_has_an_effect(target, value, expected):
    assert effect(target, value) is expected


@pytest.mark.parametrize(("value", "expected"), [([1], Effect.ADDED), ([[1]], Effect.ADDED), (1, Effect.REPEATED)])
def test_an_array_is_one_item_in_overlay_1_0(value, expected):
    assert effect([1], value, minor=0) is expected


def test_an_overlay_lists_the_actions_that_replace_or_repeat():
    overlay = read_overlay(
        {
            "overlay": "1.1.0",
            "info": {"title": "t", "version": "1"},
            "actions": [
                {"target": "$", "update": {"b": 1}},
                {"target": "$.a", "update": 2},
                {"target": "$.list", "update": 1},
                {"target": "$['list', 'other']", "update": 3},
            ],
        }
    )

    apply_overlay(overlay, {"a": 1, "list": [1], "other": [3]}, before={"a": 1, "list": [1], "other": [3]})

    assert [action.number for action in overlay.replacing] == [2]
    assert [action.number for action in overlay.repeating] == [3, 4]
    assert overlay.warnings == []


@pytest.mark.parametrize(
    ("target", "value", "words"),
    [
        ({}, [], "/x: an object cannot be updated with an array"),
        ({}, 1, "/x: an object cannot be updated with a primitive value"),
        (1, {}, "/x: a primitive value cannot be updated with an object"),
        ({"a": {"b": {}}}, {"a": {"b": []}}, "property 'b' of /x/a is an object and cannot be merged with an array"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_place(target, value, words):
    with pytest.raises(OverlayError) as refused:
        effect(target, value)

    assert str(refused.value) == words


def test_a_property_of_the_document_is_named_so():
    with pytest.raises(OverlayError, match=r"^property 'a' of the document is a primitive value and cannot"):
        append_or_merge(Node([{"a": 1}], 0, ()), {"a": []}, minor=1)


@pytest.mark.parametrize(
    ("path", "places"),
    [
        pytest.param("$.b[1]", [("b", 1)], id="one"),
        pytest.param("$['a', 'b']", [("b",), ("a",)], id="members-have-the-order-of-the-document"),
        pytest.param("$.b[1, 0]", [("b", 0), ("b", 1)], id="items-too"),
        pytest.param("$..x", [("b", 1, "x"), ("a", "x")], id="descendants"),
        pytest.param("$..*", [("b",), ("b", 0), ("b", 1), ("b", 1, "x"), ("a",), ("a", "x")], id="parents-come-first"),
    ],
)
def test_nodes_are_selected_in_the_order_of_the_document(path, places):
    document = {"b": [1, {"x": 2}], "a": {"x": 3}}

    nodes = select(path, [document])

    assert [node.location for node in nodes] == places
    assert not any(node.is_root for node in nodes)


def test_the_root_is_selected():
    (node,) = select("$", [{"a": 1}])

    assert node.is_root
    assert node.value == {"a": 1}


@pytest.mark.parametrize(("length", "text"), [(200, "a" * 200), (201, "a" * 200 + "…")])
def test_a_long_path_is_cut_for_a_message(length, text):
    assert shown("a" * length) == text


def test_removed_items_leave_the_others_in_order():
    document = {"a": [0, 1, 2, 3], "b": [[4, 5], 6], "c": 7}

    remove_all(select("$['a'][0, 2]", [document]) + select("$.b[0][1]", [document]) + select("$.c", [document]))

    assert document == {"a": [1, 3], "b": [[4], 6]}


@pytest.mark.parametrize(("value", "kind"), [({}, "object"), ([], "array"), ("", "primitive"), (None, "primitive")])
def test_a_value_has_one_of_three_kinds(value, kind):
    assert kind_of(value) == kind


def test_a_copy_shares_nothing_that_changes():
    value = {"a": [{"b": 1}]}

    copied = plain_copy(value)
    value["a"][0]["b"] = 2
    value["a"].append(3)

    assert copied == {"a": [{"b": 1}]}
