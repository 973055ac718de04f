"""Compare the alternatives of schemas: `oneOf` and `anyOf`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from expunge._yaml import JSON

from .keywords import Found, discriminator_changes, lost_and_got, weigh
from .normal_form import UNIONS, Schema, as_object, kinds, referred, shown, unified, union, wordless
from .reading_order import order_matters, reads_unknown

if TYPE_CHECKING:
    from .schemas import Comparison


def one_of_many(comparison: "Comparison", name: str, old: Schema, new: Schema) -> Iterator[Found]:
    """Compare one schema with the alternative of a union that replaced it, or that it replaced."""
    one, many = (old, new) if union(new) else (new, old)
    same = [each for each in union(many) if kinds(unified(as_object(each))) == kinds(one) - {"null"}]
    others = [kinds(unified(as_object(each))) for each in union(many) if each not in same]
    is_exclusive = "oneOf" in many and not all(others)  # a value that fits two of them is refused
    # The types of the others do not show beside a type that holds for all, or beside rules for any type.
    is_hidden = "type" in many or bool(others and not kinds(one) - {"null"} and all(map(wordless, same)))
    if len(same) == 1 and not is_exclusive and not is_hidden:
        bare = {key: value for key, value in one.items() if key != "nullable"}
        beside = {key: value for key, value in many.items() if key not in {*UNIONS, "nullable", "discriminator"}}
        chosen: JSON = {"allOf": [same[0], beside]} if beside else same[0]
        yield from comparison.changes(name, *((bare, chosen) if one is old else (chosen, bare)))
    else:
        is_any = not wordless(one)  # which accepts all values of the alternatives
        words = ("one schema", "several alternatives")
        was, now = words if one is old else (words[1], words[0])
        yield comparison.weigh(name, was, now, narrows=one is old or not is_any, widens=one is new or not is_any)


def variants(comparison: "Comparison", name: str, before: Schema, after: Schema) -> Iterator[Found]:
    """Compare alternatives by their references: an added one is compatible, a removed one breaking."""
    used = {key for each in (before, after) for key in UNIONS if key in each}
    key = min(used, default="") if len(used) == 1 else "oneOf"
    if len(used) > 1 and before.keys() & used != after.keys() & used:
        is_stricter = "oneOf" in after  # of which exactly one must fit
        yield comparison.weigh(
            f"{name}.{key}", *sorted(used, reverse=not is_stricter), narrows=is_stricter, widens=False
        )
    old = [each for each in union(before) if each not in union(after)]
    new = [each for each in union(after) if each not in union(before)]
    for one in [*old]:  # an alternative that got or lost a name is the same one
        same = next((it for it in new if not list(comparison.changes(name, one, it))), None)
        if same is not None:
            old.remove(one)
            new.remove(same)
    plain_old, plain_new = ([each for each in side if "$ref" not in as_object(each)] for side in (old, new))
    if len(plain_old) == len(plain_new):
        for number, (one, other) in enumerate(zip(plain_old, plain_new, strict=True)):
            yield from comparison.changes(f"{name}.{key}[{number}]", one, other)
        old, new = ([each for each in side if "$ref" in as_object(each)] for side in (old, new))
    known = frozenset[str]().union(*(kinds(unified(as_object(each))) for each in union(before)))
    for each in [*new]:
        come = kinds(unified(as_object(each)))
        if "$ref" not in as_object(each) and not (come and come <= known | {"object"}):  # a type, not a model
            new.remove(each)
            overlaps = key == "oneOf" and not come  # a value that fits two of them is refused
            yield weigh(comparison.directions, f"{name}.{key}", f"got {shown(each)}", narrows=overlaps, widens=True)
    yield from _alternatives(comparison, f"{name}.{key}", before, after, (old, new))
    yield from discriminator_changes(comparison.directions, f"{name}.discriminator", before, after)


def _alternatives(
    comparison: "Comparison", name: str, before: Schema, after: Schema, changed: tuple[list[JSON], list[JSON]]
) -> Iterator[Found]:
    """Report the variants that went and came, and another order: the client takes the first one that it reads."""
    lost, got = ([referred(each) for each in side] for side in changed)
    is_received = "received" in comparison.directions
    one, other = union(before), union(after)
    is_read = not is_received or reads_unknown(one, other, comparison.resolve_after)
    yield from lost_and_got(name, lost, got, "compatible" if is_read else "breaking")
    if is_received and order_matters(one, other, comparison.resolve_before, comparison.resolve_after):
        yield "breaking", name, "the order changed, and an answer is read as the first alternative that fits"
