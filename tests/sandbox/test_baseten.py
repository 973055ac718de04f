"""Baseten's stand-in: one deployment, or the complete model."""

import pytest

from .conftest import BASETEN


def test_one_deployment_is_deleted_and_the_model_stays(sandbox, speak):
    answer = speak("baseten", "DELETE", f"{BASETEN}/deployments/dep2bbb")

    assert (answer.status_code, answer.json()) == (200, {"id": "dep2bbb", "deleted": True, "model_id": "mod3x7q"})
    assert speak("baseten", "GET", f"{BASETEN}/deployments/dep2bbb").status_code == 404
    assert [one.id for one in sandbox.baseten.model("mod3x7q").deployments] == ["dep1aaa", "dep3ccc", "dep4ddd"]


def test_a_complete_model_goes_with_its_production_deployment(sandbox, speak):
    answer = speak("baseten", "DELETE", BASETEN)

    assert (answer.status_code, answer.json()) == (200, {"id": "mod3x7q", "deleted": True})
    assert speak("baseten", "GET", f"{BASETEN}/deployments/dep1aaa").status_code == 404
    assert not sandbox.holds("baseten:mod3x7q")
    assert sandbox.holds("baseten:mod9z2k@dep5eee")


def test_a_production_deployment_is_refused_whatever_its_environment(sandbox, speak):
    sandbox.baseten.deployment("mod3x7q", "dep1aaa").environment = None

    answer = speak("baseten", "DELETE", f"{BASETEN}/deployments/dep1aaa")

    assert answer.status_code == 400
    assert "production" in answer.json()["error"]
    assert sandbox.holds("baseten:mod3x7q@dep1aaa")


def test_a_deployment_in_an_environment_is_refused(sandbox, speak):
    sandbox.baseten.add_deployment("mod3x7q", "dep9sta", environment="staging")

    answer = speak("baseten", "DELETE", f"{BASETEN}/deployments/dep9sta")

    assert answer.status_code == 400
    assert "staging" in answer.json()["error"]
    assert sandbox.holds("baseten:mod3x7q@dep9sta")


def test_a_models_only_deployment_is_refused(sandbox, speak):
    sandbox.baseten.add_model("mod1one")
    sandbox.baseten.add_deployment("mod1one", "dep1one")

    answer = speak("baseten", "DELETE", "/v1/models/mod1one/deployments/dep1one")

    assert answer.status_code == 400
    assert "only" in answer.json()["error"]
    assert sandbox.holds("baseten:mod1one@dep1one")


@pytest.mark.parametrize(("word", "found"), [("production", "dep1aaa"), ("development", "dep4ddd")])
def test_the_shortcuts_are_only_for_reading(word, found, sandbox, speak):
    assert speak("baseten", "GET", f"{BASETEN}/deployments/{word}").json()["id"] == found
    assert speak("baseten", "DELETE", f"{BASETEN}/deployments/{word}").status_code == 404
    assert sandbox.holds(f"baseten:mod3x7q@{found}")


def test_a_deployment_is_not_found_under_another_model(speak):
    assert speak("baseten", "DELETE", "/v1/models/mod9z2k/deployments/dep2bbb").status_code == 404


def test_the_pages_own_sample_with_an_empty_object_works(speak):
    """The page's Python sample sends `{}` with its DELETE."""
    assert speak("baseten", "DELETE", BASETEN, json={}).status_code == 200


def test_the_lists_agree_with_the_single_reads(speak):
    models = speak("baseten", "GET", "/v1/models").json()["models"]
    deployments = speak("baseten", "GET", f"{BASETEN}/deployments").json()["deployments"]

    assert [model["id"] for model in models] == ["mod3x7q", "mod9z2k"]
    assert models[0] == speak("baseten", "GET", BASETEN).json()
    assert models[0]["deployments_count"] == len(deployments) == 4
    assert deployments[1] == speak("baseten", "GET", f"{BASETEN}/deployments/dep2bbb").json()


def test_environments_show_their_deployment(speak):
    environments = speak("baseten", "GET", f"{BASETEN}/environments").json()["environments"]

    assert [(one["name"], one["current_deployment"]["id"]) for one in environments] == [("production", "dep1aaa")]
