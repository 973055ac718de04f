"""Name the differences between two JSON values, each with its place as a JSON Pointer."""

import json
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from expunge._yaml import JSON

from .json_path import Location, is_equal

_MOST = 6
_LONGEST = 60


def shown_differences(pairs: Iterable[tuple[Location, JSON, JSON]]) -> str:
    """Return the differences in *pairs* (a place, its old and its new value) in words, the first few of many."""
    found = [each for place, old, new in pairs for each in _differences(place, old, new)]
    more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return ", ".join([*found[:_MOST], *more])


def pointer(location: Location) -> str:
    """Return *location* as a JSON Pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in location)


def _differences(place: Location, old: JSON, new: JSON) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            inner = (*place, name)
            if name not in new:
                yield f"{pointer(inner)} is gone ({_shown(old[name])})"
            elif name not in old:
                yield f"{pointer(inner)} is new ({_shown(new[name])})"
            else:
                yield from _differences(inner, old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        yield from _in_lists(place, old, new)
    elif not is_equal(old, new):
        yield f"{pointer(place) or 'the value'} was {_shown(old)} and is {_shown(new)}"


def _in_lists(place: Location, old: list[JSON], new: list[JSON]) -> Iterator[str]:
    """Compare lists by the longest run of equal items, so that one more item is one difference."""
    one, other = ([json.dumps(item, sort_keys=True) for item in items] for items in (old, new))
    for kind, begin, end, other_begin, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "replace" and end - begin == other_end - other_begin:
            for before, after in zip(range(begin, end), range(other_begin, other_end), strict=True):
                yield from _differences((*place, after), old[before], new[after])
        elif kind != "equal":
            yield from (f"{pointer((*place, n))} is gone ({_shown(old[n])})" for n in range(begin, end))
            yield from (f"{pointer((*place, n))} is new ({_shown(new[n])})" for n in range(other_begin, other_end))


def _shown(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
