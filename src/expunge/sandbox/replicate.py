"""Replicate's API: versions of models, which go some time after their deletion was accepted.

Sources: the page "Delete a model version" for what is deleted and refused; the vendor's specification for
reads, the model's own deletion and the form of a page. The status of a refusal is undocumented: 403 where
the model is another's, 400 where a rule is in the way. The answer to a second delete while the first one is
pending is undocumented too: it is accepted again.
"""

import hashlib
import itertools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import JSONResponse, Response

from ._cursors import cut
from ._wire import ApiError, Call, Operation, Provider

_MODEL = "/v1/models/{owner}/{name}"
_VERSIONS = _MODEL + "/versions"
_VERSION = _VERSIONS + "/{version}"
_TITLES = {401: "Unauthenticated", 403: "Not permitted", 404: "Not found", 405: "Method not allowed"}
DOCUMENTED_VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
"""The version that the page's own example deletes."""


def version_id(seed: str) -> str:
    """Make a version id, 64 hexadecimal digits, that is always the same for *seed*."""
    return hashlib.sha256(seed.encode()).hexdigest()


@dataclass
class StoredVersion:
    """One version; what is changed here is what the next read shows."""

    id: str
    created_at: str | None
    is_shared: bool = False
    """Whether somebody else has run predictions with it."""
    serial: int = 0
    """Grows with each version, so that pages can be cut between two of them."""
    gone_at: float | None = None
    """When it goes, by the sandbox's clock; None while nobody has deleted it."""

    def json(self) -> dict[str, Any]:
        """Put the version as the API shows it; nothing says that it is about to go."""
        schema = {"openapi": "3.0.2"}
        return {
            "id": self.id,
            "created_at": self.created_at,
            "cog_version": "0.14.0",
            "openapi_schema": schema,
        }


@dataclass
class Model:
    """One model with its versions, oldest first."""

    owner: str
    name: str
    visibility: str
    versions: list[StoredVersion] = field(default_factory=list[StoredVersion])

    def json(self) -> dict[str, Any]:
        """Put the model as the API shows it."""
        return {
            "url": f"https://replicate.com/{self.owner}/{self.name}",
            "owner": self.owner,
            "name": self.name,
            "description": None,
            "visibility": self.visibility,
            "run_count": 0,
            "latest_version": self.versions[-1].json() if self.versions else None,
        }


@dataclass
class Deployment:
    """One deployment of the account; what is changed here is what the next read shows."""

    owner: str
    name: str
    model: str
    """The released model, as `OWNER/NAME`."""
    version: str
    serial: int
    number: int = 1

    def json(self) -> dict[str, Any]:
        """Put the deployment as the API shows it."""
        release = {"number": self.number, "model": self.model, "version": self.version}
        return {"owner": self.owner, "name": self.name, "current_release": release}


class Replicate(Provider):
    """The stand-in for the API as one account sees it.

    Args:
        delay: Seconds between an accepted deletion and its end.
        clock: The source of the seconds.
    """

    name = "replicate"
    token = "sandbox-replicate-token"  # noqa: S105 - opens nothing but this
    examples = (f"acme/classifier@{DOCUMENTED_VERSION}", f"acme/classifier@{version_id('acme/classifier/3')}")
    account = "acme"
    """Whose the token is."""
    page_size: int
    """Undocumented; ten, so that a few versions fill several pages."""

    def __init__(self, *, delay: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.delay = delay
        self._clock = clock
        super().__init__()

    def environ(self, origin: str) -> dict[str, str]:
        """Name the token and the base."""
        return {"REPLICATE_API_TOKEN": self.token, "REPLICATE_BASE_URL": origin}

    def clear(self) -> None:
        """Forget every model."""
        with self.lock:
            self._models: dict[tuple[str, str], Model] = {}
            self._deployments: dict[str, Deployment] = {}
            self._going: dict[str, Model] = {}
            self._serials = itertools.count(1)
            self.page_size = 10

    def seed(self) -> None:
        """Put in two private models, one with pages of versions, and a public one of somebody else's."""
        self.add_model("acme", "classifier")
        self.add_version("acme", "classifier", DOCUMENTED_VERSION, created_at="2025-04-02T11:20:00.104822Z")
        self.add_version("acme", "classifier", created_at="2025-07-21T08:05:00.731904Z", is_shared=True)
        self.add_version("acme", "classifier", created_at="2025-11-10T16:45:00.220157Z")
        self.add_version("acme", "classifier", created_at="2026-01-12T09:30:00.418669Z")
        self.add_model("acme", "churn")
        for month in range(24):
            date = f"{2024 + month // 12}-{month % 12 + 1:02}-15"
            self.add_version("acme", "churn", created_at=f"{date}T09:30:00.418669Z")
        self.add_model("replicate", "hello-world", visibility="public")
        self.add_version("replicate", "hello-world", created_at="2022-04-26T19:13:45.911328Z")
        self.add_version("replicate", "hello-world", DOCUMENTED_VERSION, created_at="2022-12-06T00:00:00.000000Z")

    def add_model(self, owner: str, name: str, *, visibility: str = "private") -> Model:
        """Put a model in, without versions; it is the token's own if *owner* is its account."""
        with self.lock:
            if (owner, name) in self._models:
                raise ValueError(f"there is a model {owner}/{name} already")
            self._models[owner, name] = Model(owner, name, visibility)
            return self._models[owner, name]

    def add_version(
        self,
        owner: str,
        name: str,
        id: str | None = None,  # noqa: A002 - what the API calls it
        *,
        created_at: str | None = "2026-01-12T09:30:00.418669Z",
        is_shared: bool = False,
    ) -> StoredVersion:
        """Put in the newest version of a model; without *id* it gets `version_id("OWNER/NAME/PLACE")`."""
        with self.lock:
            model = self._models[owner, name]
            if id is None:
                id = version_id(f"{owner}/{name}/{len(model.versions) + 1}")  # noqa: A001 - as above
            if self.version(owner, name, id):
                raise ValueError(f"{owner}/{name} has a version {id} already")
            version = StoredVersion(id, created_at, is_shared, next(self._serials))
            model.versions.append(version)
            return version

    def deploy(self, deployment: str, owner: str, name: str, version: str) -> Deployment:
        """Release a version on a deployment of the account, which is made if it is missing."""
        with self.lock:
            target = self._deployments.get(deployment)
            if target is None:
                target = Deployment(self.account, deployment, f"{owner}/{name}", version, next(self._serials))
                self._deployments[deployment] = target
            else:
                target.model, target.version, target.number = f"{owner}/{name}", version, target.number + 1
            return target

    def model(self, owner: str, name: str) -> Model | None:
        """Return one model, or None."""
        with self.lock:
            self._settle()
            return self._models.get((owner, name))

    def versions(self, owner: str, name: str) -> list[StoredVersion]:
        """List the versions of one model, newest first."""
        model = self.model(owner, name)
        return model.versions[::-1] if model else []

    def version(self, owner: str, name: str, id: str) -> StoredVersion | None:  # noqa: A002 - as above
        """Return one version, or None."""
        return next((version for version in self.versions(owner, name) if version.id == id), None)

    def finish_deletions(self) -> None:
        """Let all that is pending go now, whatever the clock says."""
        self._settle(float("inf"))

    def _settle(self, now: float | None = None) -> None:
        with self.lock:
            moment = self._clock() if now is None else now
            # Only models with a deletion under way: others may be many.
            for key, model in list(self._going.items()):
                model.versions = [one for one in model.versions if one.gone_at is None or one.gone_at > moment]
                if all(one.gone_at is None for one in model.versions):
                    del self._going[key]

    def add(self, reference: str) -> None:
        """Put in the version that `OWNER/NAME@ID` names, in a private model."""
        owner, name, version = _parts(reference)
        with self.lock:
            if (owner, name) not in self._models:
                self.add_model(owner, name)
            self.add_version(owner, name, version)

    def remove(self, reference: str) -> None:
        """Take out the version that *reference* names."""
        owner, name, wanted = _parts(reference)
        with self.lock:
            version = self.version(owner, name, wanted)
            if version is not None:
                self._models[owner, name].versions.remove(version)

    def holds(self, reference: str) -> bool:
        """Return whether the version that *reference* names is there; a version that is being deleted still is."""
        return self.version(*_parts(reference)) is not None

    def operations(self) -> Sequence[Operation]:
        """List the routes that a client of versions needs."""
        return (
            Operation("GET", "/v1/deployments", self._list_deployments, query=frozenset({"cursor"})),
            Operation("GET", _MODEL, lambda call: JSONResponse(self._model(call).json())),
            Operation("DELETE", _MODEL, self._delete_model),
            Operation("GET", _VERSIONS, self._list, query=frozenset({"cursor"})),
            Operation("GET", _VERSION, lambda call: JSONResponse(self._version(call).json())),
            Operation("DELETE", _VERSION, self._delete),
        )

    def error(self, problem: ApiError) -> Response:
        """Word an error as problem details (RFC 7807)."""
        title = _TITLES.get(problem.status, "Invalid request")
        body = {"title": title, "detail": problem.message, "status": problem.status}
        return JSONResponse(body, problem.status, media_type="application/problem+json")

    def _model(self, call: Call) -> Model:
        model = self.model(call.path["owner"], call.path["name"])
        # Another's private model looks as if it were not there.
        if model is None or (model.visibility == "private" and model.owner != self.account):
            raise ApiError(404, f"There is no model {call.path['owner']}/{call.path['name']}.")
        return model

    def _version(self, call: Call) -> StoredVersion:
        for version in self._model(call).versions:
            if version.id == call.path["version"]:
                return version
        raise ApiError(404, f"The model has no version {call.path['version']}.")

    def _own_private(self, call: Call) -> Model:
        model = self._model(call)
        if model.owner != self.account:
            raise ApiError(403, "You can only delete what is in models you own.")
        if model.visibility != "private":
            raise ApiError(400, "You can only delete what is in private models.")
        return model

    def _delete(self, call: Call) -> Response:
        version, model = self._version(call), self._own_private(call)
        if version.is_shared:
            raise ApiError(400, "Someone other than you has run predictions with this version.")
        released = {(one.model, one.version) for one in self._deployments.values()}
        if (f"{call.path['owner']}/{call.path['name']}", version.id) in released:
            raise ApiError(400, "The version has an associated deployment.")
        if version.gone_at is None:
            version.gone_at = self._clock() + self.delay
            self._going[f"{model.owner}/{model.name}"] = model
        return Response(status_code=202)

    def _delete_model(self, call: Call) -> Response:
        model = self._own_private(call)
        if model.versions:
            raise ApiError(400, "The model has versions. Delete them first.")
        del self._models[model.owner, model.name]
        return Response(status_code=204)

    def _list(self, call: Call) -> Response:
        versions = self._model(call).versions[::-1]
        return self._page(versions, call, f"/v1/models/{quote(call.path['owner'])}/{quote(call.path['name'])}/versions")

    def _list_deployments(self, call: Call) -> Response:
        return self._page(list(self._deployments.values())[::-1], call, "/v1/deployments")

    def _page(self, rows: Sequence[StoredVersion | Deployment], call: Call, path: str) -> Response:
        """Answer with the page of *rows*, newest first, that the cursor asks for."""
        page = cut([row.serial for row in rows], call.one("cursor"), self.page_size)

        def link(cursor: str | None) -> str | None:
            return cursor and f"{call.origin}{path}?{urlencode({'cursor': cursor})}"

        return JSONResponse(
            {
                "next": link(page.next),
                "previous": link(page.previous),
                "results": [row.json() for row in rows[page.rows]],
            }
        )


def _parts(reference: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"([^/@]+)/([^/@]+)@([^/@]+)", reference)
    if match is None:
        raise ValueError(f"{reference} is not OWNER/NAME@VERSION")
    return match[1], match[2], match[3]
