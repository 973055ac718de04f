"""Random documents of a small API about harbours, and the places in them that a provider may change."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import wraps
from random import Random
from typing import Any

from tests.held_out.values import PATTERNS

Document = dict[str, Any]
Change = Callable[[Random, Document], bool]
"""It changes the document, and returns whether it could."""

WORDS = [
    "berth",
    "crane",
    "cargo",
    "draft",
    "flag",
    "gate",
    "hull",
    "keel",
    "lock",
    "mast",
    "pilot",
    "quay",
    "rope",
    "tide",
]
METHODS = ("get", "put", "post", "delete")
FORMATS = ["date", "date-time", "uuid", "uri", "email", "int-like"]
NAMED = "#/components/schemas/"


def harbour(rng: Random) -> Document:
    """Return a small API: a list, a read, a write and a removal of some thing, of random schemas."""
    named = {f"{word.title()}Sheet": _an_object(rng, 2, []) for word in rng.sample(WORDS, 3)}
    references = [f"{NAMED}{name}" for name in named]
    for name in rng.sample(WORDS, 2):
        named[f"{name.title()}Record"] = _an_object(rng, 3, references)
    named["Alarm"] = {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}}
    one, two = rng.sample(sorted(set(named) - {"Alarm"}), 2)
    for name, kind in ((one, "first"), (two, "second")):
        named[name]["properties"]["sort"] = {"type": "string", "const": kind}
        named[name]["required"] = sorted({*named[name].get("required", []), "sort"})
    either = {"oneOf": [{"$ref": f"{NAMED}{one}"}, {"$ref": f"{NAMED}{two}"}]}
    holder = rng.choice(sorted(set(named) - {one, two, "Alarm"}))
    named[holder]["properties"]["either"] = either
    names = sorted(set(named) - {"Alarm"})
    key = {"name": "dock_id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 12}}
    refused = answer({"$ref": f"{NAMED}Alarm"})

    def operation(name: str, good: str, answer: Any, **more: Any) -> Document:
        answers = {good: answer, "404": deepcopy(refused)}
        return {"operationId": name, "tags": ["docks"], "summary": "Works on docks.", "responses": answers, **more}

    def reference() -> Document:
        return {"$ref": f"{NAMED}{rng.choice(names)}"}

    listed = {"type": "object", "required": ["docks"], "properties": {"docks": {"type": "array", "items": reference()}}}
    body = {"required": True, "content": {"application/json": {"schema": reference()}}}
    questions = [a_parameter(rng, name) for name in rng.sample(WORDS, 3)]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Harbour", "version": "1"},
        "servers": [{"url": "https://harbour.example.com"}],
        "security": [{"pass": []}],
        "paths": {
            "/docks": {"get": operation("list_docks", "200", answer(listed), parameters=questions)},
            "/docks/{dock_id}": {
                "parameters": [key],
                "get": operation("read_dock", "200", answer(reference())),
                "put": operation("write_dock", "200", answer(reference()), requestBody=body),
                "delete": operation("drop_dock", "202", {"description": "Taken."}),
            },
        },
        "components": {
            "schemas": named,
            "securitySchemes": {
                "pass": {"type": "apiKey", "in": "header", "name": "Authorization", "x-prefix": "Pass"}
            },
        },
    }


def answer(schema: Any) -> Document:
    return {"description": "An answer.", "content": {"application/json": {"schema": schema}}}


def a_parameter(rng: Random, name: str) -> Document:
    schema = plain(rng)
    place = rng.choice(["query", "query", "header"])
    if place == "header":
        schema = {"type": "string"}
    return {"name": name, "in": place, "required": rng.random() < 0.3, "schema": schema}


def _an_object(rng: Random, size: int, references: list[str]) -> Document:
    properties = {name: a_schema(rng, 1, references) for name in rng.sample(WORDS, size + 1)}
    needed = sorted(name for name in properties if rng.random() < 0.5)
    return {"type": "object", "properties": properties, **({"required": needed} if needed else {})}


def a_schema(rng: Random, depth: int, references: list[str]) -> Document:  # noqa: PLR0911 - a table of kinds
    kind = rng.randrange(10)
    if kind == 0 and depth < 3:
        return {"type": "array", "items": a_schema(rng, depth + 1, references)}
    if kind == 1 and references:
        return {"$ref": rng.choice(references)}
    if kind == 2:
        return {"anyOf": [plain(rng), {"type": "null"}]}
    if kind == 3 and depth < 2:
        return _an_object(rng, 1, references)
    if kind == 4:
        return {"type": "object", "additionalProperties": {"type": "integer"}}
    if kind == 5 and len(references) > 1:
        return {"anyOf": [{"$ref": each} for each in rng.sample(references, 2)]}
    return plain(rng)


def plain(rng: Random) -> Document:
    return rng.choice(
        [
            {"type": "string"},
            {"type": "string", "minLength": 1, "maxLength": 8},
            {"type": "string", "format": rng.choice(FORMATS)},
            {"type": "string", "enum": ["open", "shut", "late"]},
            {"type": "string", "pattern": rng.choice(sorted(PATTERNS))},
            {"type": "integer", "minimum": 0, "maximum": 99},
            {"type": "integer"},
            {"type": "number"},
            {"type": "boolean"},
            {"type": ["string", "null"]},
        ]
    )


def operations(document: Document) -> Iterator[Document]:
    """Yield each operation."""
    for item in document["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def schemas_of(document: Document) -> list[Document]:
    """Return every schema of the document, outermost first; no reference is followed."""
    waiting: list[Any] = list(document["components"]["schemas"].values())
    for item in document["paths"].values():
        waiting += [each["schema"] for each in item.get("parameters", [])]
    for each in operations(document):
        waiting += [parameter["schema"] for parameter in each.get("parameters", [])]
        holders = [each.get("requestBody", {}), *each["responses"].values()]
        waiting += [media["schema"] for holder in holders for media in holder.get("content", {}).values()]
    found: list[Document] = []
    while waiting:
        schema = waiting.pop(0)
        if isinstance(schema, dict):
            found.append(schema)
            waiting += [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
            waiting += [each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key, [])]
    return found


def pick(rng: Random, document: Document, wanted: Callable[[Document], Any]) -> Document | None:
    found = [schema for schema in schemas_of(document) if wanted(schema)]
    return rng.choice(found) if found else None


def to_a_schema(wanted: Callable[[Document], Any]) -> Callable[[Callable[[Random, Document], None]], Change]:
    """Turn a function that edits one schema into a change of a document, to any schema that is *wanted*."""

    def changing(edit: Callable[[Random, Document], None]) -> Change:
        @wraps(edit)
        def change(rng: Random, document: Document) -> bool:
            schema = pick(rng, document, wanted)
            if schema is not None:
                edit(rng, schema)
            return schema is not None

        return change

    return changing


def is_free(schema: Document) -> bool:
    """Return whether nothing restricts the text."""
    return schema.get("type") == "string" and not schema.keys() & {"enum", "const", "format", "pattern"}


def fields_of(schema: Document) -> list[str]:
    return [name for name in schema.get("properties", {}) if name != "sort"]
