"""The four providers as the fault server plays them: one version each, in the documented shapes and no other."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.providers import REFS, is_late, recorded, settings_of

import expunge
from expunge.config import ProviderSettings

TOKEN = "fault-token-9b1f7c"
VERSION_ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
JSON = {"Content-Type": "application/json"}


def message(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Write an HTTP message: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {} if isinstance(body, bytes) else dict(JSON)
    fields |= headers or {}
    if status >= 200 and status != 204:
        fields.setdefault("Content-Length", str(len(content)))
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Strange"
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + content


@dataclass(frozen=True)
class Stand:
    """One provider with one version.

    Attributes:
        target: The target of a delete request.
        look: The path of the read that decides; *others* are read on the way to it.
        success: Status and body of the documented success.
        other: A body of a success that names something else.
        there: The body of a read that finds the version.
        stranger: The body of a read that finds another version under its name.
        gone: Status and body of a read that finds it gone.
        works_after: Looks after which the documented success takes effect.
    """

    name: str
    ref: str
    settings: Callable[[str], ProviderSettings]
    target: str
    look: str
    success: tuple[int, Any]
    other: Any
    there: Any
    stranger: Any
    gone: tuple[int, Any]
    method: str = "DELETE"
    others: Mapping[str, Any] = field(default_factory=dict)
    works_after: int = 0
    manifest: Any = None

    @property
    def has_body(self) -> bool:
        """Whether the documented success has a body, which a fault could alter."""
        return self.success[1] != b""

    @property
    def deletes_before_answering(self) -> bool:
        return self.works_after == 0

    def read(self, *, is_there: bool) -> bytes:
        """Answer a read as documented."""
        return message(200, self.there) if is_there else message(*self.gone)


def _rows(*rows: Any) -> dict[str, Any]:
    return {"data": list(rows), "pagination": {"total": len(rows), "offset": 0, "limit": 100}}


def _row(number: int) -> dict[str, Any]:
    manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": number, "type": "model-version", "metadata": {}}
    fqn = f"model:acme/fraud-repo/churn:{number}"
    return {
        "id": f"mv-{number}",
        "fqn": fqn,
        "ml_repo_id": "41",
        "manifest": {**manifest, "source": {"type": "truefoundry"}},
    }


MISSING = {"detail": "There is no such version."}
_CEREBRAS = "/management/v1/orgs/acme/models/gpt-oss-120b/versions/2"
_BASETEN = "/v1/models/mod3x7q/deployments/dep2bbb"
_REPLICATE = f"/v1/models/acme/classifier/versions/{VERSION_ID}"


def _name(number: int) -> str:
    return f"orgs/acme/models/gpt-oss-120b/versions/{number}"


def _deployment(deployment_id: str) -> dict[str, Any]:
    return {
        "id": deployment_id,
        "created_at": "2025-06-02T08:00:00Z",
        "name": "deployment",
        "model_id": "mod3x7q",
        "is_production": False,
        "is_development": False,
        "status": "SCALED_TO_ZERO",
        "active_replica_count": 0,
        "autoscaling_settings": None,
        "instance_type_name": "1x2",
        "environment": None,
        "labels": None,
    }


DOCUMENTED = {
    "truefoundry": Stand(
        name="truefoundry",
        ref="truefoundry:fraud-repo/churn@3",
        settings=lambda origin: expunge.TrueFoundry(host=origin, api_key=TOKEN),
        method="POST",
        target="/api/ml/v1/model-versions",
        look="/api/ml/v1/model-versions",
        others={
            "/api/ml/v1/ml-repos": {
                "data": [{"id": "41", "manifest": {"name": "fraud-repo"}}],
                "pagination": {"total": 1, "offset": 0, "limit": 100},
            },
            "/api/svc/v1/apps": _rows(),
        },
        success=(200, {}),
        other={"data": {"manifest": {"ml_repo": "fraud-repo", "name": "churn", "version": 4}}},
        there=_rows(_row(3)),
        stranger=_rows({**_row(3), "ml_repo_id": "99"}),
        gone=(200, _rows()),
        manifest={
            "name": "churn",
            "ml_repo": "fraud-repo",
            "version": 3,
            "type": "model-version",
            "metadata": {},
            "source": {"type": "truefoundry"},
        },
    ),
    "cerebras": Stand(
        name="cerebras",
        ref="cerebras:acme/gpt-oss-120b@2",
        settings=lambda origin: expunge.Cerebras(api_key=TOKEN, base_url=origin),
        target=_CEREBRAS,
        look=_CEREBRAS,
        success=(200, {"name": _name(2), "deleted": True}),
        other={"name": _name(1), "deleted": True},
        there={"name": _name(2), "done": True, "response": {"version_aliases": [], "sync_status": "done"}},
        stranger={"name": _name(1), "done": True},
        others={"/management/v1/orgs/acme/endpoints": {"endpoints": []}},
        gone=(404, MISSING),
    ),
    "baseten": Stand(
        name="baseten",
        ref="baseten:mod3x7q@dep2bbb",
        settings=lambda origin: expunge.Baseten(api_key=TOKEN, base_url=origin),
        target=_BASETEN,
        look=_BASETEN,
        success=(200, {"id": "dep2bbb", "deleted": True, "model_id": "mod3x7q"}),
        other={"id": "dep1aaa", "deleted": True, "model_id": "mod3x7q"},
        there=_deployment("dep2bbb"),
        stranger=_deployment("dep1aaa"),
        others={"/v1/models/mod3x7q/environments": {"environments": []}},
        gone=(404, MISSING),
    ),
    "replicate": Stand(
        name="replicate",
        ref=f"replicate:acme/classifier@{VERSION_ID}",
        settings=lambda origin: expunge.Replicate(api_token=TOKEN, base_url=origin),
        target=_REPLICATE,
        look=_REPLICATE,
        success=(202, {}),
        other={"id": "0" * 64},
        there={"id": VERSION_ID, "created_at": "2025-04-02T11:20:00Z", "cog_version": None, "openapi_schema": None},
        stranger={"id": "0" * 64, "created_at": "2025-04-02T11:20:00Z", "cog_version": None, "openapi_schema": None},
        others={
            "/v1/models/acme/classifier": {"owner": "acme", "name": "classifier", "visibility": "private"},
            "/v1/deployments": {"results": [], "previous": None, "next": None},
        },
        gone=(404, MISSING),
        works_after=3,
    ),
}


def _recorded(provider: str) -> Stand:
    """Return the stand of a provider that is not in the table above: the sandbox's answers are its shapes."""
    found = recorded(provider)
    return Stand(
        name=provider,
        ref=REFS[provider],
        settings=lambda origin: settings_of(provider, origin, TOKEN),
        target=found.target,
        look=found.look,
        success=found.success,
        other=found.other,
        there=found.there,
        stranger=found.stranger,
        others=found.others,
        gone=found.gone,
        works_after=3 if is_late(provider) else 0,
    )


STANDS = {**DOCUMENTED, **{name: _recorded(name) for name in REFS if name not in DOCUMENTED}}

BEFORE_ANSWERING = tuple(name for name, stand in STANDS.items() if stand.deletes_before_answering)
"""The providers that have deleted the version when they answer."""
