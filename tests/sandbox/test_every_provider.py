"""The common behaviour of all stand-ins: credentials, strictness, paths, errors in each provider's shape."""

import httpx
import pytest

from .conftest import BASETEN, CEREBRAS, DOCUMENTED, REPLICATE, TRUEFOUNDRY, VARIABLES

REFERENCES = {
    "truefoundry": "truefoundry:fraud-repo/churn@6",
    "cerebras": "cerebras:acme/gpt-oss-120b@1",
    "baseten": "baseten:mod3x7q@dep2bbb",
    "replicate": f"replicate:acme/classifier@{DOCUMENTED}",
}
DELETES = {
    "truefoundry": ("POST", TRUEFOUNDRY),
    "cerebras": ("DELETE", f"{CEREBRAS}/1"),
    "baseten": ("DELETE", f"{BASETEN}/deployments/dep2bbb"),
    "replicate": ("DELETE", f"{REPLICATE}/{DOCUMENTED}"),
}
LISTS = {
    "truefoundry": TRUEFOUNDRY,
    "cerebras": CEREBRAS,
    "baseten": f"{BASETEN}/deployments",
    "replicate": REPLICATE,
}
ERROR_KEYS = {
    "truefoundry": {"statusCode", "message"},
    "cerebras": {"error"},
    "baseten": {"error"},
    "replicate": {"title", "detail", "status"},
}

every_provider = pytest.mark.parametrize("provider", list(VARIABLES))


@pytest.fixture
def delete(speak, manifest):
    """Send a provider's delete, with whatever is changed about it."""

    def send(provider, **options):
        method, path = DELETES[provider]
        if provider == "truefoundry":
            options = {"json": manifest(), **options}
        return speak(provider, method, path, **options)

    return send


def _assert_refused(answer: httpx.Response, status: int, provider: str) -> None:
    assert answer.status_code == status
    assert set(answer.json()) == ERROR_KEYS[provider]


@every_provider
def test_the_delete_itself_works(provider, sandbox, delete):
    assert delete(provider).is_success
    sandbox.replicate.finish_deletions()

    assert not sandbox.holds(REFERENCES[provider])


@every_provider
@pytest.mark.parametrize(
    "credential", ["", "Bearer wrong", "Api-Key wrong", "{}", "Token {}", "Bearer  {}", "bearer {}"]
)
def test_a_wrong_credential_is_refused_and_changes_nothing(provider, credential, sandbox, speak, delete):
    token = speak.credential(provider).partition(" ")[2]

    answer = delete(provider, headers={"Authorization": credential.format(token)})

    _assert_refused(answer, 401, provider)
    sandbox.replicate.finish_deletions()
    assert sandbox.holds(REFERENCES[provider])


@pytest.mark.parametrize(
    ("provider", "scheme"), [("baseten", "Bearer"), ("cerebras", "Api-Key"), ("replicate", "Token")]
)
def test_another_providers_scheme_is_refused(provider, scheme, speak, delete):
    token = speak.credential(provider).partition(" ")[2]

    _assert_refused(delete(provider, headers={"Authorization": f"{scheme} {token}"}), 401, provider)


@every_provider
def test_a_missing_credential_is_refused(provider, speak):
    answer = speak.http.get(speak.url(provider, LISTS[provider]))

    _assert_refused(answer, 401, provider)


@every_provider
def test_an_unknown_query_parameter_is_refused(provider, speak):
    answer = speak(provider, "GET", f"{LISTS[provider]}?surprise=1")

    assert answer.status_code in {400, 422}
    assert "surprise" in answer.text


@pytest.mark.parametrize(("provider", "body"), [
    pytest.param("cerebras", "{}", id="cerebras"),
    pytest.param("replicate", "{}", id="replicate"),
    pytest.param("baseten", '{"force": true}', id="baseten-beyond-the-empty-object"),
])  # fmt: skip
def test_a_delete_with_a_body_is_refused(provider, body, sandbox, delete):
    answer = delete(provider, content=body)

    _assert_refused(answer, 400, provider)
    sandbox.replicate.finish_deletions()
    assert sandbox.holds(REFERENCES[provider])


@every_provider
def test_an_unknown_path_is_answered_in_json(provider, speak):
    _assert_refused(speak(provider, "GET", "/v2/surprise"), 404, provider)


@every_provider
def test_a_trailing_slash_is_another_path_and_no_redirect(provider, speak):
    _assert_refused(speak(provider, "GET", LISTS[provider] + "/"), 404, provider)


@every_provider
def test_another_providers_path_is_not_served(provider, speak):
    for other, path in LISTS.items():
        if other != provider:
            assert speak(provider, "GET", path).status_code == 404


@every_provider
def test_an_unsupported_method_is_refused_and_the_others_named(provider, speak):
    answer = speak(provider, "PATCH", LISTS[provider])

    _assert_refused(answer, 405, provider)
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(("provider", "path"), [
    ("cerebras", f"{CEREBRAS}/v3%2Fstable"),
    ("cerebras", f"{CEREBRAS}%2F1"),
    ("baseten", "/v1/models/mod3x7q%2Fdeployments%2Fdep2bbb"),
    ("replicate", f"/v1/models/acme%2Fclassifier/versions/{DOCUMENTED}"),
    ("replicate", f"/v1/models/acme//versions/{DOCUMENTED}"),
])  # fmt: skip
def test_an_encoded_slash_or_an_empty_segment_names_nothing(provider, path, speak):
    _assert_refused(speak(provider, "DELETE", path), 404, provider)


def test_a_segment_is_decoded_once(sandbox, speak):
    sandbox.baseten.add_model("a%2Fb")

    assert speak("baseten", "GET", "/v1/models/%6Dod3x7q").json()["id"] == "mod3x7q"
    assert speak("baseten", "GET", "/v1/models/a%252Fb").json()["id"] == "a%2Fb"


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_media_type_is_refused(method, media_type, speak):
    answer = speak("truefoundry", method, TRUEFOUNDRY, content="{}", headers={"Content-Type": media_type})

    _assert_refused(answer, 415, "truefoundry")


@pytest.mark.parametrize("body", [
    pytest.param("", id="empty"),
    pytest.param("{", id="cut"),
    pytest.param(
        '{"manifest": {"name": "churn", "ml_repo": "fraud-repo", "version": 6, "metadata": {"x": NaN}, '
        '"source": {"type": "truefoundry"}}}',
        id="nan",
    ),
    pytest.param("[]", id="array"),
    pytest.param("{}", id="no-manifest"),
    pytest.param('{"manifest": []}', id="manifest-no-object"),
])  # fmt: skip
def test_a_body_that_is_no_request_is_refused(body, speak):
    answer = speak("truefoundry", "POST", TRUEFOUNDRY, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"


def test_an_unknown_field_beside_the_manifest_is_refused(sandbox, speak, manifest):
    answer = speak("truefoundry", "POST", TRUEFOUNDRY, json={**manifest(), "dryRun": True})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "dryRun"]
    assert sandbox.holds("truefoundry:fraud-repo/churn@6")


@every_provider
def test_each_answer_has_an_id_of_its_own(provider, speak, delete):
    answers = [speak(provider, "GET", LISTS[provider]), delete(provider), speak(provider, "GET", "/nothing")]

    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
