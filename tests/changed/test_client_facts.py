"""The facts about the generated client are those of the pinned generator, and of the client that is in the tree."""

import json

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.properties import Schemas, property_from_data
from openapi_python_client.schema import Schema as GeneratorSchema
from openapi_python_client.schema import UntrustedString
from tests.changed.test_schema_meaning import document, fields

from changed.openapi.client_facts import (
    class_name,
    is_default_sent,
    module_name,
    python_format,
    with_open_choices,
)
from changed.openapi.normal_form import OPEN, unified
from changed.openapi.operations import spec_changes
from changed.report import Report
from clients.connecting import connect_module
from clients.generator_input import for_generator

FORMATS = [
    *("date", "date-time", "uuid", "binary"),
    *("email", "uri", "byte", "password", "time", "duration", "hostname", "ipv4", "int64", "x-own", ""),
]
TYPES = ["string", "integer", "number", "boolean", ["string", "null"], ["integer", "null"]]


def generated(schema, *, is_required=True):
    """Return the generator's own property for *schema*."""
    config = Config.from_sources(ConfigFile(), MetaType.NONE, None, "utf-8", overwrite=False, output_path=None)
    parsed = GeneratorSchema.model_validate(schema)
    found, _ = property_from_data(
        name=UntrustedString("value"),
        required=is_required,
        data=parsed,
        schemas=Schemas(),
        parent_name="Holder",
        config=config,
    )
    return found


@pytest.mark.parametrize("declared", TYPES, ids=str)
@pytest.mark.parametrize("format_", FORMATS)
def test_a_format_has_a_type_of_its_own_exactly_if_the_generator_gives_it_one(format_, declared):
    plain, formatted = {"type": declared}, {"type": declared, "format": format_}

    is_typed = generated(plain).get_type_string() != generated(formatted).get_type_string()

    assert bool(python_format(unified(formatted))) is is_typed


@pytest.mark.parametrize("more", [{"enum": ["a"]}, {"const": "a"}], ids=str)
def test_a_format_of_fixed_values_gives_no_type(more):
    schema = {"type": "string", "format": "date-time", **more}

    assert "datetime" not in generated(schema).get_type_string().as_unembedded_code()
    assert not python_format(unified(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "default": "a"},
        {"type": "integer", "default": 1},
        {"type": "boolean", "default": False},
        {"type": "number", "default": 0},
        {"type": ["string", "null"], "default": "a"},
        {"type": "string", "enum": ["a"], "default": "a"},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "default": "a"},
        {"type": "string", "default": None},
        {"type": ["string", "null"], "default": None},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        {"type": "array", "items": {"type": "string"}, "default": ["a"]},
        {"type": "array", "items": {"type": "string"}, "default": []},
    ],
    ids=str,
)
def test_a_default_is_sent_exactly_if_the_generator_writes_it_down(schema):
    assert is_default_sent(unified(schema)) is (generated(schema, is_required=False).default is not None)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("getModel", "get_model", True),
        ("Model Versions", "model-versions", True),
        ("Models", "models", True),
        ("getmodel", "get_model", False),
        ("getModelV2", "get_model", False),
    ],
)
def test_a_module_has_the_name_in_snake_case(one, other, is_same):
    assert (module_name(one) == module_name(other)) is is_same


def test_a_title_names_the_class():
    assert class_name("model_v1", {"title": "Stone"}) == "Stone"
    assert class_name("model_v1", {}) == class_name("ModelV1", True) == "ModelV1"


CHOICE = {"type": "string", "enum": ["x", "y"]}
TAGGED = [{"type": "object", "required": ["k"], "properties": {"k": {"enum": [it, f"{it}2"]}}} for it in "ab"]


@pytest.mark.parametrize(
    ("schema", "direction", "is_open"),
    [
        pytest.param(fields(a=CHOICE), "received", True, id="answered"),
        pytest.param(fields(a=CHOICE), "sent", False, id="sent"),
        pytest.param({"oneOf": TAGGED}, "received", False, id="decides-between-variants"),
    ],
)
def test_a_new_value_breaks_exactly_if_the_choice_is_closed_in_the_client(schema, direction, is_open):
    """`ENUMERATIONS_ARE_OPEN` is what the generator is given: an open choice has one more value, a mark."""
    before = document(schema, direction)

    is_marked = OPEN in json.dumps(with_open_choices(before))

    assert is_marked is is_open is ("(or another value)" in json.dumps(for_generator(before)))
    after = json.loads(json.dumps(before).replace('["x", "y"]', '["x", "y", "z"]').replace('"a2"]', '"a2", "a3"]'))
    expected = "compatible" if is_open or direction == "sent" else "breaking"
    assert Report.of(spec_changes("p", before, after)).level == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"x-prefix": "Key"}, {"x-prefix": "Token"}, id="another-prefix"),
        pytest.param({}, {"x-prefix": "Token"}, id="prefix-came"),
        pytest.param({"x-prefix": "Key"}, {}, id="prefix-went"),
        pytest.param({}, {"x-prefix": ""}, id="no-prefix-said"),
        pytest.param({"x-owner": "one"}, {"x-owner": "two"}, id="another-extension"),
        pytest.param({"in": "query", "x-prefix": "Key"}, {"in": "query", "x-prefix": "Token"}, id="key-in-a-query"),
    ],
)
def test_the_report_breaks_exactly_if_connect_sends_another_key(before, after):
    one, other = (
        {
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "servers": [{"url": "https://api.example.com"}],
            "security": [{"key": []}],
            "paths": {},
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Key", **fields}}},
        }
        for fields in (before, after)
    )

    is_breaking = Report.of(spec_changes("p", one, other)).level == "breaking"

    assert is_breaking is (connect_module(one) != connect_module(other))
