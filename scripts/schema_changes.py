"""What changed between two schemas, as those see it who send values of them, and those who receive some.

Sending, a user is broken by what narrows; receiving, by what widens. The table is in docs/changes.md.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from expunge._yaml import JSON
from report import Level

Direction = Literal["sent", "received"]
Schema: TypeAlias = dict[str, JSON]
Found: TypeAlias = tuple[Level, str, str]
"""Level, name, and what happened."""

_NOTES = {"title", "description", "example", "examples", "externalDocs", "xml", "$comment"}
# Limits: whether a greater number lets fewer values through.
_LIMITS = {
    **dict.fromkeys(("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"), True),
    **dict.fromkeys(("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"), False),
}
_ONE_SCHEMA = {"items", "not", "propertyNames", "contains", "if", "then", "else"}
_HANDLED = {
    "type",
    "nullable",
    "enum",
    "const",
    "required",
    "properties",
    "additionalProperties",
    "discriminator",
    "$ref",
}
_VARIANTS = {"oneOf", "anyOf"}
_PARTS = {"allOf", "prefixItems"}


@dataclass(frozen=True)
class Comparison:
    """Compares schemas that go in *directions*; `resolve` follows a reference, in the later document when told so."""

    directions: frozenset[Direction]
    resolve: Callable[[str, bool], JSON]

    def changes(self, name: str, before: JSON, after: JSON, depth: int = 0) -> Iterator[Found]:
        """Give what changed from *before* to *after*, each under *name* and what stands below it."""
        if before == after or depth > 60:  # noqa: PLR2004 - what nests deeper refers to itself
            return
        before, after = self._schemas(before, after)
        if not isinstance(before, dict) or not isinstance(after, dict):
            if before != after:
                yield self._weigh(name, _shown(before), _shown(after), narrows=after is False, widens=before is False)
            return
        if before.get("$ref") != after.get("$ref"):
            yield "breaking", name, f"refers to {_referred(after)}, not to {_referred(before)}"
            return
        yield from self._types(name, before, after)
        yield from self._values(name, before, after)
        yield from self._properties(name, before, after, depth)
        yield from self._additional(name, before, after, depth)
        yield from self._variants(name, before, after, depth)
        for key in sorted(before.keys() | after.keys()):
            yield from self._keyword(f"{name}.{key}", key, before.get(key), after.get(key), depth)

    def _schemas(self, before: JSON, after: JSON) -> tuple[JSON, JSON]:
        """Resolve the one that is a reference where the other is none: naming a schema changes no value."""
        if isinstance(before, dict) and isinstance(after, dict) and ("$ref" in before) != ("$ref" in after):
            return (
                self.resolve(str(before["$ref"]), False) if "$ref" in before else before,
                self.resolve(str(after["$ref"]), True) if "$ref" in after else after,
            )
        return before, after

    def _weigh(self, name: str, before: str, after: str, *, narrows: bool, widens: bool) -> Found:
        """Judge a change by whether it lets fewer values through, or more, or other ones (both)."""
        breaks = ("sent" in self.directions and narrows) or ("received" in self.directions and widens)
        return "breaking" if breaks else "compatible", name, f"{before} became {after}"

    def _types(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        old, new = _types_of(before), _types_of(after)
        if old != new:
            narrows = bool(new) and (not old or bool(_expanded(old) - _expanded(new)))
            widens = bool(old) and (not new or bool(_expanded(new) - _expanded(old)))
            yield self._weigh(f"{name}.type", _joined(old), _joined(new), narrows=narrows, widens=widens)

    def _values(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        """Compare enumerations. A value that came is read as text; one that went takes its Python name along."""
        old, new = _values_of(before), _values_of(after)
        if (old is None) != (new is None):
            yield "breaking", f"{name}.enum", "is enumerated now" if old is None else "is no longer enumerated"
            return
        for value in sorted((old or set()) - (new or set())):
            yield "breaking", f"{name}.enum", f"lost {value}"
        for value in sorted((new or set()) - (old or set())):
            yield "compatible", f"{name}.enum", f"got {value}"

    def _properties(self, name: str, before: Schema, after: Schema, depth: int) -> Iterator[Found]:
        old, new = _object(before.get("properties")), _object(after.get("properties"))
        was, now = _texts(before.get("required")), _texts(after.get("required"))
        for field in [*old, *(field for field in new if field not in old)]:
            path = f"{name}.{field}"
            if field not in new:
                yield "breaking", path, "field removed"
            elif field not in old:
                is_demanded = field in now and "sent" in self.directions
                yield "breaking" if is_demanded else "compatible", path, f"{'required ' * (field in now)}field added"
            else:
                yield from self._requiredness(path, was=field in was, now=field in now)
                yield from self.changes(path, old[field], new[field], depth + 1)
        for field in sorted((was ^ now) - old.keys() - new.keys()):
            yield from self._requiredness(f"{name}.{field}", was=field in was, now=field in now)

    def _requiredness(self, name: str, *, was: bool, now: bool) -> Iterator[Found]:
        if was != now:
            words = ("optional", "required")
            yield self._weigh(name, words[was], words[now], narrows=now, widens=was)

    def _additional(self, name: str, before: Schema, after: Schema, depth: int) -> Iterator[Found]:
        old, new = before.get("additionalProperties", True), after.get("additionalProperties", True)
        path = f"{name}.additionalProperties"
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.changes(path, old, new, depth + 1)
        elif old != new and {_shape(old), _shape(new)} != {"all"}:
            # An answer with more fields than before is read all the same.
            narrows = _shape(new) == "none" or (_shape(old) == "all" and _shape(new) == "some")
            yield self._weigh(path, _shape(old), _shape(new), narrows=narrows, widens=False)

    def _variants(self, name: str, before: Schema, after: Schema, depth: int) -> Iterator[Found]:
        """Compare alternatives by what they refer to: one that came is compatible, one that went is breaking."""
        for key in sorted(_VARIANTS & (before.keys() | after.keys())):
            old = [each for each in _list(before.get(key)) if each not in _list(after.get(key))]
            new = [each for each in _list(after.get(key)) if each not in _list(before.get(key))]
            plain_old, plain_new = ([each for each in side if not _is_reference(each)] for side in (old, new))
            if len(plain_old) == len(plain_new):
                for number, (one, other) in enumerate(zip(plain_old, plain_new, strict=True)):
                    yield from self.changes(f"{name}.{key}[{number}]", one, other, depth + 1)
                old, new = ([each for each in side if _is_reference(each)] for side in (old, new))
            yield from (("breaking", f"{name}.{key}", f"lost {_referred(each)}") for each in old)
            for each in new:
                level: Level = "breaking" if key not in before else "compatible"
                yield level, f"{name}.{key}", f"got {_referred(each)}"
        old_names, new_names = _mapping(before), _mapping(after)
        if old_names != new_names:
            for value in sorted(old_names.keys() - new_names.keys()):
                yield "breaking", f"{name}.discriminator", f"lost {value}"
            for value in sorted(new_names.keys() - old_names.keys()):
                yield "compatible", f"{name}.discriminator", f"got {value}"
            for value in sorted(old_names.keys() & new_names.keys()):
                if old_names[value] != new_names[value]:
                    yield "breaking", f"{name}.discriminator", f"{value} became {new_names[value]}"

    def _keyword(self, name: str, key: str, before: JSON, after: JSON, depth: int) -> Iterator[Found]:
        """Compare one keyword of those that need no look at others."""
        if before == after or key in _HANDLED or key in _VARIANTS:
            return
        if key in _NOTES or key.startswith("x-"):
            yield "documentation", name, "reworded" if before and after else "added" if after else "removed"
        elif key == "deprecated":
            yield "compatible", name, "deprecated" if after else "no longer deprecated"
        elif key in _LIMITS and not isinstance(before, bool) and not isinstance(after, bool):
            yield self._limit(name, key, before, after)
        elif key in _ONE_SCHEMA and before is not None and after is not None:
            yield from self.changes(name, before, after, depth + 1)
        elif key in _PARTS and len(_list(before)) == len(_list(after)):
            for number, (one, other) in enumerate(zip(_list(before), _list(after), strict=True)):
                yield from self.changes(f"{name}[{number}]", one, other, depth + 1)
        elif key in {"pattern", "multipleOf", "uniqueItems"}:
            narrows = after not in {None, False} if not isinstance(after, list | dict) else True
            yield self._weigh(name, _shown(before), _shown(after), narrows=narrows, widens=False)
        elif key == "default":
            level: Level = "breaking" if "sent" in self.directions else "compatible"
            yield level, name, f"{_shown(before)} became {_shown(after)}"
        else:
            # `format` decides which Python type a value is; what is not known here is taken for the worst.
            yield "breaking", name, f"{_shown(before)} became {_shown(after)}"

    def _limit(self, name: str, key: str, before: JSON, after: JSON) -> Found:
        """A limit on what is received binds nobody who reads."""
        if not isinstance(before, int | float) or not isinstance(after, int | float):
            narrows = before is None
        else:
            narrows = after > before if _LIMITS[key] else after < before
        return self._weigh(name, _shown(before), _shown(after), narrows=narrows, widens=False)


def _types_of(schema: Schema) -> frozenset[str]:
    declared = schema.get("type")
    types = (
        {str(each) for each in declared}
        if isinstance(declared, list)
        else {declared}
        if isinstance(declared, str)
        else set()
    )
    return frozenset(types | {"null"} if types and schema.get("nullable") is True else types)


def _expanded(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


def _values_of(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {_shown(schema["const"])}
    values = schema.get("enum")
    return {_shown(value) for value in values} if isinstance(values, list) else None


def _mapping(schema: Schema) -> dict[str, str]:
    discriminator = _object(schema.get("discriminator"))
    named = {name: _shown(target) for name, target in _object(discriminator.get("mapping")).items()}
    return {"propertyName": _shown(discriminator.get("propertyName")), **named} if discriminator else {}


def _shape(additional: JSON) -> str:
    return "none" if additional is False else "some" if isinstance(additional, dict) and additional else "all"


def _joined(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "any type"


def _is_reference(schema: JSON) -> bool:
    return isinstance(schema, dict) and "$ref" in schema


def _referred(schema: JSON) -> str:
    reference = _object(schema).get("$ref")
    return str(reference).rpartition("/")[2] if reference else _shown(schema)


def _shown(value: JSON) -> str:
    if value is None:
        return "none"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 - a line stays a line


def _object(value: JSON) -> Schema:
    return value if isinstance(value, dict) else {}


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _texts(value: JSON) -> set[str]:
    return {each for each in _list(value) if isinstance(each, str)}
