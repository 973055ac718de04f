"""Facts about the generated client that decide a verdict. Tests compare each with the generator or with a client."""

import copy
import re

from openapi_python_client.strings import PythonIdentifier, pascal_case

from expunge._yaml import JSON
from spec.choices import open_choices, schema_at

from .normal_form import OPEN, Schema, as_object, kinds, union, values

ENUMERATIONS_ARE_OPEN = True
"""Whether the client reads an unknown value of an open choice (`spec.choices`) as it is; else it raises `ValueError`.

A choice between the members of a union is always closed.
"""
TYPED_FORMATS = frozenset({"date", "date-time", "uuid", "binary"})
"""The formats of text that have a Python type of their own; every other format is plain text."""
_LIST = frozenset({"array"})


def with_open_choices(document: dict[str, JSON]) -> dict[str, JSON]:
    """Return a copy of *document* in which the choices that the client leaves open are marked."""
    marked = copy.deepcopy(document)
    for place in open_choices(marked) if ENUMERATIONS_ARE_OPEN else ():
        schema_at(marked, place)[OPEN] = True
    return marked


def python_format(schema: Schema) -> str:
    """Return the format that decides the Python type of the unified *schema*, or an empty text."""
    is_text = "string" in kinds(schema) and values(schema) is None and not union(schema)
    found = schema.get("format")
    return found if is_text and isinstance(found, str) and found in TYPED_FORMATS else ""


def is_default_sent(schema: Schema) -> bool:
    """Return whether a call that leaves the value out sends the default of *schema*; that of a list is never sent."""
    return schema.get("default") is not None and kinds(schema) - {"null"} != _LIST


def module_name(text: str) -> str:
    """Return the name of the module for an operation id or a tag."""
    return str(PythonIdentifier(text, "_"))


def python_key(parameter: str) -> str:
    """Return the place and name of a *parameter* as the caller knows it: the name in a path is never sent."""
    place, _, name = parameter.partition(" ")
    return f"{place} {module_name(name)}" if place == "path" else parameter


def with_python_names(path: str) -> str:
    """Return *path* with each variable as the client calls it: `/models/{modelId}` is `/models/{model_id}`."""
    return re.sub(r"\{([^{}]*)\}", lambda found: f"{{{module_name(found[1])}}}", path)


def class_name(name: str, schema: JSON) -> str:
    """Return the name of the class for the schema called *name*; a title replaces that name."""
    title = as_object(schema).get("title")
    return pascal_case(title if isinstance(title, str) and title else name)
