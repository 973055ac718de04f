"""TrueFoundry's model registry: versions by repo, name and number, deleted by POSTing a manifest.

Sources: the pages "Delete model version" and "Create or update a model version"; the read routes as in
the vendor's SDK. Where neither says anything (a delete without a version, an alias that disagrees) the
stand-in refuses, because a client should not depend on luck.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from ._rows import FILTERS, REPEATABLE, StoredVersion, page, select
from ._wire import ApiError, Call, Json, Operation, Provider
from .manifests import faults, with_defaults

_VERSIONS = "/api/ml/v1/model-versions"
_MODEL_FILTERS = frozenset({"ml_repo_id", "name", "limit", "offset"})


class TrueFoundry(Provider):
    """The stand-in for one tenant's control plane."""

    name = "truefoundry"
    token = "sandbox-truefoundry-token"  # noqa: S105 - opens nothing but this
    examples = ("fraud-repo/churn@3", "fraud-repo/churn@2")
    malformed = 422
    deletes_by = "POST"
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
            self._rows: dict[str, list[StoredVersion]] = {}  # by the id of their model
            self._apps: list[dict[str, Json]] = []
            # So numbered, the seeds get the ids of the documented examples.
            self._repo_ids, self._model_ids, self._row_ids = (itertools.count(n) for n in (41, 22, 0x5F16))

    def seed(self) -> None:
        """Put in the model churn with seven versions, the last of them in production."""
        aliases = {5: "v5-candidate", 7: "v7-prod"}
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
            row = self.add_version(
                "fraud-repo",
                "churn",
                number,
                alias=aliases.get(number),
                created_at=f"{date}T09:30:00Z",
                tags=["gold"] if number in {3, 7} else [],
                source={"type": "truefoundry", "uri": f"s3://bkt/churn/{number}"},
            )
            auc = round(0.84 + number / 100, 2)
            row.metrics.append({"key": "auc", "value": auc, "timestamp": 1768210200000, "step": 0})

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
        **manifest: Json,
    ) -> StoredVersion:
        """Put a version in, and its repo and model if they are missing; *manifest* holds further fields.

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
            complete = with_defaults(
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
                manifest=complete,
                created_at=created_at,
                updated_at=created_at,
                tags=list(tags),
            )
            self._rows.setdefault(model_id, []).append(row)
            return row

    def add_app(self, name: str, *fqns: str) -> dict[str, Json]:
        """Deploy an application that downloads the versions that *fqns* name; what is returned is what is read."""
        with self.lock:
            artifacts = [{"type": "truefoundry-artifact", "artifact_version_fqn": fqn} for fqn in fqns]
            app = {
                "id": f"app-{len(self._apps) + 1}",
                "name": name,
                "fqn": f"{self.tenant}:prod-cluster:{name}",
                "activeVersion": 1,
                "lastVersion": 1,
                "deployment": {"manifest": {"artifacts_download": {"artifacts": artifacts}}},
            }
            self._apps.append(app)
            return app

    def versions(self, ml_repo: str, name: str) -> list[StoredVersion]:
        """List the rows of one model, newest number first, of whatever tenant."""
        with self.lock:
            rows = [
                row
                for key, model_id in self._models.items()
                if key[1:] == (ml_repo, name)
                for row in self._rows.get(model_id, ())
            ]
            return sorted(rows, key=lambda row: row.number, reverse=True)

    def version(self, ml_repo: str, name: str, number: int, *, tenant: str = tenant) -> StoredVersion | None:
        """Return one row, or None."""
        rows = self.versions(ml_repo, name)
        return next((row for row in rows if (row.tenant, row.number) == (tenant, number)), None)

    def remove_version(self, row: StoredVersion) -> None:
        """Take *row* out; its number is not given out again."""
        with self.lock:
            self._rows[row.model_id].remove(row)

    def add(self, reference: str) -> None:
        """Put in the version that `REPO/NAME@N` or an FQN names; `@v…` gets the next number."""
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
        """Return whether the version that *reference* names is there."""
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
        return (
            Operation("POST", _VERSIONS, self._delete, takes_json=True),
            Operation("PUT", _VERSIONS, self._apply, takes_json=True),
            Operation("GET", _VERSIONS, self._list, query=FILTERS, repeatable=REPEATABLE),
            Operation("GET", f"{_VERSIONS}/{{id}}", self._get),
            Operation("GET", "/api/svc/v1/models", self._list_models, query=_MODEL_FILTERS),
            Operation("GET", "/api/svc/v1/apps", self._list_apps, query=frozenset({"limit", "offset"})),
            Operation("GET", "/api/ml/v1/ml-repos", self._list_repos, query=frozenset({"name", "limit", "offset"})),
        )

    def error(self, problem: ApiError) -> Response:
        """Word a 422 as the page does, and anything else as the vendor's SDK reads it."""
        if problem.fields and problem.status == self.malformed:
            detail = [{"loc": fault.loc, "msg": fault.msg, "type": fault.type} for fault in problem.fields]
            return JSONResponse({"detail": detail}, problem.status)
        return JSONResponse({"statusCode": problem.status, "message": problem.message}, problem.status)

    def _delete(self, call: Call) -> Response:
        manifest = _manifest(call)
        number, alias = manifest.get("version"), manifest.get("version_alias")
        if number is None:
            raise ApiError(400, "The manifest names no version. The sandbox deletes one version, never a model.")
        row = self.version(manifest["ml_repo"], manifest["name"], number)
        if manifest["ml_repo"] not in self._repos:
            raise ApiError(404, f"There is no ML repo {manifest['ml_repo']}.")
        if row is None:
            raise ApiError(404, f"There is no version {number} of {manifest['ml_repo']}/{manifest['name']}.")
        if alias not in {None, row.alias}:
            raise ApiError(400, f"version {number} and version_alias {alias} do not name the same version.")
        self.remove_version(row)
        return JSONResponse({})

    def _apply(self, call: Call) -> Response:
        manifest = _manifest(call)
        ml_repo, name, alias = manifest["ml_repo"], manifest["name"], manifest.get("version_alias")
        if ml_repo not in self._repos:
            raise ApiError(404, f"There is no ML repo {ml_repo}.")
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
        for row in self._all_rows():
            if row.id == call.path["id"]:
                return JSONResponse({"data": row.json()})
        raise ApiError(404, f"There is no model version {call.path['id']}.")

    def _list(self, call: Call) -> Response:
        return page([row.json() for row in select(self._all_rows(), call)], call)

    def _all_rows(self) -> Iterator[StoredVersion]:
        return (row for rows in self._rows.values() for row in rows)

    def _list_models(self, call: Call) -> Response:
        models = [
            {
                "id": model_id,
                "ml_repo_id": self._repos[ml_repo],
                "name": name,
                "fqn": f"model:{tenant}/{ml_repo}/{name}",
            }
            for (tenant, ml_repo, name), model_id in self._models.items()
            if call.one("ml_repo_id") in {None, self._repos[ml_repo]} and call.one("name") in {None, name}
        ]
        return page(models, call)

    def _list_apps(self, call: Call) -> Response:
        return page(self._apps, call)

    def _list_repos(self, call: Call) -> Response:
        wanted = call.one("name")
        repos = [
            {"id": repo_id, "manifest": {"name": name}}
            for name, repo_id in self._repos.items()
            if wanted in {None, name}
        ]
        return page(repos, call)


def _parts(reference: str) -> tuple[str | None, str, str, str]:
    """Take *reference* apart: tenant (None if it names none), repo, name, version."""
    part = "([^/@:]+)"
    match = re.fullmatch(f"(){part}/{part}@{part}|model:{part}/{part}/{part}:{part}", reference)
    if match is None:
        raise ValueError(f"{reference} is neither REPO/NAME@VERSION nor model:TENANT/REPO/NAME:VERSION")
    tenant, ml_repo, name, version = (group for group in match.groups() if group is not None)
    return tenant or None, ml_repo, name, version


def _manifest(call: Call) -> Mapping[str, Json]:
    found = faults(call.body)
    if found:
        raise ApiError(422, found[0].msg, found)
    manifest: Mapping[str, Json] = call.body["manifest"]
    return manifest
