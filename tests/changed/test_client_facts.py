"""The facts about the generated client are those of the pinned generator, and of the client that is in the tree."""

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.properties import Schemas, property_from_data
from openapi_python_client.schema import Schema as GeneratorSchema
from openapi_python_client.schema import UntrustedString

from changed.openapi.client_facts import (
    ENUMERATIONS_ARE_OPEN,
    class_name,
    is_default_sent,
    module_name,
    python_format,
)
from changed.openapi.normal_form import unified
from expunge_clients.truefoundry.models import SklearnModelSchema

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


def test_an_enumeration_reads_an_unknown_value_exactly_if_the_fact_says_so():
    """`ENUMERATIONS_ARE_OPEN` is what the client does: if it changes, the verdict on a new value changes with it."""
    schema = {"infer_method_name": "unheard-of", "inputs": [], "outputs": []}
    try:
        SklearnModelSchema.from_dict(schema)
    except ValueError:
        is_open = False
    else:
        is_open = True

    assert ENUMERATIONS_ARE_OPEN is is_open
