"""A fleet of the sandbox: the same models and versions on every start, of many ages, some aliased, some live."""

from datetime import UTC, datetime, timedelta

import pytest

import expunge
from expunge.sandbox import Sandbox
from expunge.sandbox.fleet import Size

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)


def everything(size):
    """Return all versions of a fleet, by model, as a client sees them."""
    with Sandbox(fleet=size, now=lambda: NOW) as sandbox, expunge.Client.from_env(sandbox.environ) as client:
        models = [model.ref for scope in ("truefoundry", "cerebras:acme", "baseten") for model in client.models(scope)]
        models += [f"replicate:acme/model-{number:03}" for number in range(1, size.models // 4 + 1)]
        return {model: list(client.versions(model)) for model in models}


@pytest.fixture(scope="module")
def fleet():
    return everything(Size(40, 12))


def test_a_fleet_has_so_many_models_of_so_many_versions(fleet):
    assert {model: len(versions) for model, versions in fleet.items()} == dict.fromkeys(fleet, 12)
    assert len(fleet) == 40


def test_a_fleet_is_the_same_on_every_start(fleet):
    assert everything(Size(40, 12)) == fleet


@pytest.mark.parametrize("provider", ["truefoundry", "baseten", "replicate"])
def test_ages_are_spread_over_years(provider, fleet):
    for model, versions in fleet.items():
        if model.startswith(provider):
            times = [version.created_at for version in versions]
            assert len(set(times)) == len(times)
            assert max(times) > NOW - timedelta(days=3)
            assert min(times) < NOW - timedelta(days=900)


@pytest.mark.parametrize("provider", ["truefoundry", "cerebras", "baseten", "replicate"])
def test_some_versions_of_every_provider_are_live(provider, fleet):
    live = [model for model, versions in fleet.items() if any(version.is_live for version in versions)]

    assert any(model.startswith(provider) for model in live)


@pytest.mark.parametrize("provider", ["truefoundry", "cerebras"])
def test_some_versions_have_an_alias(provider, fleet):
    aliased = [version.ref for versions in fleet.values() for version in versions if version.aliases]

    assert any(ref.startswith(provider) for ref in aliased)
    assert len(aliased) < 40


@pytest.mark.parametrize(
    "text", ["", "300", "300x", "x100", "0x5", "5x0", "-1x5", "1.5x2", "3 x 4", "3X4", "9999999x1000"]
)
def test_text_that_is_not_a_size_is_refused(text):
    with pytest.raises(ValueError, match=r"not a size|the limit is"):
        Size.parse(text)


def test_a_sandbox_that_does_not_record_keeps_no_requests():
    with Sandbox(records=False) as sandbox, expunge.Client.from_env(sandbox.environ) as client:
        assert list(client.models("baseten"))
        assert sandbox.requests == []
