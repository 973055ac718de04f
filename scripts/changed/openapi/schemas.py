"""Compare two schemas for users who send values of them, and for users who receive them.

A narrower schema breaks those who send; a wider one breaks those who receive. The page on changes has the table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from expunge._yaml import JSON
from spec.slice import references

from .all_of import merged
from .alternatives import one_of_many, variants
from .keywords import (
    Direction,
    Found,
    keyword_change,
    type_change,
    value_changes,
    weigh,
)
from .normal_form import (
    OPEN,
    UNIONS,
    Schema,
    as_list,
    as_object,
    as_texts,
    has_no_name,
    kinds,
    referred,
    shown,
    unified,
    union,
)

_NAMED = "#/components/schemas/"
_ONE_SCHEMA = {"items", "propertyNames", "then", "else"}
_PARTS = {"allOf", "prefixItems"}
_MAPS = {"$defs", "definitions", "patternProperties"}
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
    OPEN,
}


@dataclass(frozen=True)
class Comparison:
    """Compares schemas that go in *directions*; `resolve` follows a reference in the earlier or the later document."""

    directions: frozenset[Direction]
    resolve: Callable[[str, bool], JSON]
    _open: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def changes(self, name: str, before: JSON, after: JSON) -> Iterator[Found]:
        """Return the changes from *before* to *after*, each under *name* or a path below it."""
        if before == after and not _leads_elsewhere(before):
            return
        if before is False or after is False:
            if before is not after:
                yield self.weigh(name, shown(before), shown(after), narrows=after is False, widens=before is False)
            return
        old, new = unified(as_object(before)), unified(as_object(after))
        pair = shown(old, cut=False), shown(new, cut=False)
        if pair in self._open:  # a schema that refers to itself: it is being compared already
            return
        self._open.add(pair)
        yield from self._resolved(name, old, new)
        self._open.discard(pair)

    def _resolved(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        """Resolve a reference if the other schema is not one, because naming a schema changes no value."""
        if "$ref" in old and "$ref" in new:
            yield from self._references(name, old, new)
        elif "$ref" in old or "$ref" in new:
            one, other = (old, new) if "$ref" in old else (new, old)
            beside = {key: value for key, value in one.items() if key != "$ref"}
            if referred(one) in map(referred, as_list(other.get("allOf"))):
                combined: JSON = {**beside, "allOf": [{"$ref": one["$ref"]}]}
                yield from self._branches(name, *((combined, other) if one is old else (other, combined)))
            elif union(other) and referred(one) in kinds(other):
                yield from self._plain(name, old, new)
            else:
                target = self.resolve(str(one["$ref"]), one is new)
                combined = False if target is False else {**as_object(target), **beside}
                if "allOf" in beside or any(key in as_object(target) for key in beside):
                    combined = {**unified(as_object(target)), **beside}
                yield from self.changes(name, *((combined, other) if one is old else (other, combined)))
        elif "allOf" in old or "allOf" in new:
            yield from self._branches(name, old, new)
        else:
            yield from self._plain(name, old, new)

    def _references(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        """Compare two references. A named schema is reported under its name, any other under its place."""
        targets = self.resolve(str(old["$ref"]), False), self.resolve(str(new["$ref"]), True)
        if old["$ref"] == new["$ref"]:
            if _leads_elsewhere(old):
                yield from self.changes(_place(str(old["$ref"])), *targets)
            yield from self._plain(name, old, new)
        elif all(has_no_name(each) for each in targets):
            beside = ({key: value for key, value in each.items() if key != "$ref"} for each in (old, new))
            yield from self.changes(
                name, *({**as_object(one), **more} for one, more in zip(targets, beside, strict=True))
            )
        else:
            yield "breaking", name, f"refers to {referred(new)}, not to {referred(old)}"

    def _branches(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        """Compare the branches of `allOf`. A schema that both refer to is reported under its own name.

        Rules may move between branches, so a branch counts only if the complete schema does not say the same.
        """
        stay = as_list(new.get("allOf"))
        common = [each for each in as_list(old.get("allOf")) if "$ref" in as_object(each) and each in stay]
        complete = list(self._plain(name, self._merged(old, False), self._merged(new, True)))
        if not common:
            yield from complete
            return
        for each in common:
            yield from self.changes(name, each, each)
        rest = list(self.changes(name, _without(common, old), _without(common, new)))
        kept = [found for found in rest if found[1] in {name for _, name, _ in complete}]
        is_lost = "breaking" in {found[0] for found in rest if found not in kept}
        shared = (self._merged({"allOf": common}, is_after) for is_after in (False, True))
        reported = set(self._plain(name, *shared))  # under the names of these schemas
        is_broken = "breaking" in {found[0] for found in complete if found not in reported}
        yield from rest if is_lost and is_broken and "breaking" not in {found[0] for found in kept} else kept

    def resolve_before(self, reference: str) -> JSON:
        """Follow *reference* in the earlier document."""
        return self.resolve(reference, False)

    def resolve_after(self, reference: str) -> JSON:
        """Follow *reference* in the later document."""
        return self.resolve(reference, True)

    def _merged(self, schema: Schema, is_after: bool) -> Schema:
        return merged(schema, self.resolve_after if is_after else self.resolve_before)

    def _plain(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        yield from type_change(self.directions, f"{name}.type", old, new)
        if bool(union(old)) == bool(union(new)):
            yield from self._parts(name, old, new)
        else:
            yield from one_of_many(self, name, old, new)

    def _parts(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        yield from value_changes(self.directions, f"{name}.enum", old, new)
        yield from self._properties(name, old, new)
        yield from self._additional(name, old, new)
        yield from variants(self, name, old, new)
        for key in sorted((old.keys() | new.keys()) - _HANDLED):
            path, mine, theirs = f"{name}.{key}", old.get(key), new.get(key)
            if key in _ONE_SCHEMA:
                yield from self.changes(path, old.get(key, {}), new.get(key, {}))
            elif key in _PARTS:
                yield from self._ordered(path, as_list(mine), as_list(theirs), is_set=key == "allOf")
            elif key in _MAPS:
                yield from self._named(path, key, as_object(mine), as_object(theirs))
            elif (key in old) != (key in new) or mine != theirs:
                yield keyword_change(self.directions, path, key, old, new)

    def weigh(self, name: str, before: str, after: str, *, narrows: bool, widens: bool) -> Found:
        """Return the change from *before* to *after*, with its weight for those who send and those who receive."""
        return weigh(self.directions, name, f"{before} became {after}", narrows=narrows, widens=widens)

    def _properties(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        old, new = as_object(before.get("properties")), as_object(after.get("properties"))
        was, now = as_texts(before.get("required")), as_texts(after.get("required"))
        for each in [*old, *(each for each in new if each not in old)]:
            path = f"{name}.{each}"
            is_old, is_new = old.get(each, False) is not False, new.get(each, False) is not False
            if is_old and is_new:
                yield from self._requiredness(path, was=each in was, now=each in now)
                yield from self.changes(path, old[each], new[each])
            elif is_old:
                yield "breaking", path, "field removed"
            elif is_new:
                is_demanded = each in now - was and "sent" in self.directions
                yield "breaking" if is_demanded else "compatible", path, f"{'required ' * (each in now)}field added"
            else:
                if _is_forbidden(each, before) != _is_forbidden(each, after):
                    words = ("any field" if each in new else "forbidden", "forbidden" if each in new else "any field")
                    yield self.weigh(path, *words, narrows=each in new, widens=False)
                yield from self._requiredness(path, was=each in was, now=each in now)
        for each in sorted((was ^ now) - old.keys() - new.keys()):
            yield from self._requiredness(f"{name}.{each}", was=each in was, now=each in now)

    def _requiredness(self, name: str, *, was: bool, now: bool) -> Iterator[Found]:
        if was != now:
            words = ("optional", "required")
            yield self.weigh(name, words[was], words[now], narrows=now, widens=was)

    def _additional(self, name: str, before: Schema, after: Schema) -> Iterator[Found]:
        old, new = before.get("additionalProperties", True), after.get("additionalProperties", True)
        path = f"{name}.additionalProperties"
        if old is not False and new is not False:
            yield from self.changes(path, old, new)
        elif old is not new:
            # An answer with more fields than before is still read.
            yield self.weigh(path, _shape(old), _shape(new), narrows=new is False, widens=False)

    def _ordered(self, name: str, old: list[JSON], new: list[JSON], *, is_set: bool) -> Iterator[Found]:
        """Compare schemas one by one; each additional schema narrows."""
        if is_set:
            old, new = ([each for each in one if each not in other] for one, other in ((old, new), (new, old)))
        if len(old) == len(new):
            for number, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from self.changes(f"{name}[{number}]", one, other)
        else:
            is_known = is_set and not (old and new)
            yield self.weigh(
                name, shown(old), shown(new), narrows=bool(new) or not is_known, widens=bool(old) or not is_known
            )

    def _named(self, name: str, key: str, old: Schema, new: Schema) -> Iterator[Found]:
        for each in [*old, *(each for each in new if each not in old)]:
            if each in old and each in new:
                yield from self.changes(f"{name}.{each}", old[each], new[each])
            elif key != "patternProperties":  # the change is reported at its references
                yield "compatible", f"{name}.{each}", "added" if each in new else "removed"
            else:
                yield "breaking", f"{name}.{each}", "added" if each in new else "removed"


def _without(common: list[JSON], schema: Schema) -> Schema:
    branches = [each for each in as_list(schema.get("allOf")) if each not in common]
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    return {**rest, "allOf": branches} if branches else rest


def _leads_elsewhere(schema: JSON) -> bool:
    """Return whether *schema* refers to something other than a named schema, which is compared at each place of use."""
    return any(not reference.startswith(_NAMED) for reference in references(schema))


def _place(reference: str) -> str:
    """Return the report's name for the target of *reference*."""
    steps = reference.removeprefix("#/components/").removeprefix("#/").split("/")
    return ".".join(step.replace("~1", "/").replace("~0", "~") for step in steps if step not in {"schema", "content"})


def _is_forbidden(name: str, schema: Schema) -> bool:
    return as_object(schema.get("properties")).get(name, schema.get("additionalProperties")) is False


def _shape(additional: JSON) -> str:
    return "none" if additional is False else "some" if isinstance(additional, dict) and additional else "all"
