"""Cerebras's stand-in: versions by number or alias, and what is deployed."""

import pytest

from .conftest import CEREBRAS


@pytest.mark.parametrize("version", ["3", "production", "v3-stable"])
def test_a_version_is_deleted_by_number_or_alias_and_named_by_number(version, sandbox, speak):
    answer = speak("cerebras", "DELETE", f"{CEREBRAS}/{version}")

    expected = {"name": "orgs/acme/models/gpt-oss-120b/versions/3", "deleted": True}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert [one.number for one in sandbox.cerebras.versions("acme", "gpt-oss-120b")] == [1, 2, 4]
    assert speak("cerebras", "GET", f"{CEREBRAS}/3").status_code == 404


@pytest.mark.parametrize("version", ["5", "0", "03", "+3", "latest", "PRODUCTION"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_names_no_version_is_not_found(method, version, speak):
    answer = speak("cerebras", method, f"{CEREBRAS}/{version}")

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


def test_a_version_still_being_copied_is_not_done(speak):
    answer = speak("cerebras", "GET", f"{CEREBRAS}/4").json()

    assert (answer["done"], answer["response"]["sync_status"]) == (False, "in_progress")


def test_the_list_holds_every_version(speak):
    listed = speak("cerebras", "GET", CEREBRAS).json()["model_versions"]

    assert [row["name"].rpartition("/")[2] for row in listed] == ["1", "2", "3", "4"]
    assert listed[2] == speak("cerebras", "GET", f"{CEREBRAS}/production").json()


def test_an_architecture_whose_versions_are_all_gone_has_an_empty_list(sandbox, speak):
    for number in range(1, 5):
        sandbox.remove(f"cerebras:acme/gpt-oss-120b@{number}")

    assert speak("cerebras", "GET", CEREBRAS).json() == {"model_versions": []}
    assert speak("cerebras", "GET", CEREBRAS.replace("gpt-oss", "llama")).status_code == 404


def test_endpoints_show_what_is_deployed_until_it_is_deleted(sandbox, speak):
    listed = speak("cerebras", "GET", "/management/v1/orgs/acme/endpoints").json()["endpoints"]
    endpoint = f"/management/v1/endpoints/{listed[0]['endpoint_id']}"
    before = speak("cerebras", "GET", endpoint).json()["deployed_models"]

    sandbox.remove("cerebras:acme/gpt-oss-120b@3")

    assert [one["model"] for one in before] == ["orgs/acme/models/gpt-oss-120b/versions/3"]
    assert speak("cerebras", "GET", endpoint).json()["deployed_models"] == []


def test_a_deployed_version_is_protected_only_where_a_test_wants_it(sandbox, speak):
    """No protection is documented, so a client cannot count on one."""
    sandbox.cerebras.protects_deployed = True
    refused = speak("cerebras", "DELETE", f"{CEREBRAS}/3")
    idle = speak("cerebras", "DELETE", f"{CEREBRAS}/2")
    sandbox.cerebras.protects_deployed = False
    taken = speak("cerebras", "DELETE", f"{CEREBRAS}/3")

    assert (refused.status_code, idle.status_code, taken.status_code) == (409, 200, 200)


def test_architectures_are_listed_by_organisation(sandbox, speak):
    sandbox.cerebras.add_version("acme", "llama3.1-8b", 1)
    sandbox.cerebras.add_version("rival", "llama3.1-70b", 1)

    answer = speak("cerebras", "GET", "/management/v1/orgs/acme/models").json()

    assert answer == {"model_architectures": ["gpt-oss-120b", "llama3.1-8b"]}
    assert speak("cerebras", "GET", "/management/v1/orgs/nobody/models").status_code == 404
