"""Accidents with versions in use, on every provider: none is deleted, whatever a list hides, moves or breaks off.

The module is longer than most: each accident is a row, and every row goes the same way from the plan to its execution.
"""

import json

import pytest
from attrs import frozen
from tests.plans.reading import BASETEN, CEREBRAS, MODELS, REPLICATE, TRUEFOUNDRY, Today, going, rules, writes

import expunge

CLASSIFIER = "replicate:acme/classifier"
APPS = "/api/svc/v1/apps"
DEPLOYMENTS = "/v1/deployments"
ENVIRONMENTS = "/v1/models/mod3x7q/environments"
ENDPOINTS = "/management/v1/orgs/acme/endpoints"
LISTS = {TRUEFOUNDRY: APPS, CEREBRAS: ENDPOINTS, BASETEN: ENVIRONMENTS, CLASSIFIER: DEPLOYMENTS}
EVERY_LIST = pytest.mark.parametrize(("model", "path"), LISTS.items(), ids=[path[-12:] for path in LISTS.values()])


@pytest.fixture
def clock():
    return Today()


def serve(model, ref, sandbox):
    """Put the version *ref* of *model* into use."""
    version = ref.rpartition("@")[2]
    if model == TRUEFOUNDRY:
        sandbox.truefoundry.add_app("scorer", f"model:acme/fraud-repo/churn:{version}")
    elif model == CEREBRAS:
        sandbox.cerebras.deploy("other", "acme", "gpt-oss-120b", int(version))
    elif model == BASETEN:
        sandbox.baseten.promote("mod3x7q", version)
    else:
        sandbox.replicate.deploy("scorer", "acme", "classifier", version)


def delete_of(model):
    """Return the method by which the model's provider deletes."""
    return "POST" if model == TRUEFOUNDRY else "DELETE"


def everything(client, model, **options):
    return client.plan(model, match="*", include_aliased=True, max_percent=100, **options)


# --- the accidents: what serves is planned never, and deleted never ---------------------------------------------


@frozen
class Accident:
    """A version in use, and the way in which that is easily missed."""

    ref: str
    happens: object


def released(name, model="acme/classifier"):
    def happen(sandbox):
        version = sandbox.replicate.versions("acme", "classifier")[1].id
        sandbox.replicate.deploy(name, *model.split("/"), version)

    return happen


def released_in_capitals(sandbox):
    version = sandbox.replicate.versions("acme", "classifier")[1].id
    release = {"number": 1, "model": "acme/classifier", "version": version.upper()}
    answer = {"results": [{"name": "scorer", "current_release": release}], "next": None}
    sandbox.answer_next("replicate", "GET", 200, answer, path=DEPLOYMENTS, times=99)


def among_many_deployments(sandbox):
    released("the-first-made")(sandbox)
    sandbox.replicate.add_version("acme", "churn", "b" * 64)
    for number in range(25):
        sandbox.replicate.deploy(f"later-{number}", "acme", "churn", "b" * 64)


def among_many_apps(sandbox):
    for number in range(230):
        sandbox.truefoundry.add_app(f"web-{number}")
    sandbox.truefoundry.add_app("scorer", "model:acme/fraud-repo/churn:2")


def app(*fqns):
    return lambda sandbox: sandbox.truefoundry.add_app("scorer", *fqns)


def app_with(**changes):
    """Deploy an application with another row than usual."""
    return lambda sandbox: sandbox.truefoundry.add_app("scorer").update(changes)


def app_of(**manifest):
    return app_with(deployment={"manifest": manifest})


def as_application_set(fqn):
    artifacts = [{"type": "truefoundry-artifact", "artifact_version_fqn": fqn}]
    component = {"type": "service", "name": "scorer", "artifacts_download": {"artifacts": artifacts}}
    return app_of(type="application-set", name="set", components=[component])


def rollout_from_another_version(sandbox):
    """The list shows the manifest of the latest deployment, and the active one may name another version."""
    sandbox.truefoundry.add_app("scorer", "model:acme/fraud-repo/churn:5")["activeVersion"] = 0


def broken_app_before_a_good_one(sandbox):
    sandbox.truefoundry.add_app("broken")["deployment"] = None
    sandbox.truefoundry.add_app("scorer", "model:acme/fraud-repo/churn:2")


def rollout(state):
    return lambda sandbox: sandbox.cerebras.deploy("other", "acme", "gpt-oss-120b", 1, state=state)


def among_many_endpoints(sandbox):
    for number in range(30):
        sandbox.cerebras.deploy(f"end-{number}", "acme", "gpt-oss-120b", 3)
    rollout("complete")(sandbox)


def environment(name):
    return lambda sandbox: setattr(sandbox.baseten.deployment("mod3x7q", "dep2bbb"), "environment", name)


def promotion(environment="production", traffic=40):
    return lambda sandbox: sandbox.baseten.promote("mod3x7q", "dep2bbb", environment, traffic=traffic)


def environment_that_only_the_list_shows(sandbox):
    """The deployment's own fields are late, or cached."""
    row = sandbox.baseten.deployment("mod3x7q", "dep2bbb").json()
    answer = {"environments": [{"name": "staging", "current_deployment": row}]}
    sandbox.answer_next("baseten", "GET", 200, answer, path=ENVIRONMENTS, times=99)


def promotion_without_a_name(sandbox):
    """Something is being promoted, and the list does not name it."""
    answer = {"environments": [{"name": "x", "current_deployment": None, "in_progress_promotion": {"status": "new"}}]}
    sandbox.answer_next("baseten", "GET", 200, answer, path=ENVIRONMENTS, times=99)


CHURN_2 = f"{TRUEFOUNDRY}@2"
ACCIDENTS = {
    "baseten-environment": Accident(f"{BASETEN}@dep2bbb", environment("staging")),
    "baseten-candidate": Accident(f"{BASETEN}@dep2bbb", promotion()),
    "baseten-candidate-without-traffic-yet": Accident(f"{BASETEN}@dep2bbb", promotion(traffic=0)),
    "baseten-candidate-of-a-new-environment": Accident(f"{BASETEN}@dep2bbb", promotion("canary")),
    "baseten-only-the-list-shows-it": Accident(f"{BASETEN}@dep2bbb", environment_that_only_the_list_shows),
    "baseten-promotion-without-a-name": Accident(f"{BASETEN}@dep2bbb", promotion_without_a_name),
    "replicate-deployment": Accident("classifier", released("scorer")),
    "replicate-capitals-in-the-id": Accident("classifier", released_in_capitals),
    "replicate-later-page": Accident("classifier", among_many_deployments),
    "replicate-another-case": Accident("classifier", released("scorer", "ACME/Classifier")),
    "truefoundry-app": Accident(CHURN_2, app("model:acme/fraud-repo/churn:2")),
    "truefoundry-later-page": Accident(CHURN_2, among_many_apps),
    "truefoundry-another-case": Accident(CHURN_2, app("Model:ACME/Fraud-Repo/Churn:2")),
    "truefoundry-second-artifact": Accident(CHURN_2, app("artifact:acme/x/y:1", "model:acme/fraud-repo/churn:2")),
    "truefoundry-another-tenant-of-that-name": Accident(CHURN_2, app("model:other/fraud-repo/churn:2")),
    "truefoundry-alias": Accident(CHURN_2, app("model:acme/fraud-repo/churn:v2-prod")),
    "truefoundry-leading-zero": Accident(CHURN_2, app("model:acme/fraud-repo/churn:02")),
    "truefoundry-without-a-number": Accident(CHURN_2, app("model:acme/fraud-repo/churn")),
    "truefoundry-unreadable-name": Accident(CHURN_2, app("model-version:acme/fraud-repo/churn:2")),
    "truefoundry-application-set": Accident(CHURN_2, as_application_set("model:acme/fraud-repo/churn:2")),
    "truefoundry-template": Accident(CHURN_2, app_of(template="- fqn: 'model:acme/fraud-repo/churn:2'\n")),
    "truefoundry-variable": Accident(CHURN_2, app_of(env={"FQN": "model:acme/fraud-repo/churn:2 "})),
    "truefoundry-key": Accident(CHURN_2, app_of(labels={"MODEL:acme/fraud-repo/churn:2": "x"})),
    "truefoundry-in-a-url": Accident(CHURN_2, app_of(command="get ?fqn=model%3Aacme%2Ffraud-repo%2Fchurn%3A2")),
    "truefoundry-without-a-deployment": Accident(CHURN_2, app_with(deployment=None)),
    "truefoundry-without-a-manifest": Accident(CHURN_2, app_with(deployment={"manifest": None})),
    "truefoundry-download-without-a-list": Accident(CHURN_2, app_of(artifacts_download={})),
    "truefoundry-trailing-slash": Accident(CHURN_2, app("model:acme/fraud-repo/churn:2/")),
    "truefoundry-trailing-space": Accident(CHURN_2, app("model:acme/fraud-repo/churn:2 ")),
    "truefoundry-rolling-out": Accident(CHURN_2, rollout_from_another_version),
    "truefoundry-broken-app-before": Accident(CHURN_2, broken_app_before_a_good_one),
    "cerebras-complete": Accident(f"{CEREBRAS}@1", rollout("complete")),
    "cerebras-queued": Accident(f"{CEREBRAS}@1", rollout("queued")),
    "cerebras-rolling-out": Accident(f"{CEREBRAS}@1", rollout("in_progress")),
    "cerebras-last-of-many-endpoints": Accident(f"{CEREBRAS}@1", among_many_endpoints),
}


def named(accident, sandbox):
    """Return the reference that *accident* is about; Replicate's has an id that the sandbox makes."""
    if accident.ref != "classifier":
        return accident.ref
    return f"{CLASSIFIER}@{sandbox.replicate.versions('acme', 'classifier')[1].id}"


every_accident = pytest.mark.parametrize("accident", ACCIDENTS.values(), ids=ACCIDENTS)


@every_accident
def test_a_version_in_use_is_not_planned(accident, sandbox, client):
    ref = named(accident, sandbox)
    assert ref in going(everything(client, ref.partition("@")[0]))
    accident.happens(sandbox)

    plan = everything(client, ref.partition("@")[0])

    assert ref not in going(plan)
    assert rules(plan)[ref.partition("@")[2]] in {"live", "live_unknown"}


@every_accident
def test_a_version_that_came_into_use_after_the_plan_is_refused(accident, sandbox, client):
    ref = named(accident, sandbox)
    plan = everything(client, ref.partition("@")[0])
    accident.happens(sandbox)

    (tombstone,) = client.execute(plan, only=[ref])

    assert (tombstone.status, tombstone.attempts) == ("refused", 0)
    assert "live" in tombstone.detail
    assert sandbox.holds(ref)
    assert writes(sandbox) == []


def test_a_version_in_use_is_kept_if_its_reference_has_capitals(sandbox, client):
    for number in (1, 2, 3):
        sandbox.add(f"cerebras:Acme/GPT-big@{number}")
    sandbox.cerebras.deploy("big", "Acme", "GPT-big", 1)

    plan = everything(client, "cerebras:Acme/GPT-big")

    assert rules(plan) == {"1": "live", "2": "selected", "3": "selected"}


@pytest.mark.parametrize("model", LISTS)
def test_what_comes_into_use_within_a_run_is_refused(model, sandbox, client, clock):
    """The lists are read again for each deletion, not once a run."""
    plan = everything(client, model)
    first, second = [choice.ref for choice in plan.deletions][:2]
    sandbox.answer_next(model.partition(":")[0], delete_of(model), 429, {}, {"Retry-After": "100"})
    clock.meanwhile.append(lambda: serve(model, second, sandbox))

    settled = {done.ref: done for done in client.execute(plan, only=[first, second], concurrency=1)}

    assert settled[first].status in {"deleted", "accepted"}
    assert (settled[second].status, settled[second].attempts) == ("refused", 0)
    assert sandbox.holds(second)


@pytest.mark.parametrize("model", LISTS)
def test_what_comes_into_use_while_a_delete_waits_is_refused(model, sandbox, client, clock):
    plan = everything(client, model)
    ref = plan.deletions[0].ref
    sandbox.answer_next(model.partition(":")[0], delete_of(model), 429, {}, {"Retry-After": "100"})
    clock.meanwhile.append(lambda: serve(model, ref, sandbox))

    (tombstone,) = client.execute(plan, only=[ref])

    assert tombstone.status == "refused"
    assert len(writes(sandbox)) == 1
    assert sandbox.holds(ref)


def test_an_application_that_cannot_be_read_does_not_hide_those_beside_it(sandbox, client):
    """`assume_not_live` frees a doubt, and never a version that an application names."""
    broken_app_before_a_good_one(sandbox)

    plan = everything(client, TRUEFOUNDRY, assume_not_live="*")

    assert rules(plan)["2"] == "live"


def test_a_word_that_begins_like_a_name_is_not_one(sandbox, client):
    app_of(image="model:latest", command="run --model:fast /fraud-repo/churn:2 models/x:3")(sandbox)

    assert CHURN_2 in going(everything(client, TRUEFOUNDRY))


# --- live state as it is told ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", LISTS)
def test_a_version_in_use_is_live_in_every_answer(model, sandbox, client):
    ref = everything(client, model).deletions[0].ref
    serve(model, ref, sandbox)

    assert client.get(ref).is_live is True
    assert {version.ref: version.is_live for version in client.versions(model)}[ref] is True
    dry = client.delete(ref, dry_run=True)
    assert (dry.status, "it is live now" in dry.detail) == ("planned", True)


@pytest.mark.parametrize("model", LISTS)
def test_a_version_that_no_list_names_is_not_live_or_not_known(model, client):
    """TrueFoundry's applications may load a version without naming it."""
    ref = everything(client, model).deletions[0].ref
    idle = None if model == TRUEFOUNDRY else False

    assert client.get(ref).is_live is idle
    assert {version.ref: version.is_live for version in client.versions(model)}[ref] is idle
    assert "live" not in client.delete(ref, dry_run=True).detail


def test_the_plan_says_that_truefoundry_does_not_name_every_version_in_use(client):
    plan = client.plan(MODELS, keep_last=3)

    remarks = {model.ref: " ".join(model.remarks) for model in plan.models}
    assert "names only some of the versions in use" in remarks.pop(TRUEFOUNDRY)
    assert all("versions in use" not in text for text in remarks.values())


def test_a_dry_run_of_a_model_counts_a_deployment_that_is_being_promoted(sandbox, client):
    sandbox.baseten.promote("mod3x7q", "dep2bbb")

    dry = client.delete(BASETEN, allow_model=True, dry_run=True)

    assert "3 of them are live now" in dry.detail
    assert "dep2bbb" in dry.detail


@EVERY_LIST
def test_a_dry_run_says_that_a_live_state_could_not_be_read(model, path, sandbox, client):
    ref = everything(client, model).deletions[0].ref
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path)

    dry = client.delete(ref, dry_run=True)

    assert (dry.status, "it may be live" in dry.detail, "needs the right to list" in dry.detail) == (
        "planned",
        True,
        True,
    )


# --- one list a plan ----------------------------------------------------------------------------------------------


def reads_of(sandbox, path):
    return [request for request in sandbox.requests if request.target.startswith(path)]


@pytest.mark.parametrize(
    ("models", "path"),
    [
        ([TRUEFOUNDRY, "truefoundry:fraud-repo/other"], APPS),
        ([CEREBRAS, "cerebras:acme/other"], ENDPOINTS),
        ([REPLICATE, CLASSIFIER], DEPLOYMENTS),
        ([BASETEN], ENVIRONMENTS),
    ],
)
def test_a_plan_reads_one_list_of_what_serves(models, path, sandbox, client):
    sandbox.add("truefoundry:fraud-repo/other@1")
    sandbox.add("cerebras:acme/other@1")

    client.plan(models, keep_last=1)

    assert len(reads_of(sandbox, path)) == 1


def test_the_reading_before_a_delete_ends_where_the_version_is_named(sandbox, client):
    plan = everything(client, CLASSIFIER)
    ref = plan.deletions[0].ref
    for number in range(25):
        sandbox.replicate.deploy(f"other-{number}", "acme", "churn", "c" * 64)
    serve(CLASSIFIER, ref, sandbox)
    sandbox.clear_requests()

    (tombstone,) = client.execute(plan, only=[ref])

    assert tombstone.status == "refused"
    assert len(reads_of(sandbox, DEPLOYMENTS)) == 1


# --- lists that cannot be read completely -------------------------------------------------------------------------

BROKEN = {
    "not-authorised": (401, {}),
    "no-right": (403, {"message": "no"}),
    "not-there": (404, {"error": "not found"}),
    "server-error": (500, {}),
    "unavailable": (503, b"<html>"),
    "html": (200, b"<html>sign in</html>"),
    "empty": (200, b""),
    "cut": (200, b'{"data": [{"id": "1"'),
    "another-form": (200, {"rows": []}),
    "null": (200, b"null"),
    "rows-that-are-no-list": (
        200,
        {"data": {}, "endpoints": {}, "environments": {}, "results": {}, "next": None, "pagination": {"total": 0}},
    ),
    "a-row-that-cannot-be-read": (
        200,
        {"data": [3], "endpoints": [3], "environments": [3], "results": [3], "next": None, "pagination": {"total": 1}},
    ),
}


@EVERY_LIST
@pytest.mark.parametrize(("status", "body"), BROKEN.values(), ids=BROKEN)
def test_a_list_that_cannot_be_read_keeps_every_version(status, body, model, path, sandbox, client):
    sandbox.answer_next(model.partition(":")[0], "GET", status, body, path=path, times=9)

    plan = everything(client, model)

    assert plan.deletions == ()
    assert set(rules(plan).values()) <= {"live", "live_unknown"}
    assert "could not be read completely" in " ".join(plan.models[0].remarks)
    assert ("needs the right to list" in " ".join(plan.models[0].remarks)) == (status in {401, 403})


@EVERY_LIST
@pytest.mark.parametrize(("status", "body"), BROKEN.values(), ids=BROKEN)
def test_a_list_that_cannot_be_read_at_execution_refuses_the_version(status, body, model, path, sandbox, client):
    plan = everything(client, model)
    sandbox.answer_next(model.partition(":")[0], "GET", status, body, path=path, times=9)

    (tombstone,) = client.execute(plan, only=[plan.deletions[0].ref])

    assert (tombstone.status, tombstone.attempts) == ("refused", 0)
    assert "it may be live" in tombstone.detail
    assert writes(sandbox) == []


def apps(*names, total, fqn="artifact:a/b/c:1"):
    rows = [
        {"id": name, "deployment": {"manifest": {"artifacts_download": {"artifacts": [{"artifact_version_fqn": fqn}]}}}}
        for name in names
    ]
    return {"data": rows, "pagination": {"total": total}}


def deployments(sandbox, following, version="d" * 64):
    here = sandbox.environ["REPLICATE_BASE_URL"].removesuffix("/v1")
    release = {"current_release": {"model": "acme/classifier", "version": version}}
    return {"results": [release], "next": following.format(here=here) if following else None}


PARTIAL = {
    "second-page-refused": [apps("a", "b", total=3), 403],
    "second-page-broken": [apps("a", "b", total=3), 500],
    "second-page-empty": [apps("a", "b", total=3), apps(total=3)],
    "total-shrinks": [apps("a", "b", total=4), apps("c", total=3)],
    "rows-repeat": [apps("a", "b", total=3), apps("b", "c", total=3)],
    "more-rows-than-the-total": [apps("a", "b", total=1)],
    "no-total": [{"data": []}],
    "a-total-that-is-text": [{"data": [], "pagination": {"total": "0"}}],
    "more-than-can-be-read": [apps("a", total=10**9)],
    "a-manifest-that-is-text": [
        {"data": [{"id": "a", "deployment": {"manifest": "x"}}], "pagination": {"total": 1}},
    ],
    "an-artifact-without-a-name": [
        {
            "data": [
                {
                    "id": "a",
                    "deployment": {
                        "manifest": {"artifacts_download": {"artifacts": [{"type": "truefoundry-artifact"}]}}
                    },
                }
            ],
            "pagination": {"total": 1},
        }
    ],
}


@pytest.mark.parametrize("pages", PARTIAL.values(), ids=PARTIAL)
def test_half_a_list_of_applications_keeps_every_version(pages, sandbox, client):
    for page in pages:
        status, body = (page, {}) if isinstance(page, int) else (200, page)
        sandbox.answer_next("truefoundry", "GET", status, body, path=APPS, times=9 if status >= 500 else 1)

    plan = everything(client, TRUEFOUNDRY)

    assert set(rules(plan).values()) == {"live_unknown"}
    assert len(reads_of(sandbox, APPS)) == len(pages)


@pytest.mark.parametrize(
    ("following", "reads"),
    [
        ("{here}/v1/deployments?cursor=again", 2),
        ("https://evil.example/v1/deployments?cursor=x", 1),
        ("{here}/v1/models/acme/churn/versions?cursor=x", 1),
        ("{here}/v1/deployments", 1),
        ("{here}/v1/deployments?cursor=x&cursor=y", 1),
        ("{here}/v1/deployments?cursor=x#y", 1),
        ("/v1/deployments?cursor=x", 1),
        ("http://[", 1),
    ],
)
def test_deployments_that_lead_astray_keep_every_version(following, reads, sandbox, client):
    sandbox.answer_next("replicate", "GET", 200, deployments(sandbox, following), path=DEPLOYMENTS, times=5)

    plan = everything(client, CLASSIFIER)

    assert set(rules(plan).values()) == {"live_unknown"}
    assert len(reads_of(sandbox, DEPLOYMENTS)) == reads


@pytest.mark.parametrize(
    "release",
    [
        {},
        {"model": "classifier", "version": "x"},
        {"model": "acme/classifier", "version": ""},
        {"model": "acme/classifier", "version": None},
        {"model": "acme/classifier", "version": "a" * 12},
        {"model": "acme/classifier/", "version": "a" * 64},
        {"model": "acme/classifier ", "version": "a" * 64},
        {"model": "https://replicate.com/acme/classifier", "version": "a" * 64},
        {"model": f"acme/classifier:{'a' * 64}", "version": "a" * 64},
        {"model": "acme/classifier", "version": f"{'a' * 64} "},
        "x",
        3,
    ],
)
def test_a_release_that_cannot_be_read_keeps_every_version(release, sandbox, client):
    body = {"results": [{"name": "d", "current_release": release}], "next": None}
    sandbox.answer_next("replicate", "GET", 200, body, path=DEPLOYMENTS)

    assert set(rules(everything(client, CLASSIFIER)).values()) == {"live_unknown"}


@pytest.mark.parametrize(
    "environment",
    [
        {"name": "production"},
        {"name": "production", "current_deployment": {"name": "no id"}},
        {"name": "production", "current_deployment": None, "candidate_deployment": "dep2bbb"},
        {"name": "production", "current_deployment": {"id": " dep2bbb", "name": "a"}},
        {"name": "production", "current_deployment": {"id": "dep2bbb/", "name": "a"}},
    ],
)
def test_an_environment_that_cannot_be_read_keeps_every_version(environment, sandbox, client):
    sandbox.answer_next("baseten", "GET", 200, {"environments": [environment]}, path=ENVIRONMENTS)

    assert set(rules(everything(client, BASETEN)).values()) == {"live", "live_unknown"}


GOES_ON = [
    {"has_more": True},
    {"hasMore": True},
    {"pagination": {"has_more": True}},
    {"next_url": "https://a.example/2"},
    {"links": {"next": "https://a.example/2"}},
    {"meta": {"nextCursor": "b"}},
    {"pageInfo": {"hasNextPage": True}},
    {"total": 1},
    {"pagination": {"total": 1}},
]


@pytest.mark.parametrize(("model", "path"), [(BASETEN, ENVIRONMENTS), (CEREBRAS, ENDPOINTS)])
@pytest.mark.parametrize("fields", GOES_ON)
def test_a_list_that_announces_more_keeps_every_version(fields, model, path, sandbox, client):
    empty = {"environments": []} if model == BASETEN else {"endpoints": []}
    sandbox.answer_next(model.partition(":")[0], "GET", 200, empty | fields, path=path)

    assert set(rules(everything(client, model)).values()) <= {"live", "live_unknown"}


def test_a_list_that_states_its_total_is_complete(sandbox, client):
    empty = {"environments": [], "total": 0, "next": None, "pagination": {"hasMore": False}}
    sandbox.answer_next("baseten", "GET", 200, empty, path=ENVIRONMENTS)

    assert f"{BASETEN}@dep2bbb" in going(everything(client, BASETEN))


@pytest.mark.parametrize(
    "name",
    [
        "orgs/acme/models/gpt-oss-120b /versions/1",
        "orgs/acme /models/gpt-oss-120b/versions/1",
        "orgs/acme/models/gpt-oss-120b/versions/01",
        "orgs/acme/models/gpt-oss-120b/versions/1/",
        "orgs%2Facme/models/gpt-oss-120b/versions/1",
    ],
)
def test_a_deployed_name_that_is_written_in_another_way_keeps_every_version(name, sandbox, client):
    sandbox.cerebras.deploy("other", "acme", "gpt-oss-120b", 4)
    endpoint = {"deployed_models": [{"id": "x", "model": name}]}
    sandbox.answer_next("cerebras", "GET", 200, endpoint, path="/management/v1/endpoints/other")

    assert set(rules(everything(client, CEREBRAS)).values()) == {"live", "live_unknown"}


def test_one_endpoint_that_cannot_be_read_keeps_every_version(sandbox, client):
    sandbox.cerebras.deploy("other", "acme", "gpt-oss-120b", 4)
    sandbox.answer_next("cerebras", "GET", 404, {"error": {}}, path="/management/v1/endpoints/other")

    assert set(rules(everything(client, CEREBRAS)).values()) == {"live", "live_unknown"}


# --- the one explicit way on --------------------------------------------------------------------------------------


def test_a_version_that_an_app_names_by_its_alias_is_live_whatever_is_assumed(client, sandbox):
    sandbox.truefoundry.add_app("scorer", "model:acme/fraud-repo/churn:V7-Prod")

    plan = everything(client, TRUEFOUNDRY, assume_not_live=["*"])

    choices = {choice.ref: choice for choice in plan.models[0].choices}
    assert (choices[f"{TRUEFOUNDRY}@7"].action, choices[f"{TRUEFOUNDRY}@7"].rule) == ("keep", "live")
    assert choices[CHURN_2].action == "delete"


@EVERY_LIST
def test_an_unread_list_is_overruled_by_assume_not_live_and_by_nothing_else(model, path, sandbox, client):
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path, times=99)

    assert everything(client, model, assume_not_live="baseten:nothing").deletions == ()
    plan = everything(client, model, assume_not_live=["other:*", model])
    (tombstone,) = client.execute(plan, only=[plan.deletions[0].ref])

    assert tombstone.status in {"deleted", "accepted"}
    assert "assumed not to be live" in plan.deletions[0].reason


@EVERY_LIST
def test_the_assumption_holds_at_execution_too(model, path, sandbox, client, tmp_path):
    everything(client, model, assume_not_live=f"{model[:12]}*").save(tmp_path / "plan.json")
    plan = expunge.Plan.load(tmp_path / "plan.json")
    sandbox.answer_next(model.partition(":")[0], "GET", 403, {}, path=path, times=99)

    (tombstone,) = client.execute(plan, only=[plan.deletions[0].ref])

    assert tombstone.status in {"deleted", "accepted"}
    assert plan.selection.assume_not_live == (f"{model[:12]}*",)


@pytest.mark.parametrize("model", LISTS)
def test_no_assumption_frees_a_version_that_is_known_to_be_live(model, sandbox, client):
    plan = everything(client, model, assume_not_live="*")
    ref = plan.deletions[0].ref
    serve(model, ref, sandbox)

    assert ref not in going(everything(client, model, assume_not_live="*"))
    (tombstone,) = client.execute(plan, only=[ref])
    assert tombstone.status == "refused"
    assert writes(sandbox) == []


def test_no_assumption_frees_what_a_list_named_before_it_broke_off(sandbox, client):
    ref = everything(client, CLASSIFIER).deletions[0].ref
    page = deployments(sandbox, "{here}/v1/deployments?cursor=x", ref.rpartition("@")[2])
    plan = everything(client, CLASSIFIER, assume_not_live="*")
    for body in (page, page):
        sandbox.answer_next("replicate", "GET", 200, body, path=DEPLOYMENTS)
        sandbox.answer_next("replicate", "GET", 500, {}, path=f"{DEPLOYMENTS}?cursor=x")

    assert rules(everything(client, CLASSIFIER, assume_not_live="*"))[ref.rpartition("@")[2]] == "live"
    (tombstone,) = client.execute(plan, only=[ref])
    assert tombstone.status == "refused"
    assert writes(sandbox) == []


@pytest.mark.parametrize("glob", ["", " ", "baseten:[", "baseten:[z-a]", "baseten:[^a]", "baseten:mod3x7q@dep2bbb", 3])
def test_an_assumption_that_does_not_parse_sends_nothing(glob, sandbox, client):
    with pytest.raises(expunge.ConfigurationError):
        client.plan(BASETEN, keep_last=1, assume_not_live=[glob])

    assert sandbox.requests == []


def test_an_assumption_that_matches_no_model_is_named(client):
    plan = client.plan(BASETEN, keep_last=1, assume_not_live=["baseten:mdo*", "baseten:mod*"])

    assert [remark for remark in plan.remarks if "assume_not_live" in remark] == [
        "assume_not_live 'baseten:mdo*' has no effect: it matches no model."
    ]


def test_a_plan_without_its_assumptions_is_no_plan(client, tmp_path):
    client.plan(BASETEN, keep_last=1).save(tmp_path / "plan.json")
    content = json.loads((tmp_path / "plan.json").read_text())

    assert content["selection"]["assume_not_live"] == []


# --- references with globs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["baseten:*", "baseten:mod?x7q", "baseten:mod[3]x7q", "baseten:m@*", "replicate:a/*"])
def test_a_glob_names_nothing(text, sandbox, client):
    with pytest.raises(expunge.InvalidReference, match="glob"):
        expunge.parse_ref(text)
    with pytest.raises(expunge.InvalidReference, match="glob"):
        client.delete(text, allow_model=True)
    with pytest.raises(expunge.InvalidReference, match="glob"):
        client.get(text)
    (tombstone,) = client.delete_many([text], allow_model=True)

    assert (tombstone.status, tombstone.attempts) == ("failed", 0)
    assert sandbox.requests == []


def test_an_organisation_that_is_called_like_a_provider_has_lists_of_its_own(client, sandbox):
    for number in (1, 2, 3):
        sandbox.add(f"cerebras:replicate/gpt-oss-120b@{number}")
    sandbox.cerebras.deploy("scorer", "replicate", "gpt-oss-120b", 1)

    plan = client.plan([CLASSIFIER, "cerebras:replicate/gpt-oss-120b"], keep_last=1)

    assert rules(plan)["1"] == "live"
