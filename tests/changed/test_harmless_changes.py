"""Changes that look serious and change nothing for callers, each beside its like that does break them.

The module is longer than most: nearly half of it is one table, a line for each pair of schemas.
"""
# ruff: noqa: E501 - a row of the table is a line

import copy

import pytest
from tests.changed.test_schema_meaning import TEXT, fields, level
from tests.changed.test_shared_parts import api, found

from changed.openapi.operations import spec_changes
from changed.report import Report

JSON = {"application/json": {"schema": fields(id=TEXT)}}
LIST = {"type": "array", "items": TEXT}
MAIN, SECOND = ({"url": f"https://{name}.example.com"} for name in ("api", "eu"))
B, C, D = "breaking", "compatible", "documentation"


def row(name, expected, before, after, direction="sent"):
    return pytest.param(before, after, direction, expected, id=name)


def text(**more):
    return fields(a={**TEXT, **more})


def number(kind="integer", **more):
    return fields(a={"type": kind, **more})


@pytest.mark.parametrize(
    ("before", "after", "direction", "expected"),
    [
        row("format-of-plain-text-added", D, text(), text(format="email")),
        row("format-of-plain-text-changed", D, text(format="uri"), text(format="uri-reference")),
        row("format-of-plain-text-removed", D, text(format="byte"), text(), "received"),
        row("format-of-a-number", D, number(format="int32"), number(format="int64"), "received"),
        row("format-of-a-float", D, number("number"), number("number", format="double")),
        row("format-of-fixed-texts", D, text(enum=["a"]), text(enum=["a"], format="date-time")),
        row("time-added", B, text(), text(format="date-time")),
        row("time-removed", B, text(format="date-time"), text(), "received"),
        row("time-became-plain-text", B, text(format="date-time"), text(format="email"), "received"),
        row("date-became-time", B, text(format="date"), text(format="date-time"), "received"),
        row("uuid-added", B, text(), text(format="uuid"), "received"),
        row("bytes-added", B, text(), text(format="binary")),
        row("time-that-may-be-null-added", B, fields(a={"type": ["string", "null"]}), fields(a={"type": ["string", "null"], "format": "date-time"}), "received"),
        row("time-with-null-said-by-a-union", B, fields(a={"anyOf": [TEXT, {"type": "null"}]}), fields(a={"anyOf": [{**TEXT, "format": "uuid"}, {"type": "null"}]}), "received"),
        row("default-null-added", D, text(), text(default=None)),
        row("default-null-removed", D, fields(a={"type": ["string", "null"], "default": None}), fields(a={"type": ["string", "null"]})),
        row("default-null-received", D, text(), text(default=None), "received"),
        row("default-of-a-list-added", C, fields(a=LIST), fields(a={**LIST, "default": []})),
        row("default-of-a-list-removed", C, fields(a={**LIST, "default": ["a"]}), fields(a=LIST)),
        row("default-of-a-list-changed", B, fields(a={**LIST, "default": ["a"]}), fields(a={**LIST, "default": ["b"]})),
        row("default-that-is-sent-added", B, text(), text(default="a")),
        row("default-that-is-sent-became-null", B, text(default="a"), text(default=None)),
        row("default-false-added", B, number("boolean"), number("boolean", default=False)),
        row("default-0-added", B, number(), number(default=0)),
        row("default-empty-text-added", B, text(), text(default="")),
        row("any-value-became-an-object", B, fields(a={}), fields(a=fields(b=TEXT)), "received"),
        row("any-value-became-text", C, fields(a={}), text(), "received"),
        row("alternative-beside-rules-of-any-type-lost", B, {"anyOf": [TEXT, {"minLength": 2}]}, {"minLength": 2}),
        row("alternative-beside-rules-of-any-type-got", B, {"minLength": 2}, {"anyOf": [TEXT, {"minLength": 2}]}, "received"),
        row("alternative-beside-any-value-lost", None, {"anyOf": [TEXT, {}]}, {}),
        row("an-object-says-that-it-is-one", C, {"properties": {"a": TEXT}}, fields(a=TEXT), "received"),
    ],
)  # fmt: skip
def test_a_schema_breaks_callers_only_if_the_client_acts_differently(before, after, direction, expected):
    assert level(before, after, direction) == expected


def answers(**by_status):
    return {"responses": {status.strip("s"): {"description": "d", **more} for status, more in by_status.items()}}


def other_spelling(name):
    """Return an API whose only operation has the id *name*."""
    document = api(do={})
    document["paths"]["/do"]["get"]["operationId"] = name
    return document


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(answers(s202={}), answers(s202={"content": JSON}), C, id="body-of-an-answer-documented"),
        pytest.param(answers(s202={"content": {}}), answers(s202={"content": JSON}), C, id="body-of-an-answer-documented-where-content-was-empty"),
        pytest.param(answers(s202={"content": JSON}), answers(s202={}), B, id="body-of-an-answer-removed"),
        pytest.param(answers(s202={"content": JSON}), answers(s202={"content": {**JSON, "text/csv": {}}}), B, id="second-media-type-of-an-answer"),
        pytest.param(answers(s202={"content": {"application/json": {"schema": {}}}}), answers(s202={"content": JSON}), B, id="body-of-any-value-became-an-object"),
        pytest.param({"tags": ["Models"]}, {"tags": ["models"]}, D, id="letter-case-of-a-tag"),
        pytest.param({"tags": ["model versions"]}, {"tags": ["ModelVersions"]}, D, id="spelling-of-a-tag"),
        pytest.param({"tags": ["models"]}, {"tags": ["model"]}, B, id="another-tag"),
        pytest.param({"tags": ["models"]}, {}, B, id="no-tag"),
        pytest.param({}, {"tags": ["Default"]}, D, id="tag-of-the-module-without-one"),
        pytest.param({"security": [{"a": []}]}, {"security": [{"a": []}, {"b": []}]}, C, id="second-credential"),
        pytest.param({"security": [{"a": []}]}, {"security": [{}, {"a": []}]}, C, id="credential-became-optional"),
        pytest.param({"security": [{"a": []}, {"b": []}]}, {"security": [{"a": []}]}, B, id="a-credential-no-longer-taken"),
        pytest.param({"security": [{"a": []}]}, {"security": [{"a": [], "b": []}]}, B, id="a-credential-more-at-once"),
        pytest.param({"security": [{"a": []}]}, {"security": [{"a": ["admin"]}]}, B, id="another-scope"),
        pytest.param({"security": [{"a": []}]}, {"security": []}, C, id="no-credential-needed"),
        pytest.param({"security": []}, {"security": [{"a": []}]}, B, id="the-first-credential"),
        pytest.param({}, {"security": [{"a": []}]}, B, id="the-first-credential-where-none-was-said"),
        pytest.param({"servers": [MAIN]}, {"servers": [MAIN, SECOND]}, C, id="second-server"),
        pytest.param({"servers": [MAIN]}, {"servers": [SECOND, MAIN]}, B, id="second-server-in-front"),
        pytest.param({"servers": [MAIN, SECOND]}, {"servers": [MAIN]}, B, id="server-removed"),
        pytest.param({"servers": [MAIN]}, {"servers": [SECOND]}, B, id="another-server"),
        pytest.param({}, {"servers": [MAIN]}, B, id="the-first-server"),
        pytest.param({"servers": [{"url": "https://{r}.x.com", "variables": {"r": {"default": "eu"}}}]}, {"servers": [{"url": "https://{r}.x.com", "variables": {"r": {"default": "us"}}}, MAIN]}, B, id="the-first-server-s-variable"),
    ],
)  # fmt: skip
def test_an_operation_breaks_callers_only_if_their_calls_do(before, after, expected):
    assert Report.of(spec_changes("p", api(do=before), api(do=after))).level == expected


@pytest.mark.parametrize("key", ["servers", "security"])
def test_one_more_of_what_all_operations_share_is_one_compatible_line(key):
    before, after = api(one={}, two={}), api(one={}, two={})
    before[key], after[key] = ([MAIN], [MAIN, SECOND]) if key == "servers" else ([{"a": []}], [{"a": []}, {"b": []}])

    ((level, name, _),) = found(before, after)

    assert (level, name) == (C, key)


def test_an_operation_id_in_camel_case_is_the_same_operation():
    assert found(other_spelling("get_model"), other_spelling("getModel")) == [
        (D, "get_model.operationId", "written getModel now, and its module is the same")
    ]


def test_an_operation_id_in_camel_case_at_another_path_is_the_same_operation():
    after = other_spelling("getModel")
    after["paths"]["/moved"] = after["paths"].pop("/do")

    names = {name.partition(".")[0] for _, name, _ in found(other_spelling("get_model"), after)}

    assert names == {"get_model"}


def test_an_operation_that_lost_its_id_is_another_module():
    after = other_spelling("get_model")
    del after["paths"]["/do"]["get"]["operationId"]

    assert found(other_spelling("get_model"), after) == [
        (B, "get_model.operationId", "became GET /do, and with it the module's name")
    ]


def test_another_operation_id_at_the_same_path_is_another_module():
    assert found(other_spelling("get_model"), other_spelling("getModels")) == [
        (B, "get_model.operationId", "became getModels, and with it the module's name")
    ]


def test_an_operation_that_got_its_first_id_is_in_another_module():
    after = api(do={})
    del after["paths"]["/do"]["get"]["operationId"]

    assert found(after, api(do={})) == [(B, "GET /do.operationId", "became do, and with it the module's name")]


def test_the_same_credential_more_in_several_operations_is_one_line():
    before, after = (
        api(**{name: {"security": each} for name in ("one", "two")}, three={})
        for each in ([{"a": []}], [{"a": []}, {"b": []}])
    )

    assert found(before, after) == [(C, "security", 'got {"b": []} (in one and two)')]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"read": "r"}, {"read": "r", "write": "w"}, [(C, "got code write")], id="declared-in-addition"),
        pytest.param({"read": "r", "write": "w"}, {"read": "r"}, [(B, "lost code write")], id="no-longer-declared"),
        pytest.param({"read": "r"}, {"read": "reading"}, [(D, "reworded")], id="reworded"),
    ],
)
def test_the_scopes_of_a_flow_are_compared_one_by_one(before, after, expected):
    documents = (
        api({"securitySchemes": {"s": {"type": "oauth2", "flows": {"code": {"tokenUrl": "t", "scopes": scopes}}}}})
        for scopes in (before, after)
    )

    assert [(level, what) for level, _, what in found(*documents)] == expected


def test_a_change_beside_another_spelling_of_the_id_is_reported():
    after = other_spelling("getModel")
    after["paths"]["/do"]["get"]["parameters"] = [{"name": "q", "in": "query", "required": True, "schema": TEXT}]

    assert (B, "get_model.parameters.q", "required parameter added") in found(other_spelling("get_model"), after)


def test_ids_of_one_module_are_kept_apart():
    """Two operations whose ids differ only in spelling would overwrite each other, so their ids are compared as texts."""
    before = api(getModel={}, get_model={})
    after = copy.deepcopy(before)
    del after["paths"]["/getModel"]

    assert [(level, name) for level, name, _ in found(before, after)] == [(B, "getModel")]


MODEL = {"get": {"responses": {"200": {"description": "d"}}}}


@pytest.mark.parametrize(
    ("old", "new", "is_named"),
    [
        pytest.param("/v1/models/{id}", "/v2/models/{model_id}", True, id="another-version"),
        pytest.param("/models/{id}", "/orgs/{org}/models/{id}", True, id="a-step-in-front"),
        pytest.param("/models/{id}", "/models/files", True, id="half-of-it"),
        pytest.param("/v1/models/{id}", "/v1/billing", False, id="another-thing"),
        pytest.param("/v1/runs/{run}/jobs/{job}/files", "/v1/teams/{team}/users/{user}", False, id="variables-only"),
        pytest.param("/v1/models/{id}", "/health", False, id="nothing-alike"),
    ],
)
def test_a_path_that_moved_names_the_one_that_looks_like_it(old, new, is_named):
    before, after = ({**api(), "paths": {path: MODEL, "/stays": MODEL}} for path in (old, new))

    (removed,) = [what for level, _, what in found(before, after) if level == B]

    clause = f"; GET {new}, which was added, looks like it"
    assert removed == f"operation removed (GET {old}){clause * is_named}"


def test_of_two_paths_that_look_like_it_the_one_with_its_variable_is_named():
    old, new, other = "/v1/routes/links/{link}", "/v1/grid/links/{link}", "/v1/grid/routes/{route}"
    before, after = ({**api(), "paths": dict.fromkeys(paths, MODEL)} for paths in ([old], [other, new]))

    (removed,) = [what for level, _, what in found(before, after) if level == B]

    assert removed.endswith(f"; GET {new}, which was added, looks like it")


@pytest.mark.parametrize(
    ("old", "new", "is_named"),
    [
        pytest.param(["200", "404"], ["200", "409"], True, id="one-in-common"),
        pytest.param(["200"], ["202"], False, id="none-in-common"),
        pytest.param(["200"], [], False, id="no-answer"),
    ],
)
def test_only_an_operation_with_a_status_in_common_looks_like_it(old, new, is_named):
    before, after = (
        {**api(), "paths": {path: {"get": {"responses": {status: {"description": "d"} for status in statuses}}}}}
        for path, statuses in (("/v1/models/{id}", old), ("/v2/models/{id}", new))
    )

    (removed,) = [what for level, _, what in found(before, after) if level == B]

    clause = "; GET /v2/models/{id}, which was added, looks like it"
    assert removed == f"operation removed (GET /v1/models/{{id}}){clause * is_named}"


def test_an_operation_does_not_look_like_itself_if_none_was_added():
    before, after = api(), api()
    before["paths"] = {"/a/b": MODEL}

    assert found(before, after) == [(B, "GET /a/b", "operation removed (GET /a/b)")]


def test_another_method_at_the_same_path_does_not_look_like_it():
    before, after = api(), api()
    before["paths"], after["paths"] = {"/a/b": MODEL}, {"/a/b": {"delete": MODEL["get"]}}

    assert (B, "GET /a/b", "operation removed (GET /a/b)") in found(before, after)


@pytest.mark.parametrize(("direction", "expected"), [("received", C), ("sent", B)])
def test_texts_that_are_listed_now_break_only_those_who_send_them(direction, expected):
    before, after = text(), text(enum=["calm", "rough"])

    assert level(before, after, direction) == expected


def with_variable(name):
    parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    operation = {"operationId": "do", "parameters": [parameter], "responses": {"200": {"description": "ok"}}}
    return {**api(), "paths": {f"/do/{{{name}}}": {"get": operation}}}


def test_another_spelling_of_a_variable_in_a_path_is_the_same_argument():
    assert found(with_variable("model_id"), with_variable("modelId")) == [
        (D, "do", "GET /do/{model_id} became GET /do/{modelId}")
    ]


def test_another_variable_in_a_path_is_another_argument():
    assert B in {level for level, _, _ in found(with_variable("model_id"), with_variable("id"))}


def answering(media, schema):
    return api(do={"responses": {"200": {"description": "ok", "content": {media: {"schema": schema}}}}})


@pytest.mark.parametrize(
    ("media", "schema", "expected"),
    [
        pytest.param("application/vnd.x+json", {"type": "string"}, C, id="read-alike"),
        pytest.param("application/vnd.x+json", {"type": "integer"}, B, id="read-alike-with-another-schema"),
        pytest.param("text/plain", {"type": "string"}, B, id="read-otherwise"),
    ],
)
def test_another_media_type_of_an_answer_breaks_exactly_if_it_is_read_otherwise(media, schema, expected):
    before, after = answering("application/json", {"type": "string"}), answering(media, schema)

    assert Report.of(spec_changes("p", before, after)).level == expected


def test_another_media_type_of_a_body_breaks_because_it_is_sent():
    before, after = (
        api(do={"requestBody": {"content": {media: {"schema": {"type": "string"}}}}})
        for media in ("application/json", "application/vnd.x+json")
    )

    assert Report.of(spec_changes("p", before, after)).level == B


@pytest.mark.parametrize("key", ["items", "additionalProperties"])
def test_a_default_of_one_value_of_several_is_never_sent(key):
    kind = "array" if key == "items" else "object"
    before, after = (
        api(do={"requestBody": {"content": {"application/json": {"schema": {"type": kind, key: each}}}}})
        for each in ({"type": "integer"}, {"type": "integer", "default": 2})
    )

    assert found(before, after) == []
