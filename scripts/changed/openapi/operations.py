"""Compare two OpenAPI documents for callers of their operations."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from expunge._yaml import JSON

from ..report import SERIOUSNESS, Change, Level
from .access import (
    KINDS,
    alternatives,
    connect_changes,
    of_all,
    of_one,
    renamed_schemes,
    scheme_changes,
    with_schemes,
)
from .client_facts import module_name, python_key, with_open_choices, with_python_names
from .document import Document, Operation
from .keywords import Direction, Found
from .messages import WORDS, Parts, component, unknown, words
from .normal_form import as_list, as_object, has_no_name
from .renames import rename_lines, renamed_schemas, with_schemas
from .same_operations import looks_like, operations_by_id

# Keys that are compared elsewhere, or only describe the operations.
_DOCUMENT = frozenset(
    {"openapi", "info", "servers", "security", "paths", "components", "webhooks", "tags", "externalDocs"}
)
_OPERATION = WORDS | {
    *("tags", "operationId", "parameters", "requestBody", "responses", "deprecated", "security", "servers"),
}
_SHOWN = 3
"""The number of operations that the line of a shared change names."""

_Compare = Callable[[str, JSON, JSON], Iterator[Found]]


def spec_changes(provider: str, before: dict[str, JSON], after: dict[str, JSON]) -> list[Change]:
    """Compare two documents of *provider*, usually normalised; OpenAPI 3.0 is read too."""
    reported: dict[tuple[str, str], Change] = {}
    before, after = with_open_choices(before), with_open_choices(after)
    schemes = renamed_schemes(before, after)
    if schemes:
        after = with_schemes(after, {new: old for old, new in schemes.items()})
    one, other = Document(before), Document(after)
    pairs = renamed_schemas(one, other, _directions(one, other))
    found = list(rename_lines(provider, one, other, pairs))
    found += [
        Change("documentation", provider, f"securitySchemes.{old}", f"renamed to {new}") for old, new in schemes.items()
    ]
    if pairs:
        other = Document(with_schemas(after, {new: old for old, new in pairs.items()}))
    for change in (*found, *_Pair(provider, one, other).changes()):
        key = change.name, change.what
        if key not in reported or SERIOUSNESS[change.level] > SERIOUSNESS[reported[key].level]:
            reported[key] = change
    return list(reported.values())


@dataclass(frozen=True)
class _Part:
    """A parameter, body or answer, before and after, and how the two are compared."""

    place: str
    old: JSON
    new: JSON
    compare: _Compare

    @property
    def component(self) -> str | None:
        """Return the component's name, if it is the same component on both sides."""
        return component(self.old, self.new)

    @property
    def identity(self) -> str:
        """Return its identity: parts that an overlay copied into several operations are the same part."""
        return json.dumps([self.component or self.place, self.old, self.new], sort_keys=True)


@dataclass
class _Pair:
    """Both documents, and in which directions their schemas go."""

    provider: str
    before: Document
    after: Document
    both: dict[str, set[Direction]] = field(default_factory=dict[str, set[Direction]])

    def __post_init__(self) -> None:
        self.both = _directions(self.before, self.after)
        self.parts = Parts(self.before, self.after)

    def changes(self) -> Iterator[Change]:
        """Return every change, each once."""
        old, new = operations_by_id(self.before, self.after)
        yield from self._about()
        for found in (self._operations(old, new), self._schemas()):
            yield from (Change(level, self.provider, name, what) for level, name, what in found)
        whole = (*self._document(), *scheme_changes(self.before, self.after))
        access = [*(Change(level, self.provider, name, what) for level, name, what in whole), *self._access(old, new)]
        yield from access
        if "breaking" not in {change.level for change in access}:
            found = connect_changes(self.before.document, self.after.document)
            yield from (Change(level, self.provider, name, what) for level, name, what in found)
        users: dict[str, tuple[_Part, list[str]]] = {}
        for name in (name for name in old if name in new):
            for part in self._parts_of(old[name], new[name]):
                users.setdefault(part.identity, (part, []))[1].append(name)
        for part, names in users.values():
            yield from self._shared(part, names)

    def _about(self) -> Iterator[Change]:
        """Compare the descriptions of the complete document, such as its version: no operation depends on them."""
        old, new = self.before.document, self.after.document
        for found in (
            words("info", as_object(old.get("info")), as_object(new.get("info"))),
            words("", old, new, frozenset({"openapi", "tags", "externalDocs"})),
        ):
            yield from (Change(level, self.provider, name, what, is_used=False) for level, name, what in found)

    def _document(self) -> Iterator[Found]:
        old, new = self.before.document, self.after.document
        yield from unknown("", old, new, _DOCUMENT)
        for kind in KINDS:
            was, now = of_all(kind, self.before, self.after)
            if was != now:
                yield alternatives(kind, kind, was, now)

    def _access(self, old: dict[str, Operation], new: dict[str, Operation]) -> Iterator[Change]:
        """Compare the servers and credentials of operations, except those that the document states for all of them."""
        users: dict[tuple[str, Level, str], list[str]] = {}
        for name in (name for name in old if name in new):
            for kind in KINDS:
                was, now = of_one(kind, old[name], new[name])
                if was != now and (was, now) != of_all(kind, self.before, self.after):
                    level, _, what = alternatives(name, kind, was, now)
                    users.setdefault((kind, level, what), []).append(name)
        for (kind, level, what), names in users.items():
            places = tuple(f"{each}.{kind}" for each in names)
            if len(names) == 1:
                yield Change(level, self.provider, places[0], what)
            else:
                yield Change(level, self.provider, kind, f"{what} (in {_listed(names)})", places)

    def _operations(self, old: dict[str, Operation], new: dict[str, Operation]) -> Iterator[Found]:
        for name in [*old, *(name for name in new if name not in old)]:
            if name not in new:
                moved = looks_like(old[name], [new[it] for it in new if it not in old])
                yield "breaking", name, f"operation removed ({old[name].method} {old[name].path}){moved}"
            elif name not in old:
                yield "compatible", name, f"operation added ({new[name].method} {new[name].path})"
            else:
                yield from self._operation(name, old[name], new[name])

    def _operation(self, name: str, old: Operation, new: Operation) -> Iterator[Found]:
        if (old.method, old.path) != (new.method, new.path):
            is_same = (old.method, with_python_names(old.path)) == (new.method, with_python_names(new.path))
            level: Level = "documentation" if is_same else "breaking"
            yield level, name, f"{old.method} {old.path} became {new.method} {new.path}"
        tag, other = (str((as_list(it.node.get("tags")) or ["default"])[0]) for it in (old, new))
        if module_name(tag) != module_name(other):
            yield "breaking", f"{name}.tags", "its first tag changed, and with it the module's path"
        elif tag != other:
            yield "documentation", f"{name}.tags", "its first tag is written differently, and its module is the same"
        was, now = (str(it.node.get("operationId") or f"{it.method} {it.path}") for it in (old, new))
        if module_name(was) != module_name(now):
            if "operationId" in old.node or "operationId" in new.node:
                yield "breaking", f"{name}.operationId", f"became {now}, and with it the module's name"
        elif was != now:
            yield "documentation", f"{name}.operationId", f"written {now} now, and its module is the same"
        if bool(old.node.get("deprecated")) != bool(new.node.get("deprecated")):
            what = "deprecated" if new.node.get("deprecated") else "no longer deprecated"
            yield "compatible", f"{name}.deprecated", what
        yield from words(name, old.node, new.node, WORDS)
        yield from unknown(name, old.node, new.node, _OPERATION)

    def _parts_of(self, old: Operation, new: Operation) -> Iterator[_Part]:
        was = old.parameters
        spelled = {python_key(key): key for key in was}
        now = {spelled.get(python_key(key), key): each for key, each in new.parameters.items()}
        for key in [*was, *(key for key in now if key not in was)]:
            place = f"parameters.{key.partition(' ')[2]}"
            yield _Part(place, was.get(key), now.get(key), self.parts.parameter)
        yield _Part("requestBody", old.node.get("requestBody"), new.node.get("requestBody"), self.parts.body)
        mine, theirs = as_object(old.node.get("responses")), as_object(new.node.get("responses"))
        for status in [*mine, *(status for status in theirs if status not in mine)]:
            yield _Part(f"responses.{status}", mine.get(status), theirs.get(status), self.parts.answer)

    def _shared(self, part: _Part, names: list[str]) -> Iterator[Change]:
        """Report a part's changes once: at its operation, or under its own name if several share it."""
        is_own = len(names) == 1 and not part.component
        base = f"{names[0]}.{part.place}" if is_own else part.component or part.place
        for level, name, what in part.compare(base, part.old, part.new):
            within = name.removeprefix(base)
            if is_own or within == name:
                yield Change(level, self.provider, name, what)
            else:
                places = tuple(f"{each}.{part.place}{within}" for each in names)
                yield Change(level, self.provider, name, f"{what} (in {_listed(names)})", places)

    def _schemas(self) -> Iterator[Found]:
        """Compare the named schemas, each once, in all directions in which it goes."""
        old, new = self.before.schemas, self.after.schemas
        for name in [*old, *(name for name in new if name not in old)]:
            directions = self.both.get(name)
            if not directions:
                continue
            if name in old and name in new:
                yield from self.parts.schema(f"schemas.{name}", old[name], new[name], *directions)
            elif has_no_name(old.get(name, new.get(name))):
                continue  # it is compared by its content at each place of use
            elif name not in new:
                yield "breaking", f"schemas.{name}", "schema removed"
            else:
                yield "compatible", f"schemas.{name}", "schema added"


def _directions(*sides: Document) -> dict[str, set[Direction]]:
    """Return the directions of each schema on any of *sides*."""
    both: dict[str, set[Direction]] = {}
    for side in sides:
        for name, directions in side.directions().items():
            both.setdefault(name, set()).update(directions)
    return both


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= _SHOWN else [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
