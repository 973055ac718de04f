"""Schemas are compared by their meaning: other words for the same are not a change, a tighter branch is one.

The module is longer than most: nearly all of it is one table, a line for each pair of schemas.
"""
# ruff: noqa: E501 - a row of the table is a line

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.examples import examples

from changed.openapi.operations import spec_changes
from changed.report import Report

TEXT = {"type": "string"}
NAMED = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 2}}}


def document(schema, direction, **named):
    """Return an API with one operation, which sends or receives *schema* as JSON."""
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {"operationId": "do", "responses": {"200": {"description": "ok"}}}
    if direction == "sent":
        operation["requestBody"] = content
    else:
        operation["responses"]["200"].update(content)
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/do": {"put": operation}},
        "components": {"schemas": {"Named": NAMED, "Id": TEXT, **named}},
    }


def changes(before, after, direction, **named):
    return spec_changes("p", document(before, direction, **named), document(after, direction, **named))


def level(before, after, direction, **named):
    return Report.of(changes(before, after, direction, **named)).level


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def fields(**properties):
    return {"type": "object", "properties": properties}


def same(name, one, other):
    return pytest.param(one, other, id=name)


SAME = [
    same("least-length-0", TEXT, {**TEXT, "minLength": 0}),
    same("fewest-items-0", {"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "minItems": 0}),
    same("fewest-fields-0", NAMED, {**NAMED, "minProperties": 0}),
    same("not-unique", {"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "uniqueItems": False}),
    same("not-deprecated", TEXT, {**TEXT, "deprecated": False}),
    same("neither-read-nor-write-only", TEXT, {**TEXT, "readOnly": False, "writeOnly": False}),
    same("more-fields-allowed", NAMED, {**NAMED, "additionalProperties": True}),
    same("more-fields-of-any-schema", NAMED, {**NAMED, "additionalProperties": {}}),
    same("nothing-required", fields(a=TEXT), {**fields(a=TEXT), "required": []}),
    same("any-items", {"type": "array"}, {"type": "array", "items": {}}),
    same("true-for-any", fields(a={}), fields(a=True)),
    same("true-at-the-top", {}, True),
    same("true-items", {"type": "array", "items": {}}, {"type": "array", "items": True}),
    same("inclusive", {"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 1, "exclusiveMinimum": False}),
    same("required-reordered", {"required": ["a", "b"]}, {"required": ["b", "a"]}),
    same("enum-reordered", {"enum": ["a", "b"]}, {"enum": ["b", "a"]}),
    same("types-reordered", {"type": ["string", "integer"]}, {"type": ["integer", "string"]}),
    same("union-reordered", {"anyOf": [NAMED, TEXT, {"type": "integer"}]}, {"anyOf": [{"type": "integer"}, NAMED, TEXT]}),
    same("branches-reordered", {"allOf": [NAMED, {"required": ["b"]}]}, {"allOf": [{"required": ["b"]}, NAMED]}),
    same("references-reordered", {"allOf": [ref("Named"), {"required": ["b"]}]}, {"allOf": [{"required": ["b"]}, ref("Named")]}),
    same("patterns-reordered", {"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, {"allOf": [{"pattern": "b"}, {"pattern": "a"}]}),
    same("union-of-types", {"anyOf": [TEXT, {"type": "integer"}]}, {"type": ["string", "integer"]}),
    same("constant", {"const": "a"}, {"enum": ["a"]}),
    same("plain-text-inlined", ref("Id"), TEXT),
    same("plain-text-inlined-in-a-union", {"anyOf": [ref("Id"), NAMED]}, {"anyOf": [TEXT, NAMED]}),
    same("plain-text-inlined-in-a-branch", {"allOf": [ref("Id"), {"minLength": 2}]}, {"allOf": [TEXT, {"minLength": 2}]}),
    same("branches-put-together", {"allOf": [NAMED, fields(b=TEXT)]}, {**fields(a=NAMED["properties"]["a"], b=TEXT), "required": ["a"]}),
    same("rule-beside-a-reference", {"allOf": [ref("Named")], "minProperties": 2}, {**ref("Named"), "minProperties": 2}),
    same("tighter-outside-than-inside", {"allOf": [{"minLength": 2}], "minLength": 3}, {"minLength": 3}),
    same("field-said-again", {"allOf": [ref("Named"), {"required": ["b"]}]}, {"allOf": [ref("Named"), {"required": ["a", "b"]}]}),
]  # fmt: skip


@pytest.mark.parametrize("direction", ["sent", "received"])
@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_means_the_same_is_no_change(one, other, direction):
    assert changes(one, other, direction) == []
    assert changes(other, one, direction) == []


@pytest.mark.parametrize("direction", ["sent", "received"])
def test_a_plain_schema_that_goes_because_it_was_inlined_is_no_change(direction):
    before, after = document(ref("Id"), direction), document(TEXT, direction)
    del after["components"]["schemas"]["Id"]

    assert spec_changes("p", before, after) == []
    assert spec_changes("p", after, before) == []


def test_a_description_inside_definitions_is_documentation():
    inner = {"properties": {"a": {"$ref": "#/components/schemas/Holder/$defs/Inner"}}}
    before, after = ({**inner, "$defs": {"Inner": {**TEXT, "description": words}}} for words in ("one", "other"))

    found = spec_changes(
        "p", document(ref("Holder"), "sent", Holder=before), document(ref("Holder"), "sent", Holder=after)
    )

    assert [(each.level, each.name) for each in found] == [("documentation", "schemas.Holder.$defs.Inner.description")]


@pytest.mark.parametrize(
    ("keyword", "direction", "expected"),
    [
        ("readOnly", "received", "compatible"),
        ("writeOnly", "sent", "compatible"),
        ("readOnly", "sent", "breaking"),
        ("writeOnly", "received", "breaking"),
    ],
)
def test_a_field_for_one_way_only_breaks_who_goes_the_other(keyword, direction, expected):
    assert level(fields(a=TEXT), fields(a={**TEXT, keyword: True}), direction) == expected
    assert level(fields(a={**TEXT, keyword: True}), fields(a=TEXT), direction) == "compatible"


def tighter(name, before, after):
    return pytest.param(before, after, id=name)


NARROWER = [
    tighter("least-length", {"allOf": [TEXT], "minLength": 2}, {"allOf": [{**TEXT, "minLength": 5}], "minLength": 2}),
    tighter("greatest", {"maximum": 9, "allOf": [{"type": "integer"}]}, {"maximum": 9, "allOf": [{"type": "integer", "maximum": 5}]}),
    tighter("pattern", {"pattern": "a", "allOf": [TEXT]}, {"pattern": "a", "allOf": [{**TEXT, "pattern": "b"}]}),
    tighter("enum", {"enum": ["a", "b"], "allOf": [TEXT]}, {"enum": ["a", "b"], "allOf": [{**TEXT, "enum": ["a"]}]}),
    tighter("type", {"type": ["string", "integer"], "allOf": [{}]}, {"type": ["string", "integer"], "allOf": [TEXT]}),
    tighter("null", {"type": ["string", "null"], "allOf": [{"minLength": 1}]}, {"type": ["string", "null"], "allOf": [{**TEXT, "minLength": 1}]}),
    tighter("a-type-that-nothing-has", {"type": "integer", "allOf": [{}]}, {"type": "integer", "allOf": [TEXT]}),
    tighter("required", {"allOf": [NAMED, fields(b=TEXT)]}, {"allOf": [NAMED, {**fields(b=TEXT), "required": ["b"]}]}),
    tighter("fields-closed", {"allOf": [NAMED, fields(b=TEXT)]}, {"allOf": [{**NAMED, "additionalProperties": False}, fields(b=TEXT)]}),
    tighter("fields-closed-beside", {"allOf": [NAMED], **fields(a=TEXT)}, {"allOf": [{**NAMED, "additionalProperties": False}], **fields(a=TEXT)}),
    tighter("other-fields-typed", {"allOf": [NAMED, fields(b={})]}, {"allOf": [{**NAMED, "additionalProperties": {"type": "integer"}}, fields(b={})]}),
    tighter("one-more-branch", {"allOf": [ref("Named"), fields(b=TEXT)]}, {"allOf": [ref("Named"), fields(b=TEXT), {"required": ["b"]}]}),
    tighter("in-a-field-of-both", {"allOf": [ref("Named"), fields(a=TEXT)]}, {"allOf": [ref("Named"), fields(a={**TEXT, "minLength": 5})]}),
    tighter("one-more-union", {"allOf": [{"anyOf": [NAMED, TEXT]}, {}]}, {"allOf": [{"anyOf": [NAMED, TEXT]}, {"anyOf": [TEXT, {"type": "integer"}]}]}),
    tighter("beside-another-union", {"oneOf": [TEXT, NAMED], "anyOf": [TEXT, NAMED]}, {"oneOf": [TEXT, NAMED], "anyOf": [{**TEXT, "minLength": 5}, NAMED]}),
    tighter("one-more-not", {"not": {"required": ["a"]}}, {"not": {"required": ["a"]}, "allOf": [{"not": {"required": ["b"]}}]}),
    tighter("types-taken-apart", {"type": ["string", "integer"]}, {"anyOf": [{**TEXT, "minLength": 5}, {"type": "integer"}]}),
    tighter("one-became-two-of-its-type", TEXT, {"anyOf": [{**TEXT, "pattern": "a"}, {**TEXT, "pattern": "b"}]}),
    tighter("type-beside-a-union", {"type": ["string", "object"], "anyOf": [TEXT, NAMED]}, {**TEXT, "anyOf": [TEXT, NAMED]}),
    tighter("one-became-exactly-one-of-what-overlap", TEXT, {"oneOf": [TEXT, {"minLength": 2}]}),
    tighter("exactly-one-of-what-overlaps-came", {"oneOf": [TEXT, NAMED]}, {"oneOf": [TEXT, NAMED, {"minLength": 2}]}),
    tighter("an-alternative-that-nothing-fits", {"oneOf": [False, {"type": ["string", "integer"]}]}, {"not": TEXT}),
    tighter("one-of-several-beside-a-type", {**TEXT, "anyOf": [{}, {**TEXT, "minLength": 1}]}, {**TEXT, "minLength": 1}),
    tighter("not-of-more", {"not": TEXT}, {"not": {"type": ["string", "integer"]}}),
    tighter("if-of-more", {"if": TEXT, "then": {"minLength": 2}}, {"if": {"minProperties": 0}, "then": {"minLength": 2}}),
    tighter("field-forbidden", fields(a=TEXT), fields(a=TEXT, b=False)),
    tighter("forbidden-field-required", fields(a=False), {**fields(a=False), "required": ["a"]}),
    tighter("null-no-longer-enumerated", {"enum": ["a", None]}, {"enum": ["a"]}),
    tighter("told-apart-by-a-new-field", {"oneOf": [ref("Named")]}, {"oneOf": [ref("Named")], "discriminator": {"propertyName": "a"}}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), NARROWER)
def test_what_narrows_somewhere_in_a_schema_breaks_who_sends(before, after):
    assert level(before, after, "sent") == "breaking"


WIDER = [
    tighter("type", {"allOf": [TEXT], "type": ["string", "integer"]}, {"allOf": [{}], "type": ["string", "integer"]}),
    tighter("no-longer-required", {"allOf": [NAMED, {"required": ["b"]}], **fields(b=TEXT)}, {"allOf": [NAMED], **fields(b=TEXT)}),
    tighter("null-enumerated", {"type": ["string", "null"], "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
    tighter("other-fields-of-any-type", {**NAMED, "additionalProperties": TEXT}, {**NAMED, "additionalProperties": True}),
    tighter("another-type-among-others", {"anyOf": [{**TEXT, "minLength": 1}, NAMED]}, {"anyOf": [{**TEXT, "minLength": 1}, NAMED, {"type": "boolean"}]}),
    tighter("one-became-two-of-its-type", NAMED, {"anyOf": [NAMED, fields(z=TEXT)]}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), WIDER)
def test_what_widens_somewhere_in_a_schema_breaks_who_receives(before, after):
    assert level(before, after, "received") == "breaking"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        tighter("least-length", {"allOf": [TEXT], "minLength": 2}, {"allOf": [{**TEXT, "minLength": 5}], "minLength": 2}),
        tighter("required", {"allOf": [NAMED, fields(b=TEXT)]}, {"allOf": [NAMED, {**fields(b=TEXT), "required": ["b"]}]}),
        tighter("type", {"type": ["string", "integer"], "allOf": [{}]}, {"type": ["string", "integer"], "allOf": [TEXT]}),
    ],
)  # fmt: skip
def test_what_narrows_in_a_branch_breaks_nobody_who_receives(before, after):
    assert level(before, after, "received") == "compatible"


@pytest.mark.parametrize("is_branch", [False, True], ids=["a-field", "a-branch"])
def test_what_is_said_through_a_reference_to_no_schema_is_reported_once_where_it_stands(is_branch):
    reference = {"$ref": "#/components/headers/H/schema"}
    schema = {"allOf": [reference, {"minLength": 1}]} if is_branch else fields(a=reference)
    before, after = (document(schema, "sent") for _ in range(2))
    before["components"]["headers"] = {"H": {"schema": TEXT}}
    after["components"]["headers"] = {"H": {"schema": {"type": "integer"}}}

    (change,) = spec_changes("p", before, after)

    assert (change.level, change.name) == ("breaking", "headers.H.type")


def test_a_field_that_moved_beside_the_shared_schema_is_not_lost_if_that_schema_changed_too():
    """Another change of the shared schema, which has its own line, makes nothing of the branches break."""
    before = document({"allOf": [ref("Shared")]}, "sent", Shared=fields(a={**TEXT, "default": "x"}, b=TEXT))
    after = document({"allOf": [ref("Shared"), fields(b=TEXT)]}, "sent", Shared=fields(a=TEXT))

    assert [change.name for change in spec_changes("p", before, after)] == [
        "schemas.Shared.a.default",
        "schemas.Shared.b",
    ]


FIELDS = ["a", "b"]
PLAIN = st.sampled_from(
    [
        {},
        TEXT,
        {"type": "integer"},
        {"type": ["string", "null"]},
        {"type": ["string", "integer"]},
        {"type": "string", "minLength": 1},
        {"type": "string", "maxLength": 1},
        {"type": "integer", "minimum": 1},
        {"minimum": 2, "minLength": 2},
        {"type": "string", "pattern": "x"},
        {"enum": ["x", 1]},
        {"enum": ["x", None]},
        {"const": "x"},
        {"minProperties": 1},
        {"maxItems": 1},
        False,
        ref("Named"),
        ref("Id"),
    ]
)


def _composed(inner):
    properties = st.dictionaries(st.sampled_from(FIELDS), inner, min_size=1)
    objects = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": properties},
        optional={
            "required": st.lists(st.sampled_from(FIELDS), unique=True),
            "additionalProperties": st.one_of(st.booleans(), inner),
        },
    )
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        objects,
        objects,
        st.builds(lambda each, more: {**more, "allOf": each}, several, st.one_of(st.just({}), objects)),
        st.builds(lambda each, more: {**more, "anyOf": each}, several, st.sampled_from([{}, TEXT])),
        st.builds(lambda each: {"type": "array", "items": each}, inner),
        st.builds(lambda each: {"not": each}, inner),
    )


MEANT = st.recursive(PLAIN, _composed, max_leaves=6)
SCALARS = ["", "x", "xy", "z", 0, 1, 3, None]
VALUES = [
    *SCALARS,
    *([], ["x"], [1], [1, "x"], [None]),
    *({}, {"c": "x"}, {"a": {"a": "xy"}}, {"a": ["x"]}, {"a": {}}, {"b": {"a": "x", "b": 3}}),
    *({"a": each} for each in SCALARS),
    *({"b": each} for each in SCALARS),
    *({"a": one, "b": other} for one in SCALARS for other in SCALARS),
]


def edit(schema, randomness):
    """Return *schema* with one small thing changed: most changes of a spec are."""
    schema = json.loads(json.dumps(schema))
    places = []

    def visit(node, put):
        places.append((node, put))
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "properties":
                    for name in value:
                        visit(value[name], lambda new, value=value, name=name: value.__setitem__(name, new))
                elif key in {"allOf", "anyOf"}:
                    for number, each in enumerate(value):
                        visit(each, lambda new, value=value, number=number: value.__setitem__(number, new))
                elif key in {"items", "not", "additionalProperties"}:
                    visit(value, lambda new, node=node, key=key: node.__setitem__(key, new))

    holder = {"root": schema}
    visit(schema, lambda new: holder.__setitem__("root", new))
    node, put = randomness.choice(places)
    additions = [
        {"minLength": 2},
        {"required": ["a"]},
        {"additionalProperties": False},
        {"type": "string"},
        {"enum": ["x"]},
    ]
    if isinstance(node, dict) and "$ref" not in node and randomness.random() < 0.7:
        key = randomness.choice([*node, None])
        put(
            {name: value for name, value in node.items() if name != key}
            if key
            else {**node, **randomness.choice(additions)}
        )
    else:
        put({"allOf": [node, randomness.choice(additions)]})
    return holder["root"]


def accepts(schema):
    """Return, for each value, whether *schema* takes it."""
    complete = {**document({}, "sent"), "$ref": "#/x", "x": schema}
    validator = Draft202012Validator(complete)
    return [validator.is_valid(value) for value in VALUES]


@pytest.mark.slow
@settings(max_examples=examples(300), deadline=None)
@given(MEANT, st.one_of(MEANT, st.none()), st.randoms(use_true_random=False))
def test_no_value_that_may_no_longer_be_sent_goes_untold(before, after, randomness):
    """Judged by a validator: a value that was taken and is not any more makes a change breaking."""
    if after is None:
        after = edit(before, randomness)
    lost = [value for value, was, now in zip(VALUES, accepts(before), accepts(after), strict=True) if was and not now]

    assert not lost or level(before, after, "sent") == "breaking" or _only_new_fields(before, after), lost


def _only_new_fields(before, after):
    """A field that is now described was any value's before, so an optional one is compatible."""
    found = changes(before, after, "sent")
    return any(each.what == "field added" for each in found)
