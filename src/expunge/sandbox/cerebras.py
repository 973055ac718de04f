"""Cerebras's management API: versions of an organisation's model architectures, by number or alias.

Sources: the page "Delete model version" (its example `{name, deleted}`, not its schema `{message}`, is what
is answered), and the pages on listing, reading and endpoints. Errors are undocumented; these have the shape
of the vendor's inference API.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.responses import JSONResponse, Response

from ._wire import ApiError, Call, Json, Operation, Provider

_ORG = "/management/v1/orgs/{org}"
_VERSIONS = _ORG + "/models/{arch}/versions"
_KINDS = {401: "authentication_error", 404: "not_found_error", 409: "conflict_error"}
_CREATED = 1736600000


@dataclass
class StoredVersion:
    """One version; what is changed here is what the next read shows."""

    org: str
    arch: str
    number: int
    aliases: list[str] = field(default_factory=list[str])
    sync_status: str = "done"
    s3_uri: str = ""

    @property
    def resource(self) -> str:
        """The name that the API gives it; always with the number."""
        return f"orgs/{self.org}/models/{self.arch}/versions/{self.number}"

    def json(self) -> dict[str, Json]:
        """Put the version as the API shows it."""
        is_done = self.sync_status == "done"
        response = {
            "customer_s3_uri": self.s3_uri,
            "version_aliases": self.aliases,
            "sync_status": self.sync_status,
        }
        if is_done:
            response["system_fingerprint_suffix"] = f"{self.org}{self.number}"
        return {"name": self.resource, "done": is_done, "response": response}


class Deployed(NamedTuple):
    """A version at work on an endpoint, with the alias that it was put there by."""

    id: str
    version: StoredVersion
    alias: str | None
    state: str


@dataclass
class Endpoint:
    """One inference endpoint and what runs on it."""

    id: str
    org: str
    arch: str
    deployed: list[Deployed] = field(default_factory=list[Deployed])
    updated: int = 1736700000

    def json(self) -> dict[str, Json]:
        """Put the endpoint as its own page shows it."""
        return {
            "name": self.id,
            "model_arch_id": self.arch,
            "managing_org_name": self.org,
            "created": _CREATED,
            "updated": self.updated,
            "deployed_models": [
                {
                    "id": one.id,
                    "model": one.version.resource,
                    "version_alias": one.alias,
                    "created": self.updated,
                    "state": one.state,
                }
                for one in self.deployed
            ],
        }


class Cerebras(Provider):
    """The stand-in for the management of customers' models."""

    name = "cerebras"
    token = "sandbox-cerebras-management-key"  # noqa: S105 - opens nothing but this
    examples = ("acme/gpt-oss-120b@2", "acme/gpt-oss-120b@1")
    malformed = 422
    protects_deployed: bool
    """Whether a version on an endpoint is refused with 409. No protection is documented, so there is none."""

    def environ(self, origin: str) -> dict[str, str]:
        """Name the management key and the base."""
        return {"CEREBRAS_MANAGEMENT_API_KEY": self.token, "CEREBRAS_MANAGEMENT_BASE_URL": origin}

    def clear(self) -> None:
        """Forget every version and endpoint."""
        with self.lock:
            self._versions: dict[tuple[str, str], list[StoredVersion]] = {}
            self._endpoints: dict[str, Endpoint] = {}
            self.protects_deployed = False

    def seed(self) -> None:
        """Put in four versions: the third in production, the fourth still being copied."""
        arch = "gpt-oss-120b"
        self.add_version("acme", arch, 1)
        self.add_version("acme", arch, 2, aliases=["v2-fallback"])
        self.add_version("acme", arch, 3, aliases=["production", "v3-stable"])
        self.add_version("acme", arch, 4, sync_status="in_progress")
        self.deploy(
            "acme-gpt-oss-120b",
            "acme",
            arch,
            3,
            alias="production",
            id="550e8400-e29b-41d4-a716-446655440000",
        )

    def add_version(
        self, org: str, arch: str, number: int, *, aliases: Sequence[str] = (), sync_status: str = "done"
    ) -> StoredVersion:
        """Put a version in, and its organisation and architecture if they are missing."""
        with self.lock:
            if self.version(org, arch, str(number)):
                raise ValueError(f"{org}/{arch} has a version {number} already")
            version = StoredVersion(org, arch, number, list(aliases), sync_status, f"s3://{org}-weights/v{number}")
            self._versions.setdefault((org, arch), []).append(version)
            return version

    def versions(self, org: str, arch: str) -> list[StoredVersion]:
        """List the versions of one architecture, oldest first."""
        with self.lock:
            return list(self._versions.get((org, arch), ()))

    def version(self, org: str, arch: str, number_or_alias: str) -> StoredVersion | None:
        """Return one version, or None."""
        for version in self.versions(org, arch):
            if number_or_alias == str(version.number) or number_or_alias in version.aliases:
                return version
        return None

    def remove_version(self, version: StoredVersion) -> None:
        """Take *version* out, off its endpoints as well."""
        with self.lock:
            self._versions[version.org, version.arch].remove(version)
            for endpoint in self._endpoints.values():
                endpoint.deployed = [one for one in endpoint.deployed if one.version is not version]

    def deploy(
        self,
        endpoint: str,
        org: str,
        arch: str,
        number: int,
        *,
        alias: str | None = None,
        state: str = "complete",
        id: str | None = None,  # noqa: A002 - what the API calls it
    ) -> Endpoint:
        """Put a version on an endpoint, which is made if it is missing; *state* says how far the rollout is."""
        with self.lock:
            version = self.version(org, arch, str(number))
            if version is None:
                raise ValueError(f"{org}/{arch} has no version {number}")
            target = self._endpoints.setdefault(endpoint, Endpoint(endpoint, org, arch))
            same_on_every_start = uuid.uuid5(uuid.NAMESPACE_URL, f"{endpoint}/{version.resource}")
            target.deployed.append(Deployed(id or str(same_on_every_start), version, alias, state))
            return target

    def endpoint(self, endpoint: str) -> Endpoint | None:
        """Return one endpoint, or None."""
        with self.lock:
            return self._endpoints.get(endpoint)

    def add(self, reference: str) -> None:
        """Put in the version that `ORG/ARCH@N` names; `@alias` gets the next number."""
        org, arch, version = _parts(reference)
        with self.lock:
            numbers = [other.number for other in self.versions(org, arch)]
            aliases = [] if version.isdigit() else [version]
            self.add_version(org, arch, 1 + max(numbers, default=0) if aliases else int(version), aliases=aliases)

    def remove(self, reference: str) -> None:
        """Take out the version that *reference* names."""
        with self.lock:
            version = self.version(*_parts(reference))
            if version is not None:
                self.remove_version(version)

    def holds(self, reference: str) -> bool:
        """Return whether the version that *reference* names is there."""
        return self.version(*_parts(reference)) is not None

    def operations(self) -> Sequence[Operation]:
        """List the routes that a client of versions needs."""
        return (
            Operation("DELETE", _VERSIONS + "/{version}", self._delete),
            Operation("GET", _VERSIONS + "/{version}", lambda call: JSONResponse(self._find(call).json())),
            Operation("GET", _VERSIONS, self._list),
            Operation("GET", _ORG + "/models", self._list_architectures),
            Operation("GET", _ORG + "/endpoints", self._list_endpoints),
            Operation("GET", "/management/v1/endpoints/{endpoint}", self._get_endpoint),
        )

    def error(self, problem: ApiError) -> Response:
        """Word an error as the inference API does; the management API documents none."""
        kind = _KINDS.get(problem.status, "invalid_request_error")
        param = str(problem.fields[0].loc[-1]) if problem.fields else None
        body = {"message": problem.message, "type": kind, "code": str(problem.status), "param": param}
        return JSONResponse({"error": body}, problem.status)

    def _find(self, call: Call) -> StoredVersion:
        version = self.version(call.path["org"], call.path["arch"], call.path["version"])
        if version is None:
            raise ApiError(404, f"There is no version {call.path['version']} of {call.path['arch']}.")
        return version

    def _delete(self, call: Call) -> Response:
        version = self._find(call)
        is_deployed = any(version is one.version for endpoint in self._endpoints.values() for one in endpoint.deployed)
        if is_deployed and self.protects_deployed:
            raise ApiError(409, f"{version.resource} is deployed on an endpoint.")
        self.remove_version(version)
        return JSONResponse({"name": version.resource, "deleted": True})

    def _list(self, call: Call) -> Response:
        key = (call.path["org"], call.path["arch"])
        if key not in self._versions:
            raise ApiError(404, f"The organisation {key[0]} has no model architecture {key[1]}.")
        return JSONResponse({"model_versions": [version.json() for version in self._versions[key]]})

    def _list_architectures(self, call: Call) -> Response:
        org = self._org(call)
        return JSONResponse({"model_architectures": [arch for owner, arch in self._versions if owner == org]})

    def _list_endpoints(self, call: Call) -> Response:
        org = self._org(call)
        rows = [
            {
                "endpoint_id": endpoint.id,
                "model_arch_id": endpoint.arch,
                "created": _CREATED,
                "updated": endpoint.updated,
                "org_name": org,
            }
            for endpoint in self._endpoints.values()
            if endpoint.org == org
        ]
        return JSONResponse({"endpoints": rows})

    def _get_endpoint(self, call: Call) -> Response:
        endpoint = self.endpoint(call.path["endpoint"])
        if endpoint is None:
            raise ApiError(404, f"There is no endpoint {call.path['endpoint']}.")
        return JSONResponse(endpoint.json())

    def _org(self, call: Call) -> str:
        org = call.path["org"]
        if not any(owner == org for owner, _ in self._versions):
            raise ApiError(404, f"There is no organisation {org}.")
        return org


def _parts(reference: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"([^/@]+)/([^/@]+)@([^/@]+)", reference)
    if match is None:
        raise ValueError(f"{reference} is not ORG/ARCH@VERSION")
    return match[1], match[2], match[3]
