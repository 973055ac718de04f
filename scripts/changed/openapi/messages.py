"""Compare the parts of an operation: parameters, bodies, answers, and the headers of answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from expunge._yaml import JSON

from .document import Document
from .keywords import Direction, Found
from .normal_form import Schema, as_object
from .schemas import Comparison

WORDS = frozenset({"summary", "description", "externalDocs"})
_EXAMPLES = frozenset({"example", "examples"})
_FIELD = WORDS | _EXAMPLES | {"name", "in", "required", "deprecated", "schema", "content"}
_BODY = WORDS | {"required", "content"}
_ANSWER = WORDS | {"headers", "content", "links"}
DOCUMENTED = "a body is documented now"
"""The finding at an answer that had no documented body."""
_MEDIA = _EXAMPLES | {"schema", "encoding"}


@dataclass(frozen=True)
class Parts:
    """Compares parts of operations between two documents."""

    before: Document
    after: Document

    def parameter(self, name: str, old: JSON, new: JSON) -> Iterator[Found]:
        """Compare a parameter called *name*; None means that there is none."""
        before, after = self.before.resolve(old), self.after.resolve(new)
        if not new:
            yield "breaking", name, f"parameter removed ({before.get('in')})"
        elif not old:
            yield from _added(name, "parameter", is_required=bool(after.get("required")))
        else:
            yield from self._field(name, before, after, "sent", str(after.get("in")))

    def body(self, name: str, old: JSON, new: JSON) -> Iterator[Found]:
        """Compare the body of a call."""
        before, after = self.before.resolve(old), self.after.resolve(new)
        if before and not after:
            yield "breaking", name, "body removed"
        elif after and not before:
            yield from _added(name, "body", is_required=bool(after.get("required")))
        elif before:
            yield from _demanded(name, before, after, "sent")
            yield from words(name, before, after, WORDS)
            yield from self._content(name, before, after, "sent")
            yield from unknown(name, before, after, _BODY)

    def answer(self, name: str, old: JSON, new: JSON) -> Iterator[Found]:
        """Compare the answer with the status that *name* ends with."""
        if not old or not new:
            # The success statuses decide what the facade reports as deleted.
            status = name.rpartition(".")[2]
            is_error = status == "default" or status[:1] in {"4", "5"}
            yield "compatible" if is_error else "breaking", name, f"status {_came(bool(new))}{_phrase(status)}"
            return
        before, after = self.before.resolve(old), self.after.resolve(new)
        yield from words(name, before, after, WORDS | {"links"})
        if after.get("content") and not before.get("content"):
            # The answer may have had this body before. A client that took it for empty reads more now.
            yield "compatible", name, DOCUMENTED
        else:
            yield from self._content(name, before, after, "received")
        yield from self._headers(f"{name}.headers", as_object(before.get("headers")), as_object(after.get("headers")))
        yield from unknown(name, before, after, _ANSWER)

    def schema(self, name: str, old: JSON, new: JSON, *directions: Direction) -> Iterator[Found]:
        """Compare two schemas that go in *directions*."""
        comparison = Comparison(
            frozenset(directions),
            lambda reference, is_after: (self.after if is_after else self.before).target(reference),
        )
        yield from comparison.changes(name, old, new)

    def _headers(self, name: str, old: Schema, new: Schema) -> Iterator[Found]:
        for header in [*old, *(header for header in new if header not in old)]:
            path = f"{name}.{header}"
            if (header in old) != (header in new):
                yield "breaking" if header in old else "compatible", path, f"header {_came(header in new)}"
                continue
            before, after = self.before.resolve(old[header]), self.after.resolve(new[header])
            place = component(old[header], new[header]) or path
            yield from self._field(place, before, after, "received", "header")

    def _field(self, name: str, old: Schema, new: Schema, direction: Direction, place: str) -> Iterator[Found]:
        """Compare two parameters or headers at *place*."""
        yield from _demanded(name, old, new, direction)
        yield from self._described(name, old, new, WORDS | _EXAMPLES)
        if bool(old.get("deprecated")) != bool(new.get("deprecated")):
            yield "compatible", f"{name}.deprecated", "deprecation changed"
        was, now = _written(old, place), _written(new, place)
        for key in was:
            if was[key] != now[key]:
                yield "breaking", f"{name}.{key}", "is written differently"
        yield from self.schema(name, old.get("schema", {}), new.get("schema", {}), direction)
        if ("content" in old) != ("content" in new):
            yield "breaking", name, "is written differently"
        else:
            yield from self._content(name, old, new, direction)
        yield from unknown(name, old, new, _FIELD | was.keys())

    def _content(self, name: str, before: Schema, after: Schema, direction: Direction) -> Iterator[Found]:
        old, new = as_object(before.get("content")), as_object(after.get("content"))
        was, now = ([kind for kind in one if kind not in other] for one, other in ((old, new), (new, old)))
        if direction == "received" and len(was) == len(now) == 1 and _is_json(was[0]) and _is_json(now[0]):
            yield "compatible", name, f"{was[0]} became {now[0]}, which is read alike"
            new = {(was[0] if kind == now[0] else kind): each for kind, each in new.items()}
        for media in [*old, *(media for media in new if media not in old)]:
            if media not in new:
                yield "breaking", name, f"{media} removed"
            elif media not in old:
                yield "breaking" if direction == "received" else "compatible", name, f"{media} added"
            else:
                mine, theirs = as_object(old[media]), as_object(new[media])
                yield from self.schema(name, mine.get("schema", {}), theirs.get("schema", {}), direction)
                yield from self._described(name, mine, theirs, _EXAMPLES)
                if (mine.get("encoding") or {}) != (theirs.get("encoding") or {}):
                    yield "breaking", f"{name}.encoding", "is written differently"
                yield from unknown(name, mine, theirs, _MEDIA)

    def _described(self, name: str, old: Schema, new: Schema, keys: frozenset[str]) -> Iterator[Found]:
        """Compare descriptions and examples, which may be shared too."""
        yield from words(name, _shown(self.before, old), _shown(self.after, new), keys)


def words(name: str, before: Schema, after: Schema, keys: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Compare the keywords that only describe (*keys*, or all of them) and extensions."""
    for key in sorted(before.keys() | after.keys()):
        if (not keys or key in keys or key.startswith("x-")) and before.get(key) != after.get(key):
            what = "reworded" if before.get(key) and after.get(key) else _came(bool(after.get(key)))
            yield "documentation", f"{name}.{key}" if name else key, what


def unknown(name: str, before: Schema, after: Schema, known: frozenset[str]) -> Iterator[Found]:
    """Report keywords without a rule as breaking."""
    for key in sorted((before.keys() | after.keys()) - known - {"$ref"}):
        if not key.startswith("x-") and before.get(key) != after.get(key):
            yield "breaking", f"{name}.{key}" if name else key, "changed in a way that no rule covers; read it"


def _is_json(media: str) -> bool:
    """Return whether the generator reads *media* as JSON."""
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def component(old: JSON, new: JSON) -> str | None:
    """Return the report's name for the component to which both refer."""
    reference = as_object(old).get("$ref")
    if not isinstance(reference, str) or reference != as_object(new).get("$ref"):
        return None
    section, _, name = reference.removeprefix("#/components/").partition("/")
    return f"{section}.{name}" if reference.startswith("#/components/") else None


def _shown(document: Document, holder: Schema) -> Schema:
    """Return *holder* with the examples to which it refers."""
    examples = as_object(holder.get("examples"))
    if not examples:
        return holder
    return {**holder, "examples": {name: document.resolve(each) for name, each in examples.items()}}


def _written(field: Schema, place: str) -> Schema:
    """Return the serialisation of a parameter or header at *place*, including OpenAPI's defaults."""
    style = field.get("style") or ("form" if place in {"query", "cookie"} else "simple")
    return {
        "style": style,
        "explode": bool(field.get("explode", style == "form")),
        "allowReserved": bool(field.get("allowReserved")),
        "allowEmptyValue": bool(field.get("allowEmptyValue")),
    }


def _added(name: str, kind: str, *, is_required: bool) -> Iterator[Found]:
    yield "breaking" if is_required else "compatible", name, f"{'required' if is_required else 'optional'} {kind} added"


def _demanded(name: str, before: Schema, after: Schema, direction: Direction) -> Iterator[Found]:
    was, now = bool(before.get("required")), bool(after.get("required"))
    if was != now:
        breaks = now if direction == "sent" else was
        yield "breaking" if breaks else "compatible", name, "became required" if now else "became optional"


def _came(is_there: bool) -> str:
    return "added" if is_there else "removed"


def _phrase(status: str) -> str:
    return (
        f" ({HTTPStatus(int(status)).phrase})"
        if status.isdigit() and int(status) in {each.value for each in HTTPStatus}
        else ""
    )
