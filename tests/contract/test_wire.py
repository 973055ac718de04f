"""The five operations as they stand on the wire, against the pages that document them."""

import json
import re

import pytest
from attrs import frozen
from tests.providers import REFS

import expunge
from expunge._rules import rules_of
from expunge_clients.truefoundry.models import ModelManifest

ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


@frozen
class Documented:
    """One operation as its page has it.

    The pages' `"<string>"` samples break their own patterns, so valid values stand in for them.
    """

    source: str
    method: str
    path: str
    scheme: str
    body: bytes


MANIFEST = {
    "name": "churn",
    "metadata": {"owner": "risk"},
    "ml_repo": "fraud-repo",
    "source": {"type": "external", "uri": "gs://acme-models/churn/9"},
    "version": 9,
    "type": "model-version",
    "description": "weekly retrain",
    "version_alias": "v9-prod",
    "framework": {"type": "transformers", "library_name": "transformers", "pipeline_tag": "text-generation"},
    "environment": {"python_version": "3.11", "pip_packages": ["scikit-learn==1.5.2"]},
    "step": 0,
    "run_id": "run-8",
}

DOCUMENTED = {
    "truefoundry-delete": Documented(
        source='TrueFoundry, "Delete model version": paths./api/ml/v1/model-versions.post, DeleteModelRequest',
        method="POST",
        path="/api/ml/v1/model-versions",
        scheme="Bearer",
        body=b'{"manifest":{"name":"churn","metadata":{},"ml_repo":"fraud-repo","source":{"type":"truefoundry"},'
        b'"version":3,"type":"model-version"}}',
    ),
    "truefoundry-apply": Documented(
        source='TrueFoundry, "Create or update a model version": curl --request PUT',
        method="PUT",
        path="/api/ml/v1/model-versions",
        scheme="Bearer",
        body=b'{"manifest":{"name":"churn","metadata":{"owner":"risk"},"ml_repo":"fraud-repo",'
        b'"source":{"type":"external","uri":"gs://acme-models/churn/9"},"version":9,"type":"model-version",'
        b'"description":"weekly retrain","version_alias":"v9-prod","framework":{"type":"transformers",'
        b'"library_name":"transformers","pipeline_tag":"text-generation"},"environment":{"python_version":"3.11",'
        b'"pip_packages":["scikit-learn==1.5.2"]},"step":0,"run_id":"run-8"}}',
    ),
    "cerebras-delete": Documented(
        source='Cerebras, "Delete model version": delete, and its security scheme BearerAuth',
        method="DELETE",
        path="/management/v1/orgs/acme/models/gpt-oss-120b/versions/2",
        scheme="Bearer",
        body=b"",
    ),
    "baseten-delete": Documented(
        source='Baseten, "Delete models": delete, and its security scheme ApiKeyAuth; a version is a deployment',
        method="DELETE",
        path="/v1/models/mod3x7q/deployments/dep2bbb",
        scheme="Api-Key",
        body=b"",
    ),
    "baseten-delete-model": Documented(
        source='Baseten, "Delete models": delete; its curl sample sends no body',
        method="DELETE",
        path="/v1/models/mod9z2k",
        scheme="Api-Key",
        body=b"",
    ),
    "replicate-delete": Documented(
        source='Replicate, "Delete a model version": path, and "Authorization: Bearer" under "Request"',
        method="DELETE",
        path=f"/v1/models/acme/classifier/versions/{ID}",
        scheme="Bearer",
        body=b"",
    ),
}

CALLS = {
    "truefoundry-delete": lambda client: client.delete("truefoundry:fraud-repo/churn@3"),
    "truefoundry-apply": lambda client: client.apply(MANIFEST),
    "cerebras-delete": lambda client: client.delete("cerebras:acme/gpt-oss-120b@2"),
    "baseten-delete": lambda client: client.delete("baseten:mod3x7q@dep2bbb"),
    "baseten-delete-model": lambda client: client.delete("baseten:mod9z2k", allow_model=True),
    "replicate-delete": lambda client: client.delete(f"replicate:acme/classifier@{ID}"),
}


@pytest.mark.parametrize("name", list(DOCUMENTED))
def test_what_is_sent_is_what_the_page_documents(name, sandbox, client):
    documented = DOCUMENTED[name]

    CALLS[name](client)

    (request,) = sandbox.requests
    headers = {key.lower(): value for key, value in request.headers}
    assert (request.method, request.target, request.body) == (documented.method, documented.path, documented.body)
    assert headers["authorization"].partition(" ")[0] == documented.scheme
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"] == f"expunge/{expunge.__version__}"
    assert ("content-type" in headers) == bool(documented.body)


@pytest.mark.parametrize("provider", list(REFS))
def test_a_delete_is_the_operation_of_the_spec(provider, sandbox, client):
    """The table above has the pages of four providers; this holds for each one that is added."""
    client.delete(REFS[provider])

    (request,) = sandbox.requests
    deletes = [each for name, each in rules_of(provider).operations.items() if name.startswith("delete_")]
    paths = {re.sub(r"\\\{[^/]*\\\}", "[^/]+", re.escape(each.path)) for each in deletes}
    assert request.method in {each.method for each in deletes}
    assert any(re.fullmatch(path, request.target) for path in paths)


def test_a_generated_manifest_and_a_mapping_are_sent_alike(sandbox, client):
    client.apply(ModelManifest.from_dict(MANIFEST))
    client.apply(MANIFEST)

    first, second = sandbox.requests
    assert first.body == second.body


@pytest.mark.parametrize("left_out", ["step", "type", "version_alias", "description", "framework", "environment"])
def test_nothing_is_filled_in_that_was_not_written(left_out, sandbox, client):
    """A default that nobody asked for would overwrite what is stored."""
    manifest = {name: value for name, value in MANIFEST.items() if name != left_out}

    client.apply(manifest)

    assert json.loads(sandbox.requests[0].body) == {"manifest": manifest}


def test_a_given_manifest_is_deleted_by(sandbox, client):
    manifest = {**MANIFEST, "version": 3}
    del manifest["version_alias"]

    assert client.delete("truefoundry:fraud-repo/churn@3", manifest=manifest).status == "deleted"
    assert json.loads(sandbox.requests[0].body) == {"manifest": manifest}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        pytest.param({"version": 4}, "version must be 3", id="another-version"),
        pytest.param({"version": None}, "version", id="null-version"),
        pytest.param({"name": "other"}, "name must be churn", id="another-name"),
        pytest.param({"ml_repo": "other-repo"}, "ml_repo must be fraud-repo", id="another-repo"),
        pytest.param({"version": "3"}, "version must be integer", id="text-version"),
        pytest.param({"version": 3.0}, "version must be integer", id="float-version"),
        pytest.param({"version": True}, "version must be integer", id="boolean-version"),
    ],
)
def test_a_manifest_that_names_something_else_is_never_sent(change, rule, sandbox, client):
    with pytest.raises(expunge.ValidationError, match=rule) as raised:
        client.delete("truefoundry:fraud-repo/churn@3", manifest={**MANIFEST, "version": 3, **change})

    assert raised.value.exit_code == 2
    assert sandbox.requests == []


def test_a_manifest_without_a_version_names_the_model_and_is_never_sent(sandbox, client):
    manifest = {name: value for name, value in MANIFEST.items() if name != "version"}

    with pytest.raises(expunge.ValidationError, match="version is missing"):
        client.delete("truefoundry:fraud-repo/churn@3", manifest=manifest)

    assert sandbox.requests == []


def longer_than_allowed():
    """Yield a text that is too long for each field whose length the spec limits; how far is the provider's business."""
    fields = rules_of("truefoundry").schemas["ModelManifest"]["properties"]
    for name, begin in {"name": "", "version_alias": "v", "description": ""}.items():
        if most := fields[name].get("maxLength"):
            yield {name: begin.ljust(most + 1, "a")}, f"{name} has {most + 1} characters"


WRONG_FIELDS = [
    *longer_than_allowed(),
    ({"name": "a b"}, "name must be letters"),
    ({"name": "churn\n"}, "name must be letters"),
    ({"ml_repo": "ab"}, "ml_repo must be 3 to 100 letters"),
    ({"ml_repo": "1ab"}, "ml_repo must be 3 to 100 letters"),
    ({"version": 0}, "version must be at least 1"),
    ({"version_alias": "v1."}, "version_alias must be 'v'"),
    ({"type": "model"}, "type must be model-version"),
    ({"metadata": []}, "metadata must be object"),
    ({"source": {"type": "ftp"}}, "source.type must be one of external, local, truefoundry"),
    ({"source": {"type": "external"}}, "source.uri is missing"),
    ({"source": {"type": "truefoundry", "uri": "http://x"}}, "source.uri must begin with s3://"),
    ({"framework": {"type": "cobol"}}, "framework.type must be one of"),
    ({"framework": {"type": "sklearn", "serialization_format": "json"}}, "framework.serialization_format must be"),
    ({"framework": {"type": "sklearn", "model_schema": {"inputs": []}}}, "framework.model_schema.outputs is missing"),
    ({"environment": {"python_version": "3"}}, "environment.python_version must begin with two"),
    ({"environment": {"pip_packages": [1]}}, r"environment.pip_packages\[0\] must be string"),
    ({"step": -1}, "step must be at least 0"),
    ({"run_id": None}, "run_id must be string"),
]


@pytest.mark.parametrize(("change", "rule"), WRONG_FIELDS)
def test_each_wrong_field_is_named_with_its_rule(change, rule, sandbox, client):
    with pytest.raises(expunge.ValidationError, match=rule):
        client.apply({**MANIFEST, **change})

    assert sandbox.requests == []


def test_all_wrong_fields_are_named_at_once(client):
    with pytest.raises(expunge.ValidationError) as raised:
        client.apply({"name": "a b", "ml_repo": "ab", "version": 0})

    for field in ("name", "ml_repo", "version", "metadata is missing", "source is missing"):
        assert field in str(raised.value)
