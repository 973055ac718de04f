"""A schema as it is compared: what OpenAPI lets one write in several ways stands in one.

`null` is a type of its own, wherever it was said (`type: [string, 'null']`, `anyOf: […, {type: 'null'}]`, 3.0's
`nullable`); a union or `allOf` of one schema is that schema; what stands in both `oneOf` and `anyOf` is told apart.
"""

import json
from collections.abc import Callable
from typing import TypeAlias

from expunge._yaml import JSON

Schema: TypeAlias = dict[str, JSON]

UNIONS = ("oneOf", "anyOf")


def unified(schema: Schema) -> Schema:
    """Give *schema* in its one form: `nullable` stands for every way to allow null."""
    schema = dict(schema)
    if all(key in schema for key in UNIONS):
        schema["allOf"] = [*as_list(schema.get("allOf")), {"anyOf": schema.pop("anyOf")}]
    is_nullable = schema.pop("nullable", None) is True
    types = as_list(schema.get("type"))
    if "null" in types and len(types) > 1:
        schema["type"], is_nullable = [each for each in types if each != "null"], True
    for key in UNIONS:
        plain = [each for each in as_list(schema.get(key)) if not _is_null(each)]
        if plain and len(plain) < len(as_list(schema[key])):
            schema[key], is_nullable = plain, True
    for key in (*UNIONS, "allOf"):
        members = as_list(schema.get(key))
        if len(members) == 1 and isinstance(members[0], dict):
            member = members[0]
            rest = {name: value for name, value in schema.items() if name != key}
            if not _both_say(member, rest):
                schema = unified({**member, **rest, **({"nullable": True} if is_nullable else {})})
                return schema
    return {**schema, "nullable": True} if is_nullable else schema


def merged(schema: Schema, resolve: Callable[[str], JSON], followed: frozenset[str] = frozenset()) -> Schema:
    """Give the unified *schema* with the parts of its `allOf` put together, as far as they can be."""
    result = {key: value for key, value in schema.items() if key != "allOf"}
    properties, required = as_object(schema.get("properties")), as_texts(schema.get("required"))
    for each in as_list(schema.get("allOf")):
        reference = as_object(each).get("$ref")
        if isinstance(reference, str):
            each = {} if reference in followed else resolve(reference)  # noqa: PLW2901 - what it stands for
        part = merged(unified(as_object(each)), resolve, followed | {str(reference)})
        properties = {**as_object(part.get("properties")), **properties}
        required |= as_texts(part.get("required"))
        result = {**part, **result}
    if properties:
        result["properties"] = properties
    if required:
        result["required"] = [*sorted(required)]
    return result


def kinds(schema: Schema) -> frozenset[str]:
    """Name the types, or the schemas referred to, that a value of the unified *schema* may have; none where any."""
    found: set[str] = set()
    declared = schema.get("type")
    if "$ref" in schema:
        found = {referred(schema)}
    elif declared is not None:
        found = {str(each) for each in (declared if isinstance(declared, list) else [declared])}
    elif union(schema):
        members = [kinds(unified(as_object(each))) for each in union(schema)]
        found = set[str]().union(*members) if all(members) else set()
    return frozenset(found | {"null"} if found and schema.get("nullable") else found)


def expanded(found: frozenset[str]) -> frozenset[str]:
    """Add to *found* the types that others include."""
    return found | {"integer"} if "number" in found else found


def union(schema: Schema) -> list[JSON]:
    """Give the alternatives of the unified *schema*; none where it is no union."""
    return as_list(schema.get("oneOf")) or as_list(schema.get("anyOf"))


def values(schema: Schema) -> set[str] | None:
    """Give the values that *schema* enumerates, or None."""
    if "const" in schema:
        return {shown(schema["const"])}
    enumerated = schema.get("enum")
    return {shown(value) for value in enumerated} if isinstance(enumerated, list) else None


def mapping(schema: Schema) -> dict[str, str]:
    """Give what the discriminator of *schema* tells apart, and by which property."""
    discriminator = as_object(schema.get("discriminator"))
    named = {name: shown(target) for name, target in as_object(discriminator.get("mapping")).items()}
    return {"propertyName": shown(discriminator.get("propertyName")), **named} if discriminator else {}


def referred(schema: JSON) -> str:
    """Name what *schema* refers to, or show it."""
    reference = as_object(schema).get("$ref")
    return str(reference).rpartition("/")[2] if reference else shown(schema)


def shown(value: JSON) -> str:
    """Show *value* on one line that stays a line."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 - a line stays a line


def as_object(value: JSON) -> Schema:
    """Give *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: JSON) -> list[JSON]:
    """Give *value* if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_texts(value: JSON) -> set[str]:
    """Give the texts in the list *value*."""
    return {each for each in as_list(value) if isinstance(each, str)}


def _is_null(schema: JSON) -> bool:
    return as_object(schema).get("type") in ("null", ["null"])


def _both_say(member: Schema, rest: Schema) -> bool:
    """Tell whether two parts of a schema cannot stand in one object: words aside, both say something of one thing."""
    is_union = any(key in member for key in UNIONS) and any(key in rest for key in UNIONS)
    return is_union or bool((member.keys() & rest.keys()) - {"title", "description", "nullable"})
