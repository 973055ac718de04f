"""Name a place in an OpenAPI document as a person would look for it: operation or component, then the way inside."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from expunge._yaml import JSON

from .choices import all_schemas, schema_at
from .slice import METHODS, Place

_SINGULAR = {"schemas": "schema", "requestBodies": "request body", "securitySchemes": "security scheme"}
_COMPONENT = 3  # components, section and name
_OPERATION = 3  # paths, path and method
_MOST = 3
_ALIKE = 0.6


def shown_place(place: Place) -> str:
    """Return *place* in words: `schema Model at /properties/id`, `GET /v1/models at /responses/200`."""
    match place:
        case ("components", str() as section, name, *_):
            holder, inside = f"{_SINGULAR.get(section, section.removesuffix('s'))} {name}", place[_COMPONENT:]
        case ("paths", path, str() as method, *_) if method in METHODS:
            holder, inside = f"{method.upper()} {path}", place[_OPERATION:]
        case ("paths", path, *_):
            holder, inside = f"path {path}", place[2:]
        case _:
            holder, inside = "", place
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in inside)
    return " at ".join(part for part in (holder, pointer) if part) or "the top"


def shown_problem(document: dict[str, JSON], way: Place, value: object) -> str:
    """Return in words where the validator found *value*, at *way* from the top or from its outermost schema."""
    if way and way[0] in document:
        return shown_place(way)
    name, inside = (way[-1], way[:-1]) if way else ("default", ())
    found: list[str] = []
    for schema in sorted(all_schemas(document), key=len):
        holder = schema_at(document, (*schema, *inside))
        is_outermost = not way or len(schema) <= _COMPONENT or schema[-1] == "schema"
        if is_outermost and str(name) in holder and _is_same(holder[str(name)], value):
            found.append(shown_place((*schema, *way)))
    return " or ".join(found[:_MOST]) or shown_place(way)


def look_alike(operation: str, others: Iterable[str]) -> str | None:
    """Return the one of *others* that *operation*, such as `GET /v1/models/{id}`, may have become."""
    method, _, path = operation.partition(" ")
    best, closest = _ALIKE, None
    for other in others:
        other_method, _, other_path = other.partition(" ")
        ratio = SequenceMatcher(None, path.split("/"), other_path.split("/"), autojunk=False).ratio()
        ratio = (ratio + SequenceMatcher(None, path, other_path, autojunk=False).ratio()) / 2
        if (other_method == method or other_path == path) and ratio > best:
            best, closest = ratio, other
    return closest


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other
