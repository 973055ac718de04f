"""What changed between two schemas, as those see it who send values of them, and those who receive some.

Sending, a user is broken by what narrows; receiving, by what widens. The table is in docs/changes.md.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from expunge._yaml import JSON
from report import Level
from schema_forms import (
    UNIONS,
    Schema,
    as_list,
    as_object,
    as_texts,
    expanded,
    kinds,
    mapping,
    merged,
    referred,
    shown,
    unified,
    union,
    values,
)

Direction = Literal["sent", "received"]
Found: TypeAlias = tuple[Level, str, str]
"""Level, name, and what happened."""

_NOTES = {"title", "description", "example", "examples", "externalDocs", "xml", "$comment"}
# Limits: whether a greater number lets fewer values through.
_LIMITS = {
    **dict.fromkeys(("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"), True),
    **dict.fromkeys(("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"), False),
}
_NARROWING = {"pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"}
_ONE_SCHEMA = {"items", "not", "propertyNames", "contains", "if", "then", "else"}
_PARTS = {"allOf", "prefixItems"}
_HANDLED = {
    *UNIONS,
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

_RULES = {"pattern", "minLength", "maxLength", "minimum", "maximum", "enum", "required", "properties", "format"}


@dataclass(frozen=True)
class Comparison:
    """Compares schemas that go in *directions*; `resolve` follows a reference, in the later document when told so."""

    directions: frozenset[Direction]
    resolve: Callable[[str, bool], JSON]
    _open: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def changes(self, name: str, before: JSON, after: JSON) -> Iterator[Found]:
        """Give what changed from *before* to *after*, each under *name* and what stands below it."""
        if before == after:
            return
        if not isinstance(before, dict) or not isinstance(after, dict):
            narrows, widens = before is True or after is False, before is False or after is True
            yield self._weigh(name, shown(before), shown(after), narrows=narrows, widens=widens)
            return
        old, new, followed = self._resolved(unified(before), unified(after))
        if followed & self._open:  # a schema that refers to itself has come round
            return
        self._open.update(followed)
        if "$ref" in old and "$ref" in new and old["$ref"] != new["$ref"]:
            yield "breaking", name, f"refers to {referred(new)}, not to {referred(old)}"
        else:
            yield from self._types(name, old, new)
            if bool(union(old)) == bool(union(new)):
                yield from self._parts(name, old, new)
            else:
                yield from self._one_of_many(name, old, new)
        self._open.difference_update(followed)

    def _resolved(self, old: Schema, new: Schema) -> tuple[Schema, Schema, set[tuple[str, str]]]:
        """Resolve the one that is a reference where the other is none: naming a schema changes no value.

        Also give what was followed, as the two that stood beside one another.
        """
        followed: set[tuple[str, str]] = set()
        while ("$ref" in old) != ("$ref" in new):
            one, other = (old, new) if "$ref" in old else (new, old)
            pair = json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True)
            if pair in followed or (union(other) and referred(one) in kinds(other)):
                break
            followed.add(pair)
            beside = {key: value for key, value in one.items() if key != "$ref"}
            within = as_object(self.resolve(str(one["$ref"]), one is new))
            # Both hold: a rule that stands in both is not the outer one alone, so it is told as one more.
            both = {
                f"{key} within": within[key]
                for key in _RULES & within.keys() & beside.keys()
                if within[key] != beside[key]
            }
            plain = unified({**within, **beside, **both})
            old, new = (plain, new) if one is old else (old, plain)
        if _bases(old) != _bases(new):  # a schema was taken apart, or put together: what counts is the whole
            return self._merged(old, False), self._merged(new, True), followed
        return old, new, followed

    def _merged(self, schema: Schema, is_after: bool) -> Schema:
        return merged(schema, lambda reference: self.resolve(reference, is_after))

    def _one_of_many(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        """Compare one schema with the alternative among others that it has become, or was."""
        one, many = (old, new) if union(new) else (new, old)
        same = [each for each in union(many) if kinds(unified(as_object(each))) == kinds(one) - {"null"}]
        if len(same) == 1:
            alone = {key: value for key, value in one.items() if key != "nullable"}
            beside = {key: value for key, value in many.items() if key not in {*UNIONS, "nullable", "discriminator"}}
            chosen = {**as_object(same[0]), **beside}
            yield from self.changes(name, *((alone, chosen) if one is old else (chosen, alone)))

    def _parts(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        yield from self._values(name, old, new)
        yield from self._properties(name, old, new)
        yield from self._additional(name, old, new)
        yield from self._variants(name, old, new)
        for key in sorted((old.keys() | new.keys()) - _HANDLED):
            if (key in old) != (key in new) or old[key] != new[key]:
                yield from self._keyword(f"{name}.{key}", key, old, new)

    def _weigh(self, name: str, before: str, after: str, *, narrows: bool, widens: bool) -> Found:
        """Judge a change by whether it lets fewer values through, or more, or other ones (both)."""
        breaks = ("sent" in self.directions and narrows) or ("received" in self.directions and widens)
        return "breaking" if breaks else "compatible", name, f"{before} became {after}"

    def _types(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        old, new = kinds(before), kinds(after)
        if union(before) and union(after):  # how their alternatives differ is told of each; null is none
            old, new = (frozenset({"value", "null"} if each.get("nullable") else {"value"}) for each in (before, after))
        if old != new:
            narrows = bool(new) and (not old or bool(expanded(old) - expanded(new)))
            widens = bool(old) and (not new or bool(expanded(new) - expanded(old)))
            yield self._weigh(f"{name}.type", _joined(old), _joined(new), narrows=narrows, widens=widens)
        elif bool(before.get("nullable")) != bool(after.get("nullable")):
            was, now = bool(before.get("nullable")), bool(after.get("nullable"))
            yield self._weigh(
                f"{name}.type", *(("no null", "null")[each] for each in (was, now)), narrows=was, widens=now
            )

    def _values(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        """Compare enumerations. A value that came is read as text; one that went takes its Python name along."""
        old, new = values(before), values(after)
        if (old is None) != (new is None):
            yield "breaking", f"{name}.enum", "is enumerated now" if old is None else "is no longer enumerated"
            return
        was, now = old or set[str](), new or set[str]()
        yield from _lost_and_got(f"{name}.enum", sorted(was - now), sorted(now - was))

    def _properties(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        old, new = as_object(before.get("properties")), as_object(after.get("properties"))
        was, now = as_texts(before.get("required")), as_texts(after.get("required"))
        for each in [*old, *(each for each in new if each not in old)]:
            path = f"{name}.{each}"
            if each not in new:
                yield "breaking", path, "field removed"
            elif each not in old:
                is_demanded = each in now and "sent" in self.directions
                yield "breaking" if is_demanded else "compatible", path, f"{'required ' * (each in now)}field added"
            else:
                yield from self._requiredness(path, was=each in was, now=each in now)
                yield from self.changes(path, old[each], new[each])
        for each in sorted((was ^ now) - old.keys() - new.keys()):
            yield from self._requiredness(f"{name}.{each}", was=each in was, now=each in now)

    def _requiredness(self, name: str, *, was: bool, now: bool) -> Iterator[Found]:
        if was != now:
            words = ("optional", "required")
            yield self._weigh(name, words[was], words[now], narrows=now, widens=was)

    def _additional(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        old, new = before.get("additionalProperties", True), after.get("additionalProperties", True)
        path = f"{name}.additionalProperties"
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.changes(path, old, new)
        elif old != new and {_shape(old), _shape(new)} != {"all"}:
            # An answer with more fields than before is read all the same.
            narrows = _shape(new) == "none" or (_shape(old) == "all" and _shape(new) == "some")
            yield self._weigh(path, _shape(old), _shape(new), narrows=narrows, widens=False)

    def _variants(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        """Compare alternatives by what they refer to: one that came is compatible, one that went is breaking."""
        used = {key for each in (before, after) for key in UNIONS if key in each}
        key = min(used, default="") if len(used) == 1 else "oneOf"
        if len(used) > 1:
            is_stricter = "oneOf" in after  # of which exactly one must fit
            yield self._weigh(
                f"{name}.{key}", *sorted(used, reverse=not is_stricter), narrows=is_stricter, widens=False
            )
        old = [each for each in union(before) if each not in union(after)]
        new = [each for each in union(after) if each not in union(before)]
        plain_old, plain_new = ([each for each in side if "$ref" not in as_object(each)] for side in (old, new))
        if len(plain_old) == len(plain_new):
            for number, (one, other) in enumerate(zip(plain_old, plain_new, strict=True)):
                yield from self.changes(f"{name}.{key}[{number}]", one, other)
            old, new = ([each for each in side if "$ref" in as_object(each)] for side in (old, new))
        yield from _lost_and_got(f"{name}.{key}", [referred(each) for each in old], [referred(each) for each in new])
        yield from _told_apart(f"{name}.discriminator", mapping(before), mapping(after))

    def _keyword(self, name: str, key: str, before: Schema, after: Schema) -> Iterator[Found]:
        """Compare one keyword of those that need no look at others."""
        old, new = before.get(key), after.get(key)
        change = _shown_in(before, key), _shown_in(after, key)
        if key in _NOTES or key.startswith("x-"):
            yield "documentation", name, "reworded" if old and new else "added" if new else "removed"
        elif key == "deprecated":
            yield "compatible", name, "deprecated" if new else "no longer deprecated"
        elif key in _LIMITS and not isinstance(old, bool) and not isinstance(new, bool):
            yield self._limit(name, key, old, new)
        elif key in _ONE_SCHEMA and key in before and key in after:
            yield from self.changes(name, old, new)
        elif key in _PARTS and len(as_list(old)) == len(as_list(new)):
            for number, (one, other) in enumerate(zip(as_list(old), as_list(new), strict=True)):
                yield from self.changes(f"{name}[{number}]", one, other)
        elif key in _NARROWING:
            yield self._weigh(name, *change, narrows=new is not None and new is not False, widens=False)
        elif key == "default":
            yield "breaking" if "sent" in self.directions else "compatible", name, " became ".join(change)
        else:
            # `format` decides which Python type a value is; what is not known here is taken for the worst.
            yield "breaking", name, " became ".join(change)

    def _limit(self, name: str, key: str, before: JSON, after: JSON) -> Found:
        """A limit on what is received binds nobody who reads."""
        if not isinstance(before, int | float) or not isinstance(after, int | float):
            narrows = before is None
        else:
            narrows = after > before if _LIMITS[key] else after < before
        was, now = ("none" if each is None else shown(each) for each in (before, after))
        return self._weigh(name, was, now, narrows=narrows, widens=False)


def _lost_and_got(name: str, lost: list[str], got: list[str]) -> Iterator[Found]:
    for value in lost:
        yield "breaking", name, f"lost {value}"
    for value in got:
        yield "compatible", name, f"got {value}"


def _told_apart(name: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Found]:
    """Compare what a discriminator tells apart."""
    yield from _lost_and_got(name, sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys()))
    for value in sorted(before.keys() & after.keys()):
        if before[value] != after[value]:
            yield "breaking", name, f"{value} became {after[value]}"


def _bases(schema: Schema) -> set[str]:
    return {referred(each) for each in as_list(schema.get("allOf")) if "$ref" in as_object(each)}


def _shape(additional: JSON) -> str:
    return "none" if additional is False else "some" if isinstance(additional, dict) and additional else "all"


def _joined(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "any type"


def _shown_in(schema: Schema, key: str) -> str:
    return shown(schema[key]) if key in schema else "none"
