"""What a changed keyword of a schema means, as far as it holds no schemas that must be compared themselves."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from expunge._yaml import JSON

from ..report import Level
from .all_of import LIMITS
from .normal_form import Schema, expanded, is_note, kinds, mapping, shown, union, values, wordless

Direction = Literal["sent", "received"]
Directions: TypeAlias = frozenset[Direction]
Found: TypeAlias = tuple[Level, str, str]
"""Level, name, and what happened."""

_NARROWING = {"pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"}
# What they hold lets the more values through the fewer it takes itself, or now these and now those.
_CONTRARY = {"not", "if", "contains", "dependentSchemas"}
_ONE_WAY: dict[str, Direction] = {"readOnly": "sent", "writeOnly": "received"}
"""Who is broken by a field that goes the other way alone."""


def keyword_change(directions: Directions, name: str, key: str, before: Schema, after: Schema) -> Found:
    """Tell what it means that *key* is another one in *after* than in *before*, where values go in *directions*."""
    old, new = before.get(key), after.get(key)
    what = " became ".join(shown(side[key]) if key in side else "none" for side in (before, after))
    if key in LIMITS and not isinstance(old, bool) and not isinstance(new, bool):
        return weigh(directions, name, what, narrows=_is_tighter(key, old, new), widens=False)
    if key in _NARROWING:
        return weigh(directions, name, what, narrows=new is not None and new is not False, widens=False)
    # `format` decides which Python type a value is; what is not known here is taken for the worst.
    level: Level = "breaking"
    if is_note(key):
        level, what = "documentation", "reworded" if old and new else "added" if new else "removed"
    elif key == "deprecated":
        level, what = "compatible", "deprecated" if new else "no longer deprecated"
    elif key in _CONTRARY and key in before and key in after and wordless(old) == wordless(new):
        level, what = "documentation", "reworded"
    elif (key in _ONE_WAY and not (new and _ONE_WAY[key] in directions)) or (
        key == "default" and "sent" not in directions
    ):
        level = "compatible"
    return level, name, what


def type_change(directions: Directions, name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Tell whether other types may come or go, null included."""
    old, new = kinds(before), kinds(after)
    if union(before) and union(after):  # how their alternatives differ is told of each
        old, new = (kinds({**each, "oneOf": None, "anyOf": None}) for each in (before, after))
    was, now = bool(before.get("nullable")), bool(after.get("nullable"))
    if old != new:
        narrows = bool(new) and (not old or bool(expanded(old) - expanded(new)))
        widens = bool(old) and (not new or bool(expanded(new) - expanded(old)))
        yield weigh(directions, name, f"{_joined(old)} became {_joined(new)}", narrows=narrows, widens=widens)
    elif was != now:
        what = "null became no null" if was else "no null became null"
        yield weigh(directions, name, what, narrows=was, widens=now)


def value_changes(directions: Directions, name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Compare enumerations. A value that came is read as text; one that went takes its Python name along."""
    old, new = values(before), values(after)
    if (old is None) != (new is None):
        yield "breaking", name, "is enumerated now" if old is None else "is no longer enumerated"
        return
    was, now = old or set[str](), new or set[str]()
    if "null" in now - was:  # which is no text
        yield weigh(directions, name, "got null", narrows=False, widens=True)
    yield from lost_and_got(name, sorted(was - now), sorted(now - was - {"null"}))


def discriminator_changes(directions: Directions, name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Compare what a discriminator tells apart. Where there was none, what is sent must have its property now."""
    old, new = mapping(before), mapping(after)
    if new and not old:
        yield weigh(directions, name, f"is {new['propertyName']} now", narrows=True, widens=False)
        return
    yield from lost_and_got(name, sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys()))
    for value in sorted(old.keys() & new.keys()):
        if old[value] != new[value]:
            yield "breaking", name, f"{value} became {new[value]}"


def weigh(directions: Directions, name: str, what: str, *, narrows: bool, widens: bool) -> Found:
    """Judge a change by whether it lets fewer values through, or more, or other ones (both)."""
    breaks = ("sent" in directions and narrows) or ("received" in directions and widens)
    return "breaking" if breaks else "compatible", name, what


def lost_and_got(name: str, lost: list[str], got: list[str]) -> Iterator[Found]:
    """Tell what went, which breaks, and what came, which does not."""
    for value in lost:
        yield "breaking", name, f"lost {value}"
    for value in got:
        yield "compatible", name, f"got {value}"


def _is_tighter(key: str, before: JSON, after: JSON) -> bool:
    """A limit on what is received binds nobody who reads."""
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return after is not None
    return after > before if LIMITS[key] else after < before


def _joined(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "any type"
