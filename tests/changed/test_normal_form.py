"""Several spellings of a schema have one normal form."""
# ruff: noqa: E501 - a row of a table is a line

import pytest

from changed.openapi.normal_form import has_no_name, kinds, mapping, shown, unified, values, wordless

TEXT = {"type": "string"}
WORDS = {"title": "t", "description": "d", "example": 1, "x-note": "n"}


@pytest.mark.parametrize(
    ("schema", "bare"),
    [
        pytest.param({**TEXT, **WORDS}, TEXT, id="words"),
        pytest.param({"items": {**TEXT, **WORDS}}, {"items": TEXT}, id="words-of-items"),
        pytest.param({"anyOf": [{**TEXT, **WORDS}]}, {"anyOf": [TEXT]}, id="words-of-alternatives"),
        pytest.param({"properties": {"title": {**TEXT, **WORDS}}}, {"properties": {"title": TEXT}}, id="a-field-called-so"),
        pytest.param({"enum": [WORDS], "default": WORDS}, {"enum": [WORDS], "default": WORDS}, id="values"),
        pytest.param({"properties": ["title"]}, {"properties": ["title"]}, id="fields-in-a-list"),
        pytest.param("title", "title", id="not-a-schema"),
    ],
)  # fmt: skip
def test_only_words_are_left_out_for_a_comparison(schema, bare):
    assert wordless(schema) == bare


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        pytest.param({**TEXT, "nullable": True}, {**TEXT, "nullable": True}, id="nullable"),
        pytest.param({**TEXT, "nullable": False}, TEXT, id="not-nullable"),
        pytest.param({**TEXT, "nullable": "yes"}, TEXT, id="not-a-flag"),
        pytest.param({"type": ["string", "null"]}, {"type": ["string"], "nullable": True}, id="a-type-or-null"),
        pytest.param({"type": ["null"]}, {"type": ["null"]}, id="only-null"),
        pytest.param({"anyOf": [TEXT, {"type": "null"}]}, {**TEXT, "nullable": True}, id="a-union-with-null"),
        pytest.param({"anyOf": [{"type": "null"}, {"type": ["null"]}]}, {"anyOf": [{"type": "null"}, {"type": ["null"]}]}, id="a-union-of-nulls"),
        pytest.param({"anyOf": [TEXT, False]}, TEXT, id="what-nothing-fits"),
        pytest.param({"anyOf": [False]}, {"anyOf": [False]}, id="nothing-fits"),
        pytest.param({"allOf": [TEXT]}, TEXT, id="all-of-one"),
        pytest.param({"allOf": [{"properties": {"a": TEXT}}], "additionalProperties": False}, {"allOf": [{"properties": {"a": TEXT}}], "additionalProperties": False}, id="closed-beside-all-of"),
        pytest.param({"allOf": [True]}, {"allOf": [True]}, id="all-of-any-value"),
        pytest.param({"minLength": 0, "required": [], **TEXT}, TEXT, id="limits-that-hold-always"),
        pytest.param({"minLength": False, **TEXT}, {"minLength": False, **TEXT}, id="a-flag-is-not-a-number"),
        pytest.param({"items": {**TEXT, "default": "a"}}, {"items": TEXT}, id="default-of-items"),
        pytest.param({"oneOf": [TEXT, {"type": "boolean"}]}, {"type": ["string", "boolean"]}, id="types-in-one"),
        pytest.param({"oneOf": [{"type": "integer"}, {"type": "number"}]}, {"oneOf": [{"type": "integer"}, {"type": "number"}]}, id="numbers-that-are-both"),
        pytest.param({"oneOf": [TEXT, {"type": "object"}]}, {"oneOf": [TEXT, {"type": "object"}]}, id="not-only-plain-types"),
        pytest.param({"$ref": "#/a", "minLength": 2}, {"minLength": 2, "allOf": [{"$ref": "#/a"}]}, id="a-rule-beside-a-reference"),
        pytest.param({"$ref": "#/a", "description": "d"}, {"$ref": "#/a", "description": "d"}, id="words-beside-a-reference"),
    ],
)  # fmt: skip
def test_each_spelling_has_its_normal_form(schema, form):
    assert unified(schema) == form


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({}, set(), id="any"),
        pytest.param(TEXT, {"string"}, id="one-type"),
        pytest.param({**TEXT, "nullable": True}, {"string", "null"}, id="or-null"),
        pytest.param({"nullable": True}, set(), id="any-or-null"),
        pytest.param({"$ref": "#/components/schemas/A"}, {"A"}, id="a-name"),
        pytest.param({"anyOf": [TEXT, {"$ref": "#/components/schemas/A"}]}, {"string", "A"}, id="a-union"),
        pytest.param({"anyOf": [TEXT, {}]}, set(), id="a-union-with-any-value"),
    ],
)
def test_the_kinds_of_a_schema_are_its_types_and_names(schema, expected):
    assert kinds(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({}, False, id="any-value"),
        pytest.param(TEXT, True, id="text"),
        pytest.param({"type": ["string", "null"]}, True, id="text-or-null"),
        pytest.param({"type": "array", "items": TEXT}, True, id="a-list"),
        pytest.param({"type": "object"}, False, id="an-object"),
        pytest.param({**TEXT, "enum": ["a"]}, False, id="fixed-texts"),
        pytest.param({**TEXT, "anyOf": [TEXT]}, False, id="a-union"),
    ],
)
def test_only_plain_schemas_have_no_class(schema, expected):
    assert has_no_name(schema) is expected


def test_a_text_is_cut_only_if_it_is_longer_than_80_characters():
    assert shown("a" * 78) == f'"{"a" * 78}"'
    assert shown("a" * 79) == f'"{"a" * 79}…'
    assert shown("a" * 79, cut=False) == f'"{"a" * 79}"'
    assert shown({"é": 1, "b": 2}) == '{"b": 2, "é": 1}'


def test_a_constant_is_the_only_value_and_a_mapping_names_its_variants():
    assert values({"const": "a", "enum": ["a", "b"]}) == {'"a"'}
    assert values({"enum": "a"}) is None
    assert mapping({}) == {}
    assert mapping(
        {"discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A", "b": "B"}}}
    ) == {
        "propertyName": '"kind"',
        "a": "A",
        "b": "B",
    }
