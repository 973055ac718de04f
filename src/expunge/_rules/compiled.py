"""Schemas as functions that only decide: nearly every value breaks no rule, and its words are not needed.

A check is true only if `violations()` finds nothing; a test holds the two together. A value of a type that JSON does
not have, such as a subclass of `str`, never passes a check: `violations()` decides about it.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from .._json import JSON
from .violations import KINDS, Schema

Check: TypeAlias = Callable[[JSON], bool]

_ANY = tuple(KINDS)


def _passes(_: JSON) -> bool:
    return True


class Checks:
    """The checks of schemas that refer to one another in *schemas*; each is compiled when it is first needed."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        # By identity: a schema is a dictionary. The schema is kept with its check, so that no other takes its number.
        self._found: dict[int, tuple[Schema, Check]] = {}

    def of(self, schema: Schema) -> Check:
        """Return the check of *schema*."""
        found = self._found.get(id(schema))
        if found is None:
            # Two threads that meet here compile it twice, and share nothing that is not complete.
            found = self._found[id(schema)] = schema, _Compiler(self._schemas).compile(schema)
        return found[1]


class _Compiler:
    """Compiles one schema, and those that it refers to."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._named: dict[str, Check] = {}

    def _referred(self, reference: str) -> Check:
        name, named = reference.rpartition("/")[2], self._named
        if name not in named:

            def itself(value: JSON) -> bool:
                return named[name](value)

            named[name] = itself  # for what leads back to it
            named[name] = self.compile(self._schemas[name])
        return named[name]

    def compile(self, schema: Schema) -> Check:
        """Return the check of *schema*."""
        kinds = schema.get("type") or list(_ANY)
        named = kinds if isinstance(kinds, list) else [kinds]
        by_type = {kind: self._check_of_kind(kind, schema) for name in named for kind in KINDS[str(name)]}
        plain = frozenset(kind for kind, check in by_type.items() if check is None)
        rich = {kind: check for kind, check in by_type.items() if check is not None}
        every = self._checks_of_all_kinds(schema)

        def check(value: JSON) -> bool:
            kind = type(value)
            if kind not in plain:
                of_kind = rich.get(kind)
                if of_kind is None or not of_kind(value):
                    return False
            return all(each(value) for each in every) if every else True

        if every == [] and not rich:
            return lambda value: type(value) in plain
        return check

    def _check_of_kind(self, kind: type, schema: Schema) -> Check | None:
        """Return the check for values of *kind*; None if every such value passes."""
        if kind is str:
            return _text_check(schema)
        if kind in {int, float}:
            return _number_check(schema)
        if kind is list and schema.get("items"):
            return self._list_check(cast("Schema", schema["items"]))
        return self._object_check(schema) if kind is dict else None

    def _checks_of_all_kinds(self, schema: Schema) -> list[Check]:
        checks = [self.compile(part) for part in cast("list[Schema]", schema.get("allOf", []))]
        if reference := schema.get("$ref"):
            checks.append(self._referred(str(reference)))
        choices = cast("list[JSON]", schema.get("enum", [schema["const"]] if "const" in schema else []))
        if choices:
            checks.append(lambda value: value in choices)
        options = cast("list[Schema]", schema.get("oneOf") or schema.get("anyOf") or [])
        if options:
            checks.append(self._choice_check(options, schema.get("discriminator")))
        return checks

    def _list_check(self, items: Schema) -> Check:
        check_item = self.compile(items)
        return lambda value: all(map(check_item, cast("list[JSON]", value)))

    def _object_check(self, schema: Schema) -> Check | None:
        properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
        required = cast("list[str]", schema.get("required", []))
        extra = schema.get("additionalProperties")
        checks = {name: self.compile(each) for name, each in properties.items()}
        if extra is not False and not isinstance(extra, dict) and not checks and not required:
            return None
        check_extra: Check = (lambda _: False) if extra is False else _passes
        if isinstance(extra, dict):
            check_extra = self.compile(extra)

        def check(value: JSON) -> bool:
            fields = cast("dict[str, JSON]", value)
            for name in required:
                if name not in fields:
                    return False
            for name, item in fields.items():  # noqa: SIM110 - all() takes twice the time
                if not checks.get(name, check_extra)(item):
                    return False
            return True

        return check

    def _choice_check(self, options: list[Schema], discriminator: JSON) -> Check:
        checks = [self.compile(option) for option in options]

        def is_one(value: JSON) -> bool:
            return any(check(value) for check in checks)

        if not isinstance(discriminator, dict):
            return is_one
        name = str(discriminator["propertyName"])
        mapping = cast("Mapping[str, str]", discriminator.get("mapping", {}))
        named = {word: self._referred(reference) for word, reference in mapping.items()}

        def is_named(value: JSON) -> bool:
            if not isinstance(value, dict):
                return is_one(value)
            chosen = value.get(name)
            return isinstance(chosen, str) and chosen in named and named[chosen](value)

        return is_named


def _text_check(schema: Schema) -> Check | None:
    longest, shortest, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    if longest is None and shortest is None and pattern is None:
        return None
    most = longest if isinstance(longest, int) else float("inf")
    least = shortest if isinstance(shortest, int) else 0
    matches = re.compile(pattern, re.ASCII).fullmatch if isinstance(pattern, str) else None

    def check(value: JSON) -> bool:
        text = cast("str", value)
        # The length first: some patterns take time that grows with its square.
        return least <= len(text) <= most and (matches is None or matches(text) is not None)

    return check


def _number_check(schema: Schema) -> Check | None:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is None and highest is None:
        return None
    least = lowest if isinstance(lowest, int | float) else -float("inf")
    most = highest if isinstance(highest, int | float) else float("inf")
    return lambda value: least <= cast("float", value) <= most
