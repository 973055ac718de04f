"""The sandbox's reading of the manifest, held against the schema that TrueFoundry published when it was written."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.trees import FROZEN

from expunge.sandbox.manifests import faults, with_defaults

_SPEC = yaml.safe_load((FROZEN / "specs" / "truefoundry.yaml").read_text(encoding="utf-8"))
_PUBLISHED = Draft202012Validator({"$ref": "#/components/schemas/DeleteModelRequest", **_SPEC})

_DISCRIMINATORS = _SPEC["components"]["schemas"]["ModelManifest"]["properties"]["framework"]["discriminator"]

_WORDS = ["", "churn", "a b", "a" * 257, "ab", "1ab", "fraud-repo", "fraud_repo", "a" * 100, "a" * 101, "ünder"]
_ANYTHING = st.sampled_from([*_WORDS, None, True, 0, 1, -1, 7, [], ["x"], {}, {"type": "local"}])
_URIS = st.sampled_from(["s3://", "gs://b/k", "wasbs://x", "http://x", "S3://x", "", 1, None])
_METHODS = st.sampled_from(["predict", "predict_proba", "fit"])
_ROWS = st.sampled_from([[], [{}], [1], {}])
_SCHEMAS = st.fixed_dictionaries({}, optional={"infer_method_name": _METHODS, "inputs": _ROWS, "outputs": _ROWS})
_FORMATS = st.sampled_from(["cloudpickle", "joblib", "pickle", "json", "onnx", 1])
_MANIFESTS = st.fixed_dictionaries(
    {},
    optional={
        "name": _ANYTHING | st.just("churn"),
        "metadata": _ANYTHING | st.just({}),
        "ml_repo": _ANYTHING | st.just("fraud-repo"),
        "version": _ANYTHING,
        "type": st.sampled_from(["model-version", "model", 1]),
        "description": _ANYTHING | st.sampled_from(["d" * 512, "d" * 513]),
        "version_alias": st.sampled_from(
            ["v1", "v", "v-1", "v..1", "v1.", "v1_a", "V1", "v" * 128, "v" * 129, "latest", 1]
        ),
        "step": _ANYTHING,
        "run_id": _ANYTHING,
        "unknown": _ANYTHING,
        "environment": st.fixed_dictionaries(
            {},
            optional={
                "python_version": st.sampled_from(["3", "3.11", "3.11.4", "3.11.4.5", "3.11-rc.1", "3.x", 3]),
                "pip_packages": st.sampled_from([[], ["a"], ["a", 1], "a", None]),
            },
        )
        | _ANYTHING,
        "source": st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(["truefoundry", "external", "local", "ftp", 1]),
                "uri": _URIS,
                "file_or_folder": _ANYTHING,
            },
        )
        | _ANYTHING,
        "framework": st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from([*_DISCRIMINATORS["mapping"], "fortran"]),
                "library_name": st.sampled_from(["transformers", "diffusers", "sentence-transformers", "x", 1]),
                "pipeline_tag": _ANYTHING,
                "base_model": _ANYTHING,
                "model_filepath": _ANYTHING,
                "serialization_format": _FORMATS,
                "model_schema": _SCHEMAS | _ANYTHING,
            },
        )
        | _ANYTHING,
    },
)


@given(manifest=_MANIFESTS)
def test_a_manifest_is_wrong_here_exactly_when_the_published_schema_says_so(manifest: dict[str, Any]) -> None:
    request = {"manifest": manifest}

    assert bool(faults(request)) == (not _PUBLISHED.is_valid(request))


@given(manifest=_MANIFESTS, good=st.just({"name": "churn", "ml_repo": "fraud-repo", "metadata": {}}))
def test_the_wrong_fields_are_those_that_the_published_schema_names(
    manifest: dict[str, Any], good: dict[str, Any]
) -> None:
    """With the required fields in order, so that every kind of optional field gets its turn."""
    request = {"manifest": {**manifest, **good, "source": {"type": "truefoundry"}}}

    ours = {fault.loc[2] for fault in faults(request)}
    published = {error.absolute_path[1] for error in _PUBLISHED.iter_errors(request)}

    assert ours == published


@pytest.mark.parametrize("request_body", [None, [], "manifest", 1, {}])
def test_what_is_no_request_at_all_has_a_fault(request_body: object) -> None:
    assert faults(request_body)


def test_defaults_change_nothing_that_was_said() -> None:
    said = {"type": "model-version", "step": 3, "framework": {"type": "transformers", "library_name": "diffusers"}}

    assert with_defaults(said) == said
