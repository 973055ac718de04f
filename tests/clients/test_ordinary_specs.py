"""Each part of an ordinary spec becomes a client that works, or the line that stops the build names it."""

import importlib
import sys

import httpx
import pytest
from tests.clients.small_provider import build_provider

from clients.build import BuildError

pytestmark = pytest.mark.slow

JSON_TYPE, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
BINARY = {"type": "string", "format": "binary"}
PART = {"$ref": "#/components/schemas/Part"}
FILTER = {"$ref": "#/components/schemas/Filter"}
SCHEMAS = {
    "Part": {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False},
    "Filter": {"type": "object", "properties": {"flag": {"const": True}, "files": {"type": "array", "items": BINARY}}},
    "Upload": {
        "type": "object",
        "properties": {"files": {"type": "array", "items": BINARY}},
        "additionalProperties": {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "integer"}]},
    },
}


def operation(name, **fields):
    return {"operationId": name, "tags": ["t"], "responses": {"200": {"description": "ok"}}, **fields}


def body(name, is_required=True, **contents):
    """Return an operation that takes a body: content types by their schemas, in this order."""
    types = {"json": JSON_TYPE, "form": FORM, "multipart": MULTIPART, "png": "image/png"}
    content = {types[key]: {"schema": schema} for key, schema in contents.items()}
    return {"post": operation(name, requestBody={"required": is_required, "content": content})}


def spec(paths):
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


ORDINARY = spec(
    {
        "/two": body("two", json=PART, form=FILTER),
        "/maybe": body("maybe", is_required=False, form=FILTER, json=PART),
        "/same": body("same", json=PART, form=PART, multipart=PART),
        "/list": body("many", json={"type": "array", "items": PART}, form=FILTER),
        "/upload": body("upload", multipart={"$ref": "#/components/schemas/Upload"}, png=BINARY),
        "/page": {
            "get": operation(
                "page", responses={"200": {"description": "ok", "content": {"application/pdf": {"schema": BINARY}}}}
            )
        },
    }
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Build the client of the ordinary spec and import it."""
    folder = build_provider(ORDINARY, tmp_path_factory.mktemp("ordinary"))
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "expunge_clients"}
    for name in before:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    importlib.import_module("expunge_clients.small.models")
    yield importlib.import_module("expunge_clients.small")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "expunge_clients"]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def sent(small):
    """Return the request that an endpoint makes of a body, as httpx would send it."""

    def request(endpoint, **arguments):
        module = importlib.import_module(f"{small.__name__}.api.t.{endpoint}")
        made = httpx.Client(base_url="https://small.example").build_request(**module._get_kwargs(**arguments))
        return made.headers.get("Content-Type"), made.read()

    return request


def test_the_type_of_a_body_decides_how_it_is_sent(sent, small):
    assert sent("two", body=small.models.Part(name="a")) == (JSON_TYPE, b'{"name":"a"}')
    assert sent("two", body=small.models.Filter(flag=True)) == (FORM, b"flag=true")
    assert sent("maybe") == (None, b"")


def test_of_content_types_with_one_schema_the_first_is_sent(sent, small):
    assert sent("same", body=small.models.Part(name="a")) == (JSON_TYPE, b'{"name":"a"}')


def test_a_list_beside_a_form_is_sent_as_json(sent, small):
    assert sent("many", body=[small.models.Part(name="a")]) == (JSON_TYPE, b'[{"name":"a"}]')


def test_files_and_additional_fields_are_parts(sent, small):
    types = importlib.import_module(f"{small.__name__}.types")
    upload = small.models.Upload(files=[types.File(payload=b"one"), types.File(payload=b"two")])
    upload["more"] = ["x", "y"]
    upload["count"] = 3

    kind, content = sent("upload", body=upload)

    assert kind.startswith(MULTIPART)
    assert [part in content for part in (b"one", b"two", b"\r\nx\r\n", b"\r\ny\r\n", b"\r\n3\r\n")] == [True] * 5


def test_an_image_is_sent_as_its_bytes_and_a_page_is_read_as_them(sent, small):
    types = importlib.import_module(f"{small.__name__}.types")
    page = importlib.import_module(f"{small.__name__}.api.t.page")
    client = small.Client(base_url="https://small.example")

    answer = page._build_response(client=client, response=httpx.Response(200, content=b"%PDF"))

    assert sent("upload", body=types.File(payload=b"\x89PNG")) == ("image/png", b"\x89PNG")
    assert answer.parsed.payload.read() == b"%PDF"


def test_a_constant_that_is_no_text_may_be_missing(small):
    assert small.models.Filter.from_dict({}).to_dict() == {}
    with pytest.raises(ValueError, match="must match const True"):
        small.models.Filter.from_dict({"flag": False})


def answer(**content):
    return {"get": operation("make", responses={"200": {"description": "ok", **content}})}


@pytest.mark.parametrize(
    ("item", "words"),
    [
        pytest.param(
            {
                "get": operation(
                    "make", parameters=[{"name": "h", "in": "header", "schema": {"type": "array", "items": {}}}]
                )
            },
            r"GET /x .*is not allowed in header",
            id="array-in-a-header",
        ),
        pytest.param(
            {"post": operation("make", requestBody={"content": {"application/xml": {"schema": PART}}})},
            r"POST /x .*Unsupported content type application/xml",
            id="xml",
        ),
        pytest.param(
            answer(content={"application/jsonl": {"schema": {"type": "string"}}}),
            r"GET /x .*Unsupported content_type application/jsonl",
            id="lines-of-json",
        ),
        pytest.param(
            body("make", json={"type": "object", "properties": {"v": {"enum": ["a", 1]}}}),
            r"POST /x .*Got \{<class '(int|str)'>, <class '(int|str)'>\}",
            id="enum-of-texts-and-numbers",
        ),
    ],
)
def test_what_cannot_be_generated_is_named_in_one_line(item, words, tmp_path):
    with pytest.raises(BuildError, match=words) as stopped:
        build_provider(spec({"/x": item}), tmp_path)

    assert "\n" not in str(stopped.value)
    assert str(tmp_path) not in str(stopped.value)
    assert "object at 0x" not in str(stopped.value)
