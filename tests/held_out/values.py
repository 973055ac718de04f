"""Values that fit a schema: the shortest, the longest, each alternative, and each field with and without a value."""

import json
from collections.abc import Callable
from typing import Any

from jsonschema import Draft202012Validator

Document = dict[str, Any]
Schema = dict[str, Any] | bool

MOST = 60
"""Values of one schema, at most."""
_DEEPEST = 14
_SAMPLES: dict[str, list[Any]] = {}
_VALIDATORS: dict[str, Callable[[Any], bool]] = {}
_TEXTS = {
    "date": ["2024-05-06"],
    "date-time": ["2024-05-06T07:08:09+00:00"],
    "uuid": ["0b5ad9a2-1c6e-4b4a-9d3f-3d1d8e9c4f00"],
}
PATTERNS = {"^[a-z]+$": "quayside", "^[a-z0-9]+$": "quay7", "^Q": "Q", "^(Q|R)": "R", "^.{2,9}$": "ab"}
"""Patterns that the grammar uses, each with a text that fits it."""


def fits(value: Any, schema: Schema, document: Document) -> bool:
    """Return whether *value* fits *schema* of *document*, as JSON Schema has it."""
    return _validator(schema, document)(value)


def _validator(schema: Schema, document: Document) -> Callable[[Any], bool]:
    if isinstance(schema, bool):
        return lambda _: schema
    text = json.dumps([schema, document.get("components")])
    if text not in _VALIDATORS:
        _VALIDATORS[text] = Draft202012Validator({**schema, "components": document.get("components", {})}).is_valid
    return _VALIDATORS[text]


def forget() -> None:
    """Forget what is known of the documents until now."""
    _SAMPLES.clear()
    _VALIDATORS.clear()


def target(node: Any, document: Document) -> Any:
    """Return what *node* refers to, or *node* itself."""
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def samples(schema: Schema, document: Document, depth: int = 0) -> list[Any]:
    """Return values that fit *schema*, the fullest first."""
    text = json.dumps([schema, document.get("components")])
    if text not in _SAMPLES:
        found: dict[str, Any] = {}
        validator = _validator(schema, document)
        for value in _drawn(schema, document, depth):
            key = json.dumps(value, sort_keys=True)
            if key not in found and validator(value):
                found[key] = value
            if len(found) == MOST:
                break
        _SAMPLES[text] = list(found.values())
    return _SAMPLES[text]


def _drawn(schema: Schema, document: Document, depth: int) -> list[Any]:
    if isinstance(schema, bool) or depth > _DEEPEST:
        return ["anything", 7] if schema is True else []
    if "$ref" in schema:
        return samples(target(schema, document), document, depth + 1)
    if "const" in schema or "enum" in schema:
        return [schema["const"]] if "const" in schema else list(schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _of_all([samples(each, document, depth + 1) for each in schema[key]])
    if "allOf" in schema:
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        drawn = [samples(each, document, depth + 1) for each in (*schema["allOf"], *([rest] if "type" in rest else []))]
        longest = max(map(len, drawn))
        rows = [[each[n % len(each)] for each in drawn if each] for n in range(longest)]
        return [
            {name: value for part in row for name, value in part.items()} if isinstance(row[0], dict) else row[0]
            for row in rows
            if row
        ]
    declared = schema.get("type", ["string", "integer", "object"])
    kinds = declared if isinstance(declared, list) else [declared]
    return [value for kind in kinds for value in _of(kind, schema, document, depth)]


def _of_all(alternatives: list[list[Any]]) -> list[Any]:
    """Return values of each alternative by turns, and objects that are of two of them at once."""
    turns = [each[n] for n in range(max(map(len, alternatives), default=0)) for each in alternatives if n < len(each)]
    objects = [each[0] for each in alternatives if each and isinstance(each[0], dict)]
    both = [{**one, **other} for one in objects for other in objects if one is not other]
    return [*turns[:2], *both, *turns[2:]]


def _of(kind: str, schema: dict[str, Any], document: Document, depth: int) -> list[Any]:
    if kind == "string":
        return _texts(schema)
    if kind in {"integer", "number"}:
        low = schema.get("minimum", -3)
        high = schema.get("maximum", max(low, 0) + 9)
        return [low, high, *([low + 0.5] if kind == "number" else [])]
    if kind == "boolean":
        return [True, False]
    if kind == "null":
        return [None]
    if kind == "array":
        items = samples(schema.get("items", True), document, depth + 1)
        least = schema.get("minItems", 0)
        lists = [[each] * max(least, 1) for each in items] + [[items[0]] * least if items else []]
        return [*lists, items[:1] * schema.get("maxItems", least + 2)]
    return _objects(schema, document, depth)


def _texts(schema: dict[str, Any]) -> list[Any]:
    if schema.get("format") in _TEXTS:
        return list(_TEXTS[schema["format"]])
    if "pattern" in schema:
        return [PATTERNS[schema["pattern"]], *PATTERNS.values(), "a", "abcdefghijklm", "R7"]
    least = schema.get("minLength", 0)
    lengths = (schema.get("maxLength", least + 6), least, least + 1)
    return [*("w" * length for length in lengths), ("Q7-" * 50)[: lengths[0]]]


def _objects(schema: dict[str, Any], document: Document, depth: int) -> list[Any]:
    drawn = {name: samples(each, document, depth + 1) for name, each in schema.get("properties", {}).items()}
    needed = set(schema.get("required", []))
    complete = {name: values[0] for name, values in drawn.items() if values}
    found: list[Any] = [complete, {name: value for name, value in complete.items() if name in needed}]
    found += [{key: value for key, value in complete.items() if key != name} for name in complete]
    extra = schema.get("additionalProperties", True)
    if isinstance(extra, dict):
        found += [{**complete, "extraOne": value} for value in samples(extra, document, depth + 1)]
    elif extra:
        found.append({**complete, "extraOne": 7})
    turns = range(1, max(map(len, drawn.values()), default=0))
    found += [{**complete, name: values[n]} for n in turns for name, values in drawn.items() if n < len(values)]
    return found
