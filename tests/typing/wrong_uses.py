"""Uses that a type checker must refuse, line by line; it is checked, never run.

Each line that ends in the marker, a comment with `wrong:` and the reason, must be an error, and no other line.
"""

from typing import Literal

import expunge
from expunge_clients import truefoundry
from expunge_clients.cerebras import AuthenticatedClient
from expunge_clients.cerebras.api.model_versions import delete_model_version
from expunge_clients.truefoundry.models import ModelManifest, ModelManifestMetadata, TrueFoundryManagedSource

REF = "cerebras:acme/gpt-oss-120b@3"


def take(*values: object) -> None: ...


def statuses(tombstone: expunge.Tombstone) -> None:
    if tombstone.status == "gone":  # wrong: no such status
        take(tombstone)
    if tombstone.confirmed_by == "guess":  # wrong: nothing is confirmed by that
        take(tombstone)
    if tombstone.scope == "deployment":  # wrong: no such scope
        take(tombstone)
    status: expunge.Status = "removed"  # wrong: no such status
    tombstone.status = "deleted"  # wrong: a tombstone is frozen
    provider: expunge.ProviderName = "sagemaker"  # wrong: no such provider
    known: Literal["cerebras", "baseten", "replicate"] | None = tombstone.provider  # wrong: one provider is left out
    attempts: str = tombstone.attempts  # wrong: a number
    take(status, provider, known, attempts)
    take(tombstone.http_status + 1)  # wrong: there may have been no answer
    take(tombstone.state)  # wrong: no such field


def plans(client: expunge.Client, plan: expunge.Plan) -> None:
    client.plan("baseten:mod3x7q", keep=3)  # wrong: no such selector
    client.plan("baseten:mod3x7q", keep_last="3")  # wrong: a number
    client.plan("baseten:mod3x7q", keep_within=30)  # wrong: an age has a unit
    client.plan("baseten:mod3x7q", older_than=30)  # wrong: an age has a unit
    client.execute("plan.json")  # wrong: a plan, not the name of its file
    plan.created_by = "nobody"  # wrong: a plan is frozen
    if plan.models[0].choices[0].action == "purge":  # wrong: no such action
        take(plan)


def keywords(client: expunge.Client) -> None:
    client.delete(REF, waiting=True)  # wrong: no such keyword
    client.delete(REF, True)  # wrong: options are given by name
    client.delete(REF, timeout="5m")  # wrong: seconds, as a number
    client.delete(3)  # wrong: neither text nor a reference
    client.delete([REF])  # wrong: one reference; delete_many() takes several
    client.delete_many([REF], workers=4)  # wrong: no such keyword
    client.versions(REF, page=2)  # wrong: pages are followed
    client.remove(REF)  # wrong: no such method
    for _ in client.get(REF):  # wrong: one version
        pass


def settings() -> None:
    expunge.TrueFoundry(host="https://app.example.com", api_key=b"k")  # wrong: bytes
    expunge.TrueFoundry(api_key="k")  # wrong: there is no default host
    expunge.Cerebras("k")  # wrong: settings are given by name
    expunge.Replicate(api_key="t")  # wrong: Replicate calls it a token
    expunge.Client("cerebras")  # wrong: settings, not a name
    expunge.Client.from_env({"TFY_HOST": 1})  # wrong: variables are text


async def awaits() -> None:
    client = expunge.AsyncClient.from_env()
    await expunge.AsyncClient.from_env()  # wrong: nothing to await
    client.delete(REF)  # wrong: not awaited
    take(client.delete(REF).status)  # wrong: not awaited
    version: expunge.Version = client.get(REF)  # wrong: not awaited
    take(version)
    for _ in client.delete_many([REF]):  # wrong: an async iterator
        pass
    await client.versions(REF)  # wrong: an async iterator
    await client.delete_many([REF])  # wrong: an async iterator
    client.close()  # wrong: it is aclose()
    with client:  # wrong: async with
        pass


def errors(error: expunge.ExpungeError, provider: Literal["sagemaker"]) -> None:
    take(error.tombstone.status)  # wrong: there may be no tombstone
    take(error.retry_after)  # wrong: of RateLimited alone
    refusal: expunge.Refused = expunge.NotFound("x")  # wrong: not a kind of it
    name: expunge.ProviderName = provider  # wrong: no such provider
    take(refusal, name)


def clients(token: AuthenticatedClient) -> None:
    delete_model_version.sync("acme", "gpt-oss-120b", 3, client=token)  # wrong: a path parameter is text
    delete_model_version.sync("acme", "gpt-oss-120b", "3")  # wrong: no client
    ModelManifest("churn", ModelManifestMetadata(), "fraud-repo")  # wrong: no source
    ModelManifest("churn", {}, "fraud-repo", TrueFoundryManagedSource("truefoundry"))  # wrong: a mapping
    TrueFoundryManagedSource("elsewhere")  # wrong: not the one value
    truefoundry.connect("k")  # wrong: no host


def names(error: Exception) -> None:
    expunge.delete(REF)  # wrong: no such function
    take(expunge.Klient)  # wrong: no such name
    if isinstance(error, expunge.NotThere):  # wrong: no such error
        pass


def manifests(client: expunge.Client) -> None:
    client.apply(3)  # wrong: no manifest
    client.delete(REF, manifest="churn.json")  # wrong: a path is no manifest
