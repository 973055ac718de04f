"""The rows of TrueFoundry's registry, and lists of them: filtered, and cut into pages.

The query parameters are those of the vendor's SDK; the list is newest number first, as its docstrings say.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

from ._wire import ApiError, Call, FieldError, Json

_SUBJECT = {
    "subjectId": "u-9",
    "subjectType": "user",
    "subjectSlug": "ana@acme.test",
    "subjectDisplayName": "Ana",
}
REPEATABLE = frozenset({"run_ids", "run_steps"})
FILTERS = REPEATABLE | {
    "limit",
    "offset",
    "tag",
    "fqn",
    "model_id",
    "ml_repo_id",
    "name",
    "version",
    "include_internal_metadata",  # Taken, and without effect: the sandbox has none.
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
    manifest: dict[str, Json]
    created_at: str | None
    updated_at: str | None
    tags: list[str] = field(default_factory=list[str])
    metrics: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])

    @property
    def fqn(self) -> str:
        """The name that the registry gives out, tenant included."""
        return f"model:{self.tenant}/{self.manifest['ml_repo']}/{self.manifest['name']}:{self.number}"

    @property
    def alias(self) -> str | None:
        """The one alias that a version may have."""
        return self.manifest.get("version_alias")

    def json(self) -> dict[str, Json]:
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


_EXACT: dict[str, Callable[[StoredVersion], str]] = {
    "fqn": lambda row: row.fqn,
    "model_id": lambda row: row.model_id,
    "ml_repo_id": lambda row: row.ml_repo_id,
    "name": lambda row: row.manifest["name"],
    "version": lambda row: str(row.number),
}


def select(rows: Iterable[StoredVersion], call: Call) -> list[StoredVersion]:
    """Return the rows that the query of *call* asks for, newest number first."""
    _integer(call, "version", least=1)
    tag, runs, steps = call.one("tag"), call.query.get("run_ids"), call.query.get("run_steps")
    found = [
        row
        for row in rows
        if all(call.one(name) in {None, value_of(row)} for name, value_of in _EXACT.items())
        and (tag is None or tag in row.tags)
        and (runs is None or row.manifest.get("run_id") in runs)
        and (steps is None or str(row.manifest["step"]) in steps)
    ]
    return sorted(found, key=lambda row: row.number, reverse=True)


def page(rows: Sequence[dict[str, Json]], call: Call) -> Response:
    """Answer with the page of *rows* that `offset` and `limit` ask for."""
    offset = _integer(call, "offset", least=0)
    limit = _integer(call, "limit", least=1)
    start, length = offset or 0, limit or _PAGE
    pagination = {"total": len(rows), "offset": start, "limit": length}
    return JSONResponse({"data": rows[start : start + length], "pagination": pagination})


def _integer(call: Call, name: str, *, least: int) -> int | None:
    text = call.one(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        fault = FieldError(("query", name), f"Input should be an integer of at least {least}", "int_parsing")
        raise ApiError(422, fault.msg, [fault])
    return int(text)
