"""A user's program as a type checker sees it: only right uses. It is checked, never run."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Literal, assert_never, assert_type

import expunge
from expunge_clients import cerebras
from expunge_clients.cerebras import AuthenticatedClient
from expunge_clients.cerebras.api.model_versions import delete_model_version
from expunge_clients.cerebras.models import ModelVersionDeleteResponse
from expunge_clients.cerebras.types import Response
from expunge_clients.truefoundry.models import (
    ExternalBlobStorageSource,
    ModelManifest,
    ModelManifestMetadata,
)
from expunge_clients.truefoundry.types import Unset

AnyStatus = Literal["deleted", "accepted", "absent", "refused", "failed", "unknown", "planned"]
AnyProvider = Literal["truefoundry", "cerebras", "baseten", "replicate"]


def deletes_a_version(client: expunge.Client) -> None:
    tombstone = client.delete("cerebras:acme/gpt-oss-120b@3", wait=True, timeout=60, missing_ok=True)

    assert_type(tombstone, expunge.Tombstone)
    assert_type(tombstone.status, AnyStatus)
    assert_type(tombstone.provider, AnyProvider | None)
    assert_type(tombstone.scope, Literal["version", "model"] | None)
    assert_type(tombstone.confirmed_by, Literal["response", "read_back", "retry"] | None)
    assert_type(tombstone.attempts, int)
    assert_type(tombstone.http_status, int | None)
    assert_type(tombstone.request_id, str | None)
    assert_type(tombstone.settled_at, datetime)
    assert_type(tombstone.to_dict(), dict[str, object])


def lists_models(client: expunge.Client) -> None:
    assert_type(client.models(), Iterator[expunge.Model])
    for model in client.models("cerebras:acme"):
        assert_type(model.ref, str)
        assert_type(model.versions, int | None)
        assert_type(model.raw, object)


def tells_every_status_apart(tombstone: expunge.Tombstone) -> bool:
    match tombstone.status:
        case "deleted" | "accepted":
            return True
        case "absent" | "refused" | "failed" | "unknown" | "planned":
            return False
        case _:
            assert_never(tombstone.status)


def names_the_types(
    status: expunge.Status,
    provider: expunge.ProviderName,
    scope: expunge.Scope,
    confirmed_by: expunge.ConfirmedBy,
) -> None:
    assert_type(status, AnyStatus)
    assert_type(provider, AnyProvider)
    assert_type(scope, Literal["version", "model"])
    assert_type(confirmed_by, Literal["response", "read_back", "retry"])


def deletes_with_every_setting() -> None:
    with expunge.Client(
        expunge.TrueFoundry(host="https://app.example.com", api_key="k"),
        expunge.Cerebras(api_key=expunge.Secret("k")),
        expunge.Baseten(api_key="k", base_url="https://api.baseten.co"),
        expunge.Replicate(api_token="t"),
    ) as client:
        assert_type(client, expunge.Client)
        client.delete("baseten:mod3x7q", allow_model=True)
        client.delete(expunge.parse_ref("baseten:mod3x7q@dep2bbb"), dry_run=True)


def plans(client: expunge.Client) -> None:
    plan = client.plan("baseten:mod3x7q", keep_last=3, older_than="30d", match="v1-*", protect=["a", "b"])
    assert_type(plan, expunge.Plan)
    client.plan(
        "baseten:mod3x7q", keep_daily=7, keep_weekly=4, keep_monthly=12, keep_yearly=1, keep_within="30d", at_most=9
    )
    assert_type(plan.created_at, datetime)
    plan.save("plan.json")
    assert_type(expunge.Plan.load("plan.json"), expunge.Plan)
    for model in plan.models:
        for choice in model.choices:
            assert_type(choice.action, Literal["keep", "delete"])
            assert_type(choice.version, expunge.Version)
            assert_type(choice.ref, str)
    assert_type(client.execute(plan, dry_run=True, max_age="2d"), Iterator[expunge.Tombstone])
    assert_type(client.plan(policy=expunge.Policy.load("policy.yaml"), at_most=3), expunge.Plan)
    assert_type(client.explain("baseten:mod3x7q@dep1aaa", policy="policy.yaml").decision, str)
    client.execute(plan, only=[choice.ref for choice in plan.deletions][:1], concurrency=1, max_delete=1, wait=True)


async def plans_and_awaits(client: expunge.AsyncClient) -> None:
    plan = await client.plan(["baseten:mod3x7q", expunge.parse_ref("cerebras:acme/gpt-oss-120b")], keep_last=3)
    assert_type(plan, expunge.Plan)
    assert_type(client.execute(plan), AsyncIterator[expunge.Tombstone])
    async for tombstone in client.execute(plan, timeout=60):
        assert_type(tombstone, expunge.Tombstone)


def reads(client: expunge.Client) -> None:
    version = client.get("replicate:acme/classifier@v")
    assert_type(version, expunge.Version)
    assert_type(version.aliases, tuple[str, ...])
    assert_type(version.created_at, datetime | None)
    assert_type(version.is_live, bool | None)
    assert_type(client.versions("replicate:acme/classifier"), Iterator[expunge.Version])
    for one in client.versions(expunge.parse_ref("replicate:acme/classifier")):
        assert_type(one.ref, str)


def deletes_many(client: expunge.Client, refs: list[str], parsed: tuple[expunge.Reference, ...]) -> None:
    assert_type(client.delete_many(refs, concurrency=2), Iterator[expunge.Tombstone])
    for tombstone in client.delete_many(parsed, wait=True):
        assert_type(tombstone.detail, str)


async def awaits() -> None:
    client = expunge.AsyncClient.from_env({"CEREBRAS_MANAGEMENT_API_KEY": "k"})
    assert_type(client, expunge.AsyncClient)
    async with client as same:
        assert_type(same, expunge.AsyncClient)
        assert_type(await client.delete("cerebras:acme/gpt-oss-120b@3"), expunge.Tombstone)
        assert_type(await client.get("cerebras:acme/gpt-oss-120b@3"), expunge.Version)
        assert_type(client.versions("cerebras:acme/gpt-oss-120b"), AsyncIterator[expunge.Version])
        async for version in client.versions("cerebras:acme/gpt-oss-120b"):
            assert_type(version, expunge.Version)
        assert_type(client.delete_many(["cerebras:acme/gpt-oss-120b@3"]), AsyncIterator[expunge.Tombstone])
        async for tombstone in client.delete_many(["cerebras:acme/gpt-oss-120b@3"], concurrency=4):
            assert_type(tombstone, expunge.Tombstone)
    await client.aclose()


def takes_a_refusal(error: expunge.Refused) -> None:
    assert_type(error.exit_code, int)


def takes_a_value_error(error: ValueError) -> None:
    assert_type(error, ValueError)


def looks_at_errors(client: expunge.Client) -> None:
    try:
        client.delete("truefoundry:fraud-repo/churn@3")
    except expunge.RateLimited as error:
        assert_type(error.retry_after, float | None)
    except expunge.ValidationError as error:
        takes_a_refusal(error)
    except expunge.InvalidReference as error:
        takes_a_value_error(error)
        assert_type(error.part, str | None)
    except expunge.Unconfirmed as error:
        assert_type(error.tombstone, expunge.Tombstone | None)
        if error.tombstone is not None:
            assert_type(error.tombstone.status, AnyStatus)
    except expunge.ExpungeError as error:
        assert_type(error.ref, str | None)
        assert_type(error.http_status, int | None)
        assert_type(error.request_id, str | None)


def looks_at_providers(ref: expunge.Reference) -> None:
    for name, adapter in expunge.PROVIDERS.items():
        assert_type(name, str)
        assert_type(adapter.name, AnyProvider)
        assert_type(adapter.capabilities.aliases, bool)
    assert_type(ref.provider, AnyProvider)
    assert_type(ref.scope, Literal["version", "model"])
    assert_type(str(ref.model), str)
    assert_type(expunge.__version__, str)


def applies_a_manifest(client: expunge.Client) -> None:
    manifest = ModelManifest(
        name="churn",
        ml_repo="fraud-repo",
        metadata=ModelManifestMetadata(),
        source=ExternalBlobStorageSource(type_="external", uri="gs://acme-models/churn/3"),
        version=3,
    )
    assert_type(manifest.name, str)
    assert_type(manifest.version, int | Unset)
    assert_type(client.apply(manifest), expunge.Version)
    assert_type(client.apply({"name": "churn"}), expunge.Version)
    client.delete("truefoundry:fraud-repo/churn@3", manifest=manifest)


def calls_a_generated_client() -> None:
    client = cerebras.connect("k")
    assert_type(client, AuthenticatedClient)
    answer = delete_model_version.sync_detailed("acme", "gpt-oss-120b", "3", client=client)
    assert_type(answer, Response[ModelVersionDeleteResponse])
    assert_type(answer.parsed, ModelVersionDeleteResponse | None)
