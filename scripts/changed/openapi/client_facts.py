"""Facts about the generated client that decide a verdict. Tests compare each with the generator or with a client."""

from openapi_python_client.strings import PythonIdentifier, pascal_case

from expunge._yaml import JSON

from .normal_form import Schema, as_object, kinds, union, values

ENUMERATIONS_ARE_OPEN = False
"""Whether the client reads an unknown value of every enumeration in an answer as text.

It keeps most of them open (`spec.choices`). A choice between the members of a union is closed and raises `ValueError`.
The report does not distinguish the two yet, so it calls each new value breaking.
"""

TYPED_FORMATS = frozenset({"date", "date-time", "uuid", "binary"})
"""The formats of text that have a Python type of their own; every other format is plain text."""
_LIST = frozenset({"array"})


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


def class_name(name: str, schema: JSON) -> str:
    """Return the name of the class for the schema called *name*; a title replaces that name."""
    title = as_object(schema).get("title")
    return pascal_case(title if isinstance(title, str) and title else name)
