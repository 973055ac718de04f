"""Executing a plan against the sandbox: the checks before each delete, and the known accidents of such tools.

The module is longer than most: each accident has its own test, and all start from the same plan.
"""

from datetime import timedelta

import pytest
from attrs import evolve
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
    statuses,
    writes,
)

import expunge


@pytest.fixture
def clock():
    return Today()


def test_what_was_planned_is_what_goes(sandbox, client):
    plan = client.plan(MODELS, keep_last=2)
    everything = {choice.ref for model in plan.models for choice in model.choices}

    settled = list(client.execute(plan, wait=True))

    assert {tombstone.ref for tombstone in settled} == going(plan)
    assert {tombstone.status for tombstone in settled} == {"deleted"}
    assert {ref for ref in everything if sandbox.holds(ref)} == everything - going(plan)


def test_a_dry_run_deletes_nothing(sandbox, client):
    plan = client.plan(MODELS, keep_last=2)

    settled = list(client.execute(plan, dry_run=True))

    assert {tombstone.status for tombstone in settled} == {"planned"}
    assert writes(sandbox) == []


def test_executed_twice_it_says_absent(sandbox, client):
    plan = client.plan([TRUEFOUNDRY, CEREBRAS, BASETEN], keep_last=2)
    list(client.execute(plan))
    sandbox.clear_requests()

    settled = list(client.execute(plan))

    assert {tombstone.status for tombstone in settled} == {"absent"}
    assert len(settled) == len(going(plan))
    assert writes(sandbox) == []


# --- the plan was made, and then the world moved ----------------------------------------------------------------


@pytest.fixture
def plan(client):
    """Deletes 1 to 4 of TrueFoundry's, and dep2bbb and dep3ccc of Baseten's."""
    return client.plan([TRUEFOUNDRY, BASETEN], keep_last=2)


def test_what_has_become_live_is_refused_and_the_rest_goes_on(plan, sandbox, client):
    sandbox.baseten.deployment("mod3x7q", "dep2bbb").environment = "staging"

    settled = {tombstone.ref.rpartition("@")[2]: tombstone for tombstone in client.execute(plan)}

    assert settled["dep2bbb"].status == "refused"
    assert "it is live now" in settled["dep2bbb"].detail
    assert settled["dep2bbb"].attempts == 0
    assert {settled[name].status for name in settled if name != "dep2bbb"} == {"deleted"}
    assert sandbox.holds("baseten:mod3x7q@dep2bbb")


def test_what_a_cerebras_endpoint_has_deployed_since_is_refused(sandbox, client):
    plan = client.plan(CEREBRAS, keep_last=2)
    assert going(plan) == {f"{CEREBRAS}@1"}
    sandbox.cerebras.deploy("acme-gpt-oss-120b", "acme", "gpt-oss-120b", 1)

    (tombstone,) = client.execute(plan)

    assert (tombstone.status, tombstone.attempts) == ("refused", 0)
    assert sandbox.holds(f"{CEREBRAS}@1")


def test_what_can_no_longer_be_known_to_be_idle_is_refused(sandbox, client):
    plan = client.plan(CEREBRAS, keep_last=2)
    sandbox.answer_next("cerebras", "GET", 403, {}, path="/management/v1/orgs/acme/endpoints", times=9)

    (tombstone,) = client.execute(plan)

    assert tombstone.status == "refused"
    assert "could not be read" in tombstone.detail
    assert writes(sandbox) == []


def test_what_has_another_alias_is_refused(plan, sandbox, client):
    sandbox.truefoundry.version("fraud-repo", "churn", 3).manifest["version_alias"] = "v3-rollback"

    settled = {tombstone.ref: tombstone for tombstone in client.execute(plan)}

    assert settled[f"{TRUEFOUNDRY}@3"].status == "refused"
    assert "its aliases were none and are v3-rollback" in settled[f"{TRUEFOUNDRY}@3"].detail
    assert sandbox.holds(f"{TRUEFOUNDRY}@3")
    assert not sandbox.holds(f"{TRUEFOUNDRY}@2")


def test_what_has_lost_its_alias_is_refused_too(sandbox, client):
    """Somebody is moving aliases: the plan was made of something else."""
    plan = client.plan(TRUEFOUNDRY, match="v5-*", include_aliased=True)
    del sandbox.truefoundry.version("fraud-repo", "churn", 5).manifest["version_alias"]

    assert statuses(client.execute(plan)) == {"5": "refused"}


def test_what_has_another_alias_instead_is_refused(sandbox, client):
    plan = client.plan(TRUEFOUNDRY, match="v5-*", include_aliased=True)
    sandbox.truefoundry.version("fraud-repo", "churn", 5).manifest["version_alias"] = "v5-prod"

    (tombstone,) = client.execute(plan)

    assert tombstone.status == "refused"
    assert "its aliases were v5-candidate and are v5-prod" in tombstone.detail


def test_an_alias_that_was_allowed_and_stayed_goes(client):
    plan = client.plan(TRUEFOUNDRY, match="v5-*", include_aliased=True)

    assert statuses(client.execute(plan)) == {"5": "deleted"}


def test_a_version_that_was_made_again_under_its_number_is_refused(plan, sandbox, client):
    sandbox.remove(f"{TRUEFOUNDRY}@2")
    sandbox.truefoundry.add_version("fraud-repo", "churn", 2, created_at="2026-06-30T00:00:00Z")

    settled = {tombstone.ref: tombstone for tombstone in client.execute(plan)}

    assert settled[f"{TRUEFOUNDRY}@2"].status == "refused"
    assert "another version with the same name" in settled[f"{TRUEFOUNDRY}@2"].detail
    assert sandbox.holds(f"{TRUEFOUNDRY}@2")


@pytest.mark.parametrize("created_at", ["2026-06-30T00:00:00Z", "2020-06-30T00:00:00Z"])
def test_another_creation_time_is_another_version(created_at, plan, sandbox, client):
    """Where the provider has no other name for it, the time tells."""
    sandbox.baseten.deployment("mod3x7q", "dep2bbb").created_at = created_at

    settled = {tombstone.ref.rpartition("@")[2]: tombstone for tombstone in client.execute(plan)}

    assert settled["dep2bbb"].status == "refused"
    assert "another version with the same name" in settled["dep2bbb"].detail


@pytest.mark.parametrize("tenant", ["umbrella", "a"])
def test_the_same_names_in_another_tenant_are_refused(tenant, plan, sandbox, client):
    """Credentials of another tenant at the same host: everything is there, and nothing is the same."""
    for row in sandbox.truefoundry.versions("fraud-repo", "churn"):
        row.tenant = tenant

    settled = [tombstone for tombstone in client.execute(plan) if tombstone.provider == "truefoundry"]

    assert {tombstone.status for tombstone in settled} == {"refused"}
    assert {request.provider for request in writes(sandbox)} == {"baseten"}


def test_the_last_one_left_is_refused(plan, sandbox, client):
    for number in (2, 3, 4, 5, 6, 7):
        sandbox.remove(f"{TRUEFOUNDRY}@{number}")

    settled = {tombstone.ref: tombstone for tombstone in client.execute(plan)}

    assert settled[f"{TRUEFOUNDRY}@1"].status == "refused"
    assert "the last remaining version of its model" in settled[f"{TRUEFOUNDRY}@1"].detail
    assert settled[f"{TRUEFOUNDRY}@2"].status == "absent"
    assert sandbox.holds(f"{TRUEFOUNDRY}@1")


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_those_that_are_deleted_at_once_do_not_count_as_left(concurrency, plan, sandbox, client):
    """All that was to stay has gone: whatever the order, the model is not emptied."""
    for number in (5, 6, 7):
        sandbox.remove(f"{TRUEFOUNDRY}@{number}")

    settled = statuses(client.execute(plan, concurrency=concurrency))

    assert any(sandbox.holds(f"{TRUEFOUNDRY}@{number}") for number in (1, 2, 3, 4))
    assert "refused" in {settled[number] for number in ("1", "2", "3", "4")}


def test_what_replicate_has_taken_does_not_count_as_left(sandbox, client):
    """It is listed until it is gone."""
    plan = client.plan("replicate:acme/classifier", keep_last=2)
    for version in sandbox.replicate.versions("acme", "classifier")[:2]:
        sandbox.remove(f"replicate:acme/classifier@{version.id}")

    settled = [tombstone.status for tombstone in client.execute(plan, concurrency=1)]

    assert settled == ["accepted", "refused"]


def test_what_was_refused_counts_as_left(plan, sandbox, client):
    """The provider did not let the first of the last two go: so the second is not the last."""
    for number in (3, 4, 5, 6, 7):
        sandbox.remove(f"{TRUEFOUNDRY}@{number}")
    sandbox.answer_next("truefoundry", "POST", 409, {"message": "in use"})
    only = [f"{TRUEFOUNDRY}@1", f"{TRUEFOUNDRY}@2"]

    assert statuses(client.execute(plan, only=only, concurrency=1)) == {"1": "refused", "2": "deleted"}


def test_another_version_is_looked_for_on_every_page(sandbox, client):
    plan = client.plan(REPLICATE, keep_last=1)
    newest, *others = [choice.ref for choice in reversed(plan.deletions)]
    sandbox.remove(plan.models[0].choices[0].ref)
    sandbox.replicate.page_size = 1

    settled = [tombstone.status for tombstone in client.execute(plan, only=[newest, *others[:2]], concurrency=1)]

    assert settled == ["accepted"] * 3


@pytest.mark.parametrize(("gone", "lists"), [(0, 0), (2, 0), (3, 1)])
def test_some_that_stay_are_looked_up_before_the_list_is_read(gone, lists, sandbox, client):
    """The list may have many pages, and one of those that stay is nearly always there."""
    plan = client.plan(REPLICATE, keep_last=20)
    for choice in plan.models[0].choices[:gone]:
        sandbox.remove(choice.ref)
    sandbox.clear_requests()

    (tombstone,) = client.execute(plan, only=[plan.deletions[0].ref])

    targets = [request.target for request in sandbox.requests]
    assert tombstone.status == "accepted"
    assert targets.count("/v1/models/acme/churn/versions") == lists
    assert sum("/versions/" in target for target in targets) == min(gone + 1, 3) + 2  # its own read, and its delete


def test_whether_it_is_the_last_must_be_readable(plan, sandbox, client):
    sandbox.answer_next("baseten", "GET", 503, {}, path="/v1/models/mod3x7q/deployments", times=3)
    only = [ref for ref in going(plan) if ref.startswith(BASETEN)][:1]

    (tombstone,) = client.execute(plan, only=only)

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert writes(sandbox) == []


def test_a_row_that_cannot_be_named_is_no_version_that_is_left(plan, sandbox, client):
    (ref,) = [choice.ref for choice in plan.deletions if choice.ref.endswith("dep2bbb")]
    for other in ("dep1aaa", "dep3ccc", "dep4ddd"):
        sandbox.remove(f"{BASETEN}@{other}")
    rows = {"deployments": [sandbox.baseten.deployment("mod3x7q", "dep2bbb").json(), {"id": ""}]}
    sandbox.answer_next("baseten", "GET", 404, {"error": "gone"}, path="/v1/models/mod3x7q/deployments/dep4ddd")
    sandbox.answer_next("baseten", "GET", 404, {"error": "gone"}, path="/v1/models/mod3x7q/deployments/dep1aaa")
    sandbox.answer_next("baseten", "GET", 200, rows, path="/v1/models/mod3x7q/deployments")

    (tombstone,) = client.execute(plan, only=[ref])

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert "cannot be named" in tombstone.detail


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_says_what_a_run_would(dry_run, plan, sandbox, client):
    sandbox.baseten.deployment("mod3x7q", "dep2bbb").is_production = True

    assert statuses(client.execute(plan, dry_run=dry_run))["dep2bbb"] == "refused"


# --- the world moves between one attempt and the next ----------------------------------------------------------


def moves_the_alias(sandbox):
    sandbox.truefoundry.version("fraud-repo", "churn", 3).manifest["version_alias"] = "v3-prod"


def makes_it_again(sandbox):
    sandbox.remove(f"{TRUEFOUNDRY}@3")
    sandbox.truefoundry.add_version("fraud-repo", "churn", 3, alias="v3-prod", created_at="2026-06-30T00:00:00Z")


def takes_it_away(sandbox):
    sandbox.remove(f"{TRUEFOUNDRY}@3")


def names_another_like_it(sandbox):
    rows = [sandbox.truefoundry.version("fraud-repo", "churn", 3).json()] * 2
    page = {"data": rows, "pagination": {"total": 2, "offset": 0, "limit": 100}}
    sandbox.answer_next("truefoundry", "GET", 200, page, path="/api/ml/v1/model-versions", times=99)


@pytest.mark.parametrize(
    ("status", "headers", "change", "ends"),
    [
        (429, {"Retry-After": "200"}, moves_the_alias, "refused"),
        (429, {"Retry-After": "200"}, makes_it_again, "refused"),
        (429, {"Retry-After": "200"}, takes_it_away, "absent"),
        (500, {}, moves_the_alias, "refused"),
        (504, {}, moves_the_alias, "unknown"),
        (500, {}, makes_it_again, "unknown"),
        (429, {"Retry-After": "200"}, names_another_like_it, "failed"),
        (500, {}, names_another_like_it, "unknown"),
        (500, {}, takes_it_away, "deleted"),
        (429, {"Retry-After": "200"}, lambda _sandbox: None, "deleted"),
        (500, {}, lambda _sandbox: None, "deleted"),
    ],
)
def test_what_is_sent_again_is_looked_at_again(status, headers, change, ends, sandbox, client, clock):
    plan = client.plan(TRUEFOUNDRY, keep_last=2, match="3")
    sandbox.answer_next("truefoundry", "POST", status, {}, headers)
    clock.meanwhile.append(lambda: change(sandbox))

    (tombstone,) = client.execute(plan)

    assert tombstone.status == ends
    assert len(writes(sandbox)) == (2 if "<lambda>" in repr(change) else 1)


@pytest.mark.parametrize(("status", "ends"), [(429, "failed"), (500, "failed"), (504, "unknown")])
def test_nothing_is_sent_again_when_the_time_is_over(status, ends, sandbox, client, clock):
    """A request that cannot be undone does not leave after the deadline."""
    plan = client.plan(BASETEN, keep_last=2, match="dep2bbb")
    sandbox.answer_next("baseten", "DELETE", status, {}, {"Retry-After": "100"} if status == 429 else {})
    clock.meanwhile.append(lambda: setattr(clock, "time", clock.time + 400))  # a machine that was suspended, say

    (tombstone,) = client.execute(plan)

    assert tombstone.status == ends
    assert len(writes(sandbox)) == 1
    assert sandbox.holds(f"{BASETEN}@dep2bbb")


def test_what_is_deployed_while_a_delete_waits_is_refused(sandbox, client, clock):
    plan = client.plan(CEREBRAS, keep_last=2)
    sandbox.answer_next("cerebras", "DELETE", 429, {}, {"Retry-After": "100"})
    clock.meanwhile.append(lambda: sandbox.cerebras.deploy("new", "acme", "gpt-oss-120b", 1))

    (tombstone,) = client.execute(plan)

    assert tombstone.status == "refused"
    assert len(writes(sandbox)) == 1


def test_what_can_no_longer_be_read_is_not_sent_again(sandbox, client, clock):
    plan = client.plan(BASETEN, keep_last=2, match="dep2bbb")
    sandbox.answer_next("baseten", "DELETE", 429, {}, {"Retry-After": "100"})
    path = "/v1/models/mod3x7q/deployments/dep2bbb"
    clock.meanwhile.append(lambda: sandbox.answer_next("baseten", "GET", 500, {}, path=path))

    (tombstone,) = client.execute(plan)

    assert (tombstone.status, tombstone.attempts) == ("failed", 1)
    assert len(writes(sandbox)) == 1


def test_only_is_a_list(plan, client):
    with pytest.raises(TypeError, match="only"):
        client.execute(plan, only=f"{BASETEN}@dep2bbb")


def test_what_cannot_be_read_again_is_not_deleted(plan, sandbox, client):
    sandbox.answer_next("baseten", "GET", 500, {}, path="/v1/models/mod3x7q/deployments/dep2bbb", times=1)

    settled = statuses(client.execute(plan))

    assert settled["dep2bbb"] == "failed"
    assert settled["dep3ccc"] == "deleted"


# --- a plan that is not for here and now ------------------------------------------------------------------------


def test_a_plan_for_another_host_is_refused(plan, sandbox, client):
    elsewhere = evolve(plan, origins={**plan.origins, "baseten": "https://api.baseten.co"})

    with pytest.raises(expunge.InvalidPlan, match=r"https://api\.baseten\.co"):
        client.execute(elsewhere)

    assert writes(sandbox) == []


@pytest.mark.parametrize(
    ("age", "max_age", "words"),
    [
        (timedelta(days=1, seconds=1), "1d", "more than 1d ago"),
        (timedelta(days=1), "1d", None),
        (timedelta(minutes=59), "1h", None),
        (timedelta(minutes=61), "1h", "more than 1h ago"),
        (timedelta(days=60), "3mo", None),
        (timedelta(seconds=-30), "1d", None),
        (timedelta(minutes=-2), "1d", "in the future"),
        (timedelta(days=-365), "1d", "in the future"),
    ],
)
def test_a_plan_is_for_a_day(age, max_age, words, plan, sandbox, client, clock):
    dated = evolve(plan, created_at=clock.now() - age)
    if words is None:
        list(client.execute(dated, max_age=max_age, dry_run=True))
        return

    with pytest.raises(expunge.InvalidPlan, match=words):
        client.execute(dated, max_age=max_age)

    assert writes(sandbox) == []


@pytest.mark.parametrize(
    ("max_age", "words"), [("", "not an age"), ("forever", "not an age"), ("1", "not an age"), ("999999y", "year 1")]
)
def test_an_age_that_is_none_is_refused(max_age, words, plan, client):
    with pytest.raises(expunge.ConfigurationError, match=words):
        client.execute(plan, max_age=max_age)


def test_more_than_max_delete_is_refused_before_anything_is_sent(plan, sandbox, client):
    sandbox.clear_requests()

    with pytest.raises(expunge.ConfigurationError, match="max_delete=5"):
        client.execute(plan, max_delete=5)

    assert sandbox.requests == []
    assert len(list(client.execute(plan, max_delete=6, dry_run=True))) == 6


def test_only_what_is_planned_can_be_executed(plan, sandbox, client):
    settled = statuses(client.execute(plan, only=[f"{BASETEN}@dep2bbb", f"{BASETEN}@dep1aaa", BASETEN, "nonsense"]))

    assert settled == {"dep2bbb": "deleted", "dep1aaa": "failed", BASETEN: "failed", "nonsense": "failed"}
    assert sandbox.holds(f"{BASETEN}@dep1aaa")
    assert len(writes(sandbox)) == 1


def test_a_plan_of_nothing_executes_to_nothing(sandbox, client):
    plan = client.plan(BASETEN, match="no-such-version")

    assert list(client.execute(plan)) == []
    assert plan.remarks == ("'no-such-version' selects nothing: it matches no version.",)
    assert writes(sandbox) == []


def test_aliases_that_are_no_longer_read_are_refused(sandbox, client):
    plan = client.plan(CEREBRAS, keep_last=2)
    sandbox.answer_next("cerebras", "GET", 200, cerebras_row(1, None), path=f"{CEREBRAS_VERSIONS}/1")

    (tombstone,) = client.execute(plan)

    assert tombstone.status == "refused"
    assert "its aliases could not be read" in tombstone.detail
