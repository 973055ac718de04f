"""Globs of models: plans and lists over many models, each once, with as few reads as there can be."""

from collections import Counter

import pytest
from tests.plans.reading import BASETEN, CEREBRAS, TRUEFOUNDRY, Today

import expunge
from expunge.sandbox import Sandbox
from expunge.sandbox.fleet import Size


@pytest.fixture
def clock():
    return Today()


def models(plan):
    return [model.ref for model in plan.models]


def reads(sandbox):
    """Count the requests by path."""
    return Counter(request.target.partition("?")[0] for request in sandbox.requests)


@pytest.mark.parametrize(
    ("given", "planned"),
    [
        (["truefoundry:fraud-repo/*"], [TRUEFOUNDRY]),
        (["truefoundry:*"], [TRUEFOUNDRY]),
        (["truefoundry:*/ch?rn"], [TRUEFOUNDRY]),
        (["cerebras:acme/gpt-*"], [CEREBRAS]),
        (["baseten:*"], [BASETEN, "baseten:mod9z2k"]),
        (["baseten:mod[!3]*"], ["baseten:mod9z2k"]),
        (["baseten:mod9*", "baseten:*", BASETEN], ["baseten:mod9z2k", BASETEN]),
        ([BASETEN, "baseten:*", "baseten:*"], [BASETEN, "baseten:mod9z2k"]),
        ([CEREBRAS, "baseten:mod9*", "truefoundry:*"], [CEREBRAS, "baseten:mod9z2k", TRUEFOUNDRY]),
    ],
)
def test_a_plan_has_each_model_once_and_in_input_order(given, planned, client):
    assert models(client.plan(given, keep_last=1)) == planned


def test_a_glob_and_its_models_make_the_same_plan(client):
    by_glob, by_name = (client.plan(refs, keep_last=2) for refs in ("baseten:*", [BASETEN, "baseten:mod9z2k"]))

    assert by_glob.models == by_name.models


def test_case_counts(client):
    with pytest.raises(expunge.NotFound, match="matches none of 2 models"):
        client.plan("baseten:MOD*", keep_last=1)


def test_a_model_without_versions_is_planned_without_any(client, sandbox, tmp_path):
    sandbox.baseten.add_model("mod0empty")

    client.plan("baseten:mod*", keep_last=1).save(tmp_path / "plan.json")

    planned = {model.ref: len(model.choices) for model in expunge.Plan.load(tmp_path / "plan.json").models}
    assert planned == {BASETEN: 4, "baseten:mod9z2k": 2, "baseten:mod0empty": 0}


@pytest.mark.parametrize("read", ["plan", "versions"])
@pytest.mark.parametrize(
    ("glob", "words"),
    [
        ("baseten:zz*", "matches none of 2 models"),
        ("truefoundry:fraud-repo/zz*", "matches none of 1 models"),
        ("truefoundry:none-there/*", "no ML repo is named none-there"),
        ("cerebras:none-there/*", "cerebras:none-there is not there"),
    ],
)
def test_a_glob_that_matches_nothing_is_not_found(glob, words, read, client):
    with pytest.raises(expunge.NotFound, match=words):
        client.plan([BASETEN, glob], keep_last=1) if read == "plan" else list(client.versions(glob))


@pytest.mark.parametrize("read", ["plan", "versions"])
@pytest.mark.parametrize("glob", ["replicate:acme/*", "replicate:*", "cerebras:*", "cerebras:a*/gpt"])
def test_a_glob_that_nothing_lists_is_refused_before_any_request(glob, read, client, sandbox):
    with pytest.raises(expunge.Refused, match="cannot be listed"):
        client.plan([BASETEN, glob], keep_last=1) if read == "plan" else list(client.versions(glob))

    assert sandbox.requests == []


@pytest.mark.parametrize("glob", ["baseten:[a", "baseten:", "truefoundry:fraud*", "baseten:*@dep1", "*:acme"])
def test_a_glob_that_does_not_parse_is_refused_before_any_request(glob, client, sandbox):
    with pytest.raises(expunge.InvalidReference):
        client.plan([BASETEN, glob], keep_last=1)

    assert sandbox.requests == []


@pytest.mark.parametrize("method", ["delete", "get"])
@pytest.mark.parametrize("glob", ["baseten:*", "truefoundry:fraud-repo/*", "baseten:mod3x7q@*"])
def test_a_glob_only_ever_makes_a_plan(glob, method, client, sandbox):
    with pytest.raises(expunge.InvalidReference, match="glob"):
        client.delete(glob, allow_model=True) if method == "delete" else client.get(glob)

    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("provider", "path", "glob"),
    [
        ("truefoundry", "/api/svc/v1/models", "truefoundry:fraud-repo/*"),
        ("truefoundry", "/api/ml/v1/ml-repos", "truefoundry:*"),
        ("cerebras", "/management/v1/orgs/acme/models", "cerebras:acme/*"),
        ("baseten", "/v1/models", "baseten:*"),
    ],
)
def test_nothing_is_planned_from_half_a_list_of_models(provider, path, glob, client, sandbox):
    sandbox.answer_next(provider, "GET", 403, {}, path=path)

    with pytest.raises(expunge.PermissionDenied, match="needs the right to list"):
        client.plan(glob, keep_last=1)

    assert sandbox.requests[-1].target.startswith(path)


def test_versions_of_all_models_that_a_glob_fits_are_listed(client):
    found = [version.ref for version in client.versions("baseten:*")]

    one_by_one = [version.ref for model in (BASETEN, "baseten:mod9z2k") for version in client.versions(model)]
    assert found == one_by_one


# --- reads: one list a model, and one of what serves --------------------------------------------------------------


@pytest.fixture
def sandbox(request, clock):
    size = getattr(request, "param", None)
    with Sandbox(clock=clock.monotonic, now=clock.now_there, fleet=size) as running:
        yield running


FLEET = pytest.mark.parametrize("sandbox", [Size(48, 3)], indirect=True)


@FLEET
@pytest.mark.parametrize("given", [["truefoundry:*"], ["truefoundry:*/model-00[1-6]", "truefoundry:*/model-01*"]])
def test_many_models_of_truefoundry_cost_one_list_each(given, client, sandbox):
    client.plan(given, keep_last=1)

    counted = reads(sandbox)
    assert counted["/api/ml/v1/model-versions"] == len(set(models(client.plan(given, keep_last=1))))
    assert counted["/api/svc/v1/apps"] == 1
    assert counted["/api/svc/v1/models"] == 3  # one for each ML repo, whatever the number of globs
    assert counted["/api/ml/v1/ml-repos"] == 1 + 3  # all of them, and the id of each


@FLEET
def test_many_architectures_cost_one_list_each(client, sandbox):
    client.plan("cerebras:acme/*", keep_last=1)

    counted = reads(sandbox)
    assert sum(count for path, count in counted.items() if path.endswith("/versions")) == 12
    assert counted["/management/v1/orgs/acme/endpoints"] == 1
    assert sum(counted.values()) == 12 + 1 + 1 + 1  # the architectures, and the one endpoint


@FLEET
def test_many_models_of_baseten_cost_two_lists_each(client, sandbox):
    client.plan("baseten:*", keep_last=1)

    counted = reads(sandbox)
    assert (counted["/v1/models"], sum(counted.values())) == (1, 1 + 2 * 12)
