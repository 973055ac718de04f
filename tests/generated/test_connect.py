"""The generated clients used directly, against the sandbox: the right key and base, and no answer taken for another."""

import asyncio
import importlib

import pytest

from expunge import PROVIDERS
from expunge.config import Secret
from expunge.sandbox import Sandbox
from expunge_clients import baseten, cerebras, replicate, truefoundry
from expunge_clients.baseten.api.models import delete_model, get_model
from expunge_clients.cerebras.api.model_versions import list_model_versions as list_on_cerebras
from expunge_clients.replicate.api.models import delete_model_version as delete_on_replicate
from expunge_clients.truefoundry.api.ml_repos import list_ml_repos
from expunge_clients.truefoundry.api.models import delete_model_version as delete_on_truefoundry
from expunge_clients.truefoundry.models import DeleteModelRequest, DeleteModelRequestManifest, TrueFoundryManagedSource
from expunge_clients.truefoundry.types import Unset

VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
MANIFEST = {"name": "churn", "ml_repo": "fraud-repo", "metadata": {}}


@pytest.fixture(scope="module")
def environ():
    with Sandbox() as running:
        yield running.environ


def connect(package, environ, key=None):
    """Return a client of *package* for the sandbox."""
    name = {"truefoundry": ("TFY_API_KEY", "TFY_HOST"), "replicate": ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL")}
    provider = package.__name__.rpartition(".")[2]
    own = {"cerebras": "CEREBRAS_MANAGEMENT"}.get(provider, provider.upper())
    variable, base = name.get(provider, (f"{own}_API_KEY", f"{own}_BASE_URL"))
    return package.connect(environ[variable] if key is None else key, base_url=environ[base])


READS = {
    "baseten": (baseten, get_model, {"model_id": "mod3x7q"}),
    "cerebras": (cerebras, list_on_cerebras, {"org_name": "acme", "model_arch_id": "gpt-oss-120b"}),
    "truefoundry": (truefoundry, list_ml_repos, {"name": "fraud-repo"}),
}


@pytest.mark.parametrize(("package", "endpoint", "arguments"), READS.values(), ids=READS)
def test_the_factory_sends_what_the_provider_expects(package, endpoint, arguments, environ):
    with connect(package, environ) as client:
        assert endpoint.sync(**arguments, client=client) is not None


@pytest.mark.parametrize(("package", "endpoint", "arguments"), READS.values(), ids=READS)
def test_a_wrong_key_is_an_error_and_not_none(package, endpoint, arguments, environ):
    errors = importlib.import_module(f"{package.__name__}.errors")

    async def ask():
        async with connect(package, environ, "wrong") as client:
            return await endpoint.asyncio(**arguments, client=client)

    with connect(package, environ, "wrong") as client, pytest.raises(errors.UnexpectedStatus) as refused:
        endpoint.sync(**arguments, client=client)
    with pytest.raises(errors.UnexpectedStatus):
        asyncio.run(ask())

    assert refused.value.status_code == 401


def test_a_missing_model_has_a_status_of_its_own(environ):
    errors = importlib.import_module("expunge_clients.baseten.errors")

    with connect(baseten, environ) as client:
        with pytest.raises(errors.UnexpectedStatus) as missing:
            get_model.sync("none", client=client)
        detailed = get_model.sync_detailed("none", client=client)

    assert missing.value.status_code == 404
    assert (detailed.status_code, detailed.parsed) == (404, None)


def test_a_documented_answer_without_a_body_is_none(environ):
    with connect(replicate, environ) as client:
        answer = delete_on_replicate.sync_detailed("acme", "classifier", VERSION, client=client)

    assert not hasattr(delete_on_replicate, "sync")
    assert answer.parsed is None
    assert answer.status_code in {202, 404}


def test_a_model_is_deleted_with_its_tombstone(environ):
    with connect(baseten, environ) as client:
        tombstone = delete_model.sync("mod3x7q", client=client)

    assert (tombstone.id, tombstone.deleted) == ("mod3x7q", True)


class TestDeleteModelRequest:
    """Without a version, the request would name the model."""

    def test_a_version_is_required(self):
        with pytest.raises(TypeError, match="version"):
            DeleteModelRequestManifest(**MANIFEST, source=TrueFoundryManagedSource("truefoundry"))
        with pytest.raises(KeyError, match="version"):
            DeleteModelRequest.from_dict({"manifest": {**MANIFEST, "source": {"type": "truefoundry"}}})

    def test_it_deletes_that_version(self, environ):
        body = DeleteModelRequest.from_dict({"manifest": {**MANIFEST, "version": 1, "source": {"type": "truefoundry"}}})

        with connect(truefoundry, environ) as client:
            answer = delete_on_truefoundry.sync_detailed(body=body, client=client)

        assert isinstance(body.manifest.source, TrueFoundryManagedSource)
        assert isinstance(body.manifest.step, Unset)
        assert answer.status_code == 200


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_the_facade_authorizes_as_the_spec_declares(provider):
    """A new scheme or prefix in a spec turns this red before a user gets a 401."""
    package = importlib.import_module(f"expunge_clients.{provider}")
    adapter = PROVIDERS[provider]
    base = adapter.settings.default_base
    client = package.connect("k-1", **({} if base else {"base_url": "https://app.example.com"}))

    sent = client.get_httpx_client().headers[client.auth_header_name]

    assert client.auth_header_name == "Authorization"
    assert sent == adapter.authorization(Secret("k-1"))
    assert str(client.get_httpx_client().base_url).rstrip("/") == (base or "https://app.example.com")
    client.get_httpx_client().close()


@pytest.mark.parametrize("key", ["", "a b", "a\n"])
def test_a_key_that_cannot_be_sent_is_refused(key):
    with pytest.raises(ValueError, match="api_key is empty or has white space"):
        baseten.connect(key)


def test_a_key_never_shows():
    assert "k-1" not in repr(baseten.connect("k-1"))


def test_a_provider_without_a_common_host_needs_a_base():
    with pytest.raises(TypeError, match="base_url"):
        truefoundry.connect("k-1")


