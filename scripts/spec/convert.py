"""Convert a slice of OpenAPI 3.0 to 3.1, if its overlay states `x-convert-from: '3.0'`.

Only schemas differ in what we use: `nullable`, boolean `exclusiveMinimum` and `exclusiveMaximum`, `example`, and what
stands beside a `$ref`, which 3.0 ignores.
"""

from typing import cast

from expunge._yaml import JSON
from overlay.nodes import plain_copy

from .choices import all_schemas, schema_at

FIELD = "x-convert-from"
"""The field of an overlay that asks for the conversion, with the text `3.0`."""

_TARGET = "3.1.0"
_BESIDE_A_NULL = ("title", "description", "default", "deprecated", "readOnly", "writeOnly", "example")


def is_3_0(spec: dict[str, JSON]) -> bool:
    """Return whether *spec* is OpenAPI 3.0."""
    return str(spec.get("openapi", "")).startswith("3.0.")


def conversion(spec: JSON) -> str | None:
    """Return the sentence for the provenance of *spec*, or None if it is not converted."""
    if not isinstance(spec, dict) or not is_3_0(spec):
        return None
    return f"from OpenAPI {spec['openapi']} to {_TARGET} before the overlay, which states {FIELD}"


def convert(document: dict[str, JSON]) -> dict[str, JSON]:
    """Return a copy of *document*, of OpenAPI 3.0, as 3.1 writes it."""
    copied = cast("dict[str, JSON]", plain_copy(document))
    places = sorted(all_schemas(copied), key=len, reverse=True)  # inner schemas first, as outer ones may move them
    for place in places:
        schema = schema_at(copied, place)
        if "$ref" in schema:
            reference = schema["$ref"]
            schema.clear()
            schema["$ref"] = reference
            continue
        _convert_limits(schema)
        if schema.pop("nullable", False) is True:
            _allow_null(schema)
        if "example" in schema:
            schema["examples"] = [schema.pop("example")]
    copied["openapi"] = _TARGET
    return copied


def _convert_limits(schema: dict[str, JSON]) -> None:
    """Write an exclusive limit as a number; 3.0 has a limit and whether it is exclusive."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and limit in schema:
            schema[exclusive] = schema.pop(limit)


def _allow_null(schema: dict[str, JSON]) -> None:
    """Allow null, also where 3.0.3 gives `nullable` no effect: beside `allOf`, and in a list of values without null."""
    values = schema.get("enum")
    if isinstance(values, list) and None not in values:
        values.append(None)
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    elif schema.keys() & {"allOf", "anyOf", "oneOf"}:
        inner = {key: schema.pop(key) for key in list(schema) if key not in _BESIDE_A_NULL}
        schema["anyOf"] = [inner, {"type": "null"}]
