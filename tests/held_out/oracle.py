"""Whether what worked with the client of one document still works with the client of the next one.

The oracle reads no report. It does what users do: it makes the same calls with both clients, and lets the new provider
judge the requests. It gives the answers of the new provider to the new client. The result must be as the types of the
old client promise.

The module is longer than most: calls, answers and promises are judged by one set of rules, and read together.
"""

import importlib.util
import json
import sys
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from openapi_python_client.strings import PythonIdentifier
from tests.held_out.values import Document, fits, samples, target

_MOST = 2
"""Problems that are named of one operation."""
_METHODS = ("get", "put", "post", "delete")
_READERS = {datetime: datetime.fromisoformat, date: date.fromisoformat, UUID: UUID}


class Provider:
    """A document and the client that was generated from it, imported under a *name* of its own."""

    def __init__(self, document: Document, generated: Path, name: str) -> None:
        self.document = document
        self.name = f"{name}.small"
        self.root = generated.parent
        folder = generated / "expunge_clients"
        for full, place in ((name, folder), (self.name, folder / "small")):
            spec = importlib.util.spec_from_file_location(
                full, place / "__init__.py", submodule_search_locations=[str(place)]
            )
            module = importlib.util.module_from_spec(spec)
            sys.modules[full] = module
            spec.loader.exec_module(module)
        self.client = module
        self.models = importlib.import_module(f"{self.name}.models")
        self.unset = importlib.import_module(f"{self.name}.types").UNSET
        self.modules = {
            ".".join(path.relative_to(folder / "small" / "api").with_suffix("").parts)
            for path in (folder / "small" / "api").rglob("*.py")
            if path.stem != "__init__"
        }
        self.operations = {}
        for item in document["paths"].values():
            for method in _METHODS:
                if method in item:
                    node = item[method]
                    tag = PythonIdentifier((node.get("tags") or ["default"])[0], "tag")
                    key = f"{tag}.{PythonIdentifier(node['operationId'], 'field_')}"
                    self.operations[key] = Operation(self, key, item, node)

    def forget(self) -> None:
        """Let the modules go."""
        for name in [name for name in sys.modules if name.partition(".")[0] == self.name.partition(".")[0]]:
            del sys.modules[name]

    def hints(self, thing: Any) -> dict[str, Any]:
        """Return the types that *thing* of this client promises."""
        names = {**vars(importlib.import_module(f"{self.name}.types")), **vars(self.models)}
        return typing.get_type_hints(thing, localns=names)


class Operation:
    """One operation of a provider, and the module that calls it."""

    def __init__(self, provider: Provider, key: str, item: Document, node: Document) -> None:
        self.provider = provider
        self.module = importlib.import_module(f"{provider.name}.api.{key}")
        self.security = node.get("security", provider.document.get("security", []))
        declared = {(it["name"], it["in"]): it for it in (*item.get("parameters", []), *node.get("parameters", []))}
        self.parameters = {str(PythonIdentifier(name, "field_")): it for (name, _), it in declared.items()}
        self.body = next(iter(node.get("requestBody", {}).get("content", {}).values()), {}).get("schema")
        self.must_have_body = node.get("requestBody", {}).get("required", False)
        self.answers = {
            status: next(((kind, media["schema"]) for kind, media in answer.get("content", {}).items()), None)
            for status, answer in node["responses"].items()
        }

    def request(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return what would be sent, as it looks on the wire."""
        kwargs = self.module._get_kwargs(**arguments)
        wire = {
            "method": kwargs["method"],
            "url": kwargs["url"],
            "params": str(httpx.QueryParams(kwargs.get("params") or {})),
            "headers": dict(httpx.Headers(kwargs.get("headers") or {})),
            "json": kwargs.get("json"),
        }
        return json.loads(json.dumps(wire))

    def read(self, status: str, sample: Any) -> Any:
        """Return what the client makes of an answer."""
        kind = self.answers[status]
        content = {"content": b""} if kind is None else {"json": sample}
        client = self.provider.client.Client(base_url="https://harbour.example.com")
        return self.module._parse_response(client=client, response=httpx.Response(int(status), **content))

    def calls(self) -> Iterator[dict[str, Any]]:
        """Yield arguments as a user writes them: values of each parameter and of the body, and each left out."""
        hints = self.provider.hints(self.module._get_kwargs)
        possible: dict[str, list[Any]] = {}
        for name, parameter in self.parameters.items():
            if name in hints:
                drawn = samples(parameter["schema"], self.provider.document)
                possible[name] = [self.written(value, hints[name]) for value in drawn if value not in ("", None)]
        if self.body is not None and "body" in hints:
            possible["body"] = [
                self.written(value, hints["body"]) for value in samples(self.body, self.provider.document)
            ]
        complete = {name: values[0] for name, values in possible.items() if values}
        yield complete
        for name, values in possible.items():
            yield from ({**complete, name: value} for value in values[1:])
            is_needed = self.must_have_body if name == "body" else self.parameters[name].get("required")
            if not is_needed:
                yield {key: value for key, value in complete.items() if key != name}

    def written(self, value: Any, hint: Any) -> Any:
        """Return the JSON *value* as a user of this client writes it, which *hint* is the type of."""
        for member in _members(hint):
            if isinstance(value, dict) and hasattr(member, "from_dict"):
                try:
                    return self.built(member.from_dict(value))
                except (KeyError, TypeError, ValueError, AttributeError):
                    continue
            if typing.get_origin(member) is list and isinstance(value, list):
                return [self.written(each, typing.get_args(member)[0]) for each in value]
            if member in _READERS and isinstance(value, str):
                try:
                    return _READERS[member](value)
                except ValueError:
                    continue
        return value

    def built(self, value: Any) -> Any:
        """Return *value*, a model of any client, as this client's constructor makes it of the same fields."""
        if isinstance(value, list):
            return [self.built(each) for each in value]
        if not hasattr(value, "__attrs_attrs__"):
            return self.provider.unset if type(value).__name__ == "Unset" else value
        fields = {each.name: self.built(getattr(value, each.name)) for each in value.__attrs_attrs__ if each.init}
        fields = {name: each for name, each in fields.items() if each is not self.provider.unset}
        built = getattr(self.provider.models, type(value).__name__)(**fields)
        for name, each in getattr(value, "additional_properties", {}).items():
            built[name] = self.built(each)
        return built


def broken(old: Provider, new: Provider) -> list[str]:
    """Return what worked with *old* and does not work with *new*; empty if all of it does."""
    found = [f"module {name} is gone" for name in sorted(old.modules - new.modules)]
    found += [f"class {name} is gone" for name in old.models.__all__ if name not in new.models.__all__]
    found += _addresses(old, new)
    for key, operation in old.operations.items():
        if key in new.operations:
            for problems in (_requests(operation, new.operations[key]), _answers(operation, new.operations[key])):
                found += [f"{key}: {problem}" for problem in islice(problems, _MOST)]
    return found


def _addresses(old: Provider, new: Provider) -> Iterator[str]:
    urls = [server["url"] for server in new.document["servers"]]
    for server in old.document["servers"]:
        if server["url"] not in urls:
            yield f"nothing is at {server['url']}"
    if hasattr(old.client, "connect"):
        if not hasattr(new.client, "connect"):
            yield "connect is gone"
            return
        was, now = (side.client.connect("key") for side in (old, new))
        for name in ("_base_url", "prefix", "auth_header_name"):
            if getattr(was, name) != getattr(now, name):
                yield f"connect takes another {name}: {getattr(now, name)!r}, not {getattr(was, name)!r}"


def _requests(old: Operation, new: Operation) -> Iterator[str]:
    yield from _signatures(old, new)
    if not _is_let_in(old, new):
        yield "the same credential does not suffice"
    hints = new.provider.hints(new.module._get_kwargs)
    known = json.dumps(old.provider.document)
    for arguments in old.calls():
        try:
            was = old.request(arguments)
        except (TypeError, ValueError, AttributeError):
            continue  # nobody could make this call
        try:
            now = new.request({name: new.built(value) for name, value in arguments.items()})
        except Exception as error:  # noqa: BLE001 - any error is the user's
            yield f"the call fails: {type(error).__name__} {error}"
            continue
        for name in arguments.keys() & hints.keys() - {"body"}:
            if not _keeps(arguments[name], hints[name], new.provider):
                yield f"the types refuse {arguments[name]!r} for {name}"
        if _known(was, known) != _known(now, known):
            yield f"the request differs: {_known(was, known)} became {_known(now, known)}"
        yield from _refusals(old, new, arguments, was)


def _signatures(old: Operation, new: Operation) -> Iterator[str]:
    """Yield what the functions of the new client no longer take."""
    clients = (set(_members(side.provider.hints(side.module.sync_detailed)["client"])) for side in (old, new))
    was, now = ({each.__name__ for each in side} for side in clients)
    if not was <= now:
        yield f"the types take {now} for the client, not {was}"
    for name in ("sync", "asyncio", "sync_detailed", "asyncio_detailed"):
        if hasattr(old.module, name) and not hasattr(new.module, name):
            yield f"the function {name} is gone"
    hints = new.provider.hints(new.module._get_kwargs)
    gone = old.provider.hints(old.module._get_kwargs).keys() - hints.keys()
    if gone:
        yield f"the call takes no {' and no '.join(sorted(gone))}"


def _refusals(old: Operation, new: Operation, arguments: dict[str, Any], was: dict[str, Any]) -> Iterator[str]:
    """Yield what the new provider refuses of a request that the old one took."""
    document = new.provider.document
    is_compared = new.body is not None and was["json"] is not None
    if is_compared and fits(was["json"], old.body, old.provider.document) and not fits(was["json"], new.body, document):
        yield f"the body {was['json']} is refused"
    if new.must_have_body and was["json"] is None:
        yield "the body is missing"
    for name, parameter in new.parameters.items():
        value = arguments.get(name)
        if parameter.get("required") and value is None:
            yield f"the parameter {name} is missing"
        if isinstance(value, str | int | float | list) and not fits(value, parameter["schema"], document):
            yield f"the value {value!r} of {name} is refused"


def _is_let_in(old: Operation, new: Operation) -> bool:
    """Return whether each credential that sufficed still does; the name of a scheme does not count."""

    def alternatives(side: Operation) -> list[set[str]]:
        schemes = side.provider.document["components"].get("securitySchemes", {})
        return [{_credential(schemes[name]) for name in each} for each in side.security or [{}]]

    return all(any(new_one <= old_one for new_one in alternatives(new)) for old_one in alternatives(old))


def _credential(scheme: Document) -> str:
    kept = {name: scheme.get(name) for name in ("type", "in", "name", "scheme", "x-prefix")}
    return json.dumps(kept)


def _known(wire: Any, known: str) -> Any:
    """Return *wire* without fields that the old document does not name: it cannot have meant them."""
    if isinstance(wire, dict):
        words = {"method", "url", "params", "headers", "json"}
        return {name: _known(each, known) for name, each in wire.items() if name in words or f'"{name}"' in known}
    if isinstance(wire, list):
        return [_known(each, known) for each in wire]
    return wire


def _answers(old: Operation, new: Operation) -> Iterator[str]:  # noqa: C901 - one rule after another
    promised = old.provider.hints(old.module._parse_response)["return"]
    for status, content in new.answers.items():
        if status not in old.answers:
            if status.startswith("2"):
                yield f"the answer {status} is unknown"
            continue
        if content is None and old.answers[status] is not None:
            yield f"the answer {status} has no body"
        drawn = [None] if content is None else samples(content[1], new.provider.document)
        for sample in drawn:
            try:
                value = new.read(status, sample)
            except Exception as error:  # noqa: BLE001 - any error is the user's
                if not _was_wrong(old, status, sample, promised):
                    yield f"the answer {status} cannot be read: {type(error).__name__} {error}"
                continue
            if not _keeps(value, promised, old.provider) and not _was_wrong(old, status, sample, promised):
                yield f"the answer {status} {sample!r} is not what was promised"
        yield from _other_readings(old, new, status)
    for status in old.answers:
        if status not in new.answers and status.startswith("2"):
            yield f"the answer {status} no longer comes"
    yield from _vain(old, new)


def _was_wrong(old: Operation, status: str, sample: Any, promised: Any) -> bool:
    """Return whether even the old client does not keep its promise for this answer, which its provider may give."""
    content = old.answers[status]
    if content is None or not fits(sample, content[1], old.provider.document):
        return False
    try:
        return not _keeps(old.read(status, sample), promised, old.provider)
    except (TypeError, ValueError, KeyError, AttributeError):
        return True


def _other_readings(old: Operation, new: Operation, status: str) -> Iterator[str]:
    """Yield what both providers may answer, and both clients read, each as something else."""
    if old.answers[status] is None or new.answers[status] is None:
        return
    for side in (old, new):
        for sample in samples(side.answers[status][1], side.provider.document):
            if all(fits(sample, it.answers[status][1], it.provider.document) for it in (old, new)):
                try:
                    was = old.read(status, sample)
                except (TypeError, ValueError, KeyError, AttributeError):
                    continue  # nobody had this answer
                try:
                    now = new.read(status, sample)
                except Exception as error:  # noqa: BLE001 - any error is the user's
                    yield f"the answer {status} cannot be read: {type(error).__name__} {error}"
                    continue
                if not _alike(was, now):
                    yield f"the answer {status} {sample!r} is read as something else"


def _vain(old: Operation, new: Operation) -> Iterator[str]:
    """Yield the listed values for which code may wait, and which never come again."""
    for status, content in old.answers.items():
        now = new.answers.get(status)
        if content and now:
            lost = _listed(content[1], old.provider.document) - _listed(now[1], new.provider.document)
            yield from (f"the value {value} never comes" for value in sorted(lost))


def _listed(schema: Any, document: Document, place: str = "", depth: int = 0) -> set[str]:
    schema = target(schema, document)
    if not isinstance(schema, dict) or depth > 6:
        return set()
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    found = {f"{place}={value}" for value in values}
    for name, each in schema.get("properties", {}).items():
        found |= _listed(each, document, f"{place}.{name}", depth + 1)
    for key in ("items", "additionalProperties"):
        found |= _listed(schema.get(key), document, f"{place}[]", depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(key, []):
            found |= _listed(each, document, place, depth + 1)
    return found


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _members(hint: Any) -> list[Any]:
    return list(typing.get_args(hint)) if _is_union(hint) else [hint]


def _keeps(value: Any, promise: Any, old: Provider) -> bool:  # noqa: C901, PLR0911, PLR0912 - a table of types
    """Return whether *value*, of any client, is as the type *promise* of the old one says."""
    if promise is Any:
        return True
    if _is_union(promise):
        return any(_keeps(value, member, old) for member in _members(promise))
    origin = typing.get_origin(promise)
    if origin is typing.Literal:
        return value in typing.get_args(promise)
    if origin is list:
        return isinstance(value, list) and all(_keeps(each, typing.get_args(promise)[0], old) for each in value)
    if promise is None or promise is type(None):
        return value is None
    if promise is float:
        return type(value) in (int, float)
    if not hasattr(promise, "__attrs_attrs__"):
        return type(value).__name__ == promise.__name__
    if type(value).__name__ != promise.__name__:
        return False
    hints = old.hints(promise)
    for each in promise.__attrs_attrs__:
        if not hasattr(value, each.name):
            return False
        if each.name == "additional_properties":
            kind = typing.get_args(hints[each.name])[1]
            if not all(_keeps(it, kind, old) for it in getattr(value, each.name).values()):
                return False
        elif not _keeps(getattr(value, each.name), hints[each.name], old):
            return False
    return True


def _alike(was: Any, now: Any) -> bool:
    """Return whether both are the same to code that knows only the first."""
    if type(was).__name__ != type(now).__name__:
        return False
    if isinstance(was, list):
        return len(was) == len(now) and all(map(_alike, was, now))
    if hasattr(was, "__attrs_attrs__"):
        names = [each.name for each in was.__attrs_attrs__ if each.name != "additional_properties"]
        return all(hasattr(now, name) and _alike(getattr(was, name), getattr(now, name)) for name in names)
    return type(was).__name__ == "Unset" or was == now
