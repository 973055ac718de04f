"""The options of a deletion are checked before anything is sent."""

import pytest

import expunge
from expunge._deletion.options import Options, as_mapping, options_of
from expunge_clients.truefoundry.models import ModelManifest

MANIFEST = {
    "name": "churn",
    "ml_repo": "fraud-repo",
    "version": 3,
    "type": "model-version",
    "metadata": {},
    "source": {"type": "truefoundry"},
}


@pytest.mark.parametrize("timeout", [0, 0.0, -1, float("inf"), float("nan")])
def test_a_timeout_that_is_not_a_positive_number_of_seconds_is_refused(timeout):
    with pytest.raises(expunge.ConfigurationError, match="a positive number of seconds") as raised:
        options_of(wait=False, timeout=timeout, dry_run=False)

    assert raised.value.settings == ("timeout",)


@pytest.mark.parametrize("timeout", [0.001, 0.5, 1, 1e9])
def test_any_positive_number_of_seconds_is_a_timeout(timeout):
    assert options_of(wait=False, timeout=timeout, dry_run=False).timeout == timeout


def test_nothing_dangerous_is_on_by_default():
    options = options_of(wait=False, timeout=1.0, dry_run=False)

    assert (options.wait, options.dry_run, options.allow_model, options.manifest) == (False, False, False, None)
    assert (options.was_under_way, options.was_accepted) == (False, False)
    assert options == Options(timeout=1.0)
    assert Options().timeout == 300.0


def test_a_manifest_may_be_a_mapping_or_the_generated_model():
    assert as_mapping(MANIFEST) == MANIFEST
    assert as_mapping(ModelManifest.from_dict(MANIFEST)) == MANIFEST
    assert options_of(wait=True, timeout=1.0, dry_run=True, manifest=MANIFEST).manifest == MANIFEST


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        pytest.param("text", "a mapping or a ModelManifest, not str", id="text"),
        pytest.param([MANIFEST], "a mapping or a ModelManifest, not list", id="list"),
        pytest.param({**MANIFEST, "metadata": {1: "a"}}, "nothing was sent", id="no-json"),
    ],
)
def test_anything_else_is_not_a_manifest(manifest, why):
    with pytest.raises(expunge.ValidationError, match=why):
        as_mapping(manifest)
