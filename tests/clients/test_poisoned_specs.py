"""A spec with code in it: the build stops, or the code ends as a text that never runs."""

import copy
import json
import os
from pathlib import Path

import pytest
from tests.clients.small_provider import build_provider
from tests.forks import PROGRAMS

from clients.build import BuildError

pytestmark = pytest.mark.slow

PAYLOAD = "open('marker', 'w').close()"
BREAKOUT = f'x"\'"""\n{PAYLOAD}\n"""\'"'
IN_FIELD = "{" + PAYLOAD + "}"
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "servers": [{"url": "https://small.example"}],
    "paths": {
        "/things/{thing_id}": {
            "post": {
                "operationId": "make_thing",
                "tags": ["things"],
                "summary": "Make",
                "description": "Make a thing",
                "parameters": [
                    {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "order", "in": "query", "schema": {"type": "string", "default": "up"}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {
                        "description": "made",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "title": "Thing",
                "description": "A thing",
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"const": "thing"},
                    "name": {"type": "string", "default": "n"},
                    "code": {"type": "string", "pattern": "^a$"},
                    "colour": {"type": "string", "enum": ["red", "blue"]},
                    "number": {"type": "integer", "enum": [1, 2], "x-enum-varnames": ["one", "two"]},
                    "anything": {"default": 1},
                    "other": {"oneOf": [{"$ref": "#/components/schemas/Part"}, {"type": "integer"}]},
                },
            },
            "Part": {"type": "object", "properties": {"kind": {"type": "string"}}},
        }
    },
}
USER = Path(__file__).with_name("use_client.py")


def poisoned(value, *path):
    """Return the spec with *value* at *path*; a value in a list as last step renames the member there."""
    spec = copy.deepcopy(SPEC)
    node = spec
    for step in path[:-1]:
        node = node[step]
    last = path[-1]
    if isinstance(last, tuple):
        (old,) = last
        items = [(value if key == old else key, member) for key, member in node.items()]
        node.clear()
        node.update(items)
    else:
        node[last] = value
    return spec


def renamed(old, new):
    """Return the spec with the schema *old* called *new*, and all references to it."""
    pointer = new.replace("~", "~0").replace("/", "~1")
    text = json.dumps(SPEC).replace(f'"#/components/schemas/{old}"', json.dumps(f"#/components/schemas/{pointer}"))
    spec = json.loads(text)
    schemas = spec["components"]["schemas"]
    schemas[new] = schemas.pop(old)
    schemas[new].pop("title", None)
    return spec


def with_path(path, *names):
    """Return the spec with another *path*, whose parameters are *names*."""
    spec = copy.deepcopy(SPEC)
    item = spec["paths"].pop("/things/{thing_id}")
    parameters = item["post"]["parameters"]
    item["post"]["parameters"] = [{**parameters[0], "name": name} for name in names] + parameters[1:]
    spec["paths"][path] = item
    return spec


def use(generated, folder):
    """Import and use all of the package, in a process of its own that works in *folder*."""
    return PROGRAMS.run([USER, generated], cwd=folder, env=os.environ)


THING = ("components", "schemas", "Thing")
OPERATION = ("paths", "/things/{thing_id}", "post")

POISONED = [
    pytest.param(poisoned(BREAKOUT, *THING, "properties", "name", "default"), None, id="default"),
    pytest.param(
        poisoned(BREAKOUT, *OPERATION, "parameters", 1, "schema", "default"), None, id="default-of-a-parameter"
    ),
    pytest.param(
        poisoned(f"\\' + {PAYLOAD} + \\'", *THING, "properties", "name", "default"), None, id="default-backslash"
    ),
    pytest.param(
        poisoned([BREAKOUT, {"a": PAYLOAD}], *THING, "properties", "anything", "default"),
        r"thing\.py:\d+: no template writes `anything: ",
        id="default-list",
    ),
    pytest.param(poisoned(["red", BREAKOUT, PAYLOAD], *THING, "properties", "colour", "enum"), None, id="enum-value"),
    pytest.param(
        poisoned(["red", f'a\\"\n    {PAYLOAD}'], *THING, "properties", "colour", "enum"), None, id="enum-escape"
    ),
    pytest.param(
        poisoned(["one", f"two = 2\n    {PAYLOAD}"], *THING, "properties", "number", "x-enum-varnames"),
        None,
        id="enum-name",
    ),
    pytest.param(
        poisoned(["mro", "__init__"], *THING, "properties", "number", "x-enum-varnames"), None, id="enum-dunder"
    ),
    pytest.param(
        poisoned(
            [f"\\' + {PAYLOAD} + \\'", '\\"', "}}{{", "{value}", "\\N{BULLET}"], *THING, "properties", "colour", "enum"
        ),
        None,
        id="enum-quotes-and-fields",
    ),
    pytest.param(poisoned(BREAKOUT, *THING, "properties", ("name",)), None, id="property-name"),
    pytest.param(poisoned("__class__", *THING, "properties", ("name",)), None, id="property-dunder"),
    pytest.param(poisoned(BREAKOUT, *THING, "title"), None, id="title"),
    pytest.param(renamed("Part", f"Part(metaclass={PAYLOAD})"), r"not valid: /components/schemas", id="schema-name"),
    pytest.param(poisoned(f"make\n{PAYLOAD}", *OPERATION, "operationId"), None, id="operation-id"),
    pytest.param(poisoned("../../../marker", *OPERATION, "operationId"), None, id="operation-id-leaves-the-folder"),
    pytest.param(poisoned([f"things\n{PAYLOAD}"], *OPERATION, "tags"), None, id="tag"),
    pytest.param(poisoned(["../../marker"], *OPERATION, "tags"), None, id="tag-leaves-the-folder"),
    pytest.param(with_path('/things"+' + PAYLOAD + '+"/{thing_id}', "thing_id"), None, id="path-quotes"),
    pytest.param(
        with_path("/things/{thing_id}/\\N{DIGIT ONE}", "thing_id"), r"was not resolved", id="path-named-character"
    ),
    pytest.param(with_path("/things/{thing_id}/{0.__class__}", "thing_id"), r"was not resolved", id="path-field"),
    pytest.param(
        with_path("/things/{thing_id}/{thing_id.__class__}", "thing_id"), r"was not resolved", id="path-attribute"
    ),
    pytest.param(
        with_path("/things/{thing_id!r:>99999999}", "thing_id"), r"openapi_python_client failed", id="path-format"
    ),
    pytest.param(
        with_path("/things/{" + PAYLOAD + "}", PAYLOAD),
        r"openapi_python_client failed",
        id="parameter-name-of-the-path",
    ),
    pytest.param(
        poisoned(f"order=1):\n {PAYLOAD}\ndef f(", *OPERATION, "parameters", 1, "name"), None, id="parameter-name"
    ),
    pytest.param(poisoned(f'X"]={PAYLOAD}#', *OPERATION, "parameters", 2, "name"), None, id="header-name"),
    pytest.param(poisoned(BREAKOUT, *THING, "description"), None, id="description"),
    pytest.param(poisoned(f'\\"""\n{PAYLOAD}\n\\', *OPERATION, "description"), None, id="description-backslash"),
    pytest.param(poisoned('"', *OPERATION, "summary"), None, id="summary-quote"),
    pytest.param(
        poisoned(BREAKOUT, *THING, "properties", "colour", "description"), None, id="description-of-a-property"
    ),
    pytest.param(poisoned(BREAKOUT, *OPERATION, "responses", "200", "description"), None, id="response-description"),
    pytest.param(poisoned(BREAKOUT, "info", "title"), None, id="title-of-the-document"),
    pytest.param(
        poisoned(
            {"propertyName": BREAKOUT, "mapping": {BREAKOUT: "#/components/schemas/Part"}},
            *(*THING, "properties", "other", "discriminator"),
        ),
        None,
        id="discriminator",
    ),
    pytest.param(poisoned(f'https://x/"+{PAYLOAD}+"', "servers", 0, "url"), None, id="server"),
    pytest.param(
        poisoned(f'application/json;a="+{PAYLOAD}+"', *OPERATION, "requestBody", "content", ("application/json",)),
        None,
        id="content-type",
    ),
    pytest.param(poisoned(BREAKOUT, *THING, "properties", "kind", "const"), None, id="const"),
    pytest.param(poisoned(IN_FIELD, *THING, "properties", "kind", "const"), None, id="const-in-a-format-string"),
    pytest.param(poisoned(IN_FIELD, *THING, "properties", ("kind",)), None, id="property-in-a-format-string"),
    pytest.param(poisoned(f'^"""{PAYLOAD}', *THING, "properties", "code", "pattern"), None, id="pattern"),
    pytest.param(poisoned(BREAKOUT, *THING, "properties", "name", "example"), None, id="example"),
]


@pytest.mark.parametrize(("spec", "stopped"), POISONED)
def test_a_poisoned_spec_stops_the_build_or_stays_a_text(spec, stopped, tmp_path):
    work = tmp_path / "work"
    work.mkdir()

    if stopped:
        with pytest.raises(BuildError, match=rf"\A[^\n]*{stopped}[^\n]*\Z"):
            build_provider(spec, tmp_path / "root")
    else:
        done = use(build_provider(spec, tmp_path / "root"), work)
        assert (done.stdout, done.returncode) == ("used True\n", 0), done.stderr

    assert sorted(path.name for path in tmp_path.iterdir()) == ["root", "work"]
    assert [path for path in tmp_path.rglob("marker") if path.is_file()] == []
    assert {path.name for path in (tmp_path / "root").iterdir()} <= {"generated", "overlays", "specs"}


def test_code_that_does_run_is_noticed(tmp_path):
    """The table above can fail: the payload in the place of a harmless line leaves its mark."""
    generated = build_provider(SPEC, tmp_path / "root")
    module = generated / "expunge_clients" / "small" / "models" / "thing.py"
    module.write_text(module.read_text(encoding="utf-8") + f"\n{PAYLOAD}\n", encoding="utf-8")

    done = use(generated, tmp_path)

    assert (done.stdout, done.returncode) == ("used True\n", 0), done.stderr
    assert (tmp_path / "marker").is_file()


@pytest.mark.parametrize(
    ("spec", "refused"),
    [
        pytest.param(renamed("Part", "Client"), "Client is a name of the generator's own", id="client"),
        pytest.param(renamed("Part", "Response"), "Response is a name of the generator's own", id="response"),
        pytest.param(renamed("Part", "Unset"), "Unset is a name of the generator's own", id="unset"),
        pytest.param(renamed("Part", "T"), "T is bound twice", id="type-variable"),
        pytest.param(poisoned("to_dict", *THING, "properties", ("name",)), "to_dict is bound twice", id="to-dict"),
        pytest.param(poisoned("fromDict", *THING, "properties", ("code",)), "from_dict is bound twice", id="from-dict"),
        pytest.param(
            poisoned("additional_properties", *THING, "properties", ("name",)),
            "additional_properties is bound twice",
            id="additional-properties",
        ),
        pytest.param(poisoned("d", *THING, "properties", ("name",)), "property d of Thing has a name", id="local"),
        pytest.param(poisoned("cls", *THING, "properties", ("name",)), "property cls of Thing", id="cls"),
        pytest.param(poisoned("cast", *THING, "properties", ("name",)), "property cast of Thing", id="cast"),
        pytest.param(poisoned("params", *OPERATION, "parameters", 1, "name"), "parameter params", id="params"),
        pytest.param(
            poisoned("path_segment", *OPERATION, "parameters", 1, "name"), "parameter path_segment", id="path-segment"
        ),
        pytest.param(poisoned("body", *OPERATION, "parameters", 1, "name"), "Duplicate parameter", id="twice"),
    ],
)
def test_a_name_of_the_generators_own_stops_the_build(spec, refused, tmp_path):
    with pytest.raises(BuildError, match=rf"\A[^\n]*{refused}"):
        build_provider(spec, tmp_path / "root")
