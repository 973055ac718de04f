"""The Overlay 1.0.0 and 1.1.0 standards, sentence by sentence.

The module is longer than most: the table has a row for each sentence of the standards.
"""

import copy
import json
from typing import Any

import pytest

from overlay.document import apply_overlay, read_overlay
from overlay.nodes import OverlayError

DOCUMENT: dict[str, Any] = {
    "info": {"title": "Pets", "contact": {"name": "Ann"}},
    "tags": ["cats", "dogs"],
    "paths": {
        "/b": {"get": {"parameters": [{"name": "x", "in": "query"}, {"name": "y", "in": "path"}]}},
        "/a": {"get": {"parameters": []}},
    },
    "nothing": None,
}


def overlay(*actions: dict[str, Any], version: str = "1.1.0", **root: Any) -> dict[str, Any]:
    """Write an overlay document around *actions*."""
    return {"overlay": version, "info": {"title": "t", "version": "1"}, "actions": list(actions), **root}


def run(*actions: dict[str, Any], document: Any = DOCUMENT, version: str = "1.1.0") -> Any:
    """Apply *actions* to a document."""
    return apply_overlay(read_overlay(overlay(*actions, version=version)), document)


def changed(**parts: Any) -> dict[str, Any]:
    """Return the document with *parts* in place of its own."""
    return {**copy.deepcopy(DOCUMENT), **parts}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        pytest.param(
            {"target": "$.info", "update": {"version": "2"}},
            changed(info={"title": "Pets", "contact": {"name": "Ann"}, "version": "2"}),
            id="a-property-only-in-update-is-inserted-and-others-stay",
        ),
        pytest.param(
            {"target": "$.info", "update": {"title": "Dogs"}},
            changed(info={"title": "Dogs", "contact": {"name": "Ann"}}),
            id="a-primitive-replaces-a-primitive",
        ),
        pytest.param(
            {"target": "$.info", "update": {"title": None}},
            changed(info={"title": None, "contact": {"name": "Ann"}}),
            id="null-is-a-primitive-and-removes-nothing",
        ),
        pytest.param(
            {"target": "$.info", "update": {"contact": {"url": "u"}}},
            changed(info={"title": "Pets", "contact": {"name": "Ann", "url": "u"}}),
            id="objects-merge-recursively",
        ),
        pytest.param(
            {"target": "$", "update": {"tags": ["birds"]}},
            changed(tags=["cats", "dogs", "birds"]),
            id="the-root-is-a-target-and-arrays-in-a-merge-concatenate",
        ),
        pytest.param(
            {"target": "$.tags", "update": ["birds", "dogs"]},
            changed(tags=["cats", "dogs", "birds", "dogs"]),
            id="an-array-is-concatenated-with-an-array",
        ),
        pytest.param(
            {"target": "$.tags", "update": "birds"},
            changed(tags=["cats", "dogs", "birds"]),
            id="a-primitive-is-appended-to-an-array",
        ),
        pytest.param(
            {"target": "$.paths['/a'].get.parameters", "update": {"name": "z"}},
            changed(
                paths={"/b": DOCUMENT["paths"]["/b"], "/a": {"get": {"parameters": [{"name": "z"}]}}},
            ),
            id="an-object-is-appended-to-an-array",
        ),
        pytest.param(
            {"target": "$.info.title", "update": "Dogs"},
            changed(info={"title": "Dogs", "contact": {"name": "Ann"}}),
            id="a-primitive-node-is-replaced",
        ),
        pytest.param(
            {"target": "$.tags[0]", "update": "birds"},
            changed(tags=["birds", "dogs"]),
            id="a-primitive-item-of-an-array-is-replaced",
        ),
        pytest.param({"target": "$.nothing", "update": 1}, changed(nothing=1), id="a-null-node-is-a-primitive-node"),
        pytest.param(
            {"target": "$.paths.*", "update": {"x": 1}},
            changed(
                paths={"/b": {**DOCUMENT["paths"]["/b"], "x": 1}, "/a": {**DOCUMENT["paths"]["/a"], "x": 1}},
            ),
            id="each-selected-object-is-merged",
        ),
        pytest.param(
            {"target": "$.tags[?@ == 'dogs']", "remove": True},
            changed(tags=["cats"]),
            id="a-primitive-item-is-removed",
        ),
        pytest.param({"target": "$.tags[*]", "remove": True}, changed(tags=[]), id="all-items-go-though-indexes-shift"),
        pytest.param(
            {"target": "$.tags[0, 0, -2]", "remove": True},
            changed(tags=["dogs"]),
            id="a-node-that-is-selected-three-times-goes-once",
        ),
        pytest.param(
            {"target": "$.info.contact", "remove": True},
            changed(info={"title": "Pets"}),
            id="a-node-is-removed-from-its-map",
        ),
        pytest.param(
            {"target": "$..contact..*", "remove": True},
            changed(info={"title": "Pets", "contact": {}}),
            id="descendants-are-removed",
        ),
        pytest.param(
            {"target": "$.info['contact', 'title']", "remove": True}, changed(info={}), id="a-union-is-removed"
        ),
        pytest.param(
            {"target": "$.info..*", "remove": True},
            changed(info={}),
            id="a-node-and-what-is-inside-it-are-removed-together",
        ),
        pytest.param(
            {"target": "$.info.contact", "remove": True, "update": {"name": "Bob"}},
            changed(info={"title": "Pets"}),
            id="update-has-no-impact-beside-remove",
        ),
        pytest.param(
            {"target": "$.info.contact", "remove": True, "copy": "$.tags"},
            changed(info={"title": "Pets"}),
            id="copy-has-no-impact-beside-remove",
        ),
        pytest.param(
            {"target": "$.info.contact", "remove": True, "update": "of another kind"},
            changed(info={"title": "Pets"}),
            id="not-even-an-update-that-would-not-fit",
        ),
        pytest.param(
            {"target": "$.info.contact", "remove": True, "copy": "$.absent"},
            changed(info={"title": "Pets"}),
            id="not-even-a-copy-of-nothing",
        ),
        pytest.param(
            {"target": "$.info['title', 'contact']", "remove": True, "update": {}},
            changed(info={}),
            id="nodes-of-different-kinds-are-removed",
        ),
        pytest.param({"target": "$.info"}, DOCUMENT, id="an-action-without-a-modifier-changes-nothing"),
        pytest.param({"target": "$.info", "remove": False}, DOCUMENT, id="remove-false-removes-nothing"),
        pytest.param(
            {"target": "$.info.contact", "remove": False, "update": {"name": "Bob"}},
            changed(info={"title": "Pets", "contact": {"name": "Bob"}}),
            id="remove-false-leaves-update-its-impact",
        ),
        pytest.param({"target": "$.absent", "update": {"x": 1}}, DOCUMENT, id="no-match-succeeds-and-changes-nothing"),
        pytest.param({"target": "$.absent", "copy": "$.absent"}, DOCUMENT, id="no-match-needs-no-source"),
        pytest.param(
            {"target": "$.paths['/a'].get", "copy": "$.paths['/b'].get"},
            changed(
                paths={
                    "/b": DOCUMENT["paths"]["/b"],
                    "/a": {"get": {"parameters": DOCUMENT["paths"]["/b"]["get"]["parameters"]}},
                },
            ),
            id="copy-merges-one-node-into-the-targets",
        ),
        pytest.param(
            {"target": "$.tags", "copy": "$.tags"},
            changed(tags=["cats", "dogs", "cats", "dogs"]),
            id="copy-of-an-array-onto-itself-ends",
        ),
        pytest.param(
            {"target": "$.tags", "copy": "$.info.contact"},
            changed(tags=["cats", "dogs", {"name": "Ann"}]),
            id="copy-of-an-object-is-appended-to-an-array",
        ),
        pytest.param(
            {"target": "$.tags", "copy": "$.info.title"},
            changed(tags=["cats", "dogs", "Pets"]),
            id="copy-of-a-primitive-is-appended-to-an-array",
        ),
        pytest.param(
            {"target": "$.info.contact", "copy": "$.info", "remove": False},
            changed(info={"title": "Pets", "contact": {"name": "Ann", "title": "Pets", "contact": {"name": "Ann"}}}),
            id="copy-of-what-holds-the-target",
        ),
        pytest.param(
            {"target": "$.info", "update": {"contact": {}, "terms": {}, "rights": []}},
            changed(info={"title": "Pets", "contact": {"name": "Ann"}, "terms": {}, "rights": []}),
            id="what-is-empty-is-inserted-and-removes-nothing",
        ),
        pytest.param(
            {"target": "$.tags", "update": [["birds"], {"a": 1}]},
            changed(tags=["cats", "dogs", ["birds"], {"a": 1}]),
            id="only-the-outer-array-is-concatenated",
        ),
        pytest.param({"target": "$.tags", "update": []}, DOCUMENT, id="an-empty-array-adds-nothing"),
        pytest.param(
            {"target": "$.tags", "update": None},
            changed(tags=["cats", "dogs", None]),
            id="null-is-appended-to-an-array",
        ),
        pytest.param(
            {"target": "$.info.title", "update": None},
            changed(info={"title": None, "contact": {"name": "Ann"}}),
            id="null-replaces-a-primitive-node",
        ),
        pytest.param(
            {"target": "$['info', 'info']", "update": {"contact": {"name": "Bob"}}},
            changed(info={"title": "Pets", "contact": {"name": "Bob"}}),
            id="a-node-that-is-selected-twice-is-merged-once",
        ),
        pytest.param(
            {"target": "$['tags', 'tags']", "update": "birds"},
            changed(tags=["cats", "dogs", "birds"]),
            id="a-node-that-is-selected-twice-is-appended-to-once",
        ),
        pytest.param(
            {"target": "$.info.title", "copy": "$.tags[1]"},
            changed(info={"title": "dogs", "contact": {"name": "Ann"}}),
            id="copy-replaces-a-primitive",
        ),
        pytest.param(
            {"target": "$.paths.*.get.parameters[?@.name == 'x' && @.in == 'query']", "update": {"in": "header"}},
            changed(
                paths={
                    "/b": {"get": {"parameters": [{"name": "x", "in": "header"}, {"name": "y", "in": "path"}]}},
                    "/a": {"get": {"parameters": []}},
                },
            ),
            id="filters-select",
        ),
        pytest.param(
            {"target": "$.tags[?match(@, 'c.*')]", "remove": True}, changed(tags=["dogs"]), id="functions-select"
        ),
    ],
)
def test_an_action_does_what_the_standard_says(action, expected):
    before = copy.deepcopy(DOCUMENT)

    assert run(action) == expected
    assert before == DOCUMENT, "the document that was given is left alone"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        pytest.param({"target": "$.info", "update": "x"}, "an object cannot", id="primitive-into-object"),
        pytest.param({"target": "$.info", "update": [1]}, "an object cannot", id="array-into-object"),
        pytest.param({"target": "$.info.title", "update": {}}, "primitive value cannot", id="object-into-primitive"),
        pytest.param({"target": "$.info.title", "update": [1]}, "primitive value cannot", id="array-into-primitive"),
        pytest.param({"target": "$.info", "update": {"title": {}}}, "'title'", id="object-over-primitive-property"),
        pytest.param({"target": "$.info", "update": {"contact": 1}}, "'contact'", id="primitive-over-object-property"),
        pytest.param({"target": "$", "update": {"tags": "x"}}, "'tags'", id="primitive-over-array-property"),
        pytest.param({"target": "$", "update": {"nothing": {}}}, "'nothing'", id="object-over-null-property"),
        pytest.param({"target": "$.*", "update": {}}, "different kinds", id="targets-of-different-kinds"),
        pytest.param({"target": "$['info', 'tags']", "update": {}}, "kinds: array, object$", id="two-different-kinds"),
        pytest.param({"target": "$", "update": {"info": None}}, "'info'", id="null-over-object-property"),
        pytest.param({"target": "$", "update": {"tags": {}}}, "'tags'", id="object-over-array-property"),
        pytest.param({"target": "$.info", "update": {"contact": []}}, "'contact'", id="array-over-object-property"),
        pytest.param({"target": "$", "update": {"info": {"contact": {"name": []}}}}, "'name'", id="deep-in-a-merge"),
        pytest.param({"target": "$.info", "update": None}, "an object cannot", id="null-into-object"),
        pytest.param({"target": "$.*", "copy": "$.info"}, "different kinds", id="targets-of-a-copy-of-different-kinds"),
        pytest.param({"target": "$.info", "copy": "$.tags"}, "an object cannot", id="copy-of-an-array-into-an-object"),
        pytest.param({"target": "$.info.title", "copy": "$.info"}, "primitive value cannot", id="copy-into-primitive"),
        pytest.param({"target": "$.info", "copy": "info"}, "JSONPath", id="copy-is-no-jsonpath"),
        pytest.param({"target": "", "update": {}}, "JSONPath", id="target-is-empty"),
        pytest.param({"target": "$.info", "copy": "$.paths.*"}, "exactly one", id="copy-of-two-nodes"),
        pytest.param({"target": "$.info", "copy": "$.absent"}, "exactly one", id="copy-of-no-node"),
        pytest.param({"target": "$", "remove": True}, "root", id="the-root-is-contained-in-nothing"),
        pytest.param({"target": "$.info[", "update": {}}, "JSONPath", id="target-is-no-jsonpath"),
        pytest.param({"target": "info", "update": {}}, "JSONPath", id="target-does-not-begin-with-dollar"),
        pytest.param({"target": "$[?nope(@)]", "update": {}}, "JSONPath", id="unknown-function"),
    ],
)
def test_an_action_that_cannot_be_applied_is_an_error(action, words):
    with pytest.raises(OverlayError, match=words):
        run(action)


def test_an_error_names_the_action():
    with pytest.raises(OverlayError, match=r"action 2 \(target \$\.info\.title\)"):
        run({"target": "$.info", "update": {}}, {"target": "$.info.title", "update": {}})


def test_actions_apply_in_order_to_the_result_before():
    result = run(
        {"target": "$.info.contact", "remove": True},
        {"target": "$.info", "update": {"contact": {"url": "u"}}},
        {"target": "$.info.contact", "update": {"mail": "m"}},
    )

    assert result["info"]["contact"] == {"url": "u", "mail": "m"}


def test_a_node_is_moved_by_three_actions():
    """The standard's own example: make the place, copy from the document as it is by then, remove."""
    result = run(
        {"target": "$.paths", "update": {"/c": {}}},
        {"target": "$.paths['/c']", "copy": "$.paths['/b']"},
        {"target": "$.paths['/b']", "remove": True},
    )

    assert result["paths"] == {"/a": DOCUMENT["paths"]["/a"], "/c": DOCUMENT["paths"]["/b"]}


def test_a_copy_takes_what_earlier_actions_left():
    result = run({"target": "$.tags", "update": "birds"}, {"target": "$.info.title", "copy": "$.tags[2]"})

    assert result["info"]["title"] == "birds"


def test_an_action_whose_target_earlier_actions_removed_succeeds():
    read = read_overlay(
        overlay({"target": "$.info.contact", "remove": True}, {"target": "$.info.contact", "update": {"a": 1}})
    )

    assert apply_overlay(read, DOCUMENT) == changed(info={"title": "Pets"})
    assert [warning[:9] for warning in read.warnings] == ["action 2 "]


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_a_target_without_nodes_is_a_success_with_a_warning(version):
    read = read_overlay(overlay({"target": "$.absent", "remove": True}, version=version))

    assert apply_overlay(read, DOCUMENT) == DOCUMENT
    assert read.warnings == ["action 1 (target $.absent): the target matches nothing"]


@pytest.mark.parametrize("reference", ["https://example.com/pets.yaml", "./pets.yaml", "../a/b.json#/x", "pets", ""])
def test_what_is_extended_may_be_a_relative_reference(reference):
    assert read_overlay(overlay({"target": "$"}, extends=reference)).fields["extends"] == reference


def test_key_order_is_kept_and_new_keys_come_last():
    result = run({"target": "$.info", "update": {"a": 1, "title": "x"}})

    assert list(result) == list(DOCUMENT)
    assert list(result["info"]) == ["title", "contact", "a"]


def test_an_update_for_two_targets_is_not_shared_between_them():
    result = run(
        {"target": "$.paths.*", "update": {"x": {"deep": []}}},
        {"target": "$.paths['/a'].x.deep", "update": 1},
    )

    assert (result["paths"]["/a"]["x"], result["paths"]["/b"]["x"]) == ({"deep": [1]}, {"deep": []})


def test_a_copy_is_not_tied_to_its_source():
    result = run(
        {"target": "$.paths['/a']", "copy": "$.paths['/b']"},
        {"target": "$.paths['/a'].get.parameters[0]", "update": {"name": "changed"}},
    )

    assert result["paths"]["/b"]["get"]["parameters"][0]["name"] == "x"


class TestVersion10:
    """Where 1.0 says something else than 1.1."""

    def test_the_update_of_an_array_is_one_entry(self):
        assert run({"target": "$.tags", "update": ["a", "b"]}, version="1.0.0")["tags"] == ["cats", "dogs", ["a", "b"]]

    def test_properties_of_other_kinds_are_replaced(self):
        assert run({"target": "$.info", "update": {"title": {"x": 1}}}, version="1.0.0")["info"]["title"] == {"x": 1}

    @pytest.mark.parametrize("action", [{"update": "x"}, {"remove": True}], ids=["update", "remove"])
    def test_a_primitive_is_no_target(self, action):
        with pytest.raises(OverlayError, match="primitive"):
            run({"target": "$.tags[0]", **action}, version="1.0.0")

    def test_a_primitive_property_is_removed(self):
        """As the standard's own compliance set "remove-example" has it."""
        assert run({"target": "$.info.title", "remove": True}, version="1.0.0")["info"] == {"contact": {"name": "Ann"}}

    def test_targets_may_be_objects_and_arrays(self):
        """Only 1.1 asks for nodes of one kind."""
        result = run({"target": "$['info', 'tags']", "update": {"x": 1}}, version="1.0.0")

        assert (result["info"]["x"], result["tags"]) == (1, ["cats", "dogs", {"x": 1}])

    @pytest.mark.parametrize("target", ["$.nothing", "$.info.title", "$.info['contact', 'title']"])
    def test_neither_null_nor_text_is_updated(self, target):
        with pytest.raises(OverlayError, match="primitive"):
            run({"target": target, "update": {}}, version="1.0.0")

    def test_properties_merge_recursively(self):
        result = run({"target": "$", "update": {"info": {"contact": {"url": "u"}}}}, version="1.0.0")

        assert result["info"] == {"title": "Pets", "contact": {"name": "Ann", "url": "u"}}

    def test_update_has_no_impact_beside_remove(self):
        result = run({"target": "$.info", "remove": True, "update": "x"}, version="1.0.0")

        assert "info" not in result

    def test_there_is_no_copy(self):
        with pytest.raises(OverlayError, match="unknown field"):
            run({"target": "$.info", "copy": "$.paths"}, version="1.0.0")

    def test_the_patch_version_makes_no_difference(self):
        action = {"target": "$.tags", "update": ["a"]}

        assert run(action, version="1.0.7") == run(action, version="1.0.0")
        assert run(action, version="1.1.7") == run(action, version="1.1.0")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param([], "must be an object", id="not-an-object"),
        pytest.param(overlay({"target": "$", "update": {}}, version="1.2.0"), "'overlay'", id="version-1.2"),
        pytest.param(overlay({"target": "$", "update": {}}, version="1.1"), "'overlay'", id="version-without-patch"),
        pytest.param({**overlay({"target": "$"}), "overlay": 1.1}, "'overlay'", id="version-as-number"),
        pytest.param({"overlay": "1.1.0", "actions": [{"target": "$"}]}, "'info'", id="no-info"),
        pytest.param({**overlay({"target": "$"}), "info": {"version": "1"}}, "info.title", id="no-title"),
        pytest.param({**overlay({"target": "$"}), "info": {"title": "t"}}, "info.version", id="no-version"),
        pytest.param({"overlay": "1.1.0", "info": {"title": "t", "version": "1"}}, "'actions'", id="no-actions"),
        pytest.param(overlay(), "'actions'", id="empty-actions"),
        pytest.param({**overlay(), "actions": {"target": "$"}}, "'actions'", id="actions-as-object"),
        pytest.param({**overlay(), "actions": ["$"]}, "action 1 must be", id="action-as-text"),
        pytest.param(overlay({"update": {}}), "'target'", id="no-target"),
        pytest.param(overlay({"target": 1, "update": {}}), "'target'", id="target-as-number"),
        pytest.param(overlay({"target": "$", "remove": "yes"}), "'remove'", id="remove-as-text"),
        pytest.param(overlay({"target": "$", "description": 1}), "'description'", id="description-as-number"),
        pytest.param(overlay({"target": "$", "copy": 1}), "'copy'", id="copy-as-number"),
        pytest.param(overlay({"target": "$", "Update": {}}), "unknown field", id="field-names-are-case-sensitive"),
        pytest.param(overlay({"target": "$", "update": {}, "copy": "$"}), "exclude", id="update-and-copy"),
        pytest.param(overlay({"target": "$", "update": {}}, extends=1), "'extends'", id="extends-as-number"),
        pytest.param(overlay({"target": "$", "update": {}}, action=[]), "unknown field", id="unknown-root-field"),
        pytest.param(overlay({"target": "$", "X-Note": 1}), "unknown field", id="extensions-are-lower-case"),
        pytest.param(overlay({"target": "$", "x_note": 1}), "unknown field", id="extensions-have-a-hyphen"),
        pytest.param({**overlay({"target": "$"}), "info": {"title": 1, "version": "1"}}, "title", id="title-as-number"),
        pytest.param(
            {**overlay({"target": "$"}), "info": {"title": "t", "version": 1}}, "version", id="version-is-text"
        ),
        pytest.param(
            {**overlay({"target": "$"}), "info": {"title": "t", "version": "1", "description": 1}},
            "info.description",
            id="description-of-the-overlay-as-number",
        ),
        pytest.param(
            {**overlay({"target": "$"}), "info": {"title": "t", "version": "1", "contact": {}}},
            "unknown field",
            id="unknown-info-field",
        ),
        pytest.param(
            {**overlay({"target": "$"}, version="1.0.0"), "info": {"title": "t", "version": "1", "description": "d"}},
            "unknown field",
            id="1.0-has-no-description",
        ),
        pytest.param({**overlay({"target": "$"}), "info": "t"}, "'info' must be", id="info-as-text"),
        pytest.param({"info": {"title": "t", "version": "1"}, "actions": [{"target": "$"}]}, "'overlay'", id="none"),
        pytest.param(overlay({"target": "$"}, version="1.01.0"), "'overlay'", id="version-with-a-zero"),
        pytest.param(overlay({"target": "$"}, version="1.1.0-rc1"), "'overlay'", id="version-of-a-candidate"),
    ],
)
def test_an_invalid_overlay_is_refused(document, words):
    with pytest.raises(OverlayError, match=words):
        read_overlay(document)


@pytest.mark.parametrize(
    ("version", "shown"), [("v" * 58, f'"{"v" * 58}"$'), ("v" * 59, f'"{"v" * 59}…$')], ids=["complete", "cut"]
)
def test_a_long_value_is_cut_in_a_message(version, shown):
    with pytest.raises(OverlayError, match=f"not {shown}"):
        read_overlay(overlay({"target": "$"}, version=version))


def test_extensions_are_allowed_everywhere():
    document = overlay({"target": "$.info", "update": {"n": 1}, "x-source": "page"}, extends="./pets.yaml")
    document["x-owner"] = document["info"]["x-team"] = "us"
    document["info"]["description"] = "1.1 describes itself"

    assert apply_overlay(read_overlay(document), DOCUMENT)["info"]["n"] == 1


def test_many_removals_leave_exactly_the_others():
    """A long list is rebuilt rather than cut item by item; the result is the same."""
    document = {"items": [{"n": n} for n in range(10_000)]}

    result = run({"target": "$.items[?@.n < 1200 || @.n == 9999]", "remove": True}, document=document)

    assert result == {"items": [{"n": n} for n in range(1200, 9999)]}


def test_a_deep_document_is_searched():
    document: Any = {"leaf": 1}
    for _ in range(150):
        document = {"down": document}

    assert json.dumps(run({"target": "$..leaf", "update": 2}, document=document)).count('"leaf": 2') == 1
