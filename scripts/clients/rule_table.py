"""The table of rules that a normalised spec states for parameters, bodies and answers.

The facade checks references and manifests against it, so a changed pattern in a spec changes the refusal.
"""

from typing import cast

from expunge._yaml import JSON
from spec.choices import all_schemas, schema_at
from spec.normalised import NormaliseError, operations, resolve
from spec.places import shown_place

_MOST = 3
_SCHEMAS = "#/components/schemas/"
# Keywords that constrain, by the kind of value that they hold (JSON Schema 2020-12, and OpenAPI's discriminator).
_PLAIN = {
    "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems",
    "minProperties", "maxProperties", "required",
}  # fmt: skip
_ONE_SCHEMA = {"items", "additionalProperties", "not", "propertyNames"}
_SCHEMA_LISTS = {"oneOf", "anyOf", "allOf", "prefixItems"}
_SCHEMA_MAPS = {"properties", "patternProperties"}
# Keywords that only describe. Any other one stops the build, because no rule may be lost silently.
_NOTES = {
    "title", "description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples", "xml",
    "externalDocs", "$comment",
}  # fmt: skip


def rule_table(document: dict[str, JSON]) -> dict[str, JSON]:
    """Return the rules of each operation of *document*, and of the schemas that they reach."""
    table = _Table(document)
    rules: dict[str, JSON] = {}
    for path, method, operation, parameters in operations(document):
        rules[cast("str", operation["operationId"])] = {
            "method": method.upper(),
            "path": path,
            "parameters": {cast("str", item["name"]): table.parameter(item) for item in parameters},
            "body": table.body(operation),
            "answers": table.answers(operation),
        }
    return {"operations": rules, "schemas": table.reached()}


class _Table:
    """The rules of one document; it remembers the schemas that they refer to."""

    def __init__(self, document: dict[str, JSON]) -> None:
        self._document = document
        self._schemas: dict[str, JSON] = {}
        self._open: list[str] = []

    def parameter(self, parameter: dict[str, JSON]) -> JSON:
        """Return the rules of one parameter."""
        return {
            "in": parameter["in"],
            "required": bool(parameter.get("required", False)),
            "schema": self._rules(parameter.get("schema", {})),
        }

    def body(self, operation: dict[str, JSON]) -> JSON:
        """Return the rules of the body that *operation* sends, or None."""
        body = operation.get("requestBody")
        return None if body is None else self._content(cast("dict[str, JSON]", body))

    def answers(self, operation: dict[str, JSON]) -> JSON:
        """Return the rules of the declared answers, by status."""
        declared = cast("dict[str, dict[str, JSON]]", operation["responses"])
        return {status: self._content(answer) for status, answer in declared.items()}

    def reached(self) -> JSON:
        """Return the rules of all schemas that were reached, directly or through others."""
        while self._open:
            name = self._open.pop()
            if name not in self._schemas:
                components = cast("dict[str, dict[str, JSON]]", self._document["components"])
                self._schemas[name] = None
                self._schemas[name] = self._rules(components["schemas"][name])
        return self._schemas

    def _content(self, holder: dict[str, JSON]) -> JSON:
        content = cast("dict[str, dict[str, JSON]]", resolve(holder, self._document).get("content", {}))
        media = content.get("application/json")
        return None if media is None else self._rules(media.get("schema", {}))

    def _rules(self, schema: JSON) -> JSON:
        """Return the constraints in *schema*."""
        if not isinstance(schema, dict):
            return schema  # true and false are schemas too
        return {
            key: self._rule(key, value)
            for key, value in schema.items()
            if key not in _NOTES and not key.startswith("x-")
        }

    def _rule(self, key: str, value: JSON) -> JSON:
        if key in _PLAIN:
            return value
        if key in _ONE_SCHEMA:
            return self._rules(value)
        if key in _SCHEMA_LISTS:
            return [self._rules(child) for child in cast("list[JSON]", value)]
        if key in _SCHEMA_MAPS:
            return {name: self._rules(child) for name, child in cast("dict[str, JSON]", value).items()}
        if key == "$ref":
            return self._reference(cast("str", value))
        if key == "discriminator":
            return self._discriminator(cast("dict[str, JSON]", value))
        raise NormaliseError(f"the table of rules does not know the keyword {key!r} of {self._places_of(key)}")

    def _places_of(self, keyword: str) -> str:
        found = [place for place in all_schemas(self._document) if keyword in schema_at(self._document, place)]
        return " and ".join(shown_place(place) for place in sorted(found, key=len)[:_MOST]) or "a schema"

    def _discriminator(self, value: dict[str, JSON]) -> JSON:
        mapping = cast("dict[str, str]", value.get("mapping", {}))
        named = {name: self._reference(reference) for name, reference in mapping.items()}
        return {"propertyName": value["propertyName"], "mapping": cast("JSON", named)}

    def _reference(self, reference: str) -> str:
        """Rewrite *reference* to the table's own schemas."""
        if not reference.startswith(_SCHEMAS):
            raise NormaliseError(f"reference {reference!r} does not lead to components/schemas")
        name = reference.removeprefix(_SCHEMAS)
        self._open.append(name)
        return f"#/schemas/{name}"
