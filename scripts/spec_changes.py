"""What changed between two OpenAPI documents for those who call their operations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from expunge._yaml import JSON
from report import Change, Level
from schema_changes import Comparison, Direction, Found, Schema
from slice_spec import METHODS, component_of

_WORDS = ("summary", "description", "externalDocs")


def spec_changes(provider: str, before: dict[str, JSON], after: dict[str, JSON]) -> list[Change]:
    """Compare two documents of *provider*, normalised as a rule; OpenAPI 3.0 is read as well."""
    found = _Pair(_Side(before), _Side(after)).changes()
    return list(dict.fromkeys(Change(level, provider, name, what) for level, name, what in found))


def only_received(before: dict[str, JSON], after: dict[str, JSON]) -> set[str]:
    """Name the schemas that come in answers alone: nobody builds an object of theirs."""
    directions: dict[str, set[Direction]] = {}
    for document in (before, after):
        for name, found in _Side(document).directions().items():
            directions.setdefault(name, set()).update(found)
    return {name for name, found in directions.items() if found == {"received"}}


@dataclass(frozen=True)
class Operation:
    """One operation: its parameters, those of its path included, by place and name."""

    method: str
    path: str
    node: Schema
    parameters: dict[str, Schema]
    security: JSON


class _Side:
    """One of the two documents."""

    def __init__(self, document: dict[str, JSON]) -> None:
        self.document = document
        self.operations = dict(self._find_operations())
        self.components = _object(document.get("components"))
        self.schemas = _object(self.components.get("schemas"))

    def resolve(self, node: JSON) -> Schema:
        """Give what *node* refers to, or *node* itself; nothing where it leads nowhere."""
        for _ in range(20):
            reference = _object(node).get("$ref")
            if not isinstance(reference, str):
                break
            node = self.target(reference)
        return _object(node)

    def target(self, reference: str) -> JSON:
        """Give what stands where *reference* points."""
        node: JSON = self.document
        for step in reference.removeprefix("#/").split("/"):
            node = _object(node).get(unquote(step).replace("~1", "/").replace("~0", "~"))
        return node

    def directions(self) -> dict[str, set[Direction]]:
        """Say of each schema whether it is sent, received, or both."""
        reached: dict[str, set[Direction]] = {}
        for operation in self.operations.values():
            sent: list[JSON] = [*operation.parameters.values(), operation.node.get("requestBody")]
            for direction, roots in (("sent", sent), ("received", [operation.node.get("responses")])):
                self._reach(roots, direction, reached)  # type: ignore[arg-type]  # the literals are directions
        return reached

    def _reach(self, roots: list[JSON], direction: Direction, reached: dict[str, set[Direction]]) -> None:
        waiting, seen = list(roots), set[str]()
        while waiting:
            node = waiting.pop()
            if isinstance(node, list):
                waiting.extend(node)
            elif isinstance(node, dict):
                for reference in (
                    node.get("$ref"),
                    *_object(_object(node.get("discriminator")).get("mapping")).values(),
                ):
                    component = component_of(reference) if isinstance(reference, str) else None
                    if component and str(reference) not in seen:
                        seen.add(str(reference))
                        section, name = component
                        if section == "schemas":
                            if direction in reached.setdefault(name, set()):
                                continue
                            reached[name].add(direction)
                        waiting.append(_object(_object(self.document.get("components")).get(section)).get(name))
                waiting.extend(node.values())

    def _find_operations(self) -> Iterator[tuple[str, Operation]]:
        for path, item in _object(self.document.get("paths")).items():
            item = self.resolve(item)  # noqa: PLW2901 - the path item itself, wherever it stands
            for method in METHODS:
                node = item.get(method)
                if isinstance(node, dict):
                    parameters = [
                        self.resolve(each) for each in (*_list(item.get("parameters")), *_list(node.get("parameters")))
                    ]
                    yield (
                        str(node.get("operationId") or f"{method.upper()} {path}"),
                        Operation(
                            method.upper(),
                            path,
                            node,
                            {f"{each.get('in')} {each.get('name')}": each for each in parameters},
                            node.get("security", self.document.get("security")),
                        ),
                    )


@dataclass
class _Pair:
    """Both documents, and in which directions their schemas go."""

    before: _Side
    after: _Side
    both: dict[str, set[Direction]] = field(default_factory=dict[str, set[Direction]])

    def changes(self) -> Iterator[Found]:
        """Give every change, each once."""
        for side in (self.before, self.after):
            for name, directions in side.directions().items():
                self.both.setdefault(name, set()).update(directions)
        yield from _words("info", _object(self.before.document.get("info")), _object(self.after.document.get("info")))
        if self.before.document.get("servers") != self.after.document.get("servers"):
            yield "breaking", "servers", "changed"
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
        if _list(old.node.get("tags"))[:1] != _list(new.node.get("tags"))[:1]:
            yield "breaking", f"{name}.tags", "its first tag changed, and with it the module's path"
        if old.security != new.security:
            yield "breaking", f"{name}.security", "changed"
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
            f"{name}.responses", _object(old.node.get("responses")), _object(new.node.get("responses"))
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
                yield from _words(path, old[key], new[key], (*_WORDS, "example", "examples"))
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
                yield level, path, f"status {'removed' if status in old else 'added'}{_phrase(status)}"
                continue
            before, after = self.before.resolve(old[status]), self.after.resolve(new[status])
            yield from _words(path, before, after, _WORDS)
            yield from self._content(path, before, after, "received")

    def _content(self, name: str, before: Schema, after: Schema, direction: Direction) -> Iterator[Found]:
        old, new = _object(before.get("content")), _object(after.get("content"))
        for media in [*old, *(media for media in new if media not in old)]:
            if media not in new:
                yield "breaking", name, f"{media} removed"
            elif media not in old:
                yield "breaking" if direction == "received" else "compatible", name, f"{media} added"
            else:
                mine, theirs = _object(old[media]), _object(new[media])
                yield from self._compare(name, mine.get("schema", {}), theirs.get("schema", {}), direction)
                yield from _words(name, mine, theirs, ("example", "examples"))

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
            if name not in new:
                yield "breaking", f"schemas.{name}", "schema removed"
            elif name not in old:
                yield "compatible", f"schemas.{name}", "schema added"
            else:
                yield from self._compare(f"schemas.{name}", old[name], new[name], *directions)

    def _schemes(self) -> Iterator[Found]:
        old, new = (_object(side.components.get("securitySchemes")) for side in (self.before, self.after))
        for name in [*old, *(name for name in new if name not in old)]:
            before, after = _object(old.get(name)), _object(new.get(name))
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
    for key in keys or sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield (
                "documentation",
                f"{name}.{key}",
                "reworded" if before.get(key) and after.get(key) else "added or removed",
            )


def _phrase(status: str) -> str:
    return (
        f" ({HTTPStatus(int(status)).phrase})"
        if status.isdigit() and int(status) in {each.value for each in HTTPStatus}
        else ""
    )


def _object(value: JSON) -> Schema:
    return value if isinstance(value, dict) else {}


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
