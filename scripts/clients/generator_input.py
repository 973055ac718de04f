"""The document as the generator reads it: the same API, written so that the client keeps unknown values.

The generator knows one kind of `enum`. A value is added to each open one, which our template takes out again and which
adds `| str` to its type. A list of one value becomes a `const`, hence a `Literal` without a module of its own.
"""

from typing import cast

from expunge._yaml import JSON
from overlay.nodes import plain_copy
from spec.choices import all_schemas, choice, open_choices, parts, schema_at
from spec.normalised import operations
from spec.slice import Place

OPEN: tuple[str, int] = ("(or another value)", -(2**64))
"""The value that marks an open choice, of texts and of integers. No spec has either."""


def for_generator(document: dict[str, JSON]) -> dict[str, JSON]:
    """Return a copy of *document* for the generator."""
    copied = cast("dict[str, JSON]", plain_copy(document))
    _describe_parameters(copied)
    schemas = list(all_schemas(copied))
    joined = _joined(copied, schemas)
    still_open = open_choices(copied)
    for place in schemas:
        schema = schema_at(copied, place)
        values = choice(schema)
        if not values:
            continue
        if place in still_open:
            may_be_null = None in _list(schema.get("enum")) or "null" in _list(schema.get("type"))
            nulls: list[JSON] = [None] if may_be_null else []
            schema["enum"] = [*values, OPEN[isinstance(values[0], int)], *nulls]
            for name in ("const", "type"):  # a list of types would make a union of equal choices
                schema.pop(name, None)
        elif schema.get("enum") == values and len(values) == 1 and place not in joined:
            del schema["enum"]
            schema["const"] = values[0]
    return copied


def _describe_parameters(document: dict[str, JSON]) -> None:
    """Copy the description of each parameter into its schema, because the generator reads it only there."""
    for _, _, _, parameters in operations(document):
        for parameter in parameters:
            schema, description = parameter.get("schema"), parameter.get("description")
            if isinstance(schema, dict) and "$ref" not in schema and description:
                schema.setdefault("description", description)


def _joined(document: dict[str, JSON], schemas: list[Place]) -> set[Place]:
    """Return the properties of schemas that `allOf` joins: the generator can join two lists, but not two constants."""
    return {
        place
        for schema in schemas
        if "allOf" in schema_at(document, schema)
        for part in parts(document, schema)
        for name in cast("dict[str, JSON]", schema_at(document, part).get("properties", {}))
        for place in ((*part, "properties", name), *parts(document, (*part, "properties", name)))
    }


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
