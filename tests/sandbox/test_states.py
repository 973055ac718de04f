"""Versions in each state: what expunge reads of them, and what becomes of a delete."""

from datetime import UTC, datetime, timedelta

import pytest

import expunge
from expunge.sandbox import Sandbox

ID = "5c" * 32
TRUEFOUNDRY, CEREBRAS, BASETEN = "truefoundry:fraud-repo/churn@2", "cerebras:acme/arch@2", "baseten:mod1@dep1"
REPLICATE = f"replicate:acme/classifier@{ID}"
MODELS = ["truefoundry:fraud-repo/churn", "cerebras:acme/arch", "baseten:mod1", "replicate:acme/classifier"]
NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def running():
    with Sandbox(seeded=False, replicate_delay=0.0) as one, expunge.Client.from_env(one.environ) as client:
        yield one, client


@pytest.fixture
def sandbox(running):
    running[0].reset()
    return running[0]


@pytest.fixture
def client(running):
    return running[1]


def provider_of(ref):
    return ref.partition(":")[0]


def selected(plan):
    return {choice.ref for choice in plan.deletions}


@pytest.mark.parametrize("ref", [TRUEFOUNDRY, CEREBRAS, BASETEN, REPLICATE], ids=provider_of)
def test_an_unused_version_can_be_deleted(ref, sandbox, client):
    sandbox.add(ref, "unused", created_at=NEWEST)

    version = client.get(ref)
    client.delete(ref)

    assert version.created_at == (None if provider_of(ref) == "cerebras" else NEWEST)
    assert not sandbox.holds(ref)


@pytest.mark.parametrize("ref", [TRUEFOUNDRY, CEREBRAS, BASETEN, REPLICATE], ids=provider_of)
def test_a_live_version_is_kept_back(ref, sandbox, client):
    """It is the oldest one, which a rule would select first."""
    sandbox.add(ref, "live", created_at=NEWEST - timedelta(days=9))
    model = ref.partition("@")[0]
    others = {"baseten": ("dep8", "dep9"), "replicate": ("8" * 64, "9" * 64)}.get(provider_of(ref), ("8", "9"))
    newer = [sandbox.add(f"{model}@{other}", created_at=NEWEST) for other in others]

    plan = client.plan([model], keep_last=1)

    assert ref not in selected(plan)
    assert len(selected(plan) & set(newer)) == 1


@pytest.mark.parametrize("ref", [TRUEFOUNDRY, CEREBRAS], ids=provider_of)
def test_an_aliased_version_has_an_alias(ref, sandbox, client):
    sandbox.add(ref, "aliased")

    assert len(client.get(ref).aliases) == 1


@pytest.mark.parametrize("ref", [CEREBRAS, BASETEN], ids=provider_of)
def test_a_version_that_is_rolling_out_is_live(ref, sandbox, client):
    sandbox.add(ref, "rolling-out")

    model = ref.partition("@")[0]
    plan = client.plan([model], match="*", max_percent=100)

    assert ref not in selected(plan)


@pytest.mark.parametrize(
    ("ref", "state"),
    [
        (BASETEN, "live"),
        (BASETEN, "staging"),
        (REPLICATE, "live"),
        (REPLICATE, "shared"),
        (REPLICATE, "public"),
    ],
)
def test_a_version_that_the_provider_protects_is_refused(ref, state, sandbox, client):
    sandbox.add(ref, state)

    with pytest.raises(expunge.Refused):
        client.delete(ref)

    assert sandbox.holds(ref)


def test_a_deployment_for_development_says_so(sandbox, client):
    sandbox.add(BASETEN, "development")

    with pytest.raises(expunge.Refused):
        client.delete(BASETEN, dry_run=True)


def test_a_version_that_is_being_copied_says_so(sandbox, client):
    sandbox.add(CEREBRAS, "copying")

    assert client.get(CEREBRAS).status == "in_progress"


def test_only_the_last_live_deployment_is_in_production(sandbox):
    sandbox.add("baseten:mod1@dep1", "live")
    sandbox.add("baseten:mod1@dep2", "live")

    assert [one.id for one in sandbox.baseten.model("mod1").deployments if one.is_production] == ["dep2"]


@pytest.mark.parametrize("model", MODELS, ids=provider_of)
def test_a_model_has_a_live_version_and_older_ones(model, sandbox, client):
    refs = sandbox.add_model(model, versions=4, newest=NEWEST, apart=timedelta(days=2))

    versions = {str(version.ref): version for version in client.versions(model)}
    plan = client.plan([model], keep_last=1, max_percent=100)

    assert versions.keys() == set(refs)
    if provider_of(model) != "cerebras":
        assert [versions[ref].created_at for ref in refs] == [NEWEST - timedelta(days=age) for age in (6, 4, 2, 0)]
    assert selected(plan) == set(refs[:3])


@pytest.mark.parametrize(
    ("ref", "state", "words"),
    [
        pytest.param(REPLICATE, "aliased", "replicate has no version that is aliased; there are unused", id="state"),
        pytest.param("cerebras:acme/arch@latest", "live", "by its number", id="alias"),
        pytest.param("baseten:mod1", "live", "write MODEL@VERSION", id="model"),
        pytest.param("truefoundry:churn@1", "live", "write OWNER/NAME@VERSION", id="parts"),
    ],
)
def test_a_state_that_does_not_exist_is_an_error(ref, state, words, sandbox):
    with pytest.raises(ValueError, match=words):
        sandbox.add(ref, state)
