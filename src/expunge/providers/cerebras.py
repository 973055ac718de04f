"""Cerebras: versions have numbers and aliases, and a delete may answer in two ways.

Source: Cerebras' page "Delete model version", whose example and schema contradict each other, and its pages on
retrieving versions and endpoints.
"""

import re
from typing import ClassVar

from attrs import evolve, frozen

from expunge_clients.cerebras.api.endpoints import get_endpoint, list_endpoints
from expunge_clients.cerebras.api.model_versions import (
    delete_model_version,
    get_model_version,
    list_model_versions,
)
from expunge_clients.cerebras.models import (
    Endpoint,
    EndpointList,
    ModelVersionDetails,
    ModelVersionList,
    ModelVersionStatus,
)

from .. import config
from .._answer import Answer
from .._flow import LIST_BODY, Call, Flow, call
from ..config import Secret
from ..refs import Reference, check_number, check_part, invalid, is_number, split_version
from ..types import ProviderName, Version
from ._adapter import (
    Adapter,
    Capabilities,
    Page,
    ReadFailed,
    Sighting,
    Verdict,
    documented,
    parsed,
    require_complete,
    sighting,
)

_NATIVE = re.compile(r"orgs/([^/]*)/models/([^/]*)/versions/([^/]*)")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_MOST_ENDPOINTS = 200


@frozen
class CerebrasReference(Reference):
    """`cerebras:ORG/MODEL_ARCH@VERSION`; without `@…` the model."""

    provider: ClassVar[ProviderName] = "cerebras"

    organisation: str
    architecture: str
    version: str | None = None

    @property
    def model(self) -> "CerebrasReference":
        """The reference to the model that this version belongs to."""
        return CerebrasReference(self.organisation, self.architecture)

    @property
    def resource_name(self) -> str:
        """The name by which Cerebras' answers call it."""
        return f"orgs/{self.organisation}/models/{self.architecture}/versions/{self.version}"

    def __str__(self) -> str:
        model = f"cerebras:{self.organisation}/{self.architecture}"
        return model if self.version is None else f"{model}@{self.version}"


class CerebrasAdapter(Adapter[CerebrasReference]):
    """Cerebras' management API."""

    name = "cerebras"
    settings = config.Cerebras
    capabilities = Capabilities(aliases=True, live_state=True)

    def authorization(self, secret: Secret) -> str:
        """Return a bearer token, as the page shows it."""
        return f"Bearer {secret.reveal()}"

    def parse(self, rest: str, text: str) -> CerebrasReference:
        """Read `ORG/MODEL_ARCH@VERSION` or `ORG/MODEL_ARCH`."""
        model, version = split_version(rest)
        organisation, slash, architecture = model.partition("/")
        if not slash:
            raise invalid(text, "model", "is missing; write ORG/MODEL_ARCH")
        return self._build(organisation, architecture, version, text)

    def recognises(self, text: str) -> bool:
        """Return whether *text* begins like a resource name."""
        return text.startswith("orgs/")

    def parse_native(self, text: str) -> CerebrasReference:
        """Read the resource name `orgs/ORG/models/ARCH/versions/V`."""
        found = _NATIVE.fullmatch(text)
        if not found:
            raise invalid(text, "resource name", "is not of the form orgs/ORG/models/ARCH/versions/V")
        organisation, architecture, version = found.groups()
        return self._build(organisation, architecture, version, text)

    def _build(self, organisation: str, architecture: str, version: str | None, text: str) -> CerebrasReference:
        check_part(organisation, part="organisation", text=text)
        check_part(architecture, part="model", text=text)
        if version is not None:
            check_part(version, part="version", text=text)
            if is_number(version):
                check_number(version, text=text)
            self.check_rule(
                version, part="version", text=text, operation="delete_model_version", parameter="version_id"
            )
        return CerebrasReference(organisation, architecture, version)

    def _arguments(self, ref: CerebrasReference) -> dict[str, object]:
        return {"org_name": ref.organisation, "model_arch_id": ref.architecture, "version_id": ref.version}

    def needs_resolving(self, ref: CerebrasReference) -> bool:
        """Return whether the version is an alias: it begins with a letter, unlike a number."""
        return ref.version is not None and not is_number(ref.version)

    def resolve(self, ref: CerebrasReference) -> Flow[CerebrasReference]:
        """Read the version by its alias and take the number from its name."""
        answer = yield from call(Call(endpoint=get_model_version, arguments=self._arguments(ref)))
        version = parsed(documented(answer), ModelVersionStatus)
        found = self._named(ref, version, answer)
        details = version.response
        aliases = details.version_aliases if isinstance(details, ModelVersionDetails) else None
        if isinstance(aliases, list) and ref.version not in aliases:
            # A version that merely answered to the name may be another one.
            raise ReadFailed(answer, f"the version that answered, {found.version}, does not carry that alias")
        return found

    def knows_aliases(self, version: Version) -> bool:
        """Return whether the answer listed aliases at all (an empty list counts)."""
        details = version.raw.response if isinstance(version.raw, ModelVersionStatus) else None
        return isinstance(details, ModelVersionDetails) and isinstance(details.version_aliases, list)

    def delete_call(self, ref: CerebrasReference, manifest: object) -> Call:
        """Return the request that deletes *ref*."""
        del manifest
        return Call(endpoint=delete_model_version, arguments=self._arguments(ref))

    def read_delete(self, ref: CerebrasReference, answer: Answer) -> Verdict:
        """Read `{name, deleted}`, the page's example, or `{message}`, its schema."""
        body = answer.body if isinstance(answer.body, dict) else {}
        name, was_deleted = body.get("name"), body.get("deleted")
        if name is not None and name != ref.resource_name:
            return Verdict("other_resource", f"the answer names {str(name)!r}, not {ref.resource_name}")
        if name is not None and was_deleted is True:
            return Verdict("deleted")
        if name is None and was_deleted is None and isinstance(body.get("message"), str):
            return Verdict("acknowledged")
        return Verdict("uncertain")

    def look(self, ref: CerebrasReference) -> Flow[Sighting]:
        """Read the version by its number or alias."""
        answer = yield from call(Call(endpoint=get_model_version, arguments=self._arguments(ref)))

        def read(answer: Answer) -> Version:
            version = parsed(answer, ModelVersionStatus)
            found = self._named(ref, version, answer)
            if not self.needs_resolving(ref) and found != ref:
                raise ReadFailed(answer, f"the answer is about another version, {found.version}")
            return _version(found, version)

        return sighting(answer, read)

    def describe(self, ref: CerebrasReference, version: Version) -> Flow[Version]:
        """Set whether *version* is deployed on one of the organisation's endpoints."""
        live = yield from self._live(ref)
        return evolve(version, is_live=None if live is None else version.ref in live)

    def page(self, model: CerebrasReference, following: object) -> Flow[Page]:
        """Read all versions: the list has no pages."""
        del following
        arguments: dict[str, object] = {"org_name": model.organisation, "model_arch_id": model.architecture}
        answer = yield from call(Call(endpoint=list_model_versions, arguments=arguments, largest=LIST_BODY))
        found = parsed(documented(answer), ModelVersionList)
        require_complete(answer)
        versions = [_version(self._named(model, row, answer), row) for row in found.model_versions]
        live = yield from self._live(model)
        return Page(
            tuple(evolve(version, is_live=None if live is None else version.ref in live) for version in versions)
        )

    def _live(self, ref: CerebrasReference) -> Flow[frozenset[str] | None]:
        """Find the versions of *ref*'s model that endpoints have deployed; None if that cannot be read completely.

        The endpoint list does not show deployments, so each endpoint of the organisation is read.
        """
        arguments: dict[str, object] = {"org_name": ref.organisation}
        answer = yield from call(Call(endpoint=list_endpoints, arguments=arguments, largest=LIST_BODY))
        try:
            endpoints = parsed(documented(answer), EndpointList).endpoints
            require_complete(answer)
        except ReadFailed:
            return None
        live: set[str] = set()
        if len(endpoints) > _MOST_ENDPOINTS:
            return None
        for row in endpoints:
            endpoint = yield from call(Call(endpoint=get_endpoint, arguments={"endpoint_id": row.endpoint_id}))
            if not endpoint.is_documented:
                return None
            for deployed in parsed(endpoint, Endpoint).deployed_models or []:
                version = _deployed(deployed.model, ref)
                if version is None:
                    return None
                live.add(version)
        return frozenset(live)

    def _named(self, ref: CerebrasReference, version: ModelVersionStatus, answer: Answer) -> CerebrasReference:
        """Read the version's own name, which must belong to the requested model."""
        found = _NATIVE.fullmatch(version.name)
        if found:
            organisation, architecture, number = found.groups()
            same = (organisation, architecture) == (ref.organisation, ref.architecture)
            if same and _NUMBER.fullmatch(number):
                return CerebrasReference(organisation, architecture, number)
        raise ReadFailed(answer, f"the answer names {version.name!r}, which is not a version of {ref.model}")


def _deployed(name: str, ref: CerebrasReference) -> str | None:
    """Read the version that an endpoint names as deployed; None if it may or may not be of *ref*'s model.

    A name of another model is returned as it is: it cannot be a version of this one.
    """
    found = _NATIVE.fullmatch(name)
    if not found:
        return None
    organisation, architecture, version = found.groups()
    asked, named = (ref.organisation, ref.architecture), (organisation, architecture)
    if named != asked:
        # Names that differ only in case may be the same model.
        is_other = [part.casefold() for part in named] != [part.casefold() for part in asked]
        return name if is_other else None
    # The deploy call also takes an alias, which may have moved since.
    return str(CerebrasReference(organisation, architecture, version)) if _NUMBER.fullmatch(version) else None


def _aliases(version: ModelVersionStatus) -> tuple[str, ...]:
    details = version.response
    aliases = details.version_aliases if isinstance(details, ModelVersionDetails) else None
    return tuple(aliases) if isinstance(aliases, list) else ()


def _version(ref: CerebrasReference, version: ModelVersionStatus) -> Version:
    details = version.response
    status = details.sync_status if isinstance(details, ModelVersionDetails) else None
    return Version(
        ref=str(ref),
        aliases=_aliases(version),
        status=status if isinstance(status, str) else None,
        raw=version,
    )


ADAPTER = CerebrasAdapter()
