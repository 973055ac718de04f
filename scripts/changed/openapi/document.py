"""An OpenAPI document for comparison: its operations, its components, and the directions of their schemas."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from expunge._yaml import JSON
from spec.slice import METHODS, component_of

from .keywords import Direction
from .normal_form import Schema, as_list, as_object


@dataclass(frozen=True)
class Operation:
    """One operation: its parameters, those of its path included, by place and name; a shared one as its reference."""

    method: str
    path: str
    node: Schema
    parameters: dict[str, JSON]
    servers: list[str]
    security: list[str]


class Document:
    """One OpenAPI document."""

    def __init__(self, document: dict[str, JSON]) -> None:
        self.document = document
        self.operations = dict(self._find_operations())
        self.components = as_object(document.get("components"))
        self.schemas = as_object(self.components.get("schemas"))

    def resolve(self, node: JSON) -> Schema:
        """Return the target of *node*, or *node* itself; an empty object if the reference leads nowhere."""
        for _ in range(20):
            reference = as_object(node).get("$ref")
            if not isinstance(reference, str):
                break
            node = self.target(reference)
        return as_object(node)

    def target(self, reference: str) -> JSON:
        """Return the value at *reference*."""
        node: JSON = self.document
        for step in reference.removeprefix("#/").split("/"):
            node = as_object(node).get(unquote(step).replace("~1", "/").replace("~0", "~"))
        return node

    def directions(self) -> dict[str, set[Direction]]:
        """Return for each schema whether it is sent, received, or both."""
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
                    *as_object(as_object(node.get("discriminator")).get("mapping")).values(),
                ):
                    component = component_of(reference) if isinstance(reference, str) else None
                    if component and str(reference) not in seen:
                        seen.add(str(reference))
                        section, name = component
                        if section == "schemas":
                            if direction in reached.setdefault(name, set()):
                                continue
                            reached[name].add(direction)
                        waiting.append(as_object(as_object(self.document.get("components")).get(section)).get(name))
                    elif not component and str(reference).startswith("#/") and str(reference) not in seen:
                        seen.add(str(reference))
                        waiting.append(self.target(str(reference)))
                waiting.extend(node.values())

    def _key(self, parameter: JSON) -> str:
        resolved = self.resolve(parameter)
        return f"{resolved.get('in')} {resolved.get('name')}"

    def _find_operations(self) -> Iterator[tuple[str, Operation]]:
        for path, item in as_object(self.document.get("paths")).items():
            item = self.resolve(item)  # noqa: PLW2901 - the path item behind its reference
            for method in METHODS:
                node = item.get(method)
                if isinstance(node, dict):
                    parameters = (*as_list(item.get("parameters")), *as_list(node.get("parameters")))
                    yield (
                        str(node.get("operationId") or f"{method.upper()} {path}"),
                        Operation(
                            method.upper(),
                            path,
                            node,
                            {self._key(each): each for each in parameters},
                            addresses(node.get("servers", item.get("servers", self.document.get("servers")))),
                            demands(node.get("security", self.document.get("security"))),
                        ),
                    )


def addresses(servers: JSON) -> list[str]:
    """Return the servers in order, without descriptions."""
    return [
        json.dumps([as_object(server).get("url"), _wordless(as_object(server).get("variables"))], sort_keys=True)
        for server in as_list(servers)
    ]


def demands(security: JSON) -> list[str]:
    """Return a call's alternative credentials, one text each; their order means nothing."""
    return sorted(
        json.dumps(
            {name: sorted(map(str, as_list(scopes))) for name, scopes in as_object(each).items()}, sort_keys=True
        )
        for each in as_list(security)
    )


def _wordless(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {key: _wordless(each) for key, each in value.items() if key != "description"}
    return value
