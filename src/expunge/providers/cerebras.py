"""Cerebras: versions have numbers and aliases, and a delete may answer in two ways.

Source: Cerebras' page "Delete model version", whose example and schema contradict each other, and its pages on
retrieving versions and endpoints.
"""

import re
from typing import ClassVar

from attrs import frozen

from expunge_clients.cerebras.api.endpoints import get_endpoint, list_endpoints
from expunge_clients.cerebras.api.model_architectures import list_model_architectures
from expunge_clients.cerebras.api.model_versions import (
    delete_model_version,
    get_model_version,
    list_model_versions,
)
from expunge_clients.cerebras.models import (
    Endpoint,
    EndpointList,
    ModelArchitectureList,
    ModelVersionDetails,
    ModelVersionList,
    ModelVersionStatus,
)

from .. import config
from .._answer import Answer
from .._flow import LIST_BODY, Call, Flow, call
from ..config import Secret
from ..errors import Refused
from ..refs import Reference, check_number, check_part, invalid, is_number, shown, split_version
from ..types import Model, ProviderName, Version
from ._adapter import Adapter, Capabilities, ModelsPage, Page, Verdict
from ._complete_lists import require_complete
from ._failed_reads import ReadFailed
from ._reads import Sighting, documented, parsed, sighting
from ._serving import Found, nameable

_NATIVE = re.compile(r"orgs/([^/]*)/models/([^/]*)/versions/([^/]*)")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_MOST_ENDPOINTS = 200
_NOBODY = "expunge-doctor"
"""An organisation for a read; only the status of its answer matters."""


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
    capabilities = Capabilities(aliases=True, live_state=True, proves_idle=True)
    model_form = "ORG/MODEL_ARCH"
    model_lists = "model architectures"
    serving_lists = "endpoints"
    plain_version = re.compile("[1-9][0-9]{0,17}")

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

    def check_scope(self, scope: str | None, text: str) -> None:
        """Refuse to list the models of all organisations: nothing lists organisations."""
        if scope is None:
            raise Refused(
                f"{text} cannot be listed: Cerebras lists the models of one organisation, and nothing lists "
                "organisations. Name yours, such as cerebras:ORG.",
                ref=text,
            )
        check_part(scope, part="organisation", text=text)

    def models_page(self, scope: str | None, following: object) -> Flow[ModelsPage]:
        """Read all architectures of the organisation *scope*: the list has no pages."""
        del following
        organisation = scope or ""
        arguments: dict[str, object] = {"org_name": organisation}
        answer = yield from call(Call(endpoint=list_model_architectures, arguments=arguments, largest=LIST_BODY))
        found = parsed(documented(answer), ModelArchitectureList)
        require_complete(answer)
        return ModelsPage(
            tuple(Model(ref=str(CerebrasReference(organisation, name)), raw=name) for name in found.model_architectures)
        )

    def probe(self, scope: str | None) -> Call:
        """Return the read of an organisation's architectures.

        Nothing can be read without an organisation. A name that nobody has still shows a rejected credential.
        """
        arguments: dict[str, object] = {"org_name": scope or _NOBODY}
        return Call(endpoint=list_model_architectures, arguments=arguments, largest=LIST_BODY)

    def page(self, model: CerebrasReference, following: object) -> Flow[Page]:
        """Read all versions: the list has no pages."""
        del following
        arguments: dict[str, object] = {"org_name": model.organisation, "model_arch_id": model.architecture}
        answer = yield from call(Call(endpoint=list_model_versions, arguments=arguments, largest=LIST_BODY))
        found = parsed(documented(answer), ModelVersionList)
        require_complete(answer)
        return Page(tuple(_version(self._named(model, row, answer), row) for row in found.model_versions))

    def serving_scope(self, model: CerebrasReference) -> str:
        """Return the organisation, whose endpoints are listed."""
        return model.organisation

    def find_serving(self, model: CerebrasReference, found: Found) -> Flow[None]:
        """Add the versions that the organisation's endpoints have deployed, or are rolling out.

        The list of endpoints does not show deployments, so each endpoint is read. The state of a deployment is not
        looked at: one that has begun and is not complete serves, or will serve.
        """
        arguments: dict[str, object] = {"org_name": model.organisation}
        answer = yield from call(Call(endpoint=list_endpoints, arguments=arguments, largest=LIST_BODY))
        endpoints = parsed(documented(answer), EndpointList).endpoints
        if len(endpoints) > _MOST_ENDPOINTS:
            raise ReadFailed(answer, f"there are {len(endpoints)} of them, and at most {_MOST_ENDPOINTS} are read")
        for row in endpoints:
            answered = yield from call(Call(endpoint=get_endpoint, arguments={"endpoint_id": row.endpoint_id}))
            try:
                endpoint = parsed(documented(answered), Endpoint)
            except ReadFailed as error:
                # An endpoint that has gone since may have had a successor since: the list is not complete.
                raise ReadFailed(error.answer, f"endpoint {row.endpoint_id!r}: {error.reason}") from None
            for deployed in endpoint.deployed_models or ():
                _note(deployed.model, found, answered)
        require_complete(answer)

    def _named(self, ref: CerebrasReference, version: ModelVersionStatus, answer: Answer) -> CerebrasReference:
        """Read the version's own name, which must belong to the requested model."""
        found = _NATIVE.fullmatch(version.name)
        if found:
            organisation, architecture, number = found.groups()
            same = (organisation, architecture) == (ref.organisation, ref.architecture)
            if same and _NUMBER.fullmatch(number):
                return CerebrasReference(organisation, architecture, number)
        raise ReadFailed(answer, f"the answer names {version.name!r}, which is not a version of {ref.model}")


def _note(name: str, found: Found, answer: Answer) -> None:
    """Note the version that an endpoint names as deployed."""
    named = _NATIVE.fullmatch(name)
    if not named:
        raise ReadFailed(answer, f"{shown(name)} is deployed, which does not name a version")
    organisation, architecture, version = named.groups()
    model = nameable(CerebrasReference(organisation, architecture), answer)
    if _NUMBER.fullmatch(version):
        found.add(CerebrasReference(organisation, architecture, version))
    else:
        # The deploy call also takes an alias, which may have moved since.
        found.doubt(model)


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
