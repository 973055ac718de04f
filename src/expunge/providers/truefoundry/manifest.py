"""TrueFoundry's manifests: checked against the spec before they are sent, and never filled in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from expunge_clients.truefoundry.api.models import apply_model_version
from expunge_clients.truefoundry.models import ApplyModelRequest, ModelVersionResponse

from ..._answer import Answer
from ..._error_of_answer import error_for
from ..._flow import Call, Flow, call
from ..._json import JSON
from ..._rules import rules_of
from ..._text import one_line
from ..._waits import asked_wait
from ...errors import Refused, Unconfirmed, ValidationError
from ...types import Version
from .._failed_reads import Absent, ReadFailed
from .._reads import parsed
from .reference import TrueFoundryReference
from .versions_and_aliases import Row, all_rows, ml_repo_id, version_of

_SAID_NO = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429})
"""Answers to a PUT that are known to have had no effect."""


def delete_manifest(ref: TrueFoundryReference) -> dict[str, JSON]:
    """Return the smallest valid manifest for *ref*: `metadata` and `source` are required, but identify nothing."""
    return {
        "name": ref.name,
        "ml_repo": ref.ml_repo,
        "version": int(str(ref.version)),
        "type": "model-version",
        "metadata": {},
        "source": {"type": "truefoundry"},
    }


def check(manifest: Mapping[str, JSON], *, ref: str | None = None) -> None:
    """Check *manifest* against the spec's schema.

    Raises:
        ValidationError: It breaks the schema; the message has a line for each wrong field, with its rule.
    """
    rules = rules_of("truefoundry")
    found = list(rules.violations(dict(manifest), rules.schemas["ModelManifest"]))
    if found:
        lines = "".join(f"\n  {violation}" for violation in found)
        raise ValidationError(f"The manifest is not valid, and nothing was sent:{lines}", ref=ref)


def check_names(manifest: Mapping[str, JSON], ref: TrueFoundryReference, *, has_number: bool) -> None:
    """Check *manifest* against the schema, and against the reference to delete.

    Raises:
        ValidationError: It breaks the schema, or does not name *ref*. Without a version it would name the model.
    """
    check(manifest, ref=str(ref))
    expected: dict[str, JSON] = {"ml_repo": ref.ml_repo, "name": ref.name}
    if has_number:
        expected["version"] = int(str(ref.version))
    wrong = [f"{name} must be {value}" for name, value in expected.items() if manifest.get(name) != value]
    if "version" not in manifest:
        wrong = [line for line in wrong if not line.startswith("version ")]
        wrong.append("version is missing; without it the request would name the complete model")
    if wrong:
        lines = "".join(f"\n  {line}" for line in wrong)
        raise ValidationError(f"The manifest does not name {ref}, and nothing was sent:{lines}", ref=str(ref))


def apply(manifest: Mapping[str, JSON]) -> Flow[Version]:
    """Create or update the version that *manifest* describes.

    The PUT is sent once. If its outcome is uncertain, a read settles it; that needs a `version` in the manifest.
    """
    check(manifest)
    version = manifest.get("version")
    number = str(version) if isinstance(version, int) else None
    ref = TrueFoundryReference(str(manifest["ml_repo"]), str(manifest["name"]), number)
    body = ApplyModelRequest.from_dict({"manifest": dict(manifest)})
    answer = yield from call(Call(endpoint=apply_model_version, arguments={"body": body}))
    if answer.is_documented:
        return _applied(ref, answer)
    is_no = answer.http_status in _SAID_NO and (answer.http_status != HTTPStatus.NOT_FOUND or answer.says_not_found)
    if not answer.was_sent or is_no:
        raise error_for(
            answer,
            f"{ref} was not applied: {answer.describe()}.",
            ref=str(ref),
            retry_after=asked_wait(answer, datetime.now(UTC)),
        )
    return (yield from _settled(ref, manifest, answer))


def _applied(ref: TrueFoundryReference, answer: Answer) -> Version:
    """Read the version in the answer; it must be the applied one."""
    version = parsed(answer, ModelVersionResponse).data
    named = version.manifest
    number = named.version if isinstance(named.version, int) else version.fqn.rpartition(":")[2]
    found = TrueFoundryReference(named.ml_repo, named.name, str(number))
    asked = TrueFoundryReference(ref.ml_repo, ref.name, ref.version or found.version)
    if found != asked:
        raise Unconfirmed(
            f"{ref} was applied, but the answer is about {one_line(str(found))}. "
            f"Check the current state: expunge show {ref}",
            ref=str(ref),
            http_status=answer.http_status,
            request_id=answer.request_id,
        )
    return version_of(Row(found, version))


def _settled(ref: TrueFoundryReference, manifest: Mapping[str, JSON], answer: Answer) -> Flow[Version]:
    """Settle a PUT of uncertain outcome: a version with equal content means success."""
    reason = "without a version in the manifest, no read can settle it"
    if ref.version is not None:
        try:
            repo_id = yield from ml_repo_id(ref.ml_repo)
            rows = yield from all_rows(ref, repo_id, only_version=ref.version)
            row = rows.with_number(ref.version).only(ref)
            stored = row.version.manifest.to_dict()
            if all(stored.get(name) == value for name, value in manifest.items()):
                return version_of(row)
            reason = "a read found it with other content"
        except (ReadFailed, Refused) as error:
            reason = f"reading it back: {error}" if not isinstance(error, Absent) else "a read did not find it"
    raise Unconfirmed(
        f"{ref} may have been applied: {answer.describe()}; {reason}. It was not sent again.",
        ref=str(ref),
        http_status=answer.http_status,
        request_id=answer.request_id,
    )
