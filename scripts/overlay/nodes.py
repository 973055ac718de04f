"""Select nodes of a JSON document by JSONPath (RFC 9535), merge into them, or remove them.

The merge rules are those of the Overlay 1.1 standard, section "Action Object"; comments mark where 1.0 differs.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from expunge._yaml import JSON

from .differences import pointer
from .json_path import Location, PathError, is_equal, locations

_MANY_PAIRS = 1_000
"""The most pairs of items that are compared directly; comparing more pairs would take quadratic time."""


class OverlayError(Exception):
    """An overlay that is invalid, or an action that cannot be applied."""


class Effect(IntEnum):
    """The effect of an update; of several effects, the greatest counts."""

    NOTHING = 0
    ADDED = 1
    REPLACED = 2
    REPEATED = 3  # an appended value was already there


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a document: the object or array that holds it, and its name or index there.

    `location` has the steps from the root.
    """

    container: dict[str, JSON] | list[JSON]
    key: str | int
    location: Location

    @property
    def is_root(self) -> bool:
        """Whether it is the root, which nothing in the document contains."""
        return not self.location

    @property
    def value(self) -> JSON:
        """The value there now."""
        return cast("dict[str | int, JSON]", self.container)[self.key]

    def put(self, value: JSON) -> None:
        """Put *value* there."""
        cast("dict[str | int, JSON]", self.container)[self.key] = value


def select(path: str, root: list[JSON]) -> list[Node]:
    """Return the distinct nodes that *path* selects in the document ``root[0]``, in document order."""
    try:
        found = locations(path, root[0])
    except PathError as error:
        raise OverlayError(f"{shown(path)} cannot be evaluated as JSONPath: {error}") from None
    if len(found) > 1:
        order = _DocumentOrder(root[0])
        found.sort(key=order.rank)
    return [_node(location, root) for location in found]


def shown(path: str, limit: int = 200) -> str:
    """Return *path* as it is written, or the beginning of a very long one."""
    return path if len(path) <= limit else f"{path[:limit]}…"


def kind_of(value: JSON) -> str:
    """Return which of the standard's three kinds *value* is."""
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "primitive"


def plain_copy(value: JSON) -> JSON:
    """Copy *value* and all mutable parts of it."""
    if isinstance(value, dict):
        return {key: plain_copy(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain_copy(child) for child in value]
    return value


def append_or_merge(node: Node, value: JSON, *, minor: int) -> Effect:
    """Update *node* with *value*, and return the effect."""
    target = node.value
    if isinstance(target, dict):
        if not isinstance(value, dict):
            raise OverlayError(f"{pointer(node.location)}: an object cannot be updated with {_named(value)}")
        return _merge(target, value, minor=minor, place=node.location)
    if isinstance(target, list):
        # 1.0 appends one entry; 1.1 concatenates an array.
        entries = value if isinstance(value, list) and minor > 0 else [value]
        effect = _appended(target, entries)
        target.extend(plain_copy(entry) for entry in entries)
        return effect
    if kind_of(value) != "primitive":
        raise OverlayError(f"{pointer(node.location)}: a primitive value cannot be updated with {_named(value)}")
    node.put(value)
    return Effect.NOTHING if is_equal(target, value) else Effect.REPLACED


def remove_all(nodes: list[Node]) -> None:
    """Remove *nodes* from the objects and arrays that hold them."""
    indices: dict[int, set[int]] = defaultdict(set)
    lists: dict[int, list[JSON]] = {}
    for node in nodes:
        if node.is_root:
            raise OverlayError("the root of the document cannot be removed: nothing contains it")
        if isinstance(node.container, dict):
            del node.container[cast("str", node.key)]
        else:
            indices[id(node.container)].add(cast("int", node.key))
            lists[id(node.container)] = node.container
    for identity, items in lists.items():
        # One pass, because removing many items one by one would take quadratic time.
        items[:] = [item for index, item in enumerate(items) if index not in indices[identity]]


def _merge(target: dict[str, JSON], update: dict[str, JSON], *, minor: int, place: Location) -> Effect:
    """Merge *update* into *target*, which is at *place*, by the standard's steps, and return the effect."""
    effect = Effect.NOTHING
    for key, value in update.items():
        if key not in target:
            target[key] = plain_copy(value)
            effect = max(effect, Effect.ADDED)
            continue
        present = target[key]
        if isinstance(present, dict) and isinstance(value, dict):
            effect = max(effect, _merge(present, value, minor=minor, place=(*place, key)))
        elif isinstance(present, list) and isinstance(value, list):
            effect = max(effect, _appended(present, value))
            present.extend(plain_copy(value) or [])  # type: ignore[arg-type]
        elif kind_of(present) != kind_of(value) and minor > 0:
            raise OverlayError(
                f"property {key!r} of {pointer(place) or 'the document'} is {_named(present)} and cannot be merged "
                f"with {_named(value)}"
            )
        else:
            target[key] = plain_copy(value)
            effect = max(effect, Effect.NOTHING if is_equal(present, value) else Effect.REPLACED)
    return effect


def _appended(target: list[JSON], entries: list[JSON]) -> Effect:
    if not entries:
        return Effect.NOTHING
    if len(target) * len(entries) <= _MANY_PAIRS:
        is_repeated = any(is_equal(entry, there) for entry in entries for there in target)
    else:
        present = {_canonical(there) for there in target}
        is_repeated = any(_canonical(entry) in present for entry in entries)
    return Effect.REPEATED if is_repeated else Effect.ADDED


def _canonical(value: JSON) -> str:
    """Write *value* so that equal values have equal texts: members sorted, 1.0 as 1."""
    try:
        return json.dumps(_with_integers(value), sort_keys=True)
    except RecursionError:
        raise OverlayError("an item is nested too deeply to be compared with many others") from None


def _with_integers(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {name: _with_integers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_integers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _named(value: JSON) -> str:
    """Return the kind of *value* with its article."""
    return {"object": "an object", "array": "an array"}.get(kind_of(value), "a primitive value")


def _node(location: Location, root: list[JSON]) -> Node:
    """Return the node at *location*, with the container that holds it; *root* holds the root."""
    container: dict[str, JSON] | list[JSON] = root
    key: str | int = 0
    for step in location:
        container = cast("dict[str, JSON] | list[JSON]", cast("dict[str | int, JSON]", container)[key])
        key = step
    return Node(container, key, location)


class _DocumentOrder:
    """Ranks locations in the order of the text; the members of an object keep their order."""

    def __init__(self, document: JSON) -> None:
        self._document = document
        self._positions: dict[int, dict[str, int]] = {}

    def rank(self, location: Location) -> tuple[int, ...]:
        """Return a sort key for *location*."""
        value = self._document
        ranks: list[int] = []
        for step in location:
            if isinstance(value, dict):
                positions = self._positions.get(id(value))
                if positions is None:
                    positions = self._positions[id(value)] = {key: n for n, key in enumerate(value)}
                ranks.append(positions[cast("str", step)])
                value = value[cast("str", step)]
            else:
                ranks.append(cast("int", step))
                value = cast("list[JSON]", value)[cast("int", step)]
        return tuple(ranks)
