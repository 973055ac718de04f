"""Planning against the sandbox: what is chosen, and the known accidents of such tools."""

from datetime import timedelta

import pytest
from tests.plans.reading import (
    BASETEN,
    CEREBRAS,
    CEREBRAS_VERSIONS,
    MODELS,
    REPLICATE,
    TRUEFOUNDRY,
    Today,
    cerebras_row,
    going,
    rules,
    writes,
)

import expunge


@pytest.fixture
def clock():
    return Today()


def test_a_plan_holds_every_version_of_every_model_and_only_reads(sandbox, client):
    plan = client.plan(MODELS, keep_last=2)

    assert [model.ref for model in plan.models] == MODELS
    assert len(plan.models[3].choices) == 24
    assert rules(plan)["7"] == "keep_last"
    assert {choice.rule for choice in plan.models[2].choices} == {"keep_last", "selected"}
    assert plan.origins["baseten"] == sandbox.environ["BASETEN_BASE_URL"]
    assert {request.method for request in sandbox.requests} == {"GET"}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"protect": "*"},
        {"keep_last": 0},
        {"older_than": "30"},
        {"older_than": "999999y"},
        {"match": "["},
        {"match": ""},
        {"match": []},
        {"keep_last": 1, "max_percent": 200},
    ],
)
def test_a_selector_that_does_not_parse_sends_nothing(asked, sandbox, client):
    """The accident: a selector that failed open and matched everything."""
    with pytest.raises(expunge.ConfigurationError):
        client.plan(BASETEN, **asked)

    assert sandbox.requests == []


def test_a_version_is_no_model_to_plan_for(sandbox, client):
    with pytest.raises(expunge.Refused, match="names a version"):
        client.plan([BASETEN, "baseten:mod3x7q@dep2bbb"], keep_last=1)

    assert sandbox.requests == []


def test_a_model_that_is_given_twice_is_planned_once(client):
    assert len(client.plan([BASETEN, BASETEN], keep_last=1).models) == 1


def test_nothing_to_plan_is_an_error(client):
    with pytest.raises(expunge.ConfigurationError, match="No model"):
        client.plan([], keep_last=1)


@pytest.mark.parametrize(
    "made", [None, "", "yesterday", "2020-01-01T00:00:00", "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]
)
def test_an_unknown_date_is_never_old(made, sandbox, client):
    """The accident: an age rule that takes an unknown date for a very old one."""
    sandbox.baseten.add_deployment("mod3x7q", "dep0zzz", status="INACTIVE", created_at=made)

    plan = client.plan(BASETEN, older_than="1d")

    assert rules(plan)["dep0zzz"] == "undated"
    assert "1 version without a plausible creation time" in plan.models[0].remarks[0]


def test_cerebras_has_no_dates_and_nothing_is_old_there(client):
    plan = client.plan(CEREBRAS, older_than="1h", match="*", include_aliased=True)

    assert plan.deletions == ()
    assert "older_than selects nothing" in plan.models[0].remarks[0]


def test_a_page_that_cannot_be_read_plans_nothing(sandbox, client):
    """The accident: half a list, from which the older half looks like all there is."""
    path = "/v1/models/acme/churn/versions?cursor"
    sandbox.answer_next("replicate", "GET", 200, {"results": [{"id": 3}], "next": None}, path=path)

    with pytest.raises(expunge.UnexpectedResponse):
        client.plan([BASETEN, REPLICATE], keep_last=1)

    assert writes(sandbox) == []


def test_a_model_that_is_not_there_plans_nothing(client):
    with pytest.raises(expunge.NotFound):
        client.plan([BASETEN, "baseten:nothing"], keep_last=1)


def test_what_cannot_be_known_to_be_idle_stays(sandbox, client):
    sandbox.answer_next("cerebras", "GET", 403, {}, path="/management/v1/orgs/acme/endpoints")

    plan = client.plan(CEREBRAS, match="*", include_aliased=True, max_percent=100)

    assert plan.deletions == ()
    assert set(rules(plan).values()) == {"live_unknown"}


def test_only_versions_that_were_named_go_and_one_that_is_not_there_is_told(client):
    plan = client.plan(named=[f"{BASETEN}@dep2bbb", f"{BASETEN}@dep9zzz"], max_percent=100)

    assert going(plan) == {f"{BASETEN}@dep2bbb"}
    assert rules(plan)["dep3ccc"] == "named"
    assert plan.models[0].remarks[-1:] == (f"{BASETEN}@dep9zzz is not there.",)


def test_too_many_make_no_plan(client):
    with pytest.raises(expunge.PlanTooLarge, match="max_percent=96") as caught:
        client.plan(REPLICATE, older_than="30d")

    assert caught.value.exit_code == 2
    assert isinstance(caught.value, expunge.Refused)


# --- clocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", [timedelta(days=3650), timedelta(minutes=6), timedelta(minutes=-6)])
def test_ages_are_not_judged_by_a_clock_that_the_provider_contradicts(skew, sandbox, client, clock):
    """A version of minutes ago would be ten years old."""
    clock.time += skew.total_seconds()
    clock.ahead = -skew

    with pytest.raises(expunge.ConfigurationError, match="clock"):
        client.plan(BASETEN, older_than="5y", max_percent=100)

    assert client.plan(BASETEN, keep_last=3).deletions
    assert writes(sandbox) == []


# --- what the data cannot answer -------------------------------------------------------------------------------


@pytest.mark.parametrize("response", [None, {"version_aliases": None}, {"sync_status": "done"}])
def test_aliases_that_were_not_read_are_not_none(response, sandbox, client):
    rows = [cerebras_row(1, response), cerebras_row(2, {"version_aliases": []}), cerebras_row(4, response)]
    sandbox.answer_next("cerebras", "GET", 200, {"model_versions": rows}, path=CEREBRAS_VERSIONS)

    plan = client.plan(CEREBRAS, keep_last=1, include_aliased=True)

    assert rules(plan) == {"4": "keep_last", "2": "selected", "1": "alias_unknown"}
    assert "1 version whose aliases could not be read" in plan.models[0].remarks[-1]


@pytest.mark.parametrize(
    "name",
    [
        "orgs/acme/models/gpt-oss-120b/versions/01",
        "orgs/acme/models/gpt-oss-120b/versions/0",
        "orgs/acme/models/gpt-oss-120b/versions/production",
        "orgs/Acme/models/GPT-OSS-120b/versions/Production",
        "gpt-oss-120b",
        "",
    ],
)
def test_a_deployed_name_that_may_mean_any_version_keeps_all(name, sandbox, client):
    endpoint = {"deployed_models": [{"id": "x", "model": name}]}
    sandbox.answer_next("cerebras", "GET", 200, endpoint, path="/management/v1/endpoints/")

    plan = client.plan(CEREBRAS, match="*", include_aliased=True, max_percent=100)

    assert set(rules(plan).values()) == {"live_unknown"}


@pytest.mark.parametrize("model", ["orgs/Acme/models/gpt-oss-120b", "orgs/acme/models/GPT-OSS-120b"])
def test_a_version_is_live_if_its_deployed_name_differs_only_in_case(model, sandbox, client):
    endpoint = {"deployed_models": [{"id": "x", "model": f"{model}/versions/1"}]}
    sandbox.answer_next("cerebras", "GET", 200, endpoint, path="/management/v1/endpoints/")

    plan = client.plan(CEREBRAS, match="1", max_percent=100)

    assert rules(plan)["1"] == "live"


def test_what_is_deployed_of_another_model_says_nothing_of_this_one(sandbox, client):
    endpoint = {"deployed_models": [{"id": "x", "model": "orgs/acme/models/llama3.1-8b/versions/production"}]}
    sandbox.answer_next("cerebras", "GET", 200, endpoint, path="/management/v1/endpoints/")

    plan = client.plan(CEREBRAS, keep_last=1, include_aliased=True)

    assert rules(plan) == {"4": "keep_last", "3": "selected", "2": "selected", "1": "selected"}


def test_endpoints_that_go_on_keep_all(sandbox, client):
    path = "/management/v1/orgs/acme/endpoints"
    sandbox.answer_next("cerebras", "GET", 200, {"endpoints": [], "has_more": True}, path=path)

    plan = client.plan(CEREBRAS, match="*", include_aliased=True, max_percent=100)

    assert set(rules(plan).values()) == {"live_unknown"}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (REPLICATE, {"results": []}),
        (CEREBRAS, {"model_versions": [], "has_more": True}),
        (CEREBRAS, {"model_versions": [], "next_page_token": "x"}),
        (BASETEN, {"deployments": [], "cursor": "x"}),
    ],
)
def test_a_list_that_may_go_on_is_not_complete(model, body, sandbox, client):
    sandbox.answer_next(model.partition(":")[0], "GET", 200, body)

    with pytest.raises(expunge.UnexpectedResponse, match="more pages"):
        client.plan(model, match="*")


def test_of_two_aliases_each_protects(sandbox, client):
    row = sandbox.truefoundry.version("fraud-repo", "churn", 3).json()
    row["version_alias"] = "v3-a"
    row["manifest"] = {**row["manifest"], "version_alias": "v3-prod"}
    page = {"data": [row], "pagination": {"total": 1, "offset": 0, "limit": 100}}
    sandbox.answer_next("truefoundry", "GET", 200, page, path="/api/ml/v1/model-versions")

    plan = client.plan(TRUEFOUNDRY, match="3", protect="v3-prod", include_aliased=True)

    assert rules(plan) == {"3": "protected"}
