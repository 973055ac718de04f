"""The normal form of a schema: of several spellings that OpenAPI allows, one is compared.

`null` is a type of its own, in any spelling (`type: [string, 'null']`, `anyOf: […, {type: 'null'}]`, 3.0's `nullable`).
A union or `allOf` of one schema is that schema. `oneOf` and `anyOf` in one schema are kept apart. Rules beside a
reference become a branch beside it. A keyword that means the same as its absence is dropped.
"""

import json
from typing import TypeAlias

from expunge._yaml import JSON

Schema: TypeAlias = dict[str, JSON]

OPEN = "(open choice)"
"""The key that marks an open choice in a document for comparison; it is not a keyword of any standard."""
UNIONS = ("oneOf", "anyOf")
NOTES = frozenset({"title", "description", "example", "examples", "externalDocs", "xml", "$comment", OPEN})
FLAGS = frozenset({"uniqueItems", "deprecated", "readOnly", "writeOnly"})
# The meaning of each absent keyword: JSON Schema 2020-12, and those limits of OpenAPI 3.0 that were flags.
_DEFAULTS: dict[str, list[JSON]] = {
    **{name: [0] for name in ("minLength", "minItems", "minProperties")},
    **{name: [False] for name in (*FLAGS, "nullable", "exclusiveMinimum", "exclusiveMaximum")},
    **{name: [{}] for name in ("properties", "patternProperties", "$defs", "definitions")},
    **{name: [True, {}] for name in ("additionalProperties", "items", "propertyNames", "unevaluatedProperties")},
    "required": [[]],
}
_BESIDE = NOTES | FLAGS | {"$ref", "nullable", "default"}
_MEMBERS = {"items", "additionalProperties"}
_SCALARS = {"string", "integer", "number", "boolean", "null"}
_MAPS_OF_SCHEMAS = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
_VERBATIM = {"enum", "const", "default", "required", "type", "discriminator"}


def unified(schema: Schema) -> Schema:
    """Return the normal form of *schema*: `nullable` replaces every way to allow null."""
    schema = {key: _without_default(key, it) for key, it in schema.items() if not _says_nothing(key, it)}
    if all(key in schema for key in UNIONS):
        schema["allOf"] = [*as_list(schema.get("allOf")), {"anyOf": schema.pop("anyOf")}]
    if "$ref" in schema and any(is_rule(key) for key in schema):
        schema["allOf"] = [{"$ref": schema.pop("$ref")}, *as_list(schema.get("allOf"))]
    is_nullable = schema.pop("nullable", None) is True
    types = as_list(schema.get("type"))
    if "null" in types and len(types) > 1:
        schema["type"], is_nullable = [each for each in types if each != "null"], True
    for key in UNIONS:
        members = as_list(schema.get(key))
        taken = [each for each in members if each is not False]  # which nothing fits
        schema = {**schema, key: taken} if taken and len(taken) < len(members) else schema
        plain = [each for each in as_list(schema.get(key)) if not _is_null(each)]
        if plain and len(plain) < len(as_list(schema[key])):
            schema[key], is_nullable = plain, True
    for key in (*UNIONS, "allOf"):
        members = as_list(schema.get(key))
        if len(members) == 1 and isinstance(members[0], dict):
            member = members[0]
            rest = {name: value for name, value in schema.items() if name != key}
            if not _both_say(member, rest):
                return unified({**member, **rest, **({"nullable": True} if is_nullable else {})})
            schema = {**rest, "allOf": [*as_list(rest.get("allOf")), member]}
    return _types_in_one({**schema, "nullable": True} if is_nullable else schema)


def is_rule(key: str) -> bool:
    """Return whether the keyword *key* restricts values; others describe, or may stand beside any schema."""
    return key not in _BESIDE and not key.startswith("x-")


def is_note(key: str) -> bool:
    """Return whether the keyword *key* only describes."""
    return key in NOTES or key.startswith("x-")


def wordless(schema: JSON) -> JSON:
    """Return *schema* without keywords that only describe, at any depth."""
    if isinstance(schema, list):
        return [wordless(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    bare: Schema = {}
    for key, value in schema.items():
        if key in _MAPS_OF_SCHEMAS and isinstance(value, dict):
            bare[key] = {name: wordless(each) for name, each in value.items()}
        elif not is_note(key):
            bare[key] = value if key in _VERBATIM else wordless(value)
    return bare


def has_no_name(schema: JSON) -> bool:
    """Return whether a named *schema* is plain, so that nothing in Python has its name."""
    types = as_object(schema).get("type")
    plain = set(map(str, types if isinstance(types, list) else [types])) <= _SCALARS | {"array"}
    return plain and not as_object(schema).keys() & {"enum", "properties", "allOf", "$ref", *UNIONS}


def kinds(schema: Schema) -> frozenset[str]:
    """Return the types, or the named schemas, that a value of the unified *schema* may have; empty means any."""
    found: set[str] = set()
    declared = schema.get("type")
    if "$ref" in schema:
        found = {referred(schema)}
    elif declared is not None:
        types = declared if isinstance(declared, list) else [declared]
        found = {each if isinstance(each, str) else shown(each, cut=False) for each in types}
    elif union(schema):
        members = [kinds(unified(as_object(each))) for each in union(schema)]
        found = set[str]().union(*members) if all(members) else set()
    return frozenset(found | {"null"} if found and schema.get("nullable") else found)


def expanded(found: frozenset[str]) -> frozenset[str]:
    """Add to *found* the types that others include."""
    return found | {"integer"} if "number" in found else found


def union(schema: Schema) -> list[JSON]:
    """Return the alternatives of the unified *schema*; empty if it is not a union."""
    return as_list(schema.get("oneOf")) or as_list(schema.get("anyOf"))


def values(schema: Schema) -> set[str] | None:
    """Return the values that *schema* enumerates, or None."""
    if "const" in schema:
        return {shown(schema["const"], cut=False)}
    enumerated = schema.get("enum")
    return {shown(value, cut=False) for value in enumerated} if isinstance(enumerated, list) else None


def mapping(schema: Schema) -> dict[str, str]:
    """Return the property and the variants of *schema*'s discriminator; a target may be a bare name."""
    discriminator = as_object(schema.get("discriminator"))
    named = {name: str(target).rpartition("/")[2] for name, target in as_object(discriminator.get("mapping")).items()}
    return {"propertyName": shown(discriminator.get("propertyName")), **named} if discriminator else {}


def referred(schema: JSON) -> str:
    """Return the name that *schema* refers to, or its text."""
    reference = as_object(schema).get("$ref")
    return str(reference).rpartition("/")[2] if reference else shown(schema)


def shown(value: JSON, *, cut: bool = True) -> str:
    """Return *value* as text on one line, shortened if *cut*; a comparison needs the complete text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 80 or not cut else f"{text[:80]}…"  # noqa: PLR2004 - a line stays a line


def as_object(value: JSON) -> Schema:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: JSON) -> list[JSON]:
    """Return *value* if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_texts(value: JSON) -> set[str]:
    """Return the texts in the list *value*."""
    return {each for each in as_list(value) if isinstance(each, str)}


def _is_null(schema: JSON) -> bool:
    return as_object(schema).get("type") in ("null", ["null"])


def _says_nothing(key: str, value: JSON) -> bool:
    bare = value if key in _MAPS_OF_SCHEMAS else wordless(value)
    return any(shown(bare) == shown(default) for default in _DEFAULTS.get(key, []))  # as text: 0 is not false


def _without_default(key: str, value: JSON) -> JSON:
    """Return *value* without its default if it describes one value of several: no call leaves one of these out."""
    if key not in _MEMBERS or not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if name != "default"}


def _types_in_one(schema: Schema) -> Schema:
    """Write a union that holds only types as a list of types."""
    for key in UNIONS:
        members = [as_object(wordless(each)) for each in as_list(schema.get(key))]
        types = [each.get("type") for each in members if each.keys() == {"type"}]
        # With `oneOf`, exactly one may fit, and an integer is a number too.
        is_plain = members and len(types) == len(members) and "type" not in schema
        if (
            is_plain
            and set(map(shown, types)) <= set(map(shown, _SCALARS))
            and not {"integer", "number"} <= {*map(str, types)}
        ):
            return {"type": types, **{name: value for name, value in schema.items() if name != key}}
    return schema


def _both_say(member: Schema, rest: Schema) -> bool:
    """Return whether two parts of a schema cannot stand in one object, because both use a rule.

    Rules cannot stand beside a reference. A keyword that closes an object refers only to the fields beside it.
    """
    is_union = any(key in member for key in UNIONS) and any(key in rest for key in UNIONS)
    is_beside = "$ref" in member and any(is_rule(key) for key in rest)
    is_closed = bool((member.keys() | rest.keys()) & {"additionalProperties", "unevaluatedProperties"})
    both = (member.keys() & rest.keys()) - {"title", "description", "nullable"}
    return is_union or is_beside or (is_closed and any(is_rule(key) for key in rest)) or bool(both)
