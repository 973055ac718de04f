"""TrueFoundry's model registry: versions by repo, name and number, deleted by POSTing a manifest.

Sources: the pages "Delete model version" and "Create or update a model version"; the read routes as in
the vendor's SDK. Where neither says anything (a delete without a version, an alias that disagrees) the
stand-in refuses, because a client should not depend on luck.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from ._wire import Call, FieldError, Operation, Problem, Provider
from .manifests import faults, with_defaults

_VERSIONS = "/api/ml/v1/model-versions"
_SUBJECT = {
    "subjectId": "u-9",
    "subjectType": "user",
    "subjectSlug": "ana@acme.test",
    "subjectDisplayName": "Ana",
}
_PAGE = 100  # The vendor's clients ask for as many when nothing is said.


@dataclass
class StoredVersion:
    """One row of the registry; what is changed here is what the next read shows."""

    tenant: str
    ml_repo_id: str
    model_id: str
    id: str
    number: int
    manifest: dict[str, Any]
    created_at: str | None
    updated_at: str | None
    tags: list[str] = field(default_factory=list[str])
    metrics: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def fqn(self) -> str:
        """The name that the registry gives out, tenant included."""
        return f"model:{self.tenant}/{self.manifest['ml_repo']}/{self.manifest['name']}:{self.number}"

    @property
    def alias(self) -> str | None:
        """The one alias that a version may have."""
        return self.manifest.get("version_alias")

    def json(self) -> dict[str, Any]:
        """Put the row as the API shows it."""
        return {
            "id": self.id,
            "fqn": self.fqn,
            "created_by_subject": _SUBJECT,
            "manifest": self.manifest,
            "ml_repo_id": self.ml_repo_id,
            "model_id": self.model_id,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "tags": self.tags,
            **({"version_alias": self.alias} if self.alias else {}),
            "usage_code_snippet": f'client.get_model_version_by_fqn("{self.fqn}")',
            "metrics": self.metrics,
            "deployable": False,
        }


class TrueFoundry(Provider):
    """The stand-in for one tenant's control plane."""

    name = "truefoundry"
    token = "sandbox-truefoundry-token"  # noqa: S105 - opens nothing but this
    malformed = 422
    tenant = "acme"
    """Whose the token is: a manifest names versions of this tenant, and no other's."""

    def environ(self, origin: str) -> dict[str, str]:
        """Name the control plane and its token."""
        return {"TFY_HOST": origin, "TFY_API_KEY": self.token}

    def clear(self) -> None:
        """Forget every repo and version."""
        with self.lock:
            self._repos: dict[str, str] = {}
            self._models: dict[tuple[str, str, str], str] = {}
            self._highest: dict[str, int] = {}
            self._rows: list[StoredVersion] = []
            # So numbered, the seeds get the ids of the documented examples.
            self._repo_ids, self._model_ids, self._row_ids = (itertools.count(n) for n in (41, 22, 0x5F16))

    def seed(self) -> None:
        """Put in the model churn with seven versions, the last of them in production."""
        for number, date in enumerate(
            (
                "2025-02-03",
                "2025-04-14",
                "2025-06-30",
                "2025-08-18",
                "2025-10-06",
                "2025-12-01",
                "2026-01-12",
            ),
            1,
        ):
            self.add_version(
                "fraud-repo",
                "churn",
                number,
                alias="v7-prod" if number == 7 else "v5-candidate" if number == 5 else None,  # noqa: PLR2004
                created_at=f"{date}T09:30:00Z",
                tags=["gold"] if number in {3, 7} else [],
                source={"type": "truefoundry", "uri": f"s3://bkt/churn/{number}"},
            )

    def add_repo(self, name: str) -> str:
        """Make the ML repo *name*, unless it is there; give its id."""
        with self.lock:
            return self._repos.setdefault(name, str(next(self._repo_ids)))

    def add_version(
        self,
        ml_repo: str,
        name: str,
        number: int,
        *,
        alias: str | None = None,
        tenant: str = tenant,
        created_at: str | None = "2026-01-12T09:30:00Z",
        tags: Sequence[str] = (),
        **manifest: Any,
    ) -> StoredVersion:
        """Put a version in, and its repo and model where they are missing; *manifest* holds further fields.

        Nothing is checked: rows that no server should hold (one alias on two versions) can be made.
        """
        with self.lock:
            if self.version(ml_repo, name, number, tenant=tenant):
                raise ValueError(f"{ml_repo}/{name} has a version {number} already")
            repo_id = self.add_repo(ml_repo)
            key = (tenant, ml_repo, name)
            if key not in self._models:
                self._models[key] = f"m-{next(self._model_ids)}"
            model_id = self._models[key]
            self._highest[model_id] = max(number, self._highest.get(model_id, 0))
            whole = with_defaults(
                {
                    "name": name,
                    "metadata": {},
                    "ml_repo": ml_repo,
                    "source": {"type": "truefoundry"},
                    **manifest,
                    "version": number,
                    **({"version_alias": alias} if alias else {}),
                }
            )
            row = StoredVersion(
                tenant=tenant,
                ml_repo_id=repo_id,
                model_id=model_id,
                id=f"mv-{next(self._row_ids):04x}",
                number=number,
                manifest=whole,
                created_at=created_at,
                updated_at=created_at,
                tags=list(tags),
            )
            self._rows.append(row)
            return row

    def versions(self, ml_repo: str, name: str) -> list[StoredVersion]:
        """List the rows of one model, newest number first, of whatever tenant."""
        with self.lock:
            rows = [
                row
                for row in self._rows
                if (row.manifest["ml_repo"], row.manifest["name"]) == (ml_repo, name)
            ]
            return sorted(rows, key=lambda row: row.number, reverse=True)

    def version(self, ml_repo: str, name: str, number: int, *, tenant: str = tenant) -> StoredVersion | None:
        """Give one row, or None."""
        rows = self.versions(ml_repo, name)
        return next((row for row in rows if (row.tenant, row.number) == (tenant, number)), None)

    def remove_version(self, row: StoredVersion) -> None:
        """Take *row* out; its number is not given out again."""
        with self.lock:
            self._rows.remove(row)

    def add(self, reference: str) -> None:
        """Put in the version that `REPO/NAME@N` or the FQN `model:TENANT/REPO/NAME:N` names; `@v…` gets a number."""
        tenant, ml_repo, name, version = _parts(reference)
        with self.lock:
            numbers = [row.number for row in self.versions(ml_repo, name)]
            alias = None if version.isdigit() else version
            number = 1 + max(numbers, default=0) if alias else int(version)
            self.add_version(ml_repo, name, number, alias=alias, tenant=tenant or self.tenant)

    def remove(self, reference: str) -> None:
        """Take out the version that *reference* names."""
        with self.lock:
            for row in self._named(reference):
                self.remove_version(row)

    def holds(self, reference: str) -> bool:
        """Say whether the version that *reference* names is there."""
        return bool(self._named(reference))

    def _named(self, reference: str) -> list[StoredVersion]:
        tenant, ml_repo, name, version = _parts(reference)
        return [
            row
            for row in self.versions(ml_repo, name)
            if version in {str(row.number), row.alias} and tenant in {None, row.tenant}
        ]

    def operations(self) -> Sequence[Operation]:
        """List the routes that a client of versions needs."""
        page = {"limit", "offset"}
        filters = {"tag", "fqn", "model_id", "ml_repo_id", "name", "version", "include_internal_metadata"}
        runs = frozenset({"run_ids", "run_steps"})
        return (
            Operation("POST", _VERSIONS, self._delete, takes_json=True),
            Operation("PUT", _VERSIONS, self._apply, takes_json=True),
            Operation("GET", _VERSIONS, self._list, query=runs | page | filters, repeatable=runs),
            Operation("GET", f"{_VERSIONS}/{{id}}", self._get),
            Operation("GET", "/api/ml/v1/ml-repos", self._list_repos, query=frozenset(page | {"name"})),
        )

    def error(self, problem: Problem) -> Response:
        """Word a 422 as the page does, and anything else as the vendor's SDK reads it."""
        if problem.fields and problem.status == self.malformed:
            detail = [{"loc": fault.loc, "msg": fault.msg, "type": fault.type} for fault in problem.fields]
            return JSONResponse({"detail": detail}, problem.status)
        return JSONResponse({"statusCode": problem.status, "message": problem.message}, problem.status)

    def _delete(self, call: Call) -> Response:
        manifest = _manifest(call)
        number, alias = manifest.get("version"), manifest.get("version_alias")
        if number is None:
            raise Problem(
                400, "The manifest names no version. The sandbox deletes one version, never a model."
            )
        row = self.version(manifest["ml_repo"], manifest["name"], number)
        if manifest["ml_repo"] not in self._repos:
            raise Problem(404, f"There is no ML repo {manifest['ml_repo']}.")
        if row is None:
            raise Problem(404, f"There is no version {number} of {manifest['ml_repo']}/{manifest['name']}.")
        if alias not in {None, row.alias}:
            raise Problem(400, f"version {number} and version_alias {alias} do not name the same version.")
        self.remove_version(row)
        return JSONResponse({})

    def _apply(self, call: Call) -> Response:
        manifest = _manifest(call)
        ml_repo, name, alias = manifest["ml_repo"], manifest["name"], manifest.get("version_alias")
        if ml_repo not in self._repos:
            raise Problem(404, f"There is no ML repo {ml_repo}.")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        model_id = self._models.get((self.tenant, ml_repo, name), "")
        number = manifest.get("version") or 1 + self._highest.get(model_id, 0)
        for other in self.versions(ml_repo, name) if alias else ():
            if other.alias == alias and other.tenant == self.tenant:
                del other.manifest["version_alias"]  # An alias is one version's at a time: it moves.
        row = self.version(ml_repo, name, number)
        if row is None:
            row = self.add_version(ml_repo, name, number, created_at=now)
        row.manifest = {**with_defaults(manifest), "version": number}
        row.updated_at = now
        return JSONResponse({"data": row.json()})

    def _get(self, call: Call) -> Response:
        for row in self._rows:
            if row.id == call.path["id"]:
                return JSONResponse({"data": row.json()})
        raise Problem(404, f"There is no model version {call.path['id']}.")

    def _list(self, call: Call) -> Response:
        rows = sorted(self._rows, key=lambda row: row.number, reverse=True)
        tag, runs, steps = call.one("tag"), call.query.get("run_ids"), call.query.get("run_steps")
        exact = {
            "fqn": lambda row: row.fqn,
            "model_id": lambda row: row.model_id,
            "ml_repo_id": lambda row: row.ml_repo_id,
            "name": lambda row: row.manifest["name"],
        }  # fmt: skip
        for name, value_of in exact.items():
            if (wanted := call.one(name)) is not None:
                rows = [row for row in rows if value_of(row) == wanted]
        if (number := _integer(call, "version")) is not None:
            rows = [row for row in rows if row.number == number]
        rows = [
            row
            for row in rows
            if (tag is None or tag in row.tags)
            and (runs is None or row.manifest.get("run_id") in runs)
            and (steps is None or str(row.manifest["step"]) in steps)
        ]
        return _page([row.json() for row in rows], call)

    def _list_repos(self, call: Call) -> Response:
        wanted = call.one("name")
        repos = [
            {
                "id": repo_id,
                "fqn": f"{self.tenant}/{name}",
                "manifest": {"name": name, "type": "ml-repo"},
                "created_by_subject": _SUBJECT,
            }
            for name, repo_id in self._repos.items()
            if wanted in {None, name}
        ]
        return _page(repos, call)


def _parts(reference: str) -> tuple[str | None, str, str, str]:
    """Take *reference* apart: tenant (None where it names none), repo, name, version."""
    if reference.startswith("model:"):
        path, _, version = reference.removeprefix("model:").rpartition(":")
        tenant, ml_repo, name = path.split("/")
        return tenant, ml_repo, name, version
    path, _, version = reference.rpartition("@")
    ml_repo, name = path.split("/")
    return None, ml_repo, name, version


def _manifest(call: Call) -> Mapping[str, Any]:
    found = faults(call.body)
    if found:
        raise Problem(422, found[0].msg, found)
    return call.body["manifest"]


def _integer(call: Call, name: str, *, least: int = 0) -> int | None:
    text = call.one(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        fault = FieldError(("query", name), f"Input should be an integer of at least {least}", "int_parsing")
        raise Problem(422, fault.msg, [fault])
    return int(text)


def _page(rows: Iterable[dict[str, Any]], call: Call) -> Response:
    every = list(rows)
    offset, limit = _integer(call, "offset") or 0, _integer(call, "limit", least=1) or _PAGE
    return JSONResponse(
        {
            "data": every[offset : offset + limit],
            "pagination": {"total": len(every), "offset": offset, "limit": limit},
        }
    )
