"""OpenAPI 3.0 is converted where the overlay says so, and nowhere else."""

import pytest
from tests.spec.small_spec import TEXT, spec

from spec.convert import conversion, convert
from spec.normalised import NormaliseError

REF = {"$ref": "#/components/schemas/Other"}
ASKED = {"x-convert-from": "3.0"}


def old(schema, **options):
    """Return a spec of OpenAPI 3.0 that answers with *schema*."""
    return {**spec(schema, **options), "openapi": "3.0.3"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"type": "string", "nullable": True}, {"type": ["string", "null"]}, id="nullable"),
        pytest.param({"type": "string", "nullable": False}, TEXT, id="not-nullable"),
        pytest.param(
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
            id="list-of-values",
        ),
        pytest.param(
            {"nullable": True, "allOf": [REF], "description": "d"},
            {"description": "d", "anyOf": [{"allOf": [REF]}, {"type": "null"}]},
            id="all-of",
        ),
        pytest.param(
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False},
            {"type": "integer", "exclusiveMinimum": 1, "maximum": 9},
            id="limits",
        ),
        pytest.param({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}, id="example"),
        pytest.param({**REF, "nullable": True, "description": "ignored"}, REF, id="beside-a-reference"),
        pytest.param(
            {"properties": {"example": {"nullable": True, "type": "string"}, "nullable": TEXT}},
            {"properties": {"example": {"type": ["string", "null"]}, "nullable": TEXT}},
            id="properties-with-names-of-keywords",
        ),
        pytest.param(
            {"oneOf": [{"nullable": True, "oneOf": [{"type": "string", "nullable": True}]}]},
            {"oneOf": [{"anyOf": [{"oneOf": [{"type": ["string", "null"]}]}, {"type": "null"}]}]},
            id="one-inside-another",
        ),
        pytest.param(
            {"type": "object", "example": {"nullable": True, "exclusiveMinimum": True}},
            {"type": "object", "examples": [{"nullable": True, "exclusiveMinimum": True}]},
            id="data-stays-as-it-is",
        ),
    ],
)
def test_a_schema_means_the_same_afterwards(schema, expected):
    document = old(schema)

    converted = convert(document)

    assert converted["components"]["schemas"]["Thing"] == expected
    assert converted["openapi"] == "3.1.0"
    assert document == old(schema)


def test_it_is_converted_if_the_overlay_says_so(normalised):
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1, "exclusiveMinimum": True}}}

    document = normalised(old(schema), extra=ASKED)

    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["Thing"]["properties"] == {"a": {"type": "integer", "exclusiveMinimum": 1}}


def test_it_is_refused_otherwise(normalised):
    with pytest.raises(
        NormaliseError, match=r"specs/small\.yaml: this is OpenAPI 3\.0\.3; .* state x-convert-from: '3\.0'"
    ):
        normalised(old(TEXT))


def test_a_spec_that_needs_no_conversion_is_refused_if_one_is_asked_for(normalised):
    with pytest.raises(NormaliseError, match=r"asks to convert OpenAPI 3\.0; .*small\.yaml is OpenAPI 3\.1\.0"):
        normalised(spec(), extra=ASKED)


def test_the_provenance_says_what_was_converted():
    assert conversion(old(TEXT)) == ("from OpenAPI 3.0.3 to 3.1.0 before the overlay, which states x-convert-from")
    assert conversion(spec()) is None
