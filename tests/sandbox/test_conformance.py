"""The sandbox's answers are allowed by the specifications, operation by operation."""

from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

import httpx
import pytest
from tests.trees import ROOT

from expunge.sandbox import Sandbox
from spec.normalised import normalise

from .conftest import BASETEN, CEREBRAS, DOCUMENTED, REPLICATE, TRUEFOUNDRY, Speaker

_MANIFEST = {
    "name": "churn",
    "ml_repo": "fraud-repo",
    "version": 6,
    "metadata": {"owner": "risk"},
    "source": {"type": "external", "uri": "gs://acme-models/churn/6"},
    "version_alias": "v6-test",
    "framework": {"type": "sklearn", "model_filepath": "model.joblib", "serialization_format": "joblib"},
    "environment": {"python_version": "3.11", "pip_packages": ["scikit-learn==1.5.2"]},
    "run_id": "run-8",
}


class Row(NamedTuple):
    """One request, and the status that it has to get."""

    provider: str
    method: str
    path: str
    status: int
    body: dict[str, Any] | None = None


# Every operation of the specifications has its row; what the sandbox serves beyond them needs none.
ROWS = [
    Row("truefoundry", "GET", "/api/ml/v1/ml-repos?name=fraud-repo", 200),
    Row("truefoundry", "GET", "/api/svc/v1/apps?offset=0&limit=100", 200),
    Row("truefoundry", "GET", "/api/svc/v1/models?ml_repo_id=41&offset=0&limit=100", 200),
    Row("truefoundry", "GET", f"{TRUEFOUNDRY}?ml_repo_id=41&name=churn&version=7", 200),
    Row("truefoundry", "GET", f"{TRUEFOUNDRY}?fqn=model:acme/fraud-repo/churn:7&offset=0&limit=100", 200),
    Row("truefoundry", "GET", f"{TRUEFOUNDRY}/mv-5f1c", 200),
    Row("truefoundry", "PUT", TRUEFOUNDRY, 200, {"manifest": _MANIFEST}),
    Row("truefoundry", "PUT", TRUEFOUNDRY, 422, {"manifest": {**_MANIFEST, "name": "a b"}}),
    Row("truefoundry", "POST", TRUEFOUNDRY, 200, {"manifest": {**_MANIFEST, "version_alias": "v7-prod", "version": 7}}),
    Row("truefoundry", "POST", TRUEFOUNDRY, 422, {"manifest": {**_MANIFEST, "step": -1}}),
    Row("cerebras", "GET", CEREBRAS, 200),
    Row("cerebras", "GET", f"{CEREBRAS}/production", 200),
    Row("cerebras", "GET", f"{CEREBRAS}/4", 200),
    Row("cerebras", "DELETE", f"{CEREBRAS}/1", 200),
    Row("cerebras", "GET", "/management/v1/orgs/acme/endpoints", 200),
    Row("cerebras", "GET", "/management/v1/endpoints/acme-gpt-oss-120b", 200),
    Row("cerebras", "GET", "/management/v1/orgs/acme/models", 200),
    Row("baseten", "GET", "/v1/models", 200),
    Row("baseten", "GET", BASETEN, 200),
    Row("baseten", "GET", f"{BASETEN}/environments", 200),
    Row("baseten", "GET", f"{BASETEN}/deployments", 200),
    Row("baseten", "GET", f"{BASETEN}/deployments/dep2bbb", 200),
    Row("baseten", "DELETE", f"{BASETEN}/deployments/dep2bbb", 200),
    Row("baseten", "DELETE", BASETEN, 200),
    Row("replicate", "GET", "/v1/models/acme/classifier", 200),
    Row("replicate", "GET", "/v1/deployments", 200),
    Row("replicate", "GET", REPLICATE, 200),
    Row("replicate", "GET", "/v1/models/acme/churn/versions", 200),
    Row("replicate", "GET", f"{REPLICATE}/{DOCUMENTED}", 200),
    Row("replicate", "DELETE", f"{REPLICATE}/{DOCUMENTED}", 202),
]


@cache
def _document(provider: str) -> dict[str, Any]:
    """Return the provider's operations that we use, corrected as the client is generated from them."""
    document: dict[str, Any] = deepcopy(normalise(provider, ROOT))
    document["servers"] = [{"url": "http://127.0.0.1"}]
    _close(document["components"]["schemas"])
    return document


def _close(schema: Any) -> None:
    """Forbid the fields that a schema does not name: it leaves the provider free, but a typing error is none."""
    if isinstance(schema, list):
        for part in schema:
            _close(part)
    elif isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            _close(part)


def _operations(provider: str) -> list[tuple[str, str]]:
    methods = ("get", "put", "post", "delete", "patch")
    paths = _document(provider)["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in methods if method in item]


def _template(row: Row) -> str | None:
    """Find the path of the specification that the row's path is one of, the most literal first."""
    parts = row.path.partition("?")[0].split("/")

    def fits(template: str) -> bool:
        wanted = template.split("/")
        return len(wanted) == len(parts) and all(
            want == part or want.startswith("{") for want, part in zip(wanted, parts, strict=True)
        )

    found = [path for method, path in _operations(row.provider) if method == row.method and fits(path)]
    return min(found, key=lambda path: path.count("{"), default=None)


def _specified(row: Row) -> bool:
    return _template(row) is not None


@pytest.mark.parametrize("provider", sorted({row.provider for row in ROWS}))
def test_every_specified_operation_has_its_row(provider: str) -> None:
    covered = {(row.method, _template(row)) for row in ROWS if row.provider == provider and row.status < 300}

    assert set(_operations(provider)) <= covered


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.provider}-{row.method}-{row.path[-40:]}-{row.status}")
def test_an_exchange_keeps_to_the_specification(row: Row, sandbox: Sandbox, speak: Speaker) -> None:
    answer = speak(row.provider, row.method, row.path, **({"json": row.body} if row.body else {}))

    assert answer.status_code == row.status
    if _specified(row):
        _assert_conforms(answer, row)
    assert sandbox.requests[-1].method == row.method


def test_a_wrong_answer_would_be_noticed(sandbox: Sandbox, speak: Speaker) -> None:
    row = Row("baseten", "DELETE", BASETEN, 200)
    sandbox.answer_next("baseten", "DELETE", 200, {"id": "mod3x7q", "deleted": "yes"})
    answer = speak(row.provider, row.method, row.path)

    with pytest.raises(Exception, match="not of type 'boolean'"):
        _assert_conforms(answer, row)


@cache
def _specification(provider: str) -> Any:
    from openapi_core import OpenAPI  # noqa: PLC0415 - it takes a quarter of a second, which only these tests need

    return OpenAPI.from_dict(_document(provider))


def _assert_conforms(answer: httpx.Response, row: Row) -> None:
    from openapi_core.testing import MockRequest, MockResponse  # noqa: PLC0415 - as above

    specification = _specification(row.provider)
    path, _, query = row.path.partition("?")
    sent = answer.request
    request = MockRequest(
        "http://127.0.0.1",
        row.method.lower(),
        path,
        args=dict(pair.split("=", 1) for pair in query.split("&")) if query else {},
        headers=dict(sent.headers),
        data=sent.content or None,
        content_type=sent.headers.get("content-type", "application/json"),
    )
    response = MockResponse(
        answer.content,
        status_code=answer.status_code,
        headers=dict(answer.headers),
        content_type=answer.headers.get("content-type", ""),
    )
    if row.status < 400:
        specification.validate_request(request)
    specification.validate_response(request, response)
