"""Judge a changed keyword of a schema, unless it holds schemas that are compared themselves."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from expunge._yaml import JSON

from ..report import Level
from .all_of import LIMITS
from .client_facts import is_default_sent, python_format
from .normal_form import OPEN, Schema, expanded, is_note, kinds, mapping, shown, union, values, wordless

Direction = Literal["sent", "received"]
Directions: TypeAlias = frozenset[Direction]
Found: TypeAlias = tuple[Level, str, str]
"""Level, name, and description."""

_PLAIN = {"string", "integer", "number", "boolean", "null"}
_NARROWING = {"pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"}
# If the schema in them accepts fewer values, the schema around it may accept more, or others.
_CONTRARY = {"not", "if", "contains", "dependentSchemas"}
_ONE_WAY: dict[str, Direction] = {"readOnly": "sent", "writeOnly": "received"}
"""The direction that breaks if a field goes only the other way."""


def keyword_change(directions: Directions, name: str, key: str, before: Schema, after: Schema) -> Found:
    """Yield the findings for a *key* that differs between *before* and *after*, for values that go in *directions*."""
    old, new = before.get(key), after.get(key)
    what = " became ".join(shown(side[key]) if key in side else "none" for side in (before, after))
    if key in LIMITS and not isinstance(old, bool) and not isinstance(new, bool):
        return weigh(directions, name, what, narrows=_is_tighter(key, old, new), widens=False)
    if key in _NARROWING:
        return weigh(directions, name, what, narrows=new is not None and new is not False, widens=False)
    level: Level = "breaking"  # unknown keywords too
    if is_note(key):
        level, what = "documentation", "reworded" if old and new else "added" if new else "removed"
    elif key == "deprecated":
        level, what = "compatible", "deprecated" if new else "no longer deprecated"
    elif key in _CONTRARY and key in before and key in after and wordless(old) == wordless(new):
        level, what = "documentation", "reworded"
    elif key == "format" and python_format(before) == python_format(after):
        level = "documentation"
    elif key == "default":
        level = _default_level(directions, before, after)
    elif key in _ONE_WAY and not (new and _ONE_WAY[key] in directions):
        level = "compatible"
    return level, name, what


def type_change(directions: Directions, name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Yield the findings for types that came or went, including null."""
    old, new = kinds(before), kinds(after)
    if union(before) and union(after):  # each alternative is compared itself
        old, new = (kinds({**each, "oneOf": None, "anyOf": None}) for each in (before, after))
    was, now = bool(before.get("nullable")), bool(after.get("nullable"))
    if not wordless(before) and new - _PLAIN and "received" in directions:
        yield "breaking", name, f"any value became {_joined(new)}, which the client reads as another type"
    elif old != new:
        narrows = bool(new) and (not old or bool(expanded(old) - expanded(new)))
        widens = bool(old) and (not new or bool(expanded(new) - expanded(old)))
        yield weigh(directions, name, f"{_joined(old)} became {_joined(new)}", narrows=narrows, widens=widens)
    elif was != now:
        what = "null became no null" if was else "no null became null"
        yield weigh(directions, name, what, narrows=was, widens=now)


def value_changes(directions: Directions, name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Compare enumerations. A removed value takes its Python name with it; a new one may come in an answer."""
    old, new = values(before), values(after)
    if (old is None) != (new is None):
        # A client takes any text for an open choice, so an answer is read as before; only the names are new.
        is_harmless = old is None and bool(after.get(OPEN)) and "sent" not in directions
        what = "is enumerated now" if old is None else "is no longer enumerated"
        yield "compatible" if is_harmless else "breaking", name, what
        return
    was, now = old or set[str](), new or set[str]()
    if "null" in now - was:  # which is no text
        yield weigh(directions, name, "got null", narrows=False, widens=True)
    is_read = bool(before.get(OPEN)) or "received" not in directions
    got = sorted(now - was - {"null"})
    yield from lost_and_got(name, sorted(was - now), got, "compatible" if is_read else "breaking")


def discriminator_changes(directions: Directions, name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Compare the variants of a discriminator. If there was none before, values that are sent now need its property."""
    old, new = mapping(before), mapping(after)
    if new and not old:
        yield weigh(directions, name, f"is {new['propertyName']} now", narrows=True, widens=False)
        return
    yield from lost_and_got(name, sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys()))
    for value in sorted(old.keys() & new.keys()):
        if old[value] != new[value]:
            yield "breaking", name, f"{value} became {new[value]}"


def weigh(directions: Directions, name: str, what: str, *, narrows: bool, widens: bool) -> Found:
    """Return the level of a change that accepts fewer values, more, or other ones (both)."""
    breaks = ("sent" in directions and narrows) or ("received" in directions and widens)
    return "breaking" if breaks else "compatible", name, what


def lost_and_got(name: str, lost: list[str], got: list[str], level_of_got: Level = "compatible") -> Iterator[Found]:
    """Yield removals, which break, and additions of the given level."""
    for value in lost:
        yield "breaking", name, f"lost {value}"
    for value in got:
        yield level_of_got, name, f"got {value}"


def _default_level(directions: Directions, before: Schema, after: Schema) -> Level:
    """Return the level of another default: a call that leaves the value out sends it. Null is the same as none."""
    defaults = before.get("default"), after.get("default")
    if defaults == (None, None):
        return "documentation"
    is_ignored = None in defaults and not (is_default_sent(before) or is_default_sent(after))
    return "compatible" if is_ignored or "sent" not in directions else "breaking"


def _is_tighter(key: str, before: JSON, after: JSON) -> bool:
    """Return the level of another limit; a limit on received values does not bind a reader."""
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return after is not None
    return after > before if LIMITS[key] else after < before


def _joined(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "any type"
