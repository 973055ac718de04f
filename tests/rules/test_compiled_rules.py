"""A compiled check passes a value if, and only if, the interpreter finds no rule that it breaks."""

import copy
import json
from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from expunge import PROVIDERS
from expunge._rules import rules_of
from expunge._rules.compiled import Checks
from expunge._rules.violations import violations

NAMES = ("a", "b", "kind")
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, -1.5, 1e300, 10**400])
SCALARS = st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "ab", "x1", "one", "two", "é", "a\n"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
)
KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"])
REFERENCES = st.sampled_from(["#/components/schemas/One", "#/components/schemas/Two"])


DISCRIMINATORS = st.fixed_dictionaries(
    {"propertyName": st.just("kind"), "mapping": st.dictionaries(st.sampled_from(["one", "two"]), REFERENCES)}
)


def _keywords(inner):
    return {
        "type": KINDS | st.lists(KINDS, min_size=1, max_size=3),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS,
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "pattern": st.sampled_from(["[a-z]+", "x\\d", ".*$"]),
        "minimum": NUMBERS,
        "maximum": NUMBERS,
        "items": inner,
        "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
        "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        "additionalProperties": st.booleans() | inner,
        "allOf": st.lists(inner, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=2),
        "discriminator": DISCRIMINATORS,
    }


def _with_parts(inner):
    return st.fixed_dictionaries({}, optional=_keywords(inner))


TYPES = st.fixed_dictionaries({"type": KINDS})
SCHEMAS = st.recursive(_with_parts(st.just({})), _with_parts, max_leaves=4)
# What it refers to leads on to deeper values only, as every schema of a spec does.
REFERRED = st.fixed_dictionaries({"One": SCHEMAS, "Two": SCHEMAS}).map(
    lambda schemas: {
        "One": {**schemas["One"], "items": {"$ref": "#/components/schemas/One"}},
        "Two": {**schemas["Two"], "properties": {"a": {"$ref": "#/components/schemas/One"}}},
    }
)


@pytest.mark.slow
@settings(max_examples=examples(300), deadline=None)
@given(SCHEMAS, REFERRED, VALUES, st.booleans())
def test_a_check_and_the_interpreter_agree(schema, schemas, value, refers):
    schemas = {name: _without_discriminators(each) for name, each in schemas.items()}
    asked = {**schema, "$ref": "#/components/schemas/Two"} if refers else schema

    passes = Checks(schemas).of(asked)(value)

    assert passes == (next(violations(value, asked, "", schemas), None) is None)


@pytest.mark.slow
@pytest.mark.parametrize("keyword", _keywords(TYPES))
def test_they_agree_about_each_keyword(keyword):
    schemas = {"One": {"required": ["a"]}, "Two": {"minProperties": 1}}
    more = {"anyOf": st.lists(TYPES, min_size=1, max_size=2)} if keyword == "discriminator" else {}
    of_one = st.fixed_dictionaries({keyword: _keywords(TYPES)[keyword], **more})

    @settings(max_examples=examples(150), deadline=None)
    @given(of_one, SCALARS | VALUES)
    def agree(schema, value):
        assert Checks(schemas).of(schema)(value) == (next(violations(value, schema, "", schemas), None) is None)

    agree()


def _without_discriminators(schema):
    """Return *schema* without a discriminator, which could lead back to it for the same value."""
    if isinstance(schema, dict):
        return {key: _without_discriminators(each) for key, each in schema.items() if key != "discriminator"}
    return [_without_discriminators(each) for each in schema] if isinstance(schema, list) else schema


def _schemas_of_answers():
    for provider in PROVIDERS:
        rules = rules_of(provider)
        for name, operation in rules.operations.items():
            for status, schema in operation.answers.items():
                if schema is not None:
                    yield pytest.param(rules, schema, id=f"{provider}-{name}-{status}")


def _values_of(schema, schemas, depth=0):
    """Return a strategy of values that mostly fit *schema*."""
    if reference := schema.get("$ref"):
        return _values_of(schemas[reference.rpartition("/")[2]], schemas, depth)
    options = schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf")
    if options and "properties" not in schema:
        return st.one_of(_values_of(each, schemas, depth + 1) for each in options)
    kinds = schema.get("type", "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")])) | SCALARS
    if kind == "array" and depth < 4:
        return st.lists(_values_of(schema.get("items", {}), schemas, depth + 1), max_size=2)
    if kind == "object" and depth < 4:
        return _objects_of(schema, schemas, depth + 1)
    texts = st.from_regex(schema["pattern"], fullmatch=True) if "pattern" in schema else st.sampled_from(["v", "1"])
    return {"integer": NUMBERS, "number": NUMBERS, "boolean": st.booleans(), "null": st.none()}.get(kind, texts)


def _objects_of(schema, schemas, depth):
    properties = {key: _values_of(each, schemas, depth) for key, each in schema.get("properties", {}).items()}
    required = {key: properties[key] for key in schema.get("required", []) if key in properties}
    rest = {key: each for key, each in properties.items() if key not in required}
    return st.fixed_dictionaries(required, optional={**rest, "another": SCALARS})


@pytest.mark.parametrize(("rules", "schema"), list(_schemas_of_answers()))
def test_they_agree_about_the_answers_of_the_providers(rules, schema):
    check = Checks(rules.schemas).of(schema)

    @settings(max_examples=examples(30), deadline=None)
    @given(_values_of(schema, rules.schemas) | VALUES)
    def agree(value):
        assert check(value) == (next(violations(value, schema, "", rules.schemas), None) is None)

    agree()


@pytest.mark.parametrize("value", [OrderedDict(a=1), type("Text", (str,), {})("a"), type("Number", (int,), {})(1)])
def test_a_value_that_json_cannot_be_is_left_to_the_interpreter(value):
    schema = {"additionalProperties": {"type": "integer"}}

    assert Checks({}).of(schema)(value) is False
    assert list(rules_of("cerebras").violations(value, schema)) == []


def test_a_schema_that_leads_back_to_itself_is_followed_to_any_depth():
    schemas = {"Node": {"type": "object", "properties": {"next": {"$ref": "#/x/Node"}, "n": {"type": "integer"}}}}
    check = Checks(schemas).of({"$ref": "#/x/Node"})
    good = {"n": 1, "next": {"n": 2, "next": {"n": 3}}}
    bad = copy.deepcopy(good)
    bad["next"]["next"]["n"] = "three"

    assert check(good)
    assert not check(bad)


def test_a_schema_is_compiled_once():
    checks = Checks({})
    schema = json.loads('{"type": "string"}')

    assert checks.of(schema) is checks.of(schema)
    assert checks.of(schema) is not checks.of(dict(schema))
