"""Each kind of change in a spec has its weight for users: a table of hand-made changes, each with its verdict.

The module is longer than most: the table has a line for each kind of change.
"""
# ruff: noqa: E501 - a row of the table is a line

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from changed.openapi.client_facts import ENUMERATIONS_ARE_OPEN
from changed.openapi.operations import spec_changes
from changed.report import Report


def base():
    """A small API: one operation that sends and receives, one that deletes."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "security": [{"key": []}],
        "paths": {
            "/models/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 9}}
                ],
                "put": {
                    "operationId": "apply",
                    "tags": ["models"],
                    "summary": "Apply",
                    "parameters": [
                        {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1, "maximum": 5}}
                    ],
                    "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Sent")}}},
                    "responses": {"200": answer(ref("Received")), "404": {"description": "none"}},
                },
                "delete": {
                    "operationId": "delete",
                    "tags": ["models"],
                    "responses": {"200": answer(ref("Received")), "202": {"description": "taken"}},
                },
            }
        },
        "components": {
            "schemas": {
                "Sent": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string", "pattern": "^a", "minLength": 2},
                        "size": {"type": ["integer", "null"]},
                        "kind": {"type": "string", "enum": ["x", "y"]},
                        "both": ref("Both"),
                        "source": {"oneOf": [ref("Local"), ref("Remote")], "discriminator": mapping("Local", "Remote")},
                    },
                },
                "Received": {
                    "type": "object",
                    "description": "what came",
                    "required": ["id", "deleted"],
                    "properties": {
                        "id": {"type": "string"},
                        "deleted": {"type": "boolean"},
                        "state": {"type": "string", "enum": ["up", "down"]},
                        "when": {"type": "string", "format": "date-time"},
                        "both": ref("Both"),
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "self": ref("Received"),
                    },
                },
                "Both": {"type": "object", "properties": {"x": {"type": "string"}}},
                "Local": {"type": "object", "properties": {"path": {"type": "string"}}},
                "Remote": {"type": "object", "properties": {"url": {"type": "string"}}},
                "Nobody": {"type": "string"},
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema):
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


def mapping(*names):
    return {"propertyName": "type", "mapping": {name.lower(): f"#/components/schemas/{name}" for name in names}}


PATH = "paths /models/{id}"
SENT, RECEIVED, BOTH = (f"components schemas {name}" for name in ("Sent", "Received", "Both"))
GONE = object()


def edited(*edits):
    """Return the base with each `(place, value)` set; the steps of a place stand apart by blanks."""
    document = base()
    for place, value in edits:
        *steps, last = (int(step) if step.isdecimal() and len(step) == 1 else step for step in place.split(" "))
        node = document
        for step in steps:
            node = node[step]
        if value is GONE:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
    return document


def rest_of_received():
    """The rest of the schema when its identity stands in one of its own."""
    schema = base()["components"]["schemas"]["Received"]
    properties = {name: value for name, value in schema["properties"].items() if name != "id"}
    return {"type": "object", "properties": properties, "required": ["deleted"]}


def row(name, level, what, *edits):
    return pytest.param(edits, [(level, what)], id=name)


B, C, D = "breaking", "compatible", "documentation"
NEW = {"type": "string"}
NULL = {"type": "null"}
OPTIONAL, REQUIRED = (
    {"name": "q", "in": "query", "schema": NEW},
    {"name": "q", "in": "query", "required": True, "schema": NEW},
)

ROWS = [
    # operations
    row("operation-removed", B, "delete", (f"{PATH} delete", GONE)),
    row("operation-added", C, "other", ("paths /other", {"get": {"operationId": "other", "responses": {"200": {"description": ""}}}})),
    row("path-changed", B, "delete", (f"{PATH} delete", GONE), ("paths /v2/{id}", {"parameters": base()["paths"]["/models/{id}"]["parameters"], "delete": base()["paths"]["/models/{id}"]["delete"]})),
    row("method-changed", B, "delete", (f"{PATH} post", base()["paths"]["/models/{id}"]["delete"]), (f"{PATH} delete", GONE)),
    row("tag-changed", B, "delete.tags", (f"{PATH} delete tags", ["versions"])),
    row("second-tag-added", None, None, (f"{PATH} delete tags", ["models", "more"])),
    row("security-no-longer-needed", C, "delete.security", (f"{PATH} delete security", [])),
    row("operation-deprecated", C, "delete.deprecated", (f"{PATH} delete deprecated", True)),
    row("summary-reworded", D, "apply.summary", (f"{PATH} put summary", "Do")),
    row("server-changed", B, "servers", ("servers 0 url", "https://eu.example.com")),
    row("title-changed", D, "info.title", ("info title", "U")),
    row("scheme-changed", B, "securitySchemes.key", ("components securitySchemes key scheme", "basic")),
    # parameters
    row("optional-parameter-added", C, "delete.parameters.q", (f"{PATH} delete parameters", [OPTIONAL])),
    row("required-parameter-added", B, "delete.parameters.q", (f"{PATH} delete parameters", [REQUIRED])),
    row("parameter-removed", B, "apply.parameters.page", (f"{PATH} put parameters", [])),
    row("parameter-became-required", B, "apply.parameters.page", (f"{PATH} put parameters 0 required", True)),
    row("parameter-reworded", D, "apply.parameters.page.description", (f"{PATH} put parameters 0 description", "p")),
    row("parameter-default-changed", B, "apply.parameters.page.default", (f"{PATH} put parameters 0 schema default", 2)),
    row("parameter-limit-tightened", B, "apply.parameters.page.maximum", (f"{PATH} put parameters 0 schema maximum", 4)),
    row("parameter-limit-loosened", C, "apply.parameters.page.maximum", (f"{PATH} put parameters 0 schema maximum", 6)),
    row("parameter-type-changed", B, "apply.parameters.page.type", (f"{PATH} put parameters 0 schema type", "boolean")),
    row("parameter-type-widened", C, "apply.parameters.page.type", (f"{PATH} put parameters 0 schema type", "number")),
    row("parameter-style-changed", B, "apply.parameters.page.explode", (f"{PATH} put parameters 0 explode", False)),
    # bodies
    row("body-became-optional", C, "apply.requestBody", (f"{PATH} put requestBody required", False)),
    row("body-removed", B, None, (f"{PATH} put requestBody", GONE)),
    row("media-type-changed", B, None, (f"{PATH} put requestBody content", {"text/plain": {"schema": NEW}})),
    # what is sent
    row("sent-optional-field-added", C, "schemas.Sent.new", (f"{SENT} properties new", NEW)),
    row("sent-required-field-added", B, "schemas.Sent.new", (f"{SENT} properties new", NEW), (f"{SENT} required", ["name", "new"])),
    row("sent-field-removed", B, "schemas.Sent.size", (f"{SENT} properties size", GONE)),
    row("sent-field-became-required", B, "schemas.Sent.size", (f"{SENT} required", ["name", "size"])),
    row("sent-field-became-optional", C, "schemas.Sent.name", (f"{SENT} required", [])),
    row("sent-null-no-longer-taken", B, "schemas.Sent.size.type", (f"{SENT} properties size type", "integer")),
    row("sent-null-taken", C, "schemas.Sent.name.type", (f"{SENT} properties name type", ["string", "null"])),
    row("sent-type-changed", B, "schemas.Sent.name.type", (f"{SENT} properties name type", "integer")),
    row("sent-enum-value-added", C, "schemas.Sent.kind.enum", (f"{SENT} properties kind enum", ["x", "y", "z"])),
    row("sent-enum-value-removed", B, "schemas.Sent.kind.enum", (f"{SENT} properties kind enum", ["x"])),
    row("sent-enum-reordered", None, None, (f"{SENT} properties kind enum", ["y", "x"])),
    row("sent-enum-dropped", B, "schemas.Sent.kind.enum", (f"{SENT} properties kind enum", GONE)),
    row("sent-pattern-changed", B, "schemas.Sent.name.pattern", (f"{SENT} properties name pattern", "^b")),
    row("sent-pattern-removed", C, "schemas.Sent.name.pattern", (f"{SENT} properties name pattern", GONE)),
    row("sent-length-tightened", B, "schemas.Sent.name.minLength", (f"{SENT} properties name minLength", 3)),
    row("sent-length-limit-added", B, "schemas.Sent.name.maxLength", (f"{SENT} properties name maxLength", 3)),
    row("sent-length-limit-removed", C, "schemas.Sent.name.minLength", (f"{SENT} properties name minLength", GONE)),
    row("sent-default-added", B, "schemas.Sent.name.default", (f"{SENT} properties name default", "a")),
    row("sent-more-fields-forbidden", B, "schemas.Sent.additionalProperties", (f"{SENT} additionalProperties", False)),
    row("sent-variant-added", C, "schemas.Sent.source.oneOf", (f"{SENT} properties source oneOf 2", ref("Both"))),
    row("sent-variant-removed", B, None, (f"{SENT} properties source oneOf", [ref("Local")])),
    row("sent-mapping-added", C, "schemas.Sent.source.discriminator", (f"{SENT} properties source discriminator mapping far", "#/components/schemas/Remote")),
    row("sent-discriminator-renamed", B, "schemas.Sent.source.discriminator", (f"{SENT} properties source discriminator propertyName", "kind")),
    # what is received
    row("received-field-added", C, "schemas.Received.new", (f"{RECEIVED} properties new", NEW)),
    row("received-required-field-added", C, "schemas.Received.new", (f"{RECEIVED} properties new", NEW), (f"{RECEIVED} required", ["id", "deleted", "new"])),
    row("received-field-removed", B, "schemas.Received.when", (f"{RECEIVED} properties when", GONE)),
    row("received-field-became-optional", B, "schemas.Received.deleted", (f"{RECEIVED} required", ["id"])),
    row("received-field-became-required", C, "schemas.Received.when", (f"{RECEIVED} required", ["id", "deleted", "when"])),
    row("received-required-reordered", None, None, (f"{RECEIVED} required", ["deleted", "id"])),
    row("received-null-may-come", B, "schemas.Received.id.type", (f"{RECEIVED} properties id type", ["string", "null"])),
    row("received-null-by-nullable", B, "schemas.Received.id.type", (f"{RECEIVED} properties id nullable", True)),
    row("received-type-changed", B, "schemas.Received.deleted.type", (f"{RECEIVED} properties deleted type", "string")),
    row("received-enum-value-added", C if ENUMERATIONS_ARE_OPEN else B, "schemas.Received.state.enum", (f"{RECEIVED} properties state enum", ["up", "down", "sideways"])),
    row("received-enum-value-removed", B, "schemas.Received.state.enum", (f"{RECEIVED} properties state enum", ["up"])),
    row("received-format-changed", B, "schemas.Received.when.format", (f"{RECEIVED} properties when format", "date")),
    row("received-pattern-added", C, "schemas.Received.id.pattern", (f"{RECEIVED} properties id pattern", "^x")),
    row("received-items-changed", B, "schemas.Received.tags.items.type", (f"{RECEIVED} properties tags items type", "integer")),
    row("received-reworded", D, "schemas.Received.description", (f"{RECEIVED} description", "it")),
    row("received-example-added", D, "schemas.Received.id.example", (f"{RECEIVED} properties id example", "a")),
    row("received-other-schema", B, "schemas.Received.both", (f"{RECEIVED} properties both", ref("Local"))),
    row("unknown-keyword", B, "schemas.Received.contentEncoding", (f"{RECEIVED} contentEncoding", "base64")),
    # what is sent and received: the graver of the two
    row("both-null", B, "schemas.Both.x.type", (f"{BOTH} properties x type", ["string", "null"])),
    row("both-required", B, "schemas.Both.x", (f"{BOTH} required", ["x"])),
    row("both-field-added", C, "schemas.Both.y", (f"{BOTH} properties y", NEW)),
    # answers
    row("error-status-added", C, "delete.responses.409", (f"{PATH} delete responses 409", {"description": "in use"})),
    row("error-status-removed", C, "apply.responses.404", (f"{PATH} put responses 404", GONE)),
    row("success-status-added", B, "delete.responses.204", (f"{PATH} delete responses 204", {"description": "gone"})),
    row("success-status-removed", B, "delete.responses.202", (f"{PATH} delete responses 202", GONE)),
    row("answer-reworded", D, "delete.responses.202.description", (f"{PATH} delete responses 202 description", "later")),
    row("answer-got-a-body", C, "delete.responses.202", (f"{PATH} delete responses 202 content", {"application/json": {"schema": NEW}})),
    row("answer-other-schema", B, "delete.responses.200", (f"{PATH} delete responses 200", answer(ref("Both")))),
    row("answer-inlined", None, None, (f"{PATH} delete responses 200", answer(base()["components"]["schemas"]["Received"]))),
    # null, whichever way it is said
    row("sent-null-taken-by-a-union", C, "schemas.Sent.both.type", (f"{SENT} properties both", {"anyOf": [ref("Both"), NULL]})),
    row("received-null-may-come-by-a-union", B, "schemas.Received.both.type", (f"{RECEIVED} properties both", {"anyOf": [ref("Both"), NULL]})),
    row("received-null-may-come-by-a-union-of-types", B, "schemas.Received.id.type", (f"{RECEIVED} properties id", {"anyOf": [{"type": "string"}, NULL]})),
    row("sent-null-said-by-a-union", None, None, (f"{SENT} properties size", {"anyOf": [{"type": "integer"}, NULL]})),
    row("sent-null-among-variants", C, "schemas.Sent.source.type", (f"{SENT} properties source oneOf 2", NULL)),
    row("received-null-by-nullable-of-a-reference", B, "schemas.Received.both.type", (f"{RECEIVED} properties both", {"allOf": [ref("Both")], "nullable": True})),
    row("received-wrapped-in-all-of", None, None, (f"{RECEIVED} properties both", {"allOf": [ref("Both")]})),
    # what a schema is put together of
    row("sent-field-added-by-all-of", C, "schemas.Sent.both.y", (f"{SENT} properties both", {"allOf": [ref("Both"), {"properties": {"y": NEW}}]})),
    row("received-taken-apart", C, "schemas.Id", (RECEIVED, {"allOf": [ref("Id"), rest_of_received()], "description": "what came"}), ("components schemas Id", {"properties": {"id": {"type": "string"}}, "required": ["id"]})),
    # one schema that became one of many
    row("sent-other-type-taken-too", C, "schemas.Sent.name.type", (f"{SENT} properties name", {"anyOf": [{"type": "string", "pattern": "^a", "minLength": 2}, {"type": "integer"}]})),
    row("sent-other-type-taken-too-and-pattern-changed", B, None, (f"{SENT} properties name", {"anyOf": [{"type": "string", "pattern": "^b", "minLength": 2}, {"type": "integer"}]})),
    row("sent-other-schema-taken-too", C, "schemas.Sent.both.type", (f"{SENT} properties both", {"oneOf": [ref("Both"), ref("Local")]})),
    row("received-other-schema-may-come-too", B, "schemas.Received.both.type", (f"{RECEIVED} properties both", {"oneOf": [ref("Both"), ref("Local")]})),
    row("sent-one-of-became-any-of", C, "schemas.Sent.source.oneOf", (f"{SENT} properties source", {"anyOf": [ref("Local"), ref("Remote")], "discriminator": mapping("Local", "Remote")})),
    # what all operations share is told once
    row("security-of-all-changed", B, "security", ("security", [])),
    row("security-reordered", None, None, (f"{PATH} delete security", [{"key": []}])),
    row("server-reworded", None, None, ("servers 0 description", "ours")),
    row("server-of-one-operation", B, "delete.servers", (f"{PATH} delete servers", [{"url": "https://other.example.com"}])),
    row("extension-reworded", D, "delete.x-samples", (f"{PATH} delete x-samples", ["curl"])),
    row("sent-default-null-added", D, "schemas.Sent.name.default", (f"{SENT} properties name default", None)),
    row("sent-old-exclusive-minimum", B, "schemas.Sent.size.exclusiveMinimum", (f"{SENT} properties size exclusiveMinimum", True)),
    row("answer-got-a-header", C, "delete.responses.202.headers.X-Id", (f"{PATH} delete responses 202 headers", {"X-Id": {"schema": NEW}})),
    # what nobody reaches
    row("unused-schema-changed", None, None, ("components schemas Nobody type", "integer")),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), ROWS)
def test_each_change_has_its_verdict(edits, expected):
    found = spec_changes("p", base(), edited(*edits))

    ((level, name),) = expected
    if level is None:
        assert found == []
    elif name is None:
        assert Report.of(found).level == level
    else:
        assert [(change.level, change.name) for change in found] == [(level, name)]


def test_a_change_in_a_schema_is_reported_once_however_often_it_is_used():
    (change,) = spec_changes("p", base(), edited((f"{BOTH} properties x", GONE)))

    assert (change.level, change.name, change.what) == ("breaking", "schemas.Both.x", "field removed")


@pytest.mark.parametrize(
    ("place", "value", "is_used"),
    [("info title", "U", False), ("openapi", "3.1.1", False), (f"{PATH} put summary", "Do", True)],
)
def test_users_get_no_note_of_other_words_about_the_complete_document(place, value, is_used):
    assert [change.is_used for change in spec_changes("p", base(), edited((place, value)))] == [is_used]


def test_a_model_that_went_is_reported_also_behind_a_plain_schema_that_went():
    before = edited(("components schemas", {"Word": NEW, **base()["components"]["schemas"]}))
    before["components"]["schemas"]["Sent"]["properties"]["name"] = ref("Word")
    after = edited(
        (f"{SENT} properties name", NEW),
        (f"{SENT} properties source", GONE),
        (f"{RECEIVED} properties both", GONE),
        (f"{SENT} properties both", GONE),
        (BOTH, GONE),
    )

    found = [(change.level, change.name) for change in spec_changes("p", before, after)]

    assert (B, "schemas.Both") in found
    assert "schemas.Word" not in {name for _, name in found}


def test_the_order_of_keys_is_no_change():
    def shuffled(value):
        if isinstance(value, dict):
            keys = list(value)
            random.Random(len(keys)).shuffle(keys)  # noqa: S311 - the same order every time
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(each) for each in value] if isinstance(value, list) else value

    assert json.dumps(shuffled(base())) != json.dumps(base())
    assert spec_changes("p", base(), shuffled(base())) == []


@pytest.mark.parametrize("edits", [row.values[0] for row in ROWS], ids=[row.id for row in ROWS])
def test_the_way_back_is_reported_too(edits):
    """Changes in one direction appear under the same names in the other."""
    there, back = spec_changes("p", base(), edited(*edits)), spec_changes("p", edited(*edits), base())

    assert {change.name for change in there} == {change.name for change in back}


def test_a_header_of_an_answer_that_goes_breaks_who_reads_it():
    with_header = edited((f"{PATH} delete responses 202 headers", {"X-Id": {"schema": NEW}}))

    (change,) = spec_changes("p", with_header, base())

    assert (change.level, change.name) == ("breaking", "delete.responses.202.headers.X-Id")


def test_null_that_no_longer_comes_is_compatible_for_who_reads():
    nullable = edited((f"{RECEIVED} properties both", {"anyOf": [ref("Both"), NULL]}))

    (change,) = spec_changes("p", nullable, base())

    assert (change.level, change.name) == ("compatible", "schemas.Received.both.type")


def test_alternatives_of_security_carry_no_order():
    one, other = {"key": ["a", "b"]}, {"other": []}

    found = spec_changes("p", edited(("security", [one, other])), edited(("security", [other, {"key": ["b", "a"]}])))

    assert found == []


def test_a_schema_that_is_wrapped_and_changed_is_reported_where_it_changed():
    wrapped = edited(
        (f"{RECEIVED} properties both", {"allOf": [ref("Both")]}), (f"{BOTH} properties x type", "integer")
    )

    assert [change.name for change in spec_changes("p", base(), wrapped)] == ["schemas.Both.x.type"]


def test_schemas_that_refer_to_themselves_in_another_rhythm_come_to_an_end():
    """Where one side names a schema the other never does, so that neither name ends the comparison."""

    def level(inner):
        return {"type": "object", "properties": {"left": inner, "right": inner}}

    before = edited((BOTH, level(level(ref("Both")))))
    after = edited((BOTH, level(ref("Far"))), ("components schemas Far", level(level(ref("Far")))))

    assert [change.name for change in spec_changes("p", before, after)] == ["schemas.Far"]


NAMES = st.sampled_from(["x", "y", "type"])
LEAVES = st.one_of(
    st.sampled_from(
        [True, False, {}, NULL, NEW, ref("Both"), ref("Local"), ref("Sent"), ref("Nowhere"), {"$ref": "#/a"}]
    ),
    st.builds(
        lambda types, more: {"type": types, **more},
        st.sampled_from(["string", "number", ["integer", "null"], [], 3, None]),
        st.dictionaries(
            st.sampled_from(
                ["nullable", "enum", "const", "pattern", "maximum", "exclusiveMinimum", "default", "required"]
            ),
            st.sampled_from([None, True, 1, 2.5, "a", ["a", None], ["x", "y"], {}]),
        ),
    ),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(
        st.sampled_from(
            ["properties", "items", "additionalProperties", "anyOf", "oneOf", "allOf", "not", "description"]
        ),
        st.one_of(inner, st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=2)),
        max_size=3,
    ),
    max_leaves=8,
)


ITSELF = {ref(name)["$ref"] for name in ("Sent", "Received", "Both")}


@given(SCHEMAS, SCHEMAS)
@example(
    one=ref("Both"), other={"properties": {"$ref": ref("Both")["$ref"]}, "anyOf": [{"type": "string"}, ref("Both")]}
)
@example(one={"type": {"type": "string", "nullable": None}, "items": {"$ref": "#/a"}}, other={})
@example(one={"anyOf": [], "oneOf": {"$ref": "#/a"}}, other={})
@example(one={"type": "number"}, other={"oneOf": [True, {"type": "number"}]})
def test_whatever_the_schemas_are_the_comparison_ends_and_the_way_back_names_the_same(one, other):
    """Valid or not, as a complete public document may be; each stands for a part that is sent, received or both."""
    before, after = (edited((SENT, each), (RECEIVED, each), (BOTH, each)) for each in (one, other))

    there, back = spec_changes("p", before, after), spec_changes("p", after, before)

    # A schema that is only a reference to itself means nothing, so there is no right answer to hold.
    if not any(isinstance(each, dict) and each.get("$ref") in ITSELF for each in (one, other)):
        assert {change.name for change in there} == {change.name for change in back}
    assert spec_changes("p", before, json.loads(json.dumps(before, sort_keys=True))) == []
