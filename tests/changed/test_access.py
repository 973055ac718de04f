"""How a call reaches the API: another name of a scheme breaks nobody, and another key behind `connect` does."""

import pytest

from changed.openapi.operations import spec_changes
from changed.report import Report
from clients.connecting import connect_module

B, C, D = "breaking", "compatible", "documentation"
KEY = {"type": "apiKey", "in": "header", "name": "Authorization", "x-prefix": "Key"}
OTHER = {"type": "apiKey", "in": "header", "name": "X-Key"}
QUERY = {"type": "apiKey", "in": "query", "name": "key"}
BEARER = {"type": "http", "scheme": "bearer"}


def api(schemes, *security, **operations):
    answers = {"200": {"description": "ok"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "security": list(security),
        "paths": {
            f"/{name}": {"get": {"operationId": name, "responses": answers, **more}}
            for name, more in {"do": {}, **operations}.items()
        },
        "components": {"securitySchemes": schemes},
    }


def lines(before, after):
    return [(change.level, change.name, change.what) for change in spec_changes("p", before, after)]


def test_another_name_of_a_scheme_is_a_line_of_documentation():
    own = {"security": [{"key": []}]}
    renamed = {"security": [{"token": []}]}

    found = lines(api({"key": KEY}, {"key": []}, own=own), api({"token": KEY}, {"token": []}, own=renamed))

    assert found == [(D, "securitySchemes.key", "renamed to token")]


def test_a_scheme_that_is_replaced_by_another_one_breaks():
    found = lines(api({"key": KEY}, {"key": []}), api({"token": OTHER}, {"token": []}))

    assert (B, "securitySchemes.key", "changed") in found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([{"key": []}], [{"key": []}, {"query": []}], C, id="a-second-one-behind"),
        pytest.param([{"key": []}], [{"query": []}, {"key": []}], C, id="one-in-the-query-in-front"),
        pytest.param([{"key": []}], [{"other": []}, {"key": []}], B, id="one-in-a-header-in-front"),
        pytest.param([{"key": []}, {"other": []}], [{"other": []}, {"key": []}], B, id="another-order"),
        pytest.param([{"query": []}], [{"query": []}, {"bearer": []}], C, id="the-first-in-a-header"),
    ],
)
def test_one_more_credential_breaks_exactly_if_connect_sends_another_key(before, after, expected):
    schemes = {"key": KEY, "other": OTHER, "query": QUERY, "bearer": BEARER}
    one, other = api(schemes, *before), api(schemes, *after)

    assert Report.of(spec_changes("p", one, other)).level == expected
    if connect_module(one) is not None:
        assert (expected == B) is (connect_module(one) != connect_module(other))


def test_a_key_that_suffices_for_some_operations_only_takes_connect_away():
    schemes = {"key": KEY, "other": OTHER}
    before = api(schemes, {"key": []}, own={"security": [{"other": []}, {"key": []}]})
    after = api(schemes, {"key": []}, own={"security": [{"other": []}, {"key": []}], "operationId": "own"})
    after["security"] = [{"other": []}, {"key": []}]
    del after["paths"]["/own"]["get"]["security"]
    after["paths"]["/new"] = {
        "get": {"operationId": "new", "security": [{"bearer": []}], "responses": {"200": {"description": "ok"}}}
    }
    after["components"]["securitySchemes"]["bearer"] = BEARER

    assert "def connect" in connect_module(before)
    assert connect_module(after) is None
    assert (B, "connect", "removed: no key in a header suffices for each operation") in lines(before, after)


def test_an_operation_that_needs_no_key_takes_one_too():
    assert "prefix='Key'" in connect_module(api({"key": KEY}, {"key": []}, free={"security": []}))
