"""Generated models: the answers that they take in, and the manifests that they write out."""

import importlib

import pytest

from expunge_clients import _httpx, baseten, cerebras, replicate, truefoundry
from expunge_clients.baseten.api.deployments import list_deployments
from expunge_clients.baseten.api.models import get_model as get_baseten_model
from expunge_clients.cerebras.api.endpoints import get_endpoint
from expunge_clients.cerebras.api.model_versions import delete_model_version as delete_on_cerebras
from expunge_clients.cerebras.api.model_versions import list_model_versions as list_on_cerebras
from expunge_clients.replicate.api.models import delete_model_version as delete_on_replicate
from expunge_clients.replicate.api.models import get_model as get_replicate_model
from expunge_clients.replicate.api.models import list_model_versions as list_on_replicate
from expunge_clients.truefoundry.api.ml_repos import list_ml_repos
from expunge_clients.truefoundry.api.models import apply_model_version, list_model_versions
from expunge_clients.truefoundry.models import ApplyModelRequest, ModelManifest

httpx = importlib.import_module(_httpx.NAME)
SMALLEST = {"name": "churn", "ml_repo": "fraud-repo", "metadata": {}, "source": {"type": "truefoundry"}}
# A row as the page "Create or update a model version" shows it, with values that fit.
ROW = {
    "id": "mv-1",
    "fqn": "model:acme/fraud-repo/churn:7",
    "created_by_subject": {
        "subjectId": "u-9",
        "subjectType": "user",
        "subjectSlug": "ana",
        "subjectDisplayName": "Ana",
        "subjectPatName": "pat",
        "subjectControllerName": "controller",
        "subjectExternalIdentitySlug": "ana@idp",
    },
    "manifest": {
        **SMALLEST,
        "version": 7,
        "type": "model-version",
        "description": "d",
        "version_alias": "v7",
        "framework": {"type": "transformers", "library_name": "transformers", "pipeline_tag": "p", "base_model": "b"},
        "environment": {"python_version": "3.11", "pip_packages": ["x==1"]},
        "step": 0,
        "run_id": "run-8",
    },
    "ml_repo_id": "41",
    "model_id": "m-22",
    "created_at": "2023-11-07T05:31:56Z",
    "updated_at": "2023-11-07T05:31:56Z",
    "tags": ["gold"],
    "version_alias": "v7",
    "usage_code_snippet": "code",
    "metrics": [{"key": "auc", "value": 123, "timestamp": 123, "step": 0}],
    "deployable": False,
}


def answered(package, endpoint, content, status=200, **arguments):
    """Call *endpoint* with a transport that answers *content*, and give what was parsed."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=content) if content is not None else httpx.Response(status)

    client = package.AuthenticatedClient(
        base_url="http://t", token="t", httpx_args={"transport": httpx.MockTransport(answer)}
    )
    with client as open_client:
        return endpoint.sync_detailed(**arguments, client=open_client).parsed


def without(row, *path):
    """Return *row* without the member at *path*."""
    head, *rest = path
    if not rest:
        return {key: value for key, value in row.items() if key != head}
    return {**row, head: without(row[head], *rest)}


def with_value(row, value, *path):
    """Return *row* with *value* at *path*."""
    head, *rest = path
    return {**row, head: with_value(row[head], value, *rest) if rest else value}


def list_one(row):
    """Read a page of TrueFoundry's versions that holds *row*, and give the row's object."""
    page = answered(truefoundry, list_model_versions, {"data": [row], "pagination": {"total": 1}})
    return page.data[0]


OPTIONAL = [(key,) for key in ROW if key not in ("fqn", "manifest")] + [
    ("manifest", key) for key in ROW["manifest"] if key not in ("name", "ml_repo")
]


class TestTrueFoundryAnswers:
    """In answers nothing may raise but the lack of what names the version."""

    def test_every_field_of_the_page_comes_back(self):
        assert list_one(ROW).to_dict() == ROW

    def test_the_subject_has_camel_case_keys(self):
        assert list_one(ROW).created_by_subject.subject_external_identity_slug == "ana@idp"

    @pytest.mark.parametrize("path", OPTIONAL, ids="-".join)
    def test_an_optional_field_may_be_missing_or_null(self, path):
        for row in (without(ROW, *path), with_value(ROW, None, *path)):
            assert list_one(row).to_dict() == row

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("manifest", "framework"), {"type": "jax", "mesh": [1]}),
            (("manifest", "source"), {"type": "ceph", "uri": "ceph://x"}),
            (("manifest", "type"), "model-version-2"),
            (("manifest", "name"), "a name that breaks the pattern"),
            (("manifest", "step"), 0.5),
            (("created_by_subject", "subjectType"), "agent"),
            (("created_at",), "yesterday"),
            (("metrics",), [{"key": "auc", "value": 0.91, "timestamp": 1768210200000.5, "step": None}, {}]),
            (("brand_new",), {"deep": [None]}),
            (("manifest", "brand_new"), 1),
        ],
    )  # fmt: skip
    def test_what_is_not_known_here_is_kept(self, path, value):
        row = with_value(ROW, value, *path)

        assert list_one(row).to_dict() == row

    @pytest.mark.parametrize(
        "path", [("fqn",), ("manifest",), ("manifest", "name"), ("manifest", "ml_repo")], ids="-".join
    )
    def test_a_row_without_what_names_it_is_unreadable(self, path):
        with pytest.raises(KeyError):
            list_one(without(ROW, *path))

    def test_a_repo_has_its_name_in_the_manifest_or_beside_it(self):
        page = answered(
            truefoundry, list_ml_repos, {"data": [{"id": "1", "manifest": {"name": "a"}}, {"id": "2", "name": "b"}]}
        )

        assert (page.data[0].manifest.name, page.data[1].name) == ("a", "b")

    def test_apply_answers_with_the_version(self):
        body = ApplyModelRequest(manifest=ModelManifest.from_dict(SMALLEST))

        assert answered(truefoundry, apply_model_version, {"data": ROW}, body=body).data.fqn == ROW["fqn"]


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(SMALLEST, id="the-smallest"),
        pytest.param({**SMALLEST, "framework": {"type": "transformers"}}, id="no-library-name"),
        pytest.param({**SMALLEST, "framework": {"type": "sklearn", "model_filepath": "m.joblib"}}, id="sklearn"),
        pytest.param(ROW["manifest"], id="everything"),
        pytest.param(
            {**SMALLEST, "source": {"type": "external", "uri": "gs://b/x"}, "extra": {"k": None}}, id="unknown-key"
        ),
    ],
)
def test_a_manifest_is_written_as_it_was_given(manifest):
    """No default of `step`, `type` or `library_name` is filled in."""
    assert ModelManifest.from_dict(manifest).to_dict() == manifest


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Model version deleted"},
        {"name": "orgs/acme/models/gpt-oss-120b/versions/3", "deleted": True},
        {"name": "orgs/acme/models/gpt-oss-120b/versions/3", "deleted": False, "more": 1},
        {},
    ],
)
def test_cerebras_may_answer_a_delete_in_both_ways(body):
    arguments = {"org_name": "acme", "model_arch_id": "gpt-oss-120b", "version_id": "3"}

    assert answered(cerebras, delete_on_cerebras, body, **arguments).to_dict() == body


@pytest.mark.parametrize("body", [None, {}, {"anything": 1}], ids=["empty", "object", "more"])
def test_replicate_may_answer_a_delete_with_nothing(body):
    arguments = {"model_owner": "acme", "model_name": "churn", "version_id": "5c7d" * 16}

    assert answered(replicate, delete_on_replicate, body, status=202, **arguments) is None


@pytest.mark.parametrize(
    ("package", "endpoint", "arguments", "body"),
    [
        pytest.param(
            cerebras,
            list_on_cerebras,
            {"org_name": "acme", "model_arch_id": "a"},
            {
                "model_versions": [
                    {"name": "n"},
                    {"name": "m", "done": None, "response": None},
                    {"name": "o", "response": {}},
                ]
            },
            id="cerebras-versions",
        ),
        pytest.param(
            cerebras,
            get_endpoint,
            {"endpoint_id": "e"},
            {"deployed_models": [{"model": "m", "version_alias": None, "state": "rolling", "new": 1}]},
            id="cerebras-endpoint",
        ),
        pytest.param(
            baseten,
            list_deployments,
            {"model_id": "m"},
            {
                "deployments": [
                    {"id": "d"},
                    {"id": "e", "status": "DREAMING", "labels": {"a": 1}, "autoscaling_settings": None},
                ]
            },
            id="baseten-deployments",
        ),
        pytest.param(
            baseten,
            get_baseten_model,
            {"model_id": "m"},
            {"id": "m", "production_deployment_id": None, "instance_type_name": None, "new": []},
            id="baseten-model",
        ),
        pytest.param(
            replicate,
            list_on_replicate,
            {"model_owner": "o", "model_name": "n"},
            {
                "next": None,
                "previous": None,
                "results": [{"id": "x"}, {"id": "y", "cog_version": None, "openapi_schema": None}],
            },
            id="replicate-versions",
        ),
        pytest.param(
            replicate,
            get_replicate_model,
            {"model_owner": "o", "model_name": "n"},
            {"visibility": "hidden", "latest_version": None, "owner": None},
            id="replicate-model",
        ),
    ],
)
def test_an_answer_may_lack_or_add_what_does_not_name_a_thing(package, endpoint, arguments, body):
    assert answered(package, endpoint, body, **arguments).to_dict() == body
