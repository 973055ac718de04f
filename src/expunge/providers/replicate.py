"""Replicate: a delete is accepted with a 202 and finishes minutes later.

Source: Replicate's page "Delete a model version", as transcribed in specs/replicate.yaml.
"""

import re
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from attrs import frozen

from expunge_clients.replicate.api.deployments import list_deployments
from expunge_clients.replicate.api.models import (
    delete_model_version,
    get_model,
    get_model_version,
    list_model_versions,
)
from expunge_clients.replicate.models import (
    DeploymentPage,
    DeploymentRelease,
    Model,
    ModelVersion,
    ModelVersionPage,
)

from .. import config
from .._answer import Answer
from .._flow import LIST_BODY, Call, Flow, call
from .._rules import rules_of
from ..config import Secret
from ..errors import Refused
from ..refs import Reference, check_part, invalid, shown, split_version
from ..types import ProviderName, Version
from ._adapter import Adapter, Capabilities, ModelsPage, Page, Verdict
from ._failed_reads import ReadFailed
from ._reads import Sighting, documented, parsed, sighting
from ._serving import Found, LiveState, nameable
from ._times import time_of

# To every endpoint except the creation of predictions: Replicate docs, "Rate limits".
_CALLS_PER_MINUTE = 3_000

# "Request was throttled. Your rate limit resets in ~30s.": Replicate docs, "Rate limits".
_RESETS_IN = re.compile(r"resets in ~?([0-9]{1,6})s")


@frozen
class ReplicateReference(Reference):
    """`replicate:OWNER/NAME@VERSION_ID`; without `@…` the model."""

    provider: ClassVar[ProviderName] = "replicate"

    owner: str
    name: str
    version: str | None = None

    @property
    def model(self) -> "ReplicateReference":
        """The reference to the model that this version belongs to."""
        return ReplicateReference(self.owner, self.name)

    def __str__(self) -> str:
        return f"replicate:{self.owner}/{self.name}" + ("" if self.version is None else f"@{self.version}")


class ReplicateAdapter(Adapter[ReplicateReference]):
    """Replicate's API: versions have content ids and no aliases."""

    name = "replicate"
    settings = config.Replicate
    calls_per_second = _CALLS_PER_MINUTE / 60
    capabilities = Capabilities(creation_times=True, live_state=True, proves_idle=True, asynchronous=True)
    model_form = "OWNER/NAME"
    model_lists = "models"
    serving_lists = "deployments"
    plain_version = re.compile("[0-9a-f]{64}")
    deletes_before_answering = False

    def authorization(self, secret: Secret) -> str:
        """Return a bearer token: the page also shows `Token`, which the vendor's newer packages no longer send."""
        return f"Bearer {secret.reveal()}"

    def parse(self, rest: str, text: str) -> ReplicateReference:
        """Read `OWNER/NAME@VERSION_ID` or `OWNER/NAME`."""
        model, version = split_version(rest)
        return self._build(model, version, text)

    def recognises(self, text: str) -> bool:
        """Return whether *text* is `OWNER/NAME:VERSION_ID`, as Replicate writes it."""
        return re.fullmatch(r"[^/:@]*/[^/:@]*:[^/:@]*", text) is not None

    def parse_native(self, text: str) -> ReplicateReference:
        """Read `OWNER/NAME:VERSION_ID`."""
        model, _, version = text.partition(":")
        return self._build(model, version, text)

    def _build(self, model: str, version: str | None, text: str) -> ReplicateReference:
        owner, slash, name = model.partition("/")
        if not slash:
            raise invalid(text, "name", "is missing; write OWNER/NAME")
        check_part(owner, part="owner", text=text)
        check_part(name, part="name", text=text)
        if version is not None:
            check_part(version, part="version", text=text)
            self.check_rule(
                version, part="version", text=text, operation="delete_model_version", parameter="version_id"
            )
        return ReplicateReference(owner, name, version)

    def _arguments(self, ref: ReplicateReference) -> dict[str, object]:
        return {"model_owner": ref.owner, "model_name": ref.name, "version_id": ref.version}

    def delete_call(self, ref: ReplicateReference, manifest: object) -> Call:
        """Return the request that asks Replicate to delete *ref*."""
        del manifest
        return Call(endpoint=delete_model_version, arguments=self._arguments(ref))

    def read_delete(self, ref: ReplicateReference, answer: Answer) -> Verdict:
        """Read an empty 202, or one with `{}`, as accepted: the page documents no other success."""
        body = answer.body if isinstance(answer.body, dict) else {}
        if body.get("id") not in (None, ref.version):
            return Verdict("other_resource", f"the answer names {body.get('id')!r}, not {ref.version}")
        return Verdict("accepted" if answer.is_empty or answer.body == {} else "uncertain")

    def look(self, ref: ReplicateReference) -> Flow[Sighting]:
        """Read the version by its id."""
        answer = yield from call(Call(endpoint=get_model_version, arguments=self._arguments(ref)))

        def read(answer: Answer) -> Version:
            version = parsed(answer, ModelVersion)
            if version.id != ref.version:
                raise ReadFailed(answer, "the answer is about another version")
            return self._version(ref, version)

        return sighting(answer, read)

    def find_serving(self, model: ReplicateReference, found: Found) -> Flow[None]:
        """Add the versions that the account's deployments release.

        Source: Replicate's HTTP API specification, `deployments.list`. Deployments of other accounts do not show.
        """
        del model  # the list is the account's
        places: set[str | None] = {None}
        following: str | None = None
        while True:
            arguments: dict[str, object] = {} if following is None else {"cursor": following}
            answer = yield from call(Call(endpoint=list_deployments, arguments=arguments, largest=LIST_BODY))
            page = parsed(documented(answer), DeploymentPage)
            if not isinstance(answer.body, dict) or "next" not in answer.body:
                raise ReadFailed(answer, "the list does not say whether there are more pages")
            for deployment in page.results:
                release = deployment.current_release
                if isinstance(release, DeploymentRelease):
                    found.add(_released(release, answer))
                elif release is not None:
                    raise ReadFailed(answer, f"deployment {deployment.name!r} has an unreadable release")
            following = _cursor(page.next_, answer)
            if following is None:
                return
            if following in places:
                raise ReadFailed(answer, "the list leads in a circle")
            places.add(following)

    def objections(self, ref: ReplicateReference, version: Version, state: LiveState) -> Flow[tuple[str, ...]]:
        """Refuse a version of a public model: Replicate deletes only from private ones."""
        live = yield from super().objections(ref, version, state)
        arguments = {"model_owner": ref.owner, "model_name": ref.name}
        answer = yield from call(Call(endpoint=get_model, arguments=arguments))
        if not answer.is_documented:
            return (*live, f"whether its model is public could not be read ({answer.describe()})")
        if parsed(answer, Model).visibility == "public":
            raise Refused(f"{ref} is in a public model, and Replicate deletes only from private ones.", ref=str(ref))
        return live

    def name_pattern(self, part: str) -> str | None:
        """Return the pattern of a version's id; nothing restricts the names of models."""
        rules = rules_of(self.name)
        schema = rules.operations["delete_model_version"].parameters["version_id"]
        return rules.pattern_of(schema) if part == "version" else None

    def check_scope(self, scope: str | None, text: str) -> None:
        """Refuse: the one list of models has the public ones of everybody (specification, `models.list`)."""
        del scope
        raise Refused(
            f"{text} cannot be listed: nothing that Replicate documents lists the private models of an account. "
            "Name each model: replicate:OWNER/NAME.",
            ref=text,
        )

    def models_page(self, scope: str | None, following: object) -> Flow[ModelsPage]:
        """Refuse again: an empty list would look as if there were no models."""
        del following
        self.check_scope(scope, self.name if scope is None else f"{self.name}:{scope}")
        yield from ()
        return ModelsPage(())

    def probe(self, scope: str | None) -> Call:
        """Return the read of the account's deployments."""
        del scope
        return Call(endpoint=list_deployments, arguments={}, largest=LIST_BODY)

    def page(self, model: ReplicateReference, following: object) -> Flow[Page]:
        """Read one page of versions, newest first; *following* is the cursor that `next` names."""
        arguments: dict[str, object] = {"model_owner": model.owner, "model_name": model.name}
        if following is not None:
            arguments["cursor"] = following
        answer = yield from call(Call(endpoint=list_model_versions, arguments=arguments, largest=LIST_BODY))
        found = parsed(documented(answer), ModelVersionPage)
        if not isinstance(answer.body, dict) or "next" not in answer.body:
            raise ReadFailed(answer, "the list does not say whether there are more pages")
        versions = tuple(self._version(model, version) for version in found.results)
        return Page(versions, _cursor(found.next_, answer))

    def _version(self, ref: ReplicateReference, version: ModelVersion) -> Version:
        return Version(
            ref=str(ReplicateReference(ref.owner, ref.name, version.id)),
            created_at=time_of(version.created_at),
            raw=version,
        )

    def retry_after(self, answer: Answer) -> float | None:
        """Find the wait in Replicate's sentence."""
        found = _RESETS_IN.search(answer.words)
        return float(found.group(1)) if found else None


def _released(release: DeploymentRelease, answer: Answer) -> ReplicateReference:
    """Return the version that *release* names."""
    owner, slash, name = release.model.partition("/")
    if not (owner and slash and name and release.version):
        raise ReadFailed(answer, f"a release of {shown(release.model)} does not name a version")
    return nameable(ReplicateReference(owner, name, release.version.lower()), answer)


def _cursor(following: object, answer: Answer) -> str | None:
    """Take the cursor out of `next`, which must lead to the same list at the same origin.

    The provider chooses the URL in `next`: followed blindly, it could take the token to any host.
    """
    if not isinstance(following, str):
        return None
    try:
        here, there = urlsplit(answer.url), urlsplit(following)
    except ValueError:
        raise ReadFailed(answer, f"the next page has an invalid address: {shown(following)}") from None
    query = parse_qs(there.query, keep_blank_values=True)
    # Only the cursor is taken. The specification's example of `next` is http, for a host that serves https.
    is_same = (here.netloc, here.path) == (there.netloc, there.path) and there.scheme in {here.scheme, "http"}
    if not is_same or there.fragment:
        raise ReadFailed(answer, f"the next page is at another address, which is not followed: {shown(following)}")
    if list(query) != ["cursor"] or len(query["cursor"]) != 1 or not query["cursor"][0]:
        raise ReadFailed(answer, f"the next page does not have exactly one cursor: {shown(following)}")
    return query["cursor"][0]


ADAPTER = ReplicateAdapter()
