"""The rules of each provider's operations and schemas."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from attrs import frozen

from .._json import JSON
from .compiled import Checks
from .violations import Schema, Violation, violations


@frozen
class Operation:
    """The rules of one operation.

    Attributes:
        method: In capitals.
        path: With its parameters in braces.
        parameters: Schemas by parameter's name.
        body: The request body's schema, or None.
        answers: Schemas by status; None if the status is documented without a body.
    """

    method: str
    path: str
    parameters: Mapping[str, Schema]
    body: Schema | None
    answers: Mapping[str, Schema | None]


class Rules:
    """All rules of one provider's normalised spec: *operations* by their id, and *schemas* by name."""

    def __init__(self, operations: Mapping[str, Operation], schemas: Mapping[str, Schema]) -> None:
        self.operations = operations
        self.schemas = schemas
        self._checks = Checks(schemas)

    def violations(self, value: JSON, schema: Schema, path: str = "") -> Iterator[Violation]:
        """Find every rule of *schema*, which is one of these, that *value* breaks."""
        if self._checks.of(schema)(value):
            return iter(())
        return violations(value, schema, path, self.schemas)

    def pattern_of(self, schema: Schema) -> str | None:
        """Return the pattern of *schema*, or of the schema that it refers to; None if it has none."""
        while "pattern" not in schema and (reference := schema.get("$ref")):
            schema = self.schemas[str(reference).rpartition("/")[2]]
        pattern = schema.get("pattern")
        return pattern if isinstance(pattern, str) else None


@cache
def rules_of(provider: str) -> Rules:
    """Load the rules that were generated for *provider*."""
    text = files(f"expunge_clients.{provider}").joinpath("rules.json").read_text(encoding="utf-8")
    document = json.loads(text)
    operations = {
        name: Operation(
            method=operation["method"],
            path=operation["path"],
            parameters={key: parameter["schema"] for key, parameter in operation["parameters"].items()},
            body=operation["body"],
            answers=operation["answers"],
        )
        for name, operation in document["operations"].items()
    }
    return Rules(operations, document["schemas"])
