"""Shared parts of operations are compared once, and the parts of one operation by their meaning."""
# ruff: noqa: E501 - a row of the table is a line

import copy

import pytest

from changed.openapi.operations import spec_changes
from changed.python.changes import unexplained
from changed.report import Change, Report

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def operation(name, **more):
    return {"operationId": name, "responses": {"200": {"description": "ok"}}, **more}


def api(components=None, **operations):
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {f"/{name}": {"get": operation(name, **more)} for name, more in operations.items()},
        "components": components or {},
    }


def at(section, name):
    return {"$ref": f"#/components/{section}/{name}"}


def found(before, after):
    return [(change.level, change.name, change.what) for change in spec_changes("p", before, after)]


def page(schema, **more):
    return {"name": "page", "in": "query", "schema": schema, **more}


def shared(parameter):
    used = {"parameters": [at("parameters", "Page")]}
    return api({"parameters": {"Page": parameter}}, one=used, two=used, three=used)


def test_a_shared_parameter_is_reported_once_and_names_who_uses_it():
    assert found(shared(page(TEXT)), shared(page(NUMBER))) == [
        ("breaking", "parameters.Page.type", "string became integer (in one, two and three)")
    ]


def test_a_shared_answer_and_a_shared_body_are_reported_once():
    def document(schema):
        content = {"content": {"application/json": {"schema": schema}}}
        used = {"requestBody": at("requestBodies", "Body"), "responses": {"200": at("responses", "Done")}}
        components = {"requestBodies": {"Body": content}, "responses": {"Done": {"description": "ok", **content}}}
        return api(components, one=used, two=used)

    assert found(document(TEXT), document(NUMBER)) == [
        ("breaking", "requestBodies.Body.type", "string became integer (in one and two)"),
        ("breaking", "responses.Done.type", "string became integer (in one and two)"),
    ]


def test_a_shared_header_is_reported_once():
    def document(schema):
        used = {"responses": {"200": {"description": "ok", "headers": {"X-Id": at("headers", "Id")}}}}
        return api({"headers": {"Id": {"schema": schema}}}, one=used, two={**used, "summary": "Two"})

    assert found(document(NUMBER), document(TEXT)) == [("breaking", "headers.Id.type", "integer became string")]


def test_what_an_overlay_copied_into_operations_is_reported_once():
    before, after = (
        api(one={"parameters": [page(it)]}, two={"parameters": [page(it)]}, other={"parameters": [page(TEXT)]})
        for it in (TEXT, NUMBER)
    )

    assert found(before, after) == [("breaking", "parameters.page.type", "string became integer (in one and two)")]


def test_copies_at_two_places_have_a_line_for_each():
    def answers(schema):
        content = {"content": {"application/json": {"schema": schema}}}
        return api(one={"responses": {status: {"description": "ok", **content} for status in ("200", "201")}})

    assert found(answers(NUMBER), answers(TEXT)) == [
        ("breaking", f"one.responses.{status}.type", "integer became string") for status in ("200", "201")
    ]


@pytest.mark.parametrize(("before", "after"), [(TEXT, {}), ({}, TEXT)])
def test_a_change_of_what_is_sent_and_received_has_the_more_serious_level(before, after):
    """Users who send it break if it narrows, and those who receive it if it widens."""

    def document(schema):
        header = at("headers", "Id")
        body = {"content": {"application/json": {"schema": {"$ref": f"{header['$ref']}/schema"}}}}
        answer = {"200": {"description": "ok", "headers": {"X-Id": header}}}
        return api({"headers": {"Id": {"schema": schema}}}, one={"requestBody": body, "responses": answer})

    assert [(level, name) for level, name, _ in found(document(before), document(after))] == [
        ("breaking", "headers.Id.type")
    ]


def test_copies_that_changed_differently_are_distinguished():
    before = api(one={"parameters": [page(TEXT)]}, two={"parameters": [page(TEXT)]})
    after = api(one={"parameters": [page(NUMBER)]}, two={"parameters": [page({"type": "boolean"})]})

    assert {name for _, name, _ in found(before, after)} == {"one.parameters.page.type", "two.parameters.page.type"}


def test_a_status_that_all_operations_got_is_reported_once():
    used = {"responses": {"200": {"description": "ok"}, "429": {"description": "slow"}}}

    assert found(api(one={}, two={}), api(one=used, two=used)) == [
        ("compatible", "responses.429", "status added (Too Many Requests) (in one and two)")
    ]


def test_many_operations_are_counted():
    before, after = (api(**{f"o{n}": {"parameters": [page(it)]} for n in range(9)}) for it in (TEXT, NUMBER))

    ((_, _, what),) = found(before, after)

    assert what == "string became integer (in o0, o1, o2 and 6 more)"


def test_the_line_of_a_shared_part_explains_each_operation_in_python():
    reported = spec_changes("p", shared(page(TEXT)), shared(page(NUMBER)))
    modules = [Change("breaking", "p", f"expunge_clients.p.api.models.{it}.sync", "x") for it in ("one", "two", "four")]

    assert unexplained(modules, reported) == modules[2:]


def test_an_object_in_a_shared_answer_explains_its_model():
    def document(**properties):
        content = {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}
        used = {"responses": {"200": {"description": "ok", **content}}}
        return api(one=used, two=used)

    reported = spec_changes("p", document(a=TEXT), document(a=NUMBER))
    model = Change("breaking", "p", "expunge_clients.p.models.two_response_200.TwoResponse200.a", "x")

    assert [change.name for change in reported] == ["responses.200.a.type"]
    assert unexplained([model], reported) == []


def test_programs_read_no_more_of_a_shared_part_than_of_any_other():
    report = Report.of(spec_changes("p", shared(page(TEXT)), shared(page(NUMBER))))

    assert '"what": "string became integer (in one, two and three)"' in report.json()
    assert "places" not in report.json()


BEFORE = api(
    {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "examples": {"E": {"value": 1}},
        "headers": {"H": {"schema": TEXT}},
    },
    do={
        "parameters": [{"name": "ids", "in": "query", "schema": TEXT, "examples": {"e": at("examples", "E")}},
                       {"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "requestBody": {"content": {"application/json": {"schema": TEXT}}},
        "responses": {"200": {"description": "ok", "headers": {"X": {"schema": TEXT}, "Y": {"content": {"text/plain": {"schema": TEXT}}}, "Z": at("headers", "H")}}},
    },
)  # fmt: skip
DO = "paths /do get"
SCHEME = "components securitySchemes key"


def edited(place, value):
    document = copy.deepcopy(BEFORE)
    *steps, last = (int(step) if step.isdecimal() and len(step) == 1 else step for step in place.split(" "))
    node = document
    for step in steps:
        node = node[step]
    node[last] = value
    return document


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(f"{DO} parameters 0 style", "form", id="style-of-a-query"),
        pytest.param(f"{DO} parameters 0 explode", True, id="explode-of-a-form"),
        pytest.param(f"{DO} parameters 1 style", "simple", id="style-of-a-path"),
        pytest.param(f"{DO} parameters 1 explode", False, id="explode-of-a-path"),
        pytest.param(f"{DO} parameters 0 allowReserved", False, id="reserved-letters"),
        pytest.param(f"{DO} parameters 0 required", False, id="parameter-not-required"),
        pytest.param(f"{DO} parameters 0 deprecated", False, id="parameter-not-deprecated"),
        pytest.param(f"{DO} deprecated", False, id="operation-not-deprecated"),
        pytest.param(f"{DO} requestBody required", False, id="body-not-required"),
        pytest.param(f"{DO} requestBody content application/json encoding", {}, id="no-encoding"),
        pytest.param(f"{DO} responses 200 headers X required", False, id="header-not-required"),
        pytest.param(f"{DO} responses 200 headers X style", "simple", id="style-of-a-header"),
        pytest.param(f"{SCHEME} scheme", "Bearer", id="letter-case-of-a-scheme"),
        pytest.param(f"{DO} responses 200 headers Z", {"schema": TEXT}, id="header-inlined"),
    ],
)
def test_what_says_the_same_of_an_operation_is_no_change(place, value):
    assert found(BEFORE, edited(place, value)) == []
    assert found(edited(place, value), BEFORE) == []


@pytest.mark.parametrize(
    ("place", "value", "level", "name"),
    [
        pytest.param(f"{SCHEME} bearerFormat", "JWT", "documentation", "securitySchemes.key", id="bearer-format"),
        pytest.param(f"{SCHEME} x-words", "w", "documentation", "securitySchemes.key", id="extension-of-a-scheme"),
        pytest.param(f"{SCHEME} scheme", "basic", "breaking", "securitySchemes.key", id="another-scheme"),
        pytest.param("components examples E value", 2, "documentation", "do.parameters.ids.examples", id="a-shared-example"),
        pytest.param("components headers H schema", NUMBER, "breaking", "headers.H.type", id="a-shared-header"),
        pytest.param(f"{DO} responses 200 headers X required", True, "compatible", "do.responses.200.headers.X", id="header-always-there"),
        pytest.param(f"{DO} responses 200 headers Y content text/plain schema", NUMBER, "breaking", "do.responses.200.headers.Y.type", id="content-of-a-header"),
        pytest.param(f"{DO} responses 200 headers Y content", {"application/json": {"schema": TEXT}}, "breaking", "do.responses.200.headers.Y", id="media-type-of-a-header"),
        pytest.param(f"{DO} responses 200 headers X explode", True, "breaking", "do.responses.200.headers.X.explode", id="explode-of-a-header"),
        pytest.param(f"{DO} responses 200 links", {"next": {}}, "documentation", "do.responses.200.links", id="links"),
        pytest.param(f"{DO} parameters 0 content", {"application/json": {"schema": TEXT}}, "breaking", "do.parameters.ids", id="parameter-got-content"),
        pytest.param(f"{DO} callbacks", {"c": {}}, "breaking", "do.callbacks", id="callbacks"),
        pytest.param(f"{DO} requestBody content application/json itemSchema", TEXT, "breaking", "do.requestBody.itemSchema", id="unknown-of-a-media-type"),
        pytest.param("jsonSchemaDialect", "https://example.com/other", "breaking", "jsonSchemaDialect", id="dialect"),
        pytest.param("openapi", "3.1.1", "documentation", "openapi", id="version-of-the-standard"),
        pytest.param("x-words", "w", "documentation", "x-words", id="extension-of-the-document"),
    ],
)  # fmt: skip
def test_each_change_of_a_part_has_its_verdict(place, value, level, name):
    there = spec_changes("p", BEFORE, edited(place, value))

    assert (Report.of(there).level, name in {change.name for change in there}) == (level, True)
    assert {change.name for change in spec_changes("p", edited(place, value), BEFORE)} == {it.name for it in there}


def test_a_header_that_may_be_missing_now_breaks_who_reads_it():
    (change,) = spec_changes("p", edited(f"{DO} responses 200 headers X required", True), BEFORE)

    assert (change.level, change.what) == ("breaking", "became optional")


def test_a_schema_that_stands_in_a_path_goes_both_ways():
    """A body that refers to an answer's schema by its place sends what that demands."""

    def document(*required):
        schema = {"type": "object", "required": [*required], "properties": {"a": {"$ref": "#/components/schemas/A"}}}
        answer = {"description": "ok", "content": {"application/json": {"schema": schema}}}
        place = "#/paths/~1one/get/responses/200/content/application~1json/schema"
        body = {"content": {"application/json": {"schema": {"$ref": place}}}}
        return api(
            {"schemas": {"A": {"type": "object", "required": [*required]}}},
            one={"responses": {"200": answer}},
            two={"requestBody": body},
        )

    levels = {change.name: change.level for change in spec_changes("p", document(), document("b"))}

    assert levels["schemas.A.b"] == "breaking"
    assert sorted(levels.values()) == ["breaking", "breaking", "compatible"]
