"""What changed between two OpenAPI documents for those who call their operations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from api_document import Document, Operation, addresses, demands
from expunge._yaml import JSON
from keyword_changes import Direction, Found
from report import Change, Level
from schema_changes import Comparison
from schema_forms import Schema, as_list, as_object, has_no_name

_WORDS = ("summary", "description", "externalDocs")
_EXAMPLES = ("example", "examples")


def spec_changes(provider: str, before: dict[str, JSON], after: dict[str, JSON]) -> list[Change]:
    """Compare two documents of *provider*, normalised as a rule; OpenAPI 3.0 is read as well."""
    found = _Pair(Document(before), Document(after)).changes()
    return list(dict.fromkeys(Change(level, provider, name, what) for level, name, what in found))


@dataclass
class _Pair:
    """Both documents, and in which directions their schemas go."""

    before: Document
    after: Document
    both: dict[str, set[Direction]] = field(default_factory=dict[str, set[Direction]])

    def changes(self) -> Iterator[Found]:
        """Give every change, each once."""
        for side in (self.before, self.after):
            for name, directions in side.directions().items():
                self.both.setdefault(name, set()).update(directions)
        yield from _words(
            "info", as_object(self.before.document.get("info")), as_object(self.after.document.get("info"))
        )
        for key in ("servers", "security"):
            was, now = self._shared(key)
            if was != now:
                yield "breaking", key, _became(was, now)
        old, new = self.before.operations, self.after.operations
        for name in [*old, *(name for name in new if name not in old)]:
            if name not in new:
                yield "breaking", name, f"operation removed ({old[name].method} {old[name].path})"
            elif name not in old:
                yield "compatible", name, f"operation added ({new[name].method} {new[name].path})"
            else:
                yield from self._operation(name, old[name], new[name])
        yield from self._schemas()
        yield from self._schemes()

    def _operation(self, name: str, old: Operation, new: Operation) -> Iterator[Found]:
        if (old.method, old.path) != (new.method, new.path):
            yield "breaking", name, f"{old.method} {old.path} became {new.method} {new.path}"
        if as_list(old.node.get("tags"))[:1] != as_list(new.node.get("tags"))[:1]:
            yield "breaking", f"{name}.tags", "its first tag changed, and with it the module's path"
        # What all operations share is told once, for the document.
        for key, was, now in (("servers", old.servers, new.servers), ("security", old.security, new.security)):
            if was != now and (was, now) != self._shared(key):
                yield "breaking", f"{name}.{key}", _became(was, now)
        if bool(old.node.get("deprecated")) != bool(new.node.get("deprecated")):
            yield (
                "compatible",
                f"{name}.deprecated",
                "deprecated" if new.node.get("deprecated") else "no longer deprecated",
            )
        yield from _words(name, old.node, new.node, _WORDS)
        yield from self._parameters(f"{name}.parameters", old.parameters, new.parameters)
        yield from self._body(f"{name}.requestBody", old.node.get("requestBody"), new.node.get("requestBody"))
        yield from self._responses(
            f"{name}.responses", as_object(old.node.get("responses")), as_object(new.node.get("responses"))
        )

    def _parameters(self, name: str, old: dict[str, Schema], new: dict[str, Schema]) -> Iterator[Found]:
        for key in [*old, *(key for key in new if key not in old)]:
            path = f"{name}.{key.partition(' ')[2]}"
            if key not in new:
                yield "breaking", path, f"parameter removed ({key.partition(' ')[0]})"
            elif key not in old:
                yield from _added(path, "parameter", is_required=bool(new[key].get("required")))
            else:
                yield from _demanded(path, old[key], new[key])
                yield from _words(path, old[key], new[key], (*_WORDS, *_EXAMPLES))
                if bool(old[key].get("deprecated")) != bool(new[key].get("deprecated")):
                    yield "compatible", f"{path}.deprecated", "deprecation changed"
                for style in ("style", "explode", "allowReserved", "allowEmptyValue"):
                    if old[key].get(style) != new[key].get(style):
                        yield "breaking", f"{path}.{style}", "is written in another way"
                yield from self._compare(path, old[key].get("schema", {}), new[key].get("schema", {}), "sent")
                yield from self._content(path, old[key], new[key], "sent")

    def _body(self, name: str, before: JSON, after: JSON) -> Iterator[Found]:
        old, new = self.before.resolve(before), self.after.resolve(after)
        if old and not new:
            yield "breaking", name, "body removed"
        elif new and not old:
            yield from _added(name, "body", is_required=bool(new.get("required")))
        elif old:
            yield from _demanded(name, old, new)
            yield from _words(name, old, new, _WORDS)
            yield from self._content(name, old, new, "sent")

    def _responses(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        for status in [*old, *(status for status in new if status not in old)]:
            path = f"{name}.{status}"
            if (status in old) != (status in new):
                # What counts as success decides what the facade calls deleted.
                is_error = status == "default" or str(status)[:1] in {"4", "5"}
                level: Level = "compatible" if is_error else "breaking"
                yield level, path, f"status {_came(status in new)}{_phrase(status)}"
                continue
            before, after = self.before.resolve(old[status]), self.after.resolve(new[status])
            yield from _words(path, before, after, _WORDS)
            yield from self._content(path, before, after, "received")
            yield from self._headers(
                f"{path}.headers", as_object(before.get("headers")), as_object(after.get("headers"))
            )

    def _headers(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        for header in [*old, *(header for header in new if header not in old)]:
            path = f"{name}.{header}"
            if (header in old) != (header in new):
                yield "breaking" if header in old else "compatible", path, f"header {_came(header in new)}"
                continue
            before, after = self.before.resolve(old[header]), self.after.resolve(new[header])
            yield from _words(path, before, after, (*_WORDS, *_EXAMPLES))
            yield from self._compare(path, before.get("schema", {}), after.get("schema", {}), "received")

    def _content(self, name: str, before: Schema, after: Schema, direction: Direction) -> Iterator[Found]:
        old, new = as_object(before.get("content")), as_object(after.get("content"))
        for media in [*old, *(media for media in new if media not in old)]:
            if media not in new:
                yield "breaking", name, f"{media} removed"
            elif media not in old:
                yield "breaking" if direction == "received" else "compatible", name, f"{media} added"
            else:
                mine, theirs = as_object(old[media]), as_object(new[media])
                yield from self._compare(name, mine.get("schema", {}), theirs.get("schema", {}), direction)
                yield from _words(name, mine, theirs, _EXAMPLES)
                if mine.get("encoding") != theirs.get("encoding"):
                    yield "breaking", f"{name}.encoding", "is written in another way"

    def _shared(self, key: str) -> tuple[list[str], list[str]]:
        read = addresses if key == "servers" else demands
        return read(self.before.document.get(key)), read(self.after.document.get(key))

    def _compare(self, name: str, before: JSON, after: JSON, *directions: Direction) -> Iterator[Found]:
        comparison = Comparison(
            frozenset(directions),
            lambda reference, is_after: (self.after if is_after else self.before).target(reference),
        )
        yield from comparison.changes(name, before, after)

    def _schemas(self) -> Iterator[Found]:
        """Compare the named schemas, each once, in all directions in which it goes."""
        old, new = self.before.schemas, self.after.schemas
        for name in [*old, *(name for name in new if name not in old)]:
            directions = self.both.get(name)
            if not directions:
                continue
            if name in old and name in new:
                yield from self._compare(f"schemas.{name}", old[name], new[name], *directions)
            elif has_no_name(old.get(name, new.get(name))):
                continue  # where it is used, it is compared by what it says
            elif name not in new:
                yield "breaking", f"schemas.{name}", "schema removed"
            else:
                yield "compatible", f"schemas.{name}", "schema added"

    def _schemes(self) -> Iterator[Found]:
        old, new = (as_object(side.components.get("securitySchemes")) for side in (self.before, self.after))
        for name in [*old, *(name for name in new if name not in old)]:
            before, after = as_object(old.get(name)), as_object(new.get(name))
            if {**before, "description": None} != {**after, "description": None}:
                yield (
                    "breaking" if before else "compatible",
                    f"securitySchemes.{name}",
                    "changed" if before else "added",
                )
            elif before != after:
                yield "documentation", f"securitySchemes.{name}", "reworded"


def _added(name: str, kind: str, *, is_required: bool) -> Iterator[Found]:
    yield "breaking" if is_required else "compatible", name, f"{'required' if is_required else 'optional'} {kind} added"


def _demanded(name: str, before: Schema, after: Schema) -> Iterator[Found]:
    was, now = bool(before.get("required")), bool(after.get("required"))
    if was != now:
        yield "breaking" if now else "compatible", name, "became required" if now else "became optional"


def _words(name: str, before: Schema, after: Schema, keys: tuple[str, ...] = ()) -> Iterator[Found]:
    """Compare what only describes: *keys*, or all, and what the standard leaves to others."""
    for key in sorted(before.keys() | after.keys()):
        if (not keys or key in keys or key.startswith("x-")) and before.get(key) != after.get(key):
            what = "reworded" if before.get(key) and after.get(key) else _came(bool(after.get(key)))
            yield "documentation", f"{name}.{key}", what


def _came(is_there: bool) -> str:
    return "added" if is_there else "removed"


def _became(before: list[str], after: list[str]) -> str:
    return f"{' or '.join(before) or 'none'} became {' or '.join(after) or 'none'}"


def _phrase(status: str) -> str:
    return (
        f" ({HTTPStatus(int(status)).phrase})"
        if status.isdigit() and int(status) in {each.value for each in HTTPStatus}
        else ""
    )
