"""Foreign references matter only where an operation reaches them, and each refusal says where its reason is."""

from typing import ClassVar

import pytest
from tests.spec.small_spec import EVERYWHERE, TEXT, action, spec
from tests.trees import FROZEN, frozen_tree

from clients.rule_table import rule_table
from overlay.document import apply_overlay, digest, read_overlay
from overlay.nodes import OverlayError
from spec.normalised import NormaliseError, normalise

FOREIGN = {"$ref": "https://127.0.0.1:9/other.yaml#/A"}


def refusal(normalised, *arguments, **options):
    with pytest.raises(NormaliseError) as refused:
        normalised(*arguments, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(spec(schemas={"Thing": EVERYWHERE, "Other": FOREIGN}), id="component-out-of-reach"),
        pytest.param(spec(paths={"/other": {"get": FOREIGN}}), id="operation-out-of-reach"),
        pytest.param(spec(paths={"/other": FOREIGN}), id="path-out-of-reach"),
        pytest.param(spec({**EVERYWHERE, "x-note": FOREIGN}), id="extension"),
        pytest.param(spec({**EVERYWHERE, "example": {"a": [FOREIGN]}}), id="example"),
        pytest.param(spec({**EVERYWHERE, "examples": [FOREIGN]}), id="examples"),
        pytest.param(spec(media={"example": FOREIGN}), id="example-of-an-answer"),
        pytest.param(spec(media={"examples": {"one": {"value": FOREIGN}}}), id="examples-of-an-answer"),
        pytest.param({**spec(), "x-top": FOREIGN}, id="extension-at-the-top"),
    ],
)
def test_a_foreign_reference_that_no_operation_reaches_stays_as_it_is(document, normalised):
    assert normalised(document)["paths"]["/things"]["get"]["operationId"] == "list_things"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        pytest.param(
            spec({"type": "object", "properties": {"a": FOREIGN}}), "schema Thing at /properties/a", id="property"
        ),
        pytest.param(
            spec({"type": "object", "properties": {"example": FOREIGN}}),
            "schema Thing at /properties/example",
            id="property-with-the-name-of-a-keyword",
        ),
        pytest.param(
            spec(media={"examples": {"one": FOREIGN}}),
            "GET /things at /responses/200/content/application~1json/examples/one",
            id="example-that-is-elsewhere",
        ),
    ],
)
def test_a_foreign_reference_that_is_reached_is_refused_with_its_place(document, place, normalised):
    assert refusal(normalised, document) == (
        f"specs/small.yaml with its overlay: reference '{FOREIGN['$ref']}' of {place} leaves the document, "
        "and nothing is fetched"
    )


@pytest.mark.parametrize(
    ("parameter", "form"),
    [
        pytest.param({"in": "query", "explode": False, "schema": {"type": "array"}}, "explode: false", id="explode"),
        pytest.param({"in": "query", "style": "deepObject", "schema": EVERYWHERE}, "style: deepObject", id="deep"),
        pytest.param({"in": "query", "style": "pipeDelimited", "schema": {}}, "style: pipeDelimited", id="pipes"),
        pytest.param({"in": "query", "content": {"application/json": {}}}, "content application/json", id="json"),
        pytest.param({"in": "query", "explode": False, "schema": {"anyOf": [TEXT, {}]}}, "explode: false", id="union"),
    ],
)
def test_a_form_that_the_client_would_not_send_is_refused_by_name(parameter, form, normalised):
    said = refusal(normalised, spec(parameters=[{"name": "ids", **parameter}]))

    assert f"specs/small.yaml with its overlay: GET /things: the query parameter 'ids' has {form}" in said


@pytest.mark.parametrize(
    "parameter",
    [
        pytest.param({"in": "query", "explode": False, "schema": TEXT}, id="text"),
        pytest.param({"in": "query", "explode": True, "schema": {"type": "array"}}, id="explode-as-usual"),
        pytest.param({"in": "query", "style": "form", "schema": {"enum": ["a"]}}, id="style-as-usual"),
        pytest.param({"in": "header", "style": "simple", "schema": {"type": ["integer", "null"]}}, id="header"),
    ],
)
def test_a_form_that_is_the_same_anyway_is_taken(parameter, normalised):
    assert normalised(spec(parameters=[{"name": "ids", **parameter}]))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param(
            spec({"type": "object", "properties": {"a": {"type": "bool"}}}),
            "not valid: schema Thing at /properties/a/type: 'bool' is not valid under any",
            id="type",
        ),
        pytest.param(
            spec({"type": "object", "properties": {"a": {"type": "string", "default": 3}}}),
            "not valid: schema Thing at /properties/a: 3 is not of type 'string'",
            id="default",
        ),
        pytest.param(
            spec(parameters=[{"name": "a", "in": "nowhere", "schema": TEXT}]),
            "not valid: GET /things at /parameters/0/in: ",
            id="parameter",
        ),
        pytest.param(
            spec(parameters=[{"name": "a", "in": "query", "schema": {"type": "string", "minLength": "1"}}]),
            "not valid: GET /things at /parameters/0/schema/minLength: ",
            id="schema-of-a-parameter",
        ),
        pytest.param(
            spec({"$ref": "#/components/schemas/Gone"}),
            "schema Thing: reference '#/components/schemas/Gone' leads nowhere",
            id="nowhere",
        ),
    ],
)
def test_what_is_not_valid_is_located(document, words, normalised):
    assert f"specs/small.yaml with its overlay: {words}" in refusal(normalised, document)


def test_an_operation_that_moved_is_named_with_the_one_that_looks_like_it(normalised):
    paths = {"/v2/things/{thing_id}": {"delete": {"responses": {}}}, "/v2/jobs": {"delete": {"responses": {}}}}

    said = refusal(normalised, spec(paths=paths), operations=["GET /things", "DELETE /v1/things/{id}", "PUT /none"])

    assert "names DELETE /v1/things/{id}, which the spec does not have; DELETE /v2/things/{thing_id} looks like" in said
    assert said.endswith("'x-operations' names PUT /none, which the spec does not have")


def test_all_actions_that_fail_are_named_at_once(normalised):
    said = refusal(
        normalised,
        spec(),
        action("$.info.nothing", {"a": 1}),
        action("$.info", {"x-small": True}),
        action("$.components.schemas.Thing", {"type": ["a"]}),
    )

    assert said.startswith("overlays/small.overlay.yaml: action 1 (target $.info.nothing): expected 1 matches, found 0")
    assert (
        "; action 3 (target $.components.schemas.Thing): property 'type' of /components/schemas/Thing is a primitive"
        in said
    )
    assert "action 2" not in said


def test_a_keyword_that_the_table_of_rules_does_not_know_is_located():
    document = spec({"type": "object", "properties": {"a": {"type": "string", "nullable": True}}})

    with pytest.raises(NormaliseError, match="keyword 'nullable' of schema Thing at /properties/a"):
        rule_table(document)


class TestBefore:
    """The spec that the overlay was written for shows what has changed since."""

    OLD: ClassVar = {
        "type": "object",
        "description": "Old",
        "required": ["id"],
        "properties": {"id": TEXT, "kind": TEXT},
    }
    NEW: ClassVar = {
        "type": "object",
        "description": "New",
        "required": ["id", "a"],
        "properties": {"id": TEXT},
        "title": "T",
    }

    def test_a_digest_that_differs_comes_with_the_differences(self, normalised):
        corrected = action(
            "$.components.schemas.Thing", {"description": "x"}, **{"x-expect-sha256": digest([self.OLD])}
        )

        said = refusal(normalised, spec(self.NEW), corrected, before=spec(self.OLD))

        assert (
            ': since then /components/schemas/Thing/description was "Old" and is "New", '
            '/components/schemas/Thing/required/1 is new ("a"), '
            '/components/schemas/Thing/properties/kind is gone ({"type": "string"}), '
            '/components/schemas/Thing/title is new ("T"); if upstream has fixed this'
        ) in said

    def test_a_number_that_differs_comes_with_what_came_and_went(self, normalised):
        optional = action("$..properties.kind", {"x-old": True})

        said = refusal(normalised, spec(self.NEW), optional, before=spec(self.OLD))

        assert "expected 1 matches, found 0 (/components/schemas/Thing/properties/kind is gone); if" in said

    def test_an_action_sees_the_old_spec_as_earlier_actions_left_it(self):
        fields = {"description": "d", "x-source": "s"}
        overlay = read_overlay({
            "overlay": "1.1.0",
            "info": {"title": "t", "version": "1"},
            "actions": [
                {"target": "$.a", "update": {"b": 2}, **fields},
                {"target": "$.a", "update": {"c": 3}, "x-expect-sha256": digest([{"b": 2}]), **fields},
            ],
        })  # fmt: skip

        with pytest.raises(OverlayError, match=r"since then /a/d is new \(1\); if"):
            apply_overlay(overlay, {"a": {"d": 1}}, strict=True, before={"a": {}})


class TestQueryMethod:
    """OpenAPI 3.2 has a method that the generator does not know."""

    def test_it_is_dropped_where_it_is_not_used(self, normalised):
        document = spec()
        document["paths"]["/things"] |= {"query": FOREIGN, "additionalOperations": {"COPY": FOREIGN}}

        assert normalised(document)["paths"]["/things"].keys() == {"get"}

    def test_it_is_refused_where_it_is_asked_for(self, normalised):
        said = refusal(normalised, spec(), operations=["QUERY /things"])

        assert said.endswith("names QUERY /things; the generator does not know the method QUERY")


def test_the_old_spec_of_each_provider_explains_a_change(tmp_path):
    """With the real overlays, as they were frozen, the old spec is the one in the tree."""
    tree = frozen_tree(tmp_path)
    spec_path = tree / "specs" / "baseten.yaml"
    text = spec_path.read_text(encoding="utf-8")
    spec_path.write_text(text.replace("description: ''", "description: Gone"), encoding="utf-8")

    with pytest.raises(NormaliseError, match=r"description was \"\" and is \"Gone\"; if upstream"):
        normalise("baseten", tree, FROZEN / "specs" / "baseten.yaml")
