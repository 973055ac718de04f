"""Every rule of a schema that a value breaks, with its place: for the words of a refusal."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeAlias, cast

from attrs import frozen

from .._json import JSON
from .pattern_words import words_of

Schema: TypeAlias = Mapping[str, JSON]

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
"""The types in Python of each type of a schema."""


@frozen
class Violation:
    """One rule that a value breaks.

    Attributes:
        path: Its place, such as `manifest.framework.type`; empty for the value itself.
        rule: The rule, as the end of a sentence.
    """

    path: str
    rule: str

    def __str__(self) -> str:
        return f"{self.path or 'the value'} {self.rule}"


def _is_kind(value: JSON, kind: str) -> bool:
    # True is an int in Python, but not in JSON.
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _kinds_of(schema: Schema) -> list[str]:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [str(kind) for kind in kinds]
    return [] if kinds is None else [str(kinds)]


def violations(value: JSON, schema: Schema, path: str, schemas: Mapping[str, Schema]) -> Iterator[Violation]:
    """Yield every rule of *schema* that *value*, at *path*, breaks; references lead to *schemas*."""
    if reference := schema.get("$ref"):
        yield from violations(value, schemas[str(reference).rpartition("/")[2]], path, schemas)
    for part in cast("list[Schema]", schema.get("allOf", [])):
        yield from violations(value, part, path, schemas)
    allowed = _kinds_of(schema)
    if allowed and not any(_is_kind(value, kind) for kind in allowed):
        yield Violation(path, f"must be {' or '.join(allowed)}, not {_kind_of(value)}")
        return
    choices = cast("list[JSON]", schema.get("enum", [schema["const"]] if "const" in schema else []))
    if choices and value not in choices:
        yield Violation(path, f"must be {' or '.join(map(str, choices))}")
    if isinstance(value, str):
        yield from _text_violations(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_violations(value, schema, path)
    elif isinstance(value, list):
        items = cast("Schema", schema.get("items", {}))
        for position, item in enumerate(value):
            yield from violations(item, items, f"{path}[{position}]", schemas)
    elif isinstance(value, dict):
        yield from _object_violations(value, schema, path, schemas)
    yield from _choice_violations(value, schema, path, schemas)


def _text_violations(value: str, schema: Schema, path: str) -> Iterator[Violation]:
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    if isinstance(longest, int) and len(value) > longest:
        # Before the pattern: some patterns take time that grows with the square of the length.
        yield Violation(path, f"has {len(value)} characters; the limit is {longest}")
        return
    if isinstance(shortest, int) and len(value) < shortest:
        yield Violation(path, f"has {len(value)} characters; at least {shortest} are required")
    pattern = schema.get("pattern")
    # Over the complete text, in ASCII: `$` would allow a final newline, `\d` digits of other scripts.
    if isinstance(pattern, str) and not _compiled(pattern).fullmatch(value):
        yield Violation(path, words_of(pattern))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _number_violations(value: float, schema: Schema, path: str) -> Iterator[Violation]:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if isinstance(lowest, int | float) and value < lowest:
        yield Violation(path, f"must be at least {lowest}")
    if isinstance(highest, int | float) and value > highest:
        yield Violation(path, f"must be at most {highest}")


def _object_violations(
    value: dict[str, JSON], schema: Schema, path: str, schemas: Mapping[str, Schema]
) -> Iterator[Violation]:
    properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
    for name in cast("list[str]", schema.get("required", [])):
        if name not in value:
            yield Violation(_join(path, name), "is missing")
    extra = schema.get("additionalProperties")
    for name, item in value.items():
        if name in properties:
            yield from violations(item, properties[name], _join(path, name), schemas)
        elif extra is False:
            yield Violation(_join(path, name), "is not a documented field")
        elif isinstance(extra, dict):
            yield from violations(item, extra, _join(path, name), schemas)


def _choice_violations(value: JSON, schema: Schema, path: str, schemas: Mapping[str, Schema]) -> Iterator[Violation]:
    choices = cast("list[Schema]", schema.get("oneOf") or schema.get("anyOf") or [])
    if not choices:
        return
    discriminator = schema.get("discriminator")
    if isinstance(discriminator, dict) and isinstance(value, dict):
        name, mapping = (
            str(discriminator["propertyName"]),
            cast("Mapping[str, str]", discriminator.get("mapping", {})),
        )
        chosen = value.get(name)
        if not isinstance(chosen, str) or chosen not in mapping:
            yield Violation(_join(path, name), f"must be one of {', '.join(mapping)}")
            return
        yield from violations(value, {"$ref": mapping[chosen]}, path, schemas)
        return
    if not any(next(violations(value, choice, path, schemas), None) is None for choice in choices):
        yield Violation(path, "matches none of the documented forms")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kind_of(value: JSON) -> str:
    return next(
        kind for kind in ("null", "boolean", "integer", "number", "string", "array", "object") if _is_kind(value, kind)
    )
