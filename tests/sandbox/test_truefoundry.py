"""TrueFoundry's stand-in: delete by manifest, create or update, and lists."""

import httpx
import pytest

from .conftest import TRUEFOUNDRY


def _error_fields(answer: httpx.Response) -> list[tuple[str | int, ...]]:
    return [tuple(fault["loc"]) for fault in answer.json()["detail"]]


def test_a_deleted_version_is_gone_and_no_other(sandbox, speak, manifest):
    answer = speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest())

    assert (answer.status_code, answer.json()) == (200, {})
    assert [row.number for row in sandbox.truefoundry.versions("fraud-repo", "churn")] == [7, 5, 4, 3, 2, 1]
    assert speak("truefoundry", "GET", f"{TRUEFOUNDRY}?name=churn&version=6").json()["data"] == []


def test_a_second_delete_finds_nothing(speak, manifest):
    speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest())

    answer = speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest())

    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


@pytest.mark.parametrize("changes", [
    pytest.param({"version": 99}, id="version"),
    pytest.param({"name": "other"}, id="name"),
    pytest.param({"ml_repo": "other-repo"}, id="repo"),
])  # fmt: skip
def test_what_is_not_there_is_not_found(changes, speak, manifest):
    assert speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest(**changes)).status_code == 404


def test_the_same_name_in_another_repo_stays(sandbox, speak, manifest):
    sandbox.truefoundry.add_version("other-repo", "churn", 6)

    speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest())

    assert sandbox.holds("truefoundry:other-repo/churn@6")
    assert not sandbox.holds("truefoundry:fraud-repo/churn@6")


def test_another_tenants_version_is_out_of_reach(sandbox, speak, manifest):
    sandbox.truefoundry.add_version("fraud-repo", "churn", 6, tenant="rival")

    speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest())

    assert sandbox.holds("truefoundry:model:rival/fraud-repo/churn:6")
    assert not sandbox.holds("truefoundry:model:acme/fraud-repo/churn:6")


@pytest.mark.parametrize("changes", [
    pytest.param({"version": None}, id="no-version-would-name-the-model"),
    pytest.param({"version_alias": "v7-prod"}, id="alias-of-another-version"),
])  # fmt: skip
def test_a_manifest_of_doubtful_meaning_deletes_nothing(changes, sandbox, speak, manifest):
    before = sandbox.truefoundry.versions("fraud-repo", "churn")

    answer = speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest(**changes))

    assert answer.status_code == 400
    assert sandbox.truefoundry.versions("fraud-repo", "churn") == before


def _framework(**fields: object) -> dict[str, object]:
    return {"framework": fields}


@pytest.mark.parametrize(("changes", "field"), [
    pytest.param({"name": None}, ("name",), id="name-missing"),
    pytest.param({"metadata": None}, ("metadata",), id="metadata-missing"),
    pytest.param({"source": None}, ("source",), id="source-missing"),
    pytest.param({"name": "a b"}, ("name",), id="name-with-a-blank"),
    pytest.param({"name": "churn\n"}, ("name",), id="name-with-a-final-newline"),
    pytest.param({"name": "a" * 257}, ("name",), id="name-too-long"),
    pytest.param({"ml_repo": "ab"}, ("ml_repo",), id="repo-too-short"),
    pytest.param({"ml_repo": "1ab"}, ("ml_repo",), id="repo-begins-with-a-digit"),
    pytest.param({"metadata": []}, ("metadata",), id="metadata-no-object"),
    pytest.param({"version": 0}, ("version",), id="version-zero"),
    pytest.param({"version": "6"}, ("version",), id="version-text"),
    pytest.param({"version": True}, ("version",), id="version-boolean"),
    pytest.param({"version": 6.0}, ("version",), id="version-float"),
    pytest.param({"type": "model"}, ("type",), id="type"),
    pytest.param({"description": "d" * 513}, ("description",), id="description-too-long"),
    pytest.param({"version_alias": "production"}, ("version_alias",), id="alias-without-v"),
    pytest.param({"version_alias": "v" + "1" * 128}, ("version_alias",), id="alias-too-long"),
    pytest.param({"step": -1}, ("step",), id="step-negative"),
    pytest.param({"run_id": 8}, ("run_id",), id="run-id-number"),
    pytest.param({"source": {}}, ("source",), id="source-without-type"),
    pytest.param({"source": {"type": "ftp"}}, ("source",), id="source-of-unknown-type"),
    pytest.param({"source": {"type": "external"}}, ("source", "external", "uri"), id="external-without-uri"),
    pytest.param(
        {"source": {"type": "truefoundry", "uri": "http://x"}}, ("source", "truefoundry", "uri"), id="uri-scheme"
    ),
    pytest.param({"source": {"type": "local"}}, ("source", "local", "file_or_folder"), id="local-without-file"),
    pytest.param(_framework(type="fortran"), ("framework",), id="framework-unknown"),
    pytest.param(
        _framework(type="transformers", library_name="x"),
        ("framework", "transformers", "library_name"),
        id="library-unknown",
    ),
    pytest.param(
        _framework(type="sklearn", serialization_format="json"),
        ("framework", "sklearn", "serialization_format"),
        id="json-is-for-xgboost",
    ),
    pytest.param(
        _framework(type="xgboost", model_schema={"infer_method_name": "predict_proba", "inputs": [], "outputs": []}),
        ("framework", "xgboost", "model_schema", "infer_method_name"),
        id="predict-proba-is-for-sklearn",
    ),
    pytest.param(
        {"environment": {"python_version": "3"}}, ("environment", "python_version"), id="python-version-short"
    ),
    pytest.param(
        {"environment": {"pip_packages": ["a", 1]}}, ("environment", "pip_packages", 1), id="package-number"
    ),
])  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_deleted(changes, field, sandbox, speak, manifest):
    answer = speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest(**changes))

    assert answer.status_code == 422
    assert _error_fields(answer) == [("body", "manifest", *field)]
    assert sandbox.holds("truefoundry:fraud-repo/churn@6")


def test_every_wrong_field_is_named_at_once(speak, manifest):
    answer = speak("truefoundry", "POST", TRUEFOUNDRY, json=manifest(name="", version=0, step=-1))

    assert [field[-1] for field in _error_fields(answer)] == ["name", "version", "step"]


@pytest.mark.parametrize("changes", [
    pytest.param({"version_alias": "v..1"}, id="alias-that-the-pattern-lets-through"),
    pytest.param({"source": {"type": "external", "uri": "gs://m/churn"}}, id="external"),
    pytest.param({"source": {"type": "local", "file_or_folder": "m/"}}, id="local"),
    pytest.param(_framework(type="xgboost", serialization_format="json"), id="xgboost"),
    pytest.param(
        _framework(
            type="sklearn", model_schema={"infer_method_name": "predict_proba", "inputs": [{}], "outputs": []}
        ),
        id="sklearn",
    ),
    pytest.param(_framework(type="paddle", anything="else"), id="unknown-keys-are-nowhere-forbidden"),
    pytest.param({"environment": {"python_version": "3.11", "pip_packages": ["numpy"]}}, id="environment"),
])  # fmt: skip
def test_every_documented_form_of_a_manifest_is_taken(changes, speak, manifest):
    answer = speak("truefoundry", "PUT", TRUEFOUNDRY, json=manifest(**changes))

    assert answer.status_code == 200
    assert changes.items() <= answer.json()["data"]["manifest"].items()


def test_an_upsert_without_a_version_gets_a_number_never_used_before(sandbox, speak, manifest):
    sandbox.remove("truefoundry:fraud-repo/churn@7")

    answer = speak("truefoundry", "PUT", TRUEFOUNDRY, json=manifest(version=None))

    assert answer.json()["data"]["fqn"] == "model:acme/fraud-repo/churn:8"
    assert answer.json()["data"]["manifest"]["version"] == 8
    assert sandbox.holds("truefoundry:fraud-repo/churn@8")


def test_an_upsert_overwrites_the_version_that_it_names(sandbox, speak, manifest):
    before = speak("truefoundry", "GET", f"{TRUEFOUNDRY}?name=churn&version=6").json()["data"][0]

    after = speak("truefoundry", "PUT", TRUEFOUNDRY, json=manifest(description="new")).json()["data"]

    assert after["id"] == before["id"]
    assert after["created_at"] == before["created_at"] < after["updated_at"]
    assert after["manifest"]["description"] == "new"
    assert len(sandbox.truefoundry.versions("fraud-repo", "churn")) == 7


def test_the_server_fills_in_the_documented_defaults(speak, manifest):
    sent = manifest(framework={"type": "transformers"})

    stored = speak("truefoundry", "PUT", TRUEFOUNDRY, json=sent).json()["data"]["manifest"]

    assert (stored["type"], stored["step"]) == ("model-version", 0)
    assert stored["framework"] == {"type": "transformers", "library_name": "transformers"}


def test_an_alias_moves_to_the_version_that_takes_it(sandbox, speak, manifest):
    speak("truefoundry", "PUT", TRUEFOUNDRY, json=manifest(version_alias="v7-prod"))

    aliases = {row.number: row.alias for row in sandbox.truefoundry.versions("fraud-repo", "churn")}
    assert (aliases[6], aliases[7]) == ("v7-prod", None)


def test_an_upsert_into_an_unknown_repo_is_not_found(speak, manifest):
    assert speak("truefoundry", "PUT", TRUEFOUNDRY, json=manifest(ml_repo="nowhere")).status_code == 404


@pytest.mark.parametrize(("query", "numbers"), [
    pytest.param("", [7, 6, 5, 4, 3, 2, 1], id="newest-first"),
    pytest.param("ml_repo_id=41&name=churn&version=7", [7], id="one"),
    pytest.param("fqn=model:acme/fraud-repo/churn:3", [3], id="fqn"),
    pytest.param("fqn=model:ACME/fraud-repo/churn:3", [], id="fqn-case-counts"),
    pytest.param("tag=gold", [7, 3], id="tag"),
    pytest.param("model_id=m-22&offset=2&limit=3", [5, 4, 3], id="page"),
    pytest.param("offset=7", [], id="beyond-the-end"),
    pytest.param("ml_repo_id=42", [], id="other-repo"),
    pytest.param("run_steps=1&run_steps=2", [], id="steps"),
])  # fmt: skip
def test_a_list_is_filtered_and_cut(query, numbers, speak):
    answer = speak("truefoundry", "GET", f"{TRUEFOUNDRY}?{query}")

    assert [row["manifest"]["version"] for row in answer.json()["data"]] == numbers


def test_a_page_says_how_many_rows_there_are(speak):
    answer = speak("truefoundry", "GET", f"{TRUEFOUNDRY}?offset=5&limit=2")

    assert answer.json()["pagination"] == {"total": 7, "offset": 5, "limit": 2}


@pytest.mark.parametrize(
    "query", ["version=latest", "version=0", "limit=0", "offset=-1", "limit=%D9%A3", "name=a&name=b"]
)
def test_a_query_that_does_not_fit_is_refused(query, speak):
    answer = speak("truefoundry", "GET", f"{TRUEFOUNDRY}?{query}")

    assert answer.status_code == 422
    assert _error_fields(answer) == [("query", query.partition("=")[0])]


def test_one_version_is_read_by_id(speak):
    answer = speak("truefoundry", "GET", f"{TRUEFOUNDRY}/mv-5f1c")

    assert answer.json()["data"]["fqn"] == "model:acme/fraud-repo/churn:7"
    assert speak("truefoundry", "GET", f"{TRUEFOUNDRY}/mv-0000").status_code == 404


def test_a_repo_is_found_by_name(speak):
    found = speak("truefoundry", "GET", "/api/ml/v1/ml-repos?name=fraud-repo").json()

    assert [repo["id"] for repo in found["data"]] == ["41"]
    assert speak("truefoundry", "GET", "/api/ml/v1/ml-repos?name=fraud").json()["data"] == []
