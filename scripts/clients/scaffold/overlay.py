"""Write the first overlay of a provider: names for the delete and its two reads, added where they are missing."""

from dataclasses import dataclass
from typing import cast

import yaml

from expunge._yaml import JSON
from overlay.document import digest

from .operation import Deletion, Route, answer_of, properties

_IDS = ("version", "version_id", "id")
_READ: dict[str, JSON] = {
    "type": "object",
    "description": "A version, as it is read.",
    "required": ["version"],
    "properties": {
        "version": {"type": "string", "description": "Name of the version"},
        "created_at": {"type": ["string", "null"], "description": "When the version was made, in RFC 3339."},
    },
}
_TAG = "versions"
_WORDS = {"delete": "delete", "get": "read", "list": "list"}


@dataclass(frozen=True)
class Reads:
    """How answers to reads name a version.

    Attributes:
        identity: The field that names the version.
        rows: The field of the list that has the versions.
        row: The schema of a version.
        is_inferred: Whether a read is not in the spec.
    """

    identity: str
    rows: str
    row: dict[str, JSON]
    is_inferred: bool


def write_overlay(provider: str, place: str, spec: dict[str, JSON], deletion: Deletion) -> tuple[str, Reads]:
    """Return the text of the overlay, and how its reads name a version."""
    route = deletion.route
    row, identity = _row_of(spec, route)
    rows = _rows_of(spec, route.parent, identity)
    actions = _named(spec, route, "delete", "delete_version", place)
    taken = [f"DELETE {route.path}"]
    for path, operation, is_there in ((route, "get_version", row is not None), (route.parent, "list_versions", rows)):
        if is_there:
            actions += _named(spec, path, "get", operation, place)
            taken.append(f"GET {path.path}")
    if row is None:
        actions.append(_added(spec, route, "get_version", "Read one version.", {"$ref": _schema("Version")}))
    if rows is None:
        listed: JSON = {"type": "array", "items": {"$ref": _schema("Version")}} if row is None else None
        answer: dict[str, JSON] = {
            "type": "object",
            "required": ["versions"],
            "properties": {"versions": listed or {"type": "array", "items": row}},
        }
        actions.append(_added(spec, route.parent, "list_versions", "List the versions of a model.", answer))
    if row is None:
        actions.append(_with_schema())
    document: dict[str, JSON] = {
        "overlay": "1.1.0",
        "info": {"title": f"Corrections to the specification of {provider}", "version": "1.0.0"},
        "extends": f"../specs/{provider}.yaml",
        "x-operations": cast("list[JSON]", taken),
        "actions": cast("list[JSON]", actions),
    }
    text = yaml.safe_dump(document, sort_keys=False, width=110, allow_unicode=True)
    reads = Reads(identity, rows or "versions", row or _READ, is_inferred=row is None or rows is None)
    return text, reads


def _operation(spec: dict[str, JSON], route: Route, method: str) -> dict[str, JSON] | None:
    item = cast("dict[str, dict[str, JSON]]", spec["paths"]).get(route.path, {})
    return cast("dict[str, JSON] | None", item.get(method))


def _row_of(spec: dict[str, JSON], route: Route) -> tuple[dict[str, JSON] | None, str]:
    """Return the schema of the answer to a read of one version, and its field that names the version."""
    operation = _operation(spec, route, "get")
    schema = answer_of(spec, operation) if operation else None
    names = properties(spec, schema)
    for identity in (route.names[-1], *_IDS):
        if identity in names and isinstance(schema, dict):
            return schema, identity
    return None, "version"


def _rows_of(spec: dict[str, JSON], route: Route, identity: str) -> str | None:
    """Return the field of the list's answer that has the versions; None if the spec has no such list."""
    operation = _operation(spec, route, "get")
    for name, schema in properties(spec, answer_of(spec, operation) if operation else None).items():
        if isinstance(schema, dict) and schema.get("type") == "array" and identity in properties(spec, schema["items"]):
            return name
    return None


def _action(target: str, description: str, source: str, **fields: JSON) -> dict[str, JSON]:
    return {"target": target, "description": description, "x-source": source, "x-expect-matches": 1, **fields}


def _named(spec: dict[str, JSON], route: Route, method: str, name: str, place: str) -> list[dict[str, JSON]]:
    """Return the actions that give an operation its name and its one tag; a list in an update would be appended."""
    operation = dict(_operation(spec, route, method) or {})
    target = f"$.paths['{route.path}'].{method}"
    actions: list[dict[str, JSON]] = []
    if tags := operation.pop("tags", None):
        taken_out: dict[str, JSON] = {"x-expect-sha256": digest([tags]), "remove": True}
        actions.append(_action(f"{target}.tags", "Remove the tags: ours name the folder.", place, **taken_out))
    expected: dict[str, JSON] = {"x-expect-sha256": digest([operation])} if "operationId" in operation else {}
    update: dict[str, JSON] = {"operationId": name, "tags": [_TAG]}
    return [*actions, _action(target, "Name and group the operation.", place, **expected, update=update)]


def _added(spec: dict[str, JSON], route: Route, name: str, words: str, schema: dict[str, JSON]) -> dict[str, JSON]:
    """Return the action that adds a read."""
    operation: dict[str, JSON] = {
        "operationId": name,
        "tags": [_TAG],
        "summary": words.removesuffix("."),
        "description": words,
        "responses": {
            "200": {"description": "The answer", "content": {"application/json": {"schema": schema}}},
        },
    }
    item = cast("dict[str, dict[str, JSON]]", spec["paths"]).get(route.path)
    if item is None or "parameters" not in item:
        operation["parameters"] = list(route.parameters)
    if item is None:
        target, update = "$.paths", cast("dict[str, JSON]", {route.path: {"get": operation}})
    else:
        target, update = f"$.paths['{route.path}']", cast("dict[str, JSON]", {"get": operation})
    return _action(
        target, f"{words} The spec has no such operation.", "inferred from the path of the delete", update=update
    )


def _with_schema() -> dict[str, JSON]:
    """Return the action that adds the schema of a version."""
    source = "inferred: only the name of the version is needed"
    return _action("$.components", "Add the version, as it is read.", source, update={"schemas": {"Version": _READ}})


def _schema(name: str) -> str:
    return f"#/components/schemas/{name}"
