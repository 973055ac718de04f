"""Find in a spec the operation that deletes one version, and what else a provider needs of it."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from openapi_python_client.strings import PythonIdentifier

from expunge._yaml import JSON
from spec.normalised import resolve

_OF_REFERENCES = {"provider", "model", "scope", "version"}
_OK, _REDIRECT = 200, 300


class ScaffoldError(Exception):
    """No provider can be begun with this spec."""


@dataclass(frozen=True)
class Route:
    """A path with parameters.

    Attributes:
        path: As the spec has it.
        names: The parameters, in their order.
        parameters: Their declarations in the spec, without references.
    """

    path: str
    names: tuple[str, ...]
    parameters: tuple[dict[str, JSON], ...]

    @property
    def parent(self) -> "Route":
        """The path without its last segment: the list of what this path names."""
        return Route(self.path.rpartition("/")[0], self.names[:-1], self.parameters[:-1])

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the parameters in the generated client."""
        return tuple(str(PythonIdentifier(name, "field_")) for name in self.names)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the parts of a reference to a model."""
        return tuple(f"{name}_name" if name in _OF_REFERENCES else name for name in self.arguments[:-1])


@dataclass(frozen=True)
class Deletion:
    """The operation that deletes a version, and the answer that it documents.

    Attributes:
        route: Its path.
        status: The success.
        body: The schema of the success; None if it has no body.
        scheme: The word before the credential.
        base: The origin of the requests; None if the spec names none that can be a default.
    """

    route: Route
    status: int
    body: dict[str, JSON] | None
    scheme: str
    base: str | None


def find_deletion(spec: dict[str, JSON], wanted: str = "") -> Deletion:
    """Find the one operation that deletes a version: the last part of its path names the version, an earlier the model.

    Args:
        spec: An OpenAPI document.
        wanted: The operation, such as `DELETE /v1/models/{name}/versions/{version}`, if there are several.

    Raises:
        ScaffoldError: There is none, or there are several; or it is not one that an adapter can call.
    """
    paths = cast("dict[str, dict[str, JSON]]", spec.get("paths", {}))
    found = [path for path, item in paths.items() if "delete" in item and path.endswith("}") and path.count("{") > 1]
    chosen = [path for path in found if not wanted or wanted == f"DELETE {path}"]
    if len(chosen) != 1:
        raise ScaffoldError(
            f"{len(found)} operations delete something below a model: {', '.join(found[:10]) or 'none'}. "
            "Name the one that deletes a version: OPERATION='DELETE /path'"
        )
    (path,) = chosen
    operation = cast("dict[str, JSON]", paths[path]["delete"])
    if "requestBody" in operation:
        raise ScaffoldError(f"DELETE {path} takes a body, which no adapter can be begun with")
    status, body = _success(spec, operation)
    return Deletion(_route(spec, path), status, body, _scheme(spec, operation), _base(spec))


def properties(spec: dict[str, JSON], schema: JSON) -> dict[str, JSON]:
    """Return the properties of an object *schema*; none of any other."""
    found = resolve(schema, spec).get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def answer_of(spec: dict[str, JSON], operation: dict[str, JSON]) -> JSON:
    """Return the schema of the success of *operation*; None if it has no JSON body."""
    return _success(spec, operation)[1]


def _success(spec: dict[str, JSON], operation: dict[str, JSON]) -> tuple[int, dict[str, JSON] | None]:
    answers = cast("dict[str, dict[str, JSON]]", operation.get("responses", {}))
    for status, declared in answers.items():
        if status.isdecimal() and _OK <= int(status) < _REDIRECT:
            content = cast("dict[str, dict[str, JSON]]", resolve(declared, spec).get("content", {}))
            schema = content.get("application/json", {}).get("schema")
            return int(status), schema if isinstance(schema, dict) else None
    raise ScaffoldError("the delete documents no success")


def _route(spec: dict[str, JSON], path: str) -> Route:
    item = cast("dict[str, dict[str, JSON]]", spec["paths"])[path]
    operation = cast("dict[str, JSON]", item["delete"])
    declared = cast("list[dict[str, JSON]]", [*_list(item.get("parameters")), *_list(operation.get("parameters"))])
    by_name = {str(each["name"]): each for each in (resolve(one, spec) for one in declared) if each["in"] == "path"}
    names = tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))
    if missing := [name for name in names if name not in by_name]:
        raise ScaffoldError(f"DELETE {path} does not declare {', '.join(missing)}")
    return Route(path, names, tuple(by_name[name] for name in names))


def _scheme(spec: dict[str, JSON], operation: dict[str, JSON]) -> str:
    """Return the word before the credential in the `Authorization` header."""
    components = cast("dict[str, dict[str, dict[str, JSON]]]", spec.get("components", {}))
    schemes = components.get("securitySchemes", {})
    for requirement in _list(operation.get("security", spec.get("security"))):
        for name in requirement if isinstance(requirement, dict) else ():
            scheme = resolve(schemes.get(name, {}), spec)
            if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
                return "Bearer"
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header" and scheme["name"] == "Authorization":
                return "Api-Key"
    raise ScaffoldError("no security scheme of the delete uses the Authorization header")


def _base(spec: dict[str, JSON]) -> str | None:
    servers = _list(spec.get("servers"))
    url = str(servers[0].get("url", "")) if servers and isinstance(servers[0], dict) else ""
    parts = urlsplit(url)
    if parts.path.strip("/"):
        raise ScaffoldError(f"the server {url} has a path: move it into the paths, because a base is an origin")
    return f"https://{parts.netloc}" if parts.scheme == "https" and "{" not in parts.netloc else None


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
