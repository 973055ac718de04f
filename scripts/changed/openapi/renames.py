"""Find renamed schemas: one is gone, and another one with the same content has come."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping

from expunge._yaml import JSON

from ..renamed_families import affix, families, paired
from ..report import Change, Level
from .client_facts import class_name
from .document import Document
from .keywords import Direction
from .normal_form import Schema, as_object, has_no_name, wordless

_SCHEMAS = "#/components/schemas/"
_SHOWN = 3
"""The number of schemas that the line of a family names."""

Directions = Mapping[str, Collection[Direction]]


def renamed_schemas(before: Document, after: Document, directions: Directions) -> dict[str, str]:
    """Return the new name of each renamed schema, among those that go in *directions*."""
    gone, come = (
        [name for name in one.schemas if name in directions and name not in other.schemas]
        for one, other in ((before, after), (after, before))
    )
    gone, come = (
        [name for name in names if not has_no_name(side.schemas[name])]
        for names, side in ((gone, before), (come, after))
    )
    candidates = {*gone, *come}

    def content(side: Document) -> Callable[[str, Mapping[str, str]], str]:
        def written(name: str, known: Mapping[str, str]) -> str:
            marks = {each: known.get(each, "?") for each in candidates}
            bare = with_names(wordless(side.schemas[name]), marks)
            return json.dumps([sorted(directions[name]), bare], sort_keys=True)

        return written

    return paired(gone, come, content(before), content(after))


def with_names(value: JSON, names: Mapping[str, str]) -> JSON:
    """Return *value* with the schemas to which it refers called by other *names*."""
    if isinstance(value, list):
        return [with_names(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    changed: Schema = {}
    for key, each in value.items():
        if key == "$ref" and isinstance(each, str):
            changed[key] = _referring(each, names)
        elif key == "discriminator" and isinstance(as_object(each).get("mapping"), dict):
            targets = as_object(as_object(each)["mapping"])
            mapping: Schema = {
                it: _referring(names.get(to, to), names) if isinstance(to, str) else to for it, to in targets.items()
            }
            changed[key] = {**as_object(each), "mapping": mapping}
        else:
            changed[key] = with_names(each, names)
    return changed


def with_schemas(document: dict[str, JSON], names: Mapping[str, str]) -> dict[str, JSON]:
    """Return *document* with schemas called by other *names*."""
    renamed = as_object(with_names(document, names))
    components = as_object(renamed.get("components"))
    schemas: Schema = {names.get(name, name): it for name, it in as_object(components.get("schemas")).items()}
    return {**renamed, "components": {**components, "schemas": schemas}}


def rename_lines(provider: str, before: Document, after: Document, pairs: Mapping[str, str]) -> Iterator[Change]:
    """Yield a line for each family of renamed schemas. A title that stays keeps the name of the class."""
    for family in families(pairs):
        classes = tuple(
            (class_name(old, before.schemas[old]), class_name(new, after.schemas[new])) for old, new in family.items()
        )
        level: Level = "breaking" if any(old != new for old, new in classes) else "documentation"
        first, renamed = next(iter(family.items()))
        if len(family) == 1:
            yield Change(level, provider, f"schemas.{first}", f"schema renamed to {renamed}", renamed=classes)
            continue
        shown = ", ".join(f"{old} to {new}" for old, new in list(family.items())[:_SHOWN])
        more = f" and {len(family) - _SHOWN} more" if len(family) > _SHOWN else ""
        lost, got = (each or "nothing" for each in affix(first, renamed))
        what = f"{len(family)} schemas renamed, {lost} became {got} in each name: {shown}{more}"
        yield Change(level, provider, "schemas", what, renamed=classes)


def _referring(reference: str, names: Mapping[str, str]) -> str:
    """Return *reference* with the schema in it called by its other name."""
    name, slash, rest = reference.removeprefix(_SCHEMAS).partition("/")
    if not reference.startswith(_SCHEMAS) or name not in names:
        return reference
    return f"{_SCHEMAS}{names[name]}{slash}{rest}"
