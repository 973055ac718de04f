"""Changes as providers make them, from one version of a spec to the next: none is one that the facade must follow.

Each step edits whatever the spec holds at that time, so the walk goes on from real specs that change meanwhile.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

Document = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "patch")


def _objects(document: Document) -> Iterator[Document]:
    """Find each object schema of the components."""
    for schema in document["components"].get("schemas", {}).values():
        if isinstance(schema.get("properties"), dict):
            yield schema


def _operations(document: Document) -> Iterator[Document]:
    for item in document["paths"].values():
        yield from (item[method] for method in _METHODS if method in item)


def add_an_optional_field(document: Document) -> None:
    """Each object may have one more field."""
    for schema in _objects(document):
        schema["properties"]["walked_at"] = {"type": ["string", "null"], "description": "When it was walked."}


def add_an_operation(document: Document) -> None:
    """The provider has one more operation, which is not used here."""
    answer = {"type": "object", "properties": {"steps": {"type": "integer"}}}
    document["paths"]["/v1/walks/{walk_id}"] = {
        "get": {
            "operationId": "getWalk",
            "tags": ["Walks"],
            "parameters": [{"name": "walk_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "A walk", "content": {"application/json": {"schema": answer}}}},
        }
    }


def reword_descriptions(document: Document) -> None:
    """The provider writes other words, at each place that it describes and that nobody corrects."""
    document["info"]["description"] = "An interface, described in other words."
    for schema in _objects(document):
        for field in schema["properties"].values():
            if "description" in field:
                field["description"] = "Other words."


def rename_a_tag(document: Document) -> None:
    """The groups of the documentation have other names."""
    for tag in document.get("tags", []):
        tag["name"] = f"{tag['name']} API"
    for operation in _operations(document):
        operation.setdefault("x-group", "Walks")


def add_a_value(document: Document) -> None:
    """Each enumeration of several texts has one more."""

    def add(node: Any) -> None:
        if isinstance(node, dict):
            values = node.get("enum")
            if isinstance(values, list) and len(values) > 1 and all(isinstance(value, str) for value in values):
                values.append("walked")
            for child in node.values():
                add(child)
        elif isinstance(node, list):
            for child in node:
                add(child)

    add(document)


def move_a_reference(document: Document) -> None:
    """The schema of a plain field gets a name of its own, and the field refers to it."""
    for schema in _objects(document):
        for name, field in schema["properties"].items():
            if field.get("type") in ("string", "boolean", "integer") and "enum" not in field:
                moved = f"Walked{name.title().replace('_', '')}"
                document["components"]["schemas"][moved] = field
                schema["properties"][name] = {"$ref": f"#/components/schemas/{moved}"}
                return


def publish_everything(document: Document) -> None:
    """The page's spec becomes the complete one, with hundreds of operations and schemas."""
    schemas = document["components"].setdefault("schemas", {})
    for number in range(300):
        schemas[f"Thing{number}"] = {
            "type": "object",
            "properties": {"id": {"type": "string"}, "next": {"$ref": f"#/components/schemas/Thing{number // 2}"}},
        }
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/Thing{number}"}}}
        document["paths"][f"/v1/things{number}/{{id}}"] = {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "delete": {
                "operationId": f"deleteThing{number}",
                "responses": {"200": {"description": "It is gone", "content": content}},
            },
        }


def loosen_limits(document: Document) -> None:
    """Texts may be longer than they might be."""

    def loosen(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("maxLength"), int):
                node["maxLength"] *= 2
            for child in node.values():
                loosen(child)
        elif isinstance(node, list):
            for child in node:
                loosen(child)

    loosen(document)


STEPS: tuple[Callable[[Document], None], ...] = (
    add_an_optional_field,
    add_an_operation,
    reword_descriptions,
    rename_a_tag,
    add_a_value,
    move_a_reference,
    publish_everything,
    loosen_limits,
)


def after(document: Document, *steps: Callable[[Document], None]) -> str:
    """Return the text of *document* after *steps*."""
    changed = deepcopy(document)
    for step in steps:
        step(changed)
    return json.dumps(changed, indent=1, ensure_ascii=False) + "\n"
