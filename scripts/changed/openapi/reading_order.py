"""The order in which the generated client tries the alternatives of a union: it takes the first one that it can read.

Two alternatives compete if both read the same kind of JSON value, and no required field with a fixed value
distinguishes them. Plain text, numbers and booleans never compete: they are read as they are, after everything else.
"""

from dataclasses import dataclass

from expunge._yaml import JSON

from .all_of import Resolve, merged
from .client_facts import python_format
from .normal_form import OPEN, Schema, as_object, as_texts, kinds, referred, shown, unified, union, values, wordless

_ANY = "any"
_TEXT, _OBJECT, _LIST = (frozenset({kind}) for kind in ("string", "object", "array"))
_PLAIN = {"string", "integer", "number", "boolean", "null"}
_DEEPEST = 8  # a union may refer to itself


def order_matters(old: list[JSON], new: list[JSON], resolve_old: Resolve, resolve_new: Resolve) -> bool:
    """Return whether alternatives of *old* that compete stand in another order in *new*."""
    now = _tried(new, resolve_new)
    common = [(each, place) for each in _tried(old, resolve_old) if (place := each.place_in(now)) is not None]
    return any(
        place > later and first.competes_with(second)
        for number, (first, place) in enumerate(common)
        for second, later in common[number + 1 :]
    )


def reads_unknown(old: list[JSON], new: list[JSON], resolve: Resolve) -> bool:
    """Return whether the union *old* reads every object, and the additions of *new* take none from its other variants.

    Then a variant that was unknown was read as that open alternative, as it is after every update.
    """
    before, tried = _tried(old, resolve), _tried(new, resolve)
    tags = {name for each in tried for name in each.tags}
    known = [each for each in tried if each.place_in(before) is not None]
    is_open = [each for each in known if each.open_fields is not None and each.open_fields <= tags]
    return bool(is_open) and not any(
        added.competes_with(later)
        for number, added in enumerate(tried)
        for later in tried[number + 1 :]
        if added not in known and later in known and later not in is_open
    )


@dataclass(frozen=True)
class _Alternative:
    """One alternative: the kind of JSON value that it reads, and the values of its required, fixed fields."""

    name: str
    content: str
    kind: str
    tags: dict[str, set[str]]
    open_fields: set[str] | None

    def place_in(self, others: "list[_Alternative]") -> int | None:
        """Return its place among *others*, by its name, or by its content if it got or lost a name."""
        for number, other in enumerate(others):
            if self.name == other.name and (self.name or self.content == other.content):
                return number
        named = (
            number for number, it in enumerate(others) if self.content == it.content and not (self.name and it.name)
        )
        return next(named, None)

    def competes_with(self, other: "_Alternative") -> bool:
        """Return whether both may read the same value."""
        is_same_kind = self.kind == other.kind or _ANY in {self.kind, other.kind}
        return is_same_kind and not any(
            self.tags[name].isdisjoint(other.tags[name]) for name in self.tags.keys() & other.tags.keys()
        )


def _tried(alternatives: list[JSON], resolve: Resolve, depth: int = 0) -> list[_Alternative]:
    """Return the alternatives that the client tries, in order; those of a nested union take its place."""
    found: list[_Alternative] = []
    for each in alternatives:
        schema = _resolved(each, resolve)
        if union(schema) and depth < _DEEPEST:
            found += _tried(union(schema), resolve, depth + 1)
        elif kind := _kind(schema):
            name = referred(each) if "$ref" in as_object(each) else ""
            content = shown(wordless(schema), cut=False)
            found.append(_Alternative(name, content, kind, _tags(schema, resolve), _open_fields(schema, resolve)))
    return found


def _kind(schema: Schema) -> str:
    """Return the kind of JSON value that *schema* reads; empty if it takes every value as it is."""
    if "const" in schema:
        return _ANY  # it refuses another value at once, whatever would come next
    types = kinds(schema) - {"null"}
    if values(schema) is not None:
        return "string" if types == _TEXT else _ANY
    if types == _OBJECT or (not types and schema.keys() & {"properties", "allOf"}):
        return "object"
    if types == _LIST:
        return "array"
    if types <= _PLAIN:
        return "string" if python_format(schema) else ""
    return _ANY


def _tags(schema: Schema, resolve: Resolve) -> dict[str, set[str]]:
    tags: dict[str, set[str]] = {}
    for name in as_texts(schema.get("required")):
        field = _resolved(as_object(schema.get("properties")).get(name, {}), resolve)
        possible = values(field)
        if possible and OPEN not in field:
            tags[name] = possible
    return tags


def _open_fields(schema: Schema, resolve: Resolve) -> set[str] | None:
    """Return the fields of a *schema* that reads every object in which they are plain; None if it does not."""
    fields = {name: _resolved(each, resolve) for name, each in as_object(schema.get("properties")).items()}
    is_plain = kinds(schema) == _OBJECT and schema.get("additionalProperties", True) is True
    is_lax = all(kinds(each) <= _PLAIN and values(each) is None for each in fields.values())
    return set(fields) if is_plain and is_lax and "allOf" not in schema else None


def _resolved(schema: JSON, resolve: Resolve) -> Schema:
    """Return *schema* in its normal form, with references followed and the branches of `allOf` merged."""
    found = unified(as_object(schema))
    for _ in range(_DEEPEST):
        if not isinstance(found.get("$ref"), str):
            break
        found = unified(as_object(resolve(str(found["$ref"]))))
    return merged(found, resolve) if "allOf" in found else found
