"""TrueFoundry: versions are deleted by POST of a manifest, on the path where PUT creates them.

Source: TrueFoundry's pages "Delete model version" and the create-or-update call; reads from `truefoundry-sdk` 0.6.0.
"""

import re
from collections.abc import Mapping

from attrs import frozen

from expunge_clients.truefoundry.api.ml_repos import list_ml_repos
from expunge_clients.truefoundry.api.models import delete_model_version
from expunge_clients.truefoundry.models import DeleteModelRequest, ModelVersion

from ... import config
from ..._answer import Answer
from ..._flow import LIST_BODY, Call, Flow
from ..._json import JSON
from ...config import Secret
from ...refs import is_number
from ...types import Version
from .._adapter import Adapter, Capabilities, ModelsPage, Page, Verdict
from .._failed_reads import Absent, ReadFailed
from .._reads import Sighting
from .._serving import Found
from .applications import find_downloaded
from .manifest import apply, check_names, delete_manifest
from .models import models_page, require_model
from .reference import TrueFoundryReference, check_ml_repo, field_pattern, parse, parse_fqn
from .versions_and_aliases import (
    all_rows,
    ml_repo_id,
    named_otherwise,
    page_of_rows,
    require_next,
    rows_by_fqn,
    version_of,
)

__all__ = ["ADAPTER", "TrueFoundryAdapter", "TrueFoundryReference"]


@frozen
class _Place:
    """The place at which the next page of a list begins."""

    repo_id: str
    offset: int
    first: str | None = None
    """Name of the previous page's first row: a server that repeats it does not know pages."""
    total: int = 0
    """Number of rows before: if some are gone since, others have moved up and would be skipped."""


class TrueFoundryAdapter(Adapter[TrueFoundryReference]):
    """TrueFoundry's model registry."""

    name = "truefoundry"
    settings = config.TrueFoundry
    # An application whose code loads a version by itself does not name it, so absence proves nothing.
    capabilities = Capabilities(aliases=True, creation_times=True, live_state=True, manifests=True)
    model_form = "ML_REPO/NAME"
    model_lists = "ML repos and models"
    serving_lists = "applications"
    plain_version = re.compile("[1-9][0-9]{0,17}")
    # The delete is a POST to the collection that also takes a PUT as an upsert.
    reads_between_deletes = True

    def authorization(self, secret: Secret) -> str:
        """Return a bearer token: the pages' `jwt`, which is opaque to us."""
        return f"Bearer {secret.reveal()}"

    def parse(self, rest: str, text: str) -> TrueFoundryReference:
        """Read `ML_REPO/NAME@VERSION`, `ML_REPO/NAME`, or an FQN."""
        return parse_fqn(rest, text) if self.recognises(rest) else parse(rest, text)

    def recognises(self, text: str) -> bool:
        """Return whether *text* begins like the fully qualified name of a model version."""
        return text.startswith("model:")

    def parse_native(self, text: str) -> TrueFoundryReference:
        """Read the FQN `model:TENANT/ML_REPO/NAME:VERSION`."""
        return parse_fqn(text, text)

    def needs_resolving(self, ref: TrueFoundryReference) -> bool:
        """Return whether *ref* has an alias, or a tenant that only a read can confirm."""
        return ref.tenant is not None or (ref.version is not None and not is_number(ref.version))

    def resolve(self, ref: TrueFoundryReference) -> Flow[TrueFoundryReference]:
        """Find the row that an alias or an FQN names; two rows, or a row that disagrees, are refused."""
        if ref.tenant is not None:
            rows = yield from rows_by_fqn(ref)
            return rows.only(ref).ref
        repo_id = yield from ml_repo_id(ref.ml_repo)
        rows = yield from all_rows(ref, repo_id)
        return rows.with_alias(str(ref.version)).only(ref).ref

    def check_manifest(self, ref: TrueFoundryReference, manifest: Mapping[str, JSON]) -> None:
        """Refuse a manifest that breaks the schema, or has another repo, name or version than the reference."""
        check_names(manifest, ref, has_number=ref.version is not None and is_number(ref.version))

    def delete_call(self, ref: TrueFoundryReference, manifest: Mapping[str, JSON] | None) -> Call:
        """Return the request that deletes *ref*, with *manifest* or with the smallest valid one."""
        chosen = delete_manifest(ref) if manifest is None else dict(manifest)
        return Call(
            endpoint=delete_model_version,
            arguments={"body": DeleteModelRequest.from_dict({"manifest": chosen})},
        )

    def read_delete(self, ref: TrueFoundryReference, answer: Answer) -> Verdict:
        """Read `{}` as the documented success; any other 200 is settled by a read."""
        if named := named_otherwise(answer.body, ref):
            return Verdict("other_resource", f"the answer names {named}, not {ref}")
        return Verdict("deleted" if answer.body == {} else "uncertain")

    def look(self, ref: TrueFoundryReference) -> Flow[Sighting]:
        """Find the version in its ML repo's list; it is gone if the repo is found and the list has no such row."""
        try:
            repo_id = yield from ml_repo_id(ref.ml_repo)
        except ReadFailed as error:
            # A missing repo does not prove that the version is gone: it may be renamed, or hidden from us.
            return Sighting(presence="unreadable", answer=error.answer, reason=error.reason)
        try:
            if ref.tenant is None:
                rows = yield from all_rows(ref, repo_id, only_version=ref.version)
                rows = rows.with_number(str(ref.version))
            else:
                rows = yield from rows_by_fqn(ref)
            return Sighting(presence="there", answer=rows.answer, version=version_of(rows.only(ref)))
        except Absent as error:
            if error.answer.is_documented:
                return Sighting(presence="gone", answer=error.answer, reason=error.reason)
            return Sighting(presence="unreadable", answer=error.answer, reason=error.reason)
        except ReadFailed as error:
            return Sighting(presence="unreadable", answer=error.answer, reason=error.reason)

    def identity(self, version: Version) -> str | None:
        """Return the FQN, which holds the tenant, and the row's id: a free number may be used again."""
        row = version.raw
        return f"{row.fqn} ({row.id})" if isinstance(row, ModelVersion) else None

    def name_pattern(self, part: str) -> str | None:
        """Return the pattern of an ML repo's or a model's name; an alias in a list may have any form."""
        return field_pattern(part.lower()) if part in self.model_form.split("/") else None

    def check_scope(self, scope: str | None, text: str) -> None:
        """Check the name of an ML repo."""
        if scope is not None:
            check_ml_repo(scope, text)

    def models_page(self, scope: str | None, following: object) -> Flow[ModelsPage]:
        """Read one page of an ML repo's models."""
        return models_page(scope, following)

    def probe(self, scope: str | None) -> Call:
        """Return the read of one ML repo: of *scope*, or of any."""
        named: dict[str, object] = {} if scope is None else {"name": scope}
        return Call(endpoint=list_ml_repos, arguments={**named, "offset": 0, "limit": 1}, largest=LIST_BODY)

    def beginning_scope(self, model: TrueFoundryReference) -> str:
        """Return the ML repo, whose id a list of versions needs."""
        return f"{self.name}:{model.ml_repo}"

    def beginning(self, model: TrueFoundryReference) -> Flow[_Place]:
        """Find the ML repo's id by its name."""
        return _Place((yield from ml_repo_id(model.ml_repo)), 0)

    def page(self, model: TrueFoundryReference, following: object) -> Flow[Page]:
        """Read one page of versions, newest first; *following* is the end of an earlier page."""
        place = following if isinstance(following, _Place) else (yield from self.beginning(model))
        rows = yield from page_of_rows(model, place.repo_id, place.offset)
        require_next(rows, (place.first,), place.total)
        versions = tuple(version_of(row) for row in rows.of_model(model))
        following = None
        if place.offset == 0 and not rows.rows:
            # The list is a search, and finds nothing in a model that is not there.
            yield from require_model(model, place.repo_id)
        if rows.following is not None:
            following = _Place(place.repo_id, rows.following, rows.rows[0].version.fqn, rows.total)
        return Page(versions, following)

    def find_serving(self, model: TrueFoundryReference, found: Found) -> Flow[None]:
        """Add the versions that the manifests of applications download."""
        del model
        return find_downloaded(found)

    def apply(self, manifest: Mapping[str, JSON]) -> Flow[Version]:
        """Create or update the version that *manifest* describes, by one PUT that is never repeated."""
        return apply(manifest)


ADAPTER = TrueFoundryAdapter()
