"""TrueFoundry's list of model versions, read completely and compared again on our side.

There is no read by name and version. The list is filtered by the ML repo's id, so the repo is found by name first
(`truefoundry-sdk` 0.6.0, `ml_repos/raw_client.py`). Rows that pass the filter are still compared, letter by letter.
"""

import re
from collections.abc import Container, Iterator

from attrs import evolve, frozen

from expunge_clients.truefoundry.api.ml_repos import list_ml_repos
from expunge_clients.truefoundry.api.models import list_model_versions
from expunge_clients.truefoundry.models import MLRepo, MLRepoPage, ModelVersion, ModelVersionPage
from expunge_clients.truefoundry.types import UNSET

from ..._answer import Answer
from ..._flow import LIST_BODY, Call, Flow, call
from ..._json import JSON
from ...errors import Refused
from ...refs import is_number
from ...types import Version
from .._failed_reads import Absent, ReadFailed
from .._reads import parsed
from .._times import time_of
from .reference import TrueFoundryReference

_FQN = re.compile(r"model:[^/:]+/([^/:]+)/([^/:]+):[0-9]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_PAGE = 100
"""Rows per page: the vendor's own default."""

_MOST_ROWS = 1_000_000
"""Rows of one model that are read to find one of them."""


@frozen
class Row:
    """One version as the list shows it, and its reference."""

    ref: TrueFoundryReference
    version: ModelVersion


@frozen(kw_only=True)
class Rows:
    """The rows of a complete list or of one page.

    Attributes:
        answer: The last answer that was read.
        rows: The rows in it.
        total: Number of rows in the complete list, as the answer states it.
        following: The next page's offset; None after the last.
    """

    answer: Answer
    rows: tuple[Row, ...]
    total: int = 0
    following: int | None = None

    def of_model(self, model: TrueFoundryReference) -> Iterator[Row]:
        """Return the rows with that ML repo and name: a deletion does not rely on the server's filters."""
        return (row for row in self.rows if (row.ref.ml_repo, row.ref.name) == (model.ml_repo, model.name))

    def with_number(self, number: str) -> "Rows":
        """Return the rows of that version."""
        return evolve(self, rows=tuple(row for row in self.rows if row.ref.version == number))

    def with_alias(self, alias: str) -> "Rows":
        """Return the rows with that alias, equal in every letter."""
        return evolve(self, rows=tuple(row for row in self.rows if alias in aliases_of(row.version)))

    def only(self, ref: TrueFoundryReference) -> Row:
        """Return the only row.

        Raises:
            Absent: There is none.
            Refused: There are several.
        """
        for row in self.rows[:1]:
            if len(self.rows) > 1:
                raise Refused(f"{ref} names {len(self.rows)} versions, not one.", ref=str(ref))
            return row
        raise Absent(self.answer, "the complete list of its model has no row for it")


def ml_repo_id(ml_repo: str) -> Flow[str]:
    """Find the ML repo's id by its name."""
    answer = yield from call(Call(endpoint=list_ml_repos, arguments={"name": ml_repo}, largest=LIST_BODY))
    found = parsed(answer, MLRepoPage)
    named = [repo for repo in found.data if name_of_repo(repo) == ml_repo]
    total = getattr(found.pagination, "total", None)
    if not named and isinstance(total, int) and total > len(found.data):
        raise ReadFailed(answer, f"the list of ML repos shows only {len(found.data)} of {total}, without {ml_repo}")
    if not named:
        raise Absent(answer, f"no ML repo is named {ml_repo}")
    if len(named) > 1:
        raise ReadFailed(answer, f"{len(named)} ML repos are named {ml_repo}")
    return str(named[0].id)


def all_rows(ref: TrueFoundryReference, repo_id: str, *, only_version: str | None = None) -> Flow[Rows]:
    """Read every row of *ref*'s model, page by page; return those with its number or alias."""
    page = yield from page_of_rows(ref, repo_id, 0, only_version=only_version)
    rows, seen = _matching(page, ref, repo_id), {row.version.fqn for row in page.rows}
    while page.following is not None:
        if page.total > _MOST_ROWS:
            raise ReadFailed(page.answer, f"the list states {page.total:,} rows, and {_MOST_ROWS:,} are read at most")
        total = page.total
        page = yield from page_of_rows(ref, repo_id, page.following, only_version=only_version)
        require_next(page, seen, total)
        rows += _matching(page, ref, repo_id)
        seen.update(row.version.fqn for row in page.rows)
    return Rows(answer=page.answer, rows=tuple(rows))


def _matching(page: Rows, ref: TrueFoundryReference, repo_id: str) -> list[Row]:
    """Return the rows of *page* that *ref* names; every row of its model must be of its ML repo."""
    rows = list(page.of_model(ref))
    for row in rows:
        if row.version.ml_repo_id not in (repo_id, None, UNSET):
            raise ReadFailed(page.answer, f"a row of {ref.model} is of another ML repo, {row.version.ml_repo_id!r}")
    return [row for row in rows if ref.version == row.ref.version or ref.version in aliases_of(row.version)]


def page_of_rows(
    ref: TrueFoundryReference, repo_id: str, offset: int, *, only_version: str | None = None
) -> Flow[Rows]:
    """Read one page of rows, with the offset of the next page."""
    arguments: dict[str, object] = {"ml_repo_id": repo_id, "name": ref.name, "offset": offset, "limit": _PAGE}
    if only_version is not None and is_number(only_version):
        arguments["version"] = int(only_version)
    answer = yield from call(Call(endpoint=list_model_versions, arguments=arguments, largest=LIST_BODY))
    return _read_page(answer, offset)


def require_next(page: Rows, seen: Container[str | None], total: int) -> None:
    """Refuse a page that does not continue a list of *total* rows; *seen* holds the names read before.

    A server that repeats rows does not know pages. In a list that shrank, some rows moved up over the page's beginning
    and are in neither page.
    """
    if any(row.version.fqn in seen for row in page.rows):
        raise ReadFailed(page.answer, "the list repeats the same rows, so it may not be complete")
    if page.total < total:
        raise ReadFailed(
            page.answer, f"the list went from {total} rows to {page.total} while it was read; read it again"
        )


def rows_by_fqn(ref: TrueFoundryReference) -> Flow[Rows]:
    """Read the rows of *ref*'s FQN: there may be only one, and it must agree in every letter."""
    arguments: dict[str, object] = {"fqn": ref.fqn, "offset": 0, "limit": _PAGE}
    answer = yield from call(Call(endpoint=list_model_versions, arguments=arguments, largest=LIST_BODY))
    try:
        rows = _read_page(answer, 0)
    except ReadFailed as error:
        if not answer.is_documented:
            raise
        raise Refused(f"{ref} was looked up by its FQN, and {error.reason}.", ref=str(ref)) from None
    if rows.following is not None or any(
        row.version.fqn != ref.fqn or evolve(row.ref, tenant=ref.tenant) != ref for row in rows.rows
    ):
        raise Refused(f"{ref} was looked up by its FQN, and the answer is about something else.", ref=str(ref))
    return evolve(rows, rows=tuple(evolve(row, ref=ref) for row in rows.rows))


def _read_page(answer: Answer, offset: int) -> Rows:
    found = parsed(answer, ModelVersionPage)
    rows = tuple(Row(_reference_of(version, answer), version) for version in found.data)
    seen, total = offset + len(rows), getattr(found.pagination, "total", None)
    if not isinstance(total, int):
        raise ReadFailed(answer, "the list does not state its number of rows, so it may not be complete")
    if total < seen:
        raise ReadFailed(answer, f"the list shows {seen} rows and states {total}")
    if not rows and seen < total:
        raise ReadFailed(answer, f"the list ended after {seen} of {total} rows")
    return Rows(answer=answer, rows=rows, total=total, following=seen if seen < total else None)


def _reference_of(version: ModelVersion, answer: Answer) -> TrueFoundryReference:
    """Read the version of a row from its manifest; its FQN must agree."""
    manifest = version.manifest
    named = _FQN.fullmatch(version.fqn)
    tail = version.fqn.rpartition(":")[2]
    number = str(manifest.version) if isinstance(manifest.version, int) else tail
    # Older names have more parts; then only the last part is certain (`truefoundry` 0.17.5 against 0.3.4).
    agrees = named is None or named.groups() == (manifest.ml_repo, manifest.name)
    if not version.fqn.startswith("model:") or not agrees or tail != number or not _NUMBER.fullmatch(number):
        raise ReadFailed(answer, f"a row's manifest and its FQN {version.fqn!r} do not agree")
    return TrueFoundryReference(manifest.ml_repo, manifest.name, number)


def named_otherwise(body: JSON, ref: TrueFoundryReference) -> str:
    """Return the parts by which an answer names another version than *ref*; empty if there are none."""
    data = body.get("data", body) if isinstance(body, dict) else None
    manifest = data.get("manifest", data) if isinstance(data, dict) else None
    if not isinstance(manifest, dict):
        return ""
    asked: dict[str, JSON] = {"ml_repo": ref.ml_repo, "name": ref.name, "version": int(str(ref.version))}
    other = [f"{name} {manifest[name]!r}" for name in asked if manifest.get(name) not in (None, asked[name])]
    return ", ".join(other)


def aliases_of(version: ModelVersion) -> tuple[str, ...]:
    """Return the alias beside the manifest and the alias in it, as far as they exist and differ."""
    named = (version.version_alias, version.manifest.version_alias)
    return tuple(dict.fromkeys(alias for alias in named if isinstance(alias, str) and alias))


def version_of(row: Row) -> Version:
    """Return a row as a `Version`."""
    return Version(
        ref=str(row.ref),
        aliases=aliases_of(row.version),
        created_at=time_of(row.version.created_at),
        raw=row.version,
    )


def name_of_repo(repo: MLRepo) -> object:
    """Return the ML repo's name, which stands in its manifest or beside it."""
    name = getattr(repo.manifest, "name", None)
    return name if isinstance(name, str) else repo.name
