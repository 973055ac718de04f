"""Cut an OpenAPI document down to some of its operations and the components that they reach.

`specs/` holds a provider's complete spec. Clients are generated from this slice, in the order of the document. So a
change elsewhere in the spec does not affect our overlay or our client.
"""

from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote

from expunge._yaml import JSON

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_UNKNOWN_METHODS = frozenset({"query", "additionalOperations"})  # of OpenAPI 3.2; the generator knows neither
Place = tuple[str | int, ...]
"""The steps from the top of a document to a value in it."""

# Members of these have names of the author's choice, also `default` or `x-key`; the first rows are in schemas.
_BY_NAME = frozenset({
    "properties", "patternProperties", "dependentSchemas", "$defs", "definitions",
    "paths", "webhooks", "responses", "content", "headers", "examples", "links", "callbacks", "encoding",
    "schemas", "parameters", "requestBodies", "securitySchemes", "pathItems", "mediaTypes",
})  # fmt: skip
_EXTENSIBLE = frozenset({"", "paths", "responses", "callbacks"})
_DATA = frozenset({"const", "enum", "example", "value", "dataValue"})
_COMPONENT_DEPTH = 2  # a component is named by its section and its name: #/components/schemas/Model


def cut(document: dict[str, JSON], operations: Collection[str] | None = None, also: JSON = None) -> dict[str, JSON]:
    """Return the slice of *document*, which shares its values with the document instead of copying them.

    Args:
        document: An OpenAPI document, 3.0 or 3.1.
        operations: Operations to keep, such as `DELETE /v1/models/{model_id}`; None keeps all. Others are ignored.
        also: JSON whose references are kept too, such as the overlay that will be applied to the slice.
    """
    paths = _paths(document, operations)
    kept = {key: value for key, value in document.items() if key not in {"paths", "components", "tags", "webhooks"}}
    named = [*_schemes(document, paths), *(found for each in _anywhere(also) if (found := component_of(each)))]
    reached = _reach(document, [paths, also, kept], named)
    components: dict[str, JSON] = {
        section: chosen
        for section, members in _object(document.get("components")).items()
        if (chosen := _chosen(section, members, reached))
    }
    used = {tag for operation in _operations(paths) for tag in _list(operation.get("tags")) if isinstance(tag, str)}
    tags: list[JSON] = [tag for tag in _list(document.get("tags")) if _object(tag).get("name") in used]
    parts: dict[str, JSON] = {"paths": paths, "components": components, "tags": tags}
    # The order is the document's. Parts that are empty now are dropped, except the paths, which OpenAPI requires.
    order = [key for key in document if key in kept or key == "paths" or parts.get(key)]
    return {key: parts.get(key, document[key]) for key in order}


def component_of(reference: str) -> tuple[str, str] | None:
    """Return section and name of the component that *reference* leads to or into, or None if it leads elsewhere."""
    steps = reference.removeprefix("#/components/").split("/")
    if not reference.startswith("#/components/") or len(steps) < _COMPONENT_DEPTH:
        return None
    section, name = (unquote(step).replace("~1", "/").replace("~0", "~") for step in steps[:_COMPONENT_DEPTH])
    return section, name


def references(value: JSON) -> Iterator[str]:
    """Yield each `$ref` in *value*, at any depth."""
    yield from (reference for _, reference in places_of_references(value))


def places_of_references(value: JSON) -> Iterator[tuple[Place, str]]:
    """Yield place and target of each `$ref` in *value*: a document, or an object of one such as a schema.

    In extensions (`x-…`), examples and listed values, a `$ref` is data and leads nowhere.
    """
    stack: list[tuple[Place, JSON, str]] = [((), value, "")]
    while stack:
        place, node, named_by = stack.pop()  # the keyword whose members have names of their own, if it is one
        if isinstance(node, list):
            stack.extend(((*place, n), each, "") for n, each in enumerate(node))
        elif isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and not named_by:
                yield place, reference
            for name, inner in node.items():
                is_data = name in _DATA or (name == "examples" and isinstance(inner, list))
                is_extension = name.startswith("x-") and named_by in _EXTENSIBLE
                if not is_extension and (named_by or not is_data):
                    keyword = name if name in _BY_NAME and not named_by else ""
                    stack.append(((*place, name), inner, keyword))


def _anywhere(value: JSON) -> Iterator[str]:
    """Yield each `$ref` in *value*, which may be any part of a document: only its place would tell data apart."""
    if isinstance(value, list):
        yield from (found for each in value for found in _anywhere(each))
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield str(value["$ref"])
        yield from (found for each in value.values() for found in _anywhere(each))


def _paths(document: dict[str, JSON], operations: Collection[str] | None) -> dict[str, JSON]:
    """Return the wanted operations, with the fields that their paths share."""
    chosen = None if operations is None else frozenset(operations)
    paths: dict[str, JSON] = {}
    for path, item in _object(document.get("paths")).items():
        if chosen is None or not isinstance(item, dict):
            paths[path] = item
            continue
        wanted = {method for method in METHODS if f"{method.upper()} {path}" in chosen}
        if wanted:
            paths[path] = {
                key: value
                for key, value in item.items()
                if key in wanted or (key not in METHODS and key not in _UNKNOWN_METHODS)
            }
    return paths


def _operations(paths: dict[str, JSON]) -> Iterator[dict[str, JSON]]:
    for item in paths.values():
        for method in METHODS:
            yield _object(_object(item).get(method))


def _schemes(document: dict[str, JSON], paths: dict[str, JSON]) -> Iterator[tuple[str, str]]:
    """Return the required security schemes, which are named instead of referred to."""
    for holder in (document, *_operations(paths)):
        for requirement in _list(holder.get("security")):
            for name in _object(requirement):
                yield "securitySchemes", name


def _reach(document: dict[str, JSON], roots: Iterable[JSON], named: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return section and name of every component that *roots* lead to, directly or through others."""
    components = _object(document.get("components"))
    schemas = _object(components.get("schemas"))
    reached: set[tuple[str, str]] = set()
    waiting = [*named, *(found for root in roots for found in _leads(root, schemas))]
    while waiting:
        section, name = waiting.pop()
        if (section, name) not in reached and name in _object(components.get(section)):
            reached.add((section, name))
            waiting.extend(_leads(_object(components[section])[name], schemas))
    return reached


def _leads(value: JSON, schemas: dict[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield the components that *value* names by reference or in a discriminator's mapping."""
    yield from (found for reference in references(value) if (found := component_of(reference)))
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            for reference in _object(_object(node.get("discriminator")).get("mapping")).values():
                if isinstance(reference, str):
                    found = component_of(reference)
                    if found is None and reference in schemas:  # a mapping may give the bare name of a schema
                        found = ("schemas", reference)
                    if found is not None:
                        yield found
            stack.extend(node.values())


def _chosen(section: str, members: JSON, reached: set[tuple[str, str]]) -> JSON:
    if not isinstance(members, dict):
        return members
    return {name: member for name, member in members.items() if (section, name) in reached}


def _object(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
