"""The choices in a document: schemas with an `enum` or a `const`, and those of them that stay open in a client.

A provider may answer with a value that its spec does not list. An open choice keeps such a value as it is. A choice
stays closed if it is only sent, or if it decides which member of a union an answer is.
"""

from collections.abc import Iterator
from urllib.parse import unquote

from expunge._yaml import JSON

from .slice import METHODS, Place

_ONE_SCHEMA = ("items", "additionalProperties", "contains")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMA_MAPS = ("properties", "patternProperties")
_UNIONS = ("anyOf", "oneOf")  # in the generator's order
_SEVERAL = 2


def open_choices(document: dict[str, JSON]) -> set[Place]:
    """Return the places of all choices of *document* that are answered and decide nothing."""
    answered = set(_reached(document, [place for place, is_answer in _roots(document) if is_answer]))
    deciding = {place for union in answered for place in _deciding(document, union)}
    return {place for place in answered - deciding if choice(schema_at(document, place))}


def all_schemas(document: dict[str, JSON]) -> Iterator[Place]:
    """Yield the place of each schema of *document*, at any depth, without following references."""
    waiting = [place for place, _ in _roots(document)]
    waiting += [("components", "schemas", name) for name in _object(document, "components", "schemas")]
    while waiting:
        place = waiting.pop()
        yield place
        waiting.extend(_inner(document, place))


def choice(schema: dict[str, JSON]) -> list[JSON]:
    """Return the values other than null that *schema* allows, if it lists them; they are texts or integers."""
    values: JSON = [schema["const"]] if "const" in schema else schema.get("enum")
    listed: list[JSON] = [value for value in values if value is not None] if isinstance(values, list) else []
    return listed if {type(value) for value in listed} in ({str}, {int}) else []


def schema_at(document: dict[str, JSON], place: Place) -> dict[str, JSON]:
    """Return the schema at *place*; an empty one if it is none."""
    found: JSON = document
    for step in place:
        if isinstance(found, dict):
            found = found.get(str(step))
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return {}
    return found if isinstance(found, dict) else {}


def parts(document: dict[str, JSON], place: Place) -> Iterator[Place]:
    """Yield the place of the schema at *place*, behind its references, and of all that its `allOf` joins."""
    waiting, seen = [place], set[Place]()
    while waiting:
        each = _target(document, waiting.pop())
        if each not in seen:
            seen.add(each)
            yield each
            joined = schema_at(document, each).get("allOf")
            waiting.extend((*each, "allOf", n) for n in range(len(joined) if isinstance(joined, list) else 0))


def _deciding(document: dict[str, JSON], union: Place) -> Iterator[Place]:
    """Yield the choices by which a client finds out which member of *union* an answer is."""
    schema = schema_at(document, union)
    members = [(*union, key, n) for key in _UNIONS for n in range(len(_listed(schema, key)))]
    discriminator = schema.get("discriminator")
    named = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    tags: dict[str, list[list[Place]]] = {}
    for member in members:
        own: dict[str, list[Place]] = {}
        for part in parts(document, member):
            for name in _object(document, *part, "properties"):
                place = _target(document, (*part, "properties", name))
                if choice(schema_at(document, place)):
                    own.setdefault(name, []).append(place)
        for name, places in own.items():
            tags.setdefault(name, []).append(places)
    for name, found in tags.items():
        values = {frozenset(map(repr, choice(schema_at(document, place)))) for places in found for place in places}
        if name == named or (len(found) >= _SEVERAL and len(values) >= _SEVERAL):
            yield from (place for places in found for place in places)
    # `anyOf: [one list of texts, another, …]`: the last member that takes texts takes the unknown ones.
    for kind in (str, int):
        alike = [place for place in (_target(document, each) for each in members) if _takes(document, place, kind)]
        yield from (place for place in alike[:-1] if choice(schema_at(document, place)))


def _takes(document: dict[str, JSON], place: Place, kind: type) -> bool:
    schema = schema_at(document, place)
    values, named = choice(schema), schema.get("type")
    types = named if isinstance(named, list) else [named]
    return isinstance(values[0], kind) if values else ("string" if kind is str else "integer") in types


def _roots(document: dict[str, JSON]) -> Iterator[tuple[Place, bool]]:
    """Yield the outermost schemas of each operation, and whether it answers with them."""
    for path in _object(document, "paths"):
        item: Place = ("paths", path)
        for holder in (item, *((*item, method) for method in METHODS)):
            parameters = schema_at(document, holder).get("parameters")
            for n in range(len(parameters) if isinstance(parameters, list) else 0):
                yield (*_target(document, (*holder, "parameters", n)), "schema"), False
            yield from ((place, False) for place in _contents(document, (*holder, "requestBody")))
            for status in _object(document, *holder, "responses"):
                answer = _target(document, (*holder, "responses", status))
                yield from ((place, True) for place in _contents(document, answer))
                for name in _object(document, *answer, "headers"):
                    yield (*_target(document, (*answer, "headers", name)), "schema"), False


def _contents(document: dict[str, JSON], place: Place) -> Iterator[Place]:
    place = _target(document, place)
    yield from ((*place, "content", kind, "schema") for kind in _object(document, *place, "content"))


def _reached(document: dict[str, JSON], roots: list[Place]) -> Iterator[Place]:
    """Yield the places of *roots* and of all schemas below them, behind their references."""
    waiting, seen = roots, set[Place]()
    while waiting:
        place = _target(document, waiting.pop())
        if place not in seen:
            seen.add(place)
            yield place
            waiting.extend(_inner(document, place))


def _inner(document: dict[str, JSON], place: Place) -> Iterator[Place]:
    """Yield the places of the schemas directly inside the one at *place*."""
    schema = schema_at(document, place)
    for key in _ONE_SCHEMA:
        if isinstance(schema.get(key), dict):
            yield (*place, key)
    for key in _SCHEMA_LISTS:
        members = schema.get(key)
        yield from ((*place, key, n) for n in range(len(members) if isinstance(members, list) else 0))
    for key in _SCHEMA_MAPS:
        yield from ((*place, key, name) for name in _object(document, *place, key))


def _target(document: dict[str, JSON], place: Place) -> Place:
    """Return the place that the reference at *place* leads to, or *place* itself if there is no reference."""
    seen: set[Place] = set()
    while place not in seen:
        seen.add(place)
        reference = schema_at(document, place).get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            place = tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/"))
    return place


def _object(document: dict[str, JSON], *place: str | int) -> dict[str, JSON]:
    return schema_at(document, place)


def _listed(schema: dict[str, JSON], key: str) -> list[JSON]:
    found = schema.get(key)
    return found if isinstance(found, list) else []
