"""A slice holds the wanted operations and every component that they reach, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.slice import component_of, cut


def document(paths, components, **more):
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": components,
        **more,
    }


def ref(name, section="schemas"):
    return {"$ref": f"#/components/{section}/{name}"}


def reached(paths, schemas, **more):
    """Name the schemas that are left."""
    return list(cut(document(paths, {"schemas": schemas}, **more)).get("components", {}).get("schemas", {}))


def answer(schema):
    return {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param(ref("A"), ["A"], id="direct"),
        pytest.param(ref("B"), ["A", "B"], id="through-another"),
        pytest.param(ref("Loop"), ["Loop"], id="recursive"),
        pytest.param({"items": {"anyOf": [ref("A"), {"type": "null"}]}}, ["A"], id="deep-inside"),
        pytest.param({"$ref": "#/components/schemas/B/properties/a"}, ["A", "B"], id="into-a-component"),
        pytest.param({"$ref": "#/components/schemas/With~1slash"}, ["With/slash"], id="escaped-slash"),
        pytest.param({"$ref": "#/components/schemas/With%20space"}, ["With space"], id="percent-encoded"),
        pytest.param({"discriminator": {"mapping": {"a": "#/components/schemas/A"}}}, ["A"], id="mapping"),
        pytest.param({"discriminator": {"mapping": {"a": "A"}}}, ["A"], id="mapping-by-bare-name"),
        pytest.param({"type": "string"}, [], id="none"),
        pytest.param(ref("Missing"), [], id="leads-nowhere"),
    ],
)
def test_components_are_kept_when_they_are_reached(schema, expected):
    schemas = {
        "A": {"type": "string"},
        "B": {"properties": {"a": ref("A")}},
        "Loop": {"properties": {"again": ref("Loop")}},
        "With/slash": {},
        "With space": {},
        "Unused": ref("A"),
    }

    assert reached(answer(schema), schemas) == expected


def test_only_the_wanted_operations_stay_with_what_their_path_says_for_all():
    paths = {
        "/a/{id}": {"parameters": [ref("id", "parameters")], "get": {"tags": ["x"]}, "delete": {"tags": ["y"]}},
        "/b": {"delete": {}},
    }
    components = {"parameters": {"other": {}, "id": {}}, "responses": {"gone": {}}}
    tags = [{"name": "x"}, {"name": "y"}]

    slice_ = cut(document(paths, components, tags=tags, webhooks={"w": {}}), ["DELETE /a/{id}", "PUT /nowhere"])

    assert slice_["paths"] == {"/a/{id}": {"parameters": [ref("id", "parameters")], "delete": {"tags": ["y"]}}}
    assert slice_["components"] == {"parameters": {"id": {}}}
    assert slice_["tags"] == [{"name": "y"}]
    assert "webhooks" not in slice_


def test_security_schemes_are_kept_by_their_name():
    components = {"securitySchemes": {"all": {}, "own": {}, "other": {}}}
    paths = {"/a": {"get": {"security": [{"own": []}]}}, "/b": {"get": {"security": [{"other": []}]}}}

    slice_ = cut(document(paths, components, security=[{"all": []}]), ["GET /a"])

    assert list(slice_["components"]["securitySchemes"]) == ["all", "own"]


def test_what_an_overlay_will_refer_to_stays():
    slice_ = cut(document({}, {"schemas": {"A": {}, "B": {}}}), [], also=[{"update": ref("B")}])

    assert list(slice_["components"]["schemas"]) == ["B"]


def test_the_order_is_that_of_the_document():
    shuffled = {"components": {"schemas": {"Z": {}, "A": ref("Z")}}, "paths": answer(ref("A")), "openapi": "3.1.0"}

    assert json.dumps(cut(shuffled)) == json.dumps(shuffled)


def test_a_chain_of_ten_thousand_components_is_followed_to_its_end():
    schemas = {f"S{n}": ref(f"S{n + 1}") for n in range(10_000)}
    schemas["S10000"] = {}

    assert len(reached(answer(ref("S0")), schemas)) == 10_001


NAMES = st.sampled_from([f"S{n}" for n in range(8)])


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3)), st.lists(NAMES, max_size=3))
def test_a_slice_refers_to_nothing_outside_and_cutting_it_again_changes_nothing(graph, roots):
    schemas = {name: {"anyOf": [ref(other) for other in others]} for name, others in graph.items()}

    slice_ = cut(document(answer({"anyOf": [ref(name) for name in roots]}), {"schemas": schemas}))

    kept = slice_.get("components", {}).get("schemas", {})
    assert {name for name in roots if name in graph} <= set(kept)
    assert all(other in kept for name in kept for other in graph[name] if other in graph)
    assert cut(slice_) == slice_


@pytest.mark.parametrize("reference", ["#/paths/~1a", "#/components/schemas", "other.yaml#/components/schemas/A", "#A"])
def test_other_references_lead_to_no_component(reference):
    assert component_of(reference) is None
