"""Merge the schemas of an `allOf`, which all hold for one value, by their meaning.

The tighter of two limits holds, and the values that two enumerations share. A field must satisfy every branch. A closed
branch removes the fields that it does not name from the others. Schemas that cannot be merged stay apart.
"""

from collections.abc import Callable
from functools import reduce

from expunge._yaml import JSON

from .normal_form import (
    FLAGS,
    UNIONS,
    Schema,
    as_list,
    as_object,
    as_texts,
    expanded,
    is_note,
    kinds,
    shown,
    unified,
    wordless,
)

# Limits: whether a greater number lets fewer values through.
LIMITS = {
    **dict.fromkeys(("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"), True),
    **dict.fromkeys(("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"), False),
}
NO_VALUE = "no value"
"""The type that remains if branches have none in common."""

_OBJECT = {"properties", "additionalProperties", "patternProperties"}
_TYPED = {"type", "enum", "const", *UNIONS}
_OWN = {"allOf", "nullable", "type", "enum", "const", "required", *_OBJECT}

Resolve = Callable[[str], JSON]


def merged(schema: Schema, resolve: Resolve, followed: frozenset[str] = frozenset()) -> Schema:
    """Return the unified *schema* with the branches of its `allOf` merged; any others stay in `allOf`."""
    own = {key: value for key, value in schema.items() if key != "allOf"}
    reference = own.pop("$ref", None)
    branches: list[JSON] = [*as_list(schema.get("allOf"))]
    if isinstance(reference, str):
        branches.insert(0, {"$ref": reference})
    parts: list[Schema] = []
    for branch in branches:
        target = as_object(branch).get("$ref")
        if isinstance(target, str):
            if target in followed:  # it holds already
                continue
            found = as_schema(resolve(target))
            beside = {key: value for key, value in as_object(branch).items() if key != "$ref"}
            parts.append(merged(unified({**found, **beside}), resolve, followed | {target}))
        else:
            parts.append(merged(as_schema(branch), resolve, followed))
    result = reduce(_both, parts, own)
    if own.get("nullable") and not own.keys() & _TYPED:  # about the complete schema, as in OpenAPI 3.0
        result["nullable"] = True
    return result


def as_schema(schema: JSON) -> Schema:
    """Return *schema* in its normal form, also if it is `true` or `false`."""
    return {"type": [NO_VALUE]} if schema is False else unified(as_object(schema))


def together(one: JSON, other: JSON) -> JSON:
    """Return the schema that requires both *one* and *other*."""
    if one is False or other is False:
        return False
    branches: list[JSON] = []
    for each in (one, other):
        is_several = as_object(each).keys() == {"allOf"}
        branches += [it for it in (as_list(as_object(each)["allOf"]) if is_several else [each]) if it not in branches]
    branches = [each for each in branches if each is not True and each != {}]
    return branches[0] if len(branches) == 1 else {"allOf": branches} if branches else True


def _both(one: Schema, other: Schema) -> Schema:
    """Merge two unified schemas without references."""
    result: Schema = {}
    left: list[JSON] = [*as_list(one.get("allOf")), *as_list(other.get("allOf"))]
    unions = [{key: side[key] for key in UNIONS if key in side} for side in (one, other)]
    # A value must fit each of two unions, and one object holds only one of them.
    first, second = sorted(unions, key=lambda it: (not it, shown(it, cut=False)))
    result.update(first)
    left += [second] if second and second != first else []
    for key in (key for key in {**one, **other} if key not in _OWN | set(UNIONS)):
        if key not in one or key not in other or is_note(key) or one[key] == other[key]:
            result[key] = one.get(key, other.get(key))
        else:
            result[key], rest = _strictest(key, one[key], other[key])
            left += [{key: each} for each in rest]
    _put_types_together(one, other, result)
    _put_values_together(one, other, result)
    required = as_texts(one.get("required")) | as_texts(other.get("required"))
    if required:
        result["required"] = [*sorted(required)]
    left += _put_fields_together(one, other, result)
    distinct = {shown(wordless(each), cut=False): each for each in left}
    if distinct:
        result["allOf"] = [distinct[key] for key in sorted(distinct)]
    return result


def _strictest(key: str, one: JSON, other: JSON) -> tuple[JSON, list[JSON]]:
    """Return the value of *key* that means both, and any part that needs a branch of its own."""
    if key in LIMITS and _is_number(one) and _is_number(other):
        return (max if LIMITS[key] else min)((one, other), key=lambda it: it if isinstance(it, int | float) else 0), []
    if key in FLAGS:
        return bool(one or other), []
    if key in {"items", "propertyNames"}:
        return together(one, other), []
    first, second = sorted((one, other), key=lambda it: shown(it, cut=False))
    return first, [second]


def _put_types_together(one: Schema, other: Schema, result: Schema) -> None:
    typed = [each for each in (one, other) if each.keys() & _TYPED]
    stated = [each["type"] for each in typed if "type" in each]
    if stated:
        common = _types(stated[0])
        for each in stated[1:]:
            common &= _types(each)
        common -= {"integer"} if "number" in common else set[str]()
        result["type"] = [*sorted(common)] or [NO_VALUE]
    nullable = [bool(each.get("nullable")) for each in typed or (one, other)]
    if all(nullable) if typed else any(nullable):
        result["nullable"] = True


def _put_values_together(one: Schema, other: Schema, result: Schema) -> None:
    stated = [
        [each["const"]] if "const" in each else as_list(each["enum"])
        for each in (one, other)
        if "const" in each or isinstance(each.get("enum"), list)
    ]
    if stated:
        last = {shown(value, cut=False) for value in stated[-1]}
        result["enum"] = [value for value in stated[0] if shown(value, cut=False) in last]


def _put_fields_together(one: Schema, other: Schema, result: Schema) -> list[JSON]:
    """Set the rules for the fields of both in *result*; return any part that needs a branch of its own."""
    more, also = one.get("additionalProperties", True), other.get("additionalProperties", True)
    patterned = [each for each in (one, other) if "patternProperties" in each]
    if patterned and (more is not True or also is not True or len(patterned) > 1):
        kept = [{key: each[key] for key in sorted(_OBJECT & each.keys())} for each in (one, other)]
        first, second = sorted(kept, key=lambda it: shown(it, cut=False))
        result.update(first)
        return [second] if second and second != first else []
    for each in patterned:
        result["patternProperties"] = each["patternProperties"]
    mine, theirs = as_object(one.get("properties")), as_object(other.get("properties"))
    fields = {name: together(mine.get(name, more), theirs.get(name, also)) for name in {**mine, **theirs}}
    rest = together(more, also)
    if rest is not True:
        result["additionalProperties"] = rest
    if fields:
        result["properties"] = {name: each for name, each in fields.items() if each is not False or rest is not False}
    return []


def _types(declared: JSON) -> frozenset[str]:
    return expanded(kinds({"type": declared}))


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
