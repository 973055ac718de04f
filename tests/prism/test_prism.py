"""An independent mock server, made from the providers' own documents, accepts what we send.

Prism answers a request that its document does not allow with 401 or 422. `make prism` installs and names it.
"""

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import httpx
import pytest

import expunge

PRISM = os.environ.get("EXPUNGE_PRISM")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"

needs_prism = pytest.mark.skipif(not PRISM, reason="EXPUNGE_PRISM names no prism program; `make prism` sets it")

# Cerebras' example breaks Cerebras' schema ({name, deleted} for {message}), and Prism, which checks its own answer
# too, calls that an error of the server. Without examples it answers by the schema.
OPTIONS = {"cerebras": ["--ignoreExamples"]}

MANIFEST = {
    # Prism's answers say "string" wherever the document has no example; what we ask for has the same name.
    "name": "string",
    "metadata": {"owner": "risk"},
    "ml_repo": "string",
    "source": {"type": "external", "uri": "gs://acme-models/churn/9"},
    "type": "model-version",
    "description": "weekly retrain",
    "version_alias": "v9-prod",
    "framework": {"type": "transformers", "library_name": "transformers", "pipeline_tag": "text-generation"},
    "environment": {"python_version": "3.11", "pip_packages": ["scikit-learn==1.5.2"]},
    "step": 0,
    "run_id": "run-8",
}
SMALLEST = {"name": "churn", "metadata": {}, "ml_repo": "fraud-repo", "source": {"type": "truefoundry"}, "version": 3}


@contextmanager
def serving(document, *options):
    """Run Prism on a free port, and give its origin as soon as it says that it listens."""
    command = (Path(PRISM).absolute(), "mock", "--errors", "--multiprocess", "false", "--port", "0", *options, document)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        patience = threading.Timer(60, process.kill)
        patience.start()
        try:
            said = ""
            for line in process.stdout:
                said += line
                if found := re.search(r"listening on (http://127\.0\.0\.1:[0-9]+)", line):
                    break
            else:
                pytest.fail(f"prism does not serve {document}:\n{said}")
            patience.cancel()
            # What it logs from here on must go somewhere: a full pipe would stop it.
            drain = threading.Thread(target=process.stdout.read)
            drain.start()
            yield found.group(1)
        finally:
            patience.cancel()
            process.kill()
        drain.join()


@pytest.fixture(scope="session")
def documents(tmp_path_factory):
    """The documents by name: the pages' own blocks and transcript, and ours for what has no published one."""
    ours = tmp_path_factory.mktemp("specs") / "truefoundry-normalised.json"
    normalise = [sys.executable, "scripts/normalise.py", "truefoundry"]
    ours.write_bytes(subprocess.run(normalise, cwd=ROOT, capture_output=True, check=True).stdout)
    published = {name: ROOT / "specs" / f"{name}.yaml" for name in ("truefoundry", "cerebras", "baseten", "replicate")}
    return {**published, "truefoundry-normalised": ours}


@pytest.fixture(scope="session")
def prism(documents):
    """Return the origin of the Prism that serves the document of a name."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(serving(documents[name], *OPTIONS.get(name, []))))


def settings(origin):
    return [
        expunge.TrueFoundry(host=origin, api_key="key"),
        expunge.Cerebras(api_key="key", base_url=origin),
        expunge.Baseten(api_key="key", base_url=origin),
        expunge.Replicate(api_token="token", base_url=origin),
    ]


@needs_prism
@pytest.mark.parametrize(
    ("document", "ref", "options", "http_status", "status"),
    [
        pytest.param("truefoundry", "truefoundry:fraud-repo/churn@3", {}, 200, "deleted", id="truefoundry"),
        pytest.param(
            "truefoundry",
            "truefoundry:string/string@9",
            {"manifest": {**MANIFEST, "version": 9}},
            200,
            "deleted",
            id="truefoundry-by-manifest",
        ),
        pytest.param("cerebras", "cerebras:my-org/gpt-oss-120b@1", {}, 200, "deleted", id="cerebras"),
        # Prism's tombstone is of a model called "string"; of any other, ours would rightly not believe it.
        pytest.param("baseten", "baseten:string", {"allow_model": True}, 200, "deleted", id="baseten-model"),
        pytest.param("replicate", f"replicate:acme/classifier@{ID}", {}, 202, "accepted", id="replicate"),
    ],
)
def test_a_delete_is_accepted(document, ref, options, http_status, status, prism):
    with expunge.Client(*settings(prism(document))) as client:
        tombstone = client.delete(ref, **options)

    assert (tombstone.http_status, tombstone.status, tombstone.attempts) == (http_status, status, 1), tombstone.detail
    assert tombstone.confirmed_by == "response"


@needs_prism
def test_an_apply_is_accepted(prism):
    with expunge.Client(*settings(prism("truefoundry-normalised"))) as client:
        version = client.apply(MANIFEST)

    assert version.ref.startswith("truefoundry:string/string@")


@needs_prism
def test_an_apply_with_a_version_is_accepted(prism):
    """Prism answers for a version 0, so ours says that the answer is about another one; the 200 is what counts."""
    with (
        expunge.Client(*settings(prism("truefoundry-normalised"))) as client,
        pytest.raises(expunge.Unconfirmed, match="was applied") as raised,
    ):
        client.apply({**MANIFEST, "version": 9})

    assert raised.value.http_status == 200


BEARER = {"Authorization": "Bearer key"}
MODEL_VERSIONS = "/api/ml/v1/model-versions"


@needs_prism
@pytest.mark.parametrize(
    ("document", "method", "path", "headers", "body", "http_status"),
    [
        pytest.param("truefoundry", "POST", MODEL_VERSIONS, {}, {"manifest": SMALLEST}, 401, id="truefoundry-no-key"),
        pytest.param("truefoundry", "POST", MODEL_VERSIONS, BEARER, {"manifest": {}}, 422, id="truefoundry-empty"),
        pytest.param("truefoundry", "POST", MODEL_VERSIONS, BEARER, SMALLEST, 422, id="truefoundry-bare-manifest"),
        pytest.param(
            "truefoundry-normalised", "PUT", MODEL_VERSIONS, {}, {"manifest": SMALLEST}, 401, id="apply-no-key"
        ),
        pytest.param("truefoundry-normalised", "PUT", MODEL_VERSIONS, BEARER, {"manifest": {}}, 422, id="apply-empty"),
        pytest.param(
            "truefoundry-normalised",
            "PUT",
            MODEL_VERSIONS,
            BEARER,
            {"manifest": {**SMALLEST, "source": {"type": "external"}}},
            422,
            id="apply-source-without-uri",
        ),
        pytest.param(
            "cerebras",
            "DELETE",
            "/management/v1/orgs/acme/models/gpt-oss-120b/versions/1",
            {"Authorization": "Basic a2V5Og=="},
            None,
            401,
            id="cerebras-other-scheme",
        ),
        pytest.param("cerebras", "DELETE", "/v1/orgs/acme/models/m/versions/1", BEARER, None, 404, id="cerebras-path"),
        pytest.param("baseten", "DELETE", "/v1/models/mod3x7q", {}, None, 401, id="baseten-no-key"),
        pytest.param("replicate", "DELETE", f"/v1/models/a/b/versions/{ID}", {}, None, 401, id="replicate-no-token"),
        pytest.param("replicate", "DELETE", f"/models/a/b/versions/{ID}", BEARER, None, 404, id="replicate-path"),
    ],
)
def test_a_wrong_request_is_not(document, method, path, headers, body, http_status, prism):
    """Or else being accepted would mean nothing."""
    answer = httpx.request(method, prism(document) + path, headers=headers, json=body, trust_env=False)

    assert answer.status_code == http_status, answer.text


def test_the_lock_holds_hashes_and_names_no_registry():
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
