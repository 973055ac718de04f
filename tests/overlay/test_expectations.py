"""In strict mode, an action must find what it expects, a number of matches or a digest, and must change something."""

import json
from hashlib import sha256
from typing import ClassVar

import pytest

from overlay.document import apply_overlay, digest, read_overlay
from overlay.nodes import OverlayError

DOCUMENT = {"b": {"x": [1, "ü"]}, "a": {"x": "two"}}
# Canonical JSON of the nodes of $..x in document order; sorted keys, no spaces, nothing escaped that need not be.
CANONICAL = '[[1,"ü"],"two"]'
REMOVAL = {"target": "$..x", "remove": True}


def hashed(text):
    return sha256(text.encode()).hexdigest()


def run(*actions, document=DOCUMENT, strict=True, before=None):
    overlay = {"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": list(actions)}
    return apply_overlay(read_overlay(overlay), document, strict=strict, before=before)


def refusal(*actions, **options):
    with pytest.raises(OverlayError) as refused:
        run(*actions, **options)
    return str(refused.value)


def test_an_action_that_finds_what_it_expects_is_applied():
    expected = {"x-expect-matches": 2, "x-expect-sha256": hashed(CANONICAL)}

    assert run({**REMOVAL, **expected}) == {"b": {}, "a": {}}


@pytest.mark.parametrize(
    "expected",
    [
        {"x-expect-matches": 1},
        {"x-expect-matches": 3},
        {"x-expect-matches": 0},
        {"x-expect-sha256": hashed('["two",[1,"\\u00fc"]]')},
        {"x-expect-sha256": ""},
    ],
    ids=str,
)
def test_any_difference_is_an_error_only_when_strict(expected):
    said = refusal({**REMOVAL, **expected})

    assert said.startswith("action 1 (target $..x): expected ")
    assert " found " in said
    assert said.endswith("; if upstream has fixed this, drop the action")
    assert run({**REMOVAL, **expected}, strict=False) == {"b": {}, "a": {}}


@pytest.mark.parametrize("expected", ["0" * 90, "f" * 90], ids=["a-lesser-text", "a-greater-text"])
@pytest.mark.parametrize("before", [None, {"x": "neither"}], ids=["no-old-document", "an-old-one-that-differs-too"])
def test_a_digest_that_differs_comes_with_the_content(expected, before):
    said = refusal({**REMOVAL, "x-expect-sha256": expected}, before=before)

    assert (
        f'expected content of SHA-256 "{expected[:79]}…, found {hashed(CANONICAL)}: [[1, "ü"], "two"]; if upstream'
        in said
    )


def test_a_digest_that_differs_comes_with_the_differences_of_the_nodes_that_both_have():
    old = {"a": {"x": 1}, "b": {"x": 2}}

    said = refusal({**REMOVAL, "x-expect-sha256": hashed("[1,2]")}, document={"a": {"x": 3}}, before=old)

    assert ": since then /a/x was 1 and is 3; if upstream" in said


def test_the_digest_of_an_object_does_not_depend_on_the_order_of_its_members():
    assert digest([{"a": 1, "b": [{"c": 2, "d": 3}]}]) == digest([{"b": [{"d": 3, "c": 2}], "a": 1}])


def test_the_old_document_gets_each_action_even_if_it_is_not_as_expected():
    actions = [
        {"target": "$.a", "update": {"b": 2}, "x-expect-sha256": hashed('[{"d":1}]')},
        {"target": "$.a", "update": {"c": 3}, "x-expect-sha256": hashed('[{"b":2}]')},
    ]

    said = refusal(*actions, document={"a": {"d": 1}}, before={"a": {}})

    assert ": since then /a/d is new (1); if upstream" in said


@pytest.mark.parametrize(("strict", "named"), [(True, ["action 1 ", "action 3 "]), (False, ["action 1 "])])
def test_all_failures_are_named_only_when_strict(strict, named):
    actions = [{"target": "$.a", "update": {}}, {"target": "$.b", "update": 1}, {"target": "$.a", "update": []}]

    said = refusal(*actions, document={"a": 1, "b": 2}, strict=strict)

    assert [part[:9] for part in said.split("; ")] == named


def test_long_content_is_cut():
    said = refusal({**REMOVAL, "x-expect-sha256": ""}, document={"x": "a" * 297})

    assert f': ["{"a" * 297}"…; if upstream' in said


class TestPlaces:
    """A number of matches that differs comes with the places, if the old document had the expected number."""

    OLD: ClassVar = {"a": {"x": 1}, "b": {"x": 1}}

    def found(self, count, document, before=OLD):
        return refusal({**REMOVAL, "x-expect-matches": count}, document=document, before=before)

    def test_those_that_are_gone_are_named(self):
        assert "expected 2 matches, found 1 (/a/x is gone); if" in self.found(2, {"b": {"x": 1}})

    def test_those_that_are_new_are_named(self):
        assert "found 3 (/c/x is new); if" in self.found(2, {**self.OLD, "c": {"x": 1}})

    def test_both_are_named(self):
        assert "found 3 (/a/x is gone, /c/x is new, /d/x is new); if" in self.found(
            2, {"b": {"x": 1}, "c": {"x": 1}, "d": {"x": 1}}
        )

    def test_without_an_old_document_there_are_none(self):
        assert "expected 1 matches, found 2; if" in self.found(1, self.OLD, before=None)

    def test_if_the_old_document_never_fitted_only_new_ones_are_named(self):
        assert "expected 5 matches, found 2 (/c/x is new); if" in self.found(5, {"b": {"x": 1}, "c": {"x": 1}})

    def test_many_are_cut(self):
        said = self.found(0, {"a": {str(n): {"x": n} for n in range(9)}}, before={"x": 1})

        assert (
            "found 9 (/a/0/x is new, /a/1/x is new, /a/2/x is new, /a/3/x is new, /a/4/x is new, /a/5/x is new); if"
            in said
        )


def test_the_digest_is_of_the_nodes_before_the_action():
    actions = [
        {"target": "$.n", "update": 2, "x-expect-sha256": hashed("[1]")},
        {"target": "$.n", "update": 3, "x-expect-sha256": hashed("[2]")},
    ]

    assert run(*actions, document={"n": 1}) == {"n": 3}


def test_the_order_is_that_of_the_document_not_of_the_query():
    removal = {"target": "$['z', 'a']", "remove": True, "x-expect-sha256": hashed('["first","second"]')}

    assert run(removal, document={"a": "first", "z": "second"}) == {}


@pytest.mark.parametrize("count", [True, 1.0, "1", [1]])
def test_a_count_is_an_integer(count):
    said = refusal({"target": "$.a", "remove": True, "x-expect-matches": count}, document={"a": 1})

    assert f"'x-expect-matches' must be an integer, not {json.dumps(count)}" in said


def test_a_node_selected_twice_counts_once():
    removal = {"target": "$['a', 'a']", "remove": True, "x-expect-matches": 1}

    assert run(removal, document={"a": 1}) == {}


@pytest.mark.parametrize(
    "action",
    [
        {"update": {"a": 1}},
        {"update": {"a": 1.0}},
        {"update": {"b": {"c": []}}},
        {"update": {}},
        {"remove": False},
    ],
    ids=str,
)
def test_an_action_that_changes_nothing_is_an_error(action):
    """By JSON's data model, in which 1 and 1.0 are one number."""
    assert "the action changes nothing" in refusal({"target": "$", **action}, document={"a": 1, "b": {"c": []}})


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), ("1", 1), (None, 0)])
def test_an_action_that_changes_the_type_changes_something(old, new):
    assert json.dumps(run({"target": "$.a", "update": new}, document={"a": old})) == json.dumps({"a": new})
