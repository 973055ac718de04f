"""Baseten: versions are called deployments, and one documented operation deletes a complete model.

Source: Baseten's page "Delete models"; the deployment's delete, get and list from basetenlabs/baseten-go,
`internal/tools/apigen/specs/management.json`, and `baseten` 0.13.1.
"""

import re
from typing import ClassVar, cast

from attrs import frozen

from expunge_clients.baseten.api.deployments import delete_deployment, get_deployment, list_deployments
from expunge_clients.baseten.api.environments import list_environments
from expunge_clients.baseten.api.models import delete_model, get_model, list_models
from expunge_clients.baseten.models import DeploymentsV1, DeploymentV1, EnvironmentsV1, ModelsV1, ModelV1
from expunge_clients.baseten.types import UNSET

from .. import config
from .._answer import Answer
from .._flow import LIST_BODY, Call, Flow, call
from ..config import Secret
from ..errors import Refused
from ..refs import Reference, check_part, invalid, split_version
from ..types import Model, ProviderName, Version
from ._adapter import Adapter, Capabilities, ModelsPage, Page, Verdict
from ._complete_lists import require_complete
from ._failed_reads import ReadFailed
from ._reads import Sighting, documented, parsed, sighting
from ._serving import Found, LiveState, Serving, nameable, read_serving
from ._times import time_of

_LONGEST_WAIT = 1e9
"""Longest wait, in seconds, that is taken seriously."""

# Shortcuts that a GET takes in place of an id; a delete must name the deployment itself.
_NO_IDS = frozenset({"production", "development"})


@frozen
class BasetenReference(Reference):
    """`baseten:MODEL_ID@DEPLOYMENT_ID`; without `@…` the complete model."""

    provider: ClassVar[ProviderName] = "baseten"

    model_id: str
    version: str | None = None

    @property
    def model(self) -> "BasetenReference":
        """The reference to the model that this deployment belongs to."""
        return BasetenReference(self.model_id)

    def __str__(self) -> str:
        return f"baseten:{self.model_id}" + ("" if self.version is None else f"@{self.version}")


class BasetenAdapter(Adapter[BasetenReference]):
    """Baseten's management API."""

    name = "baseten"
    settings = config.Baseten
    capabilities = Capabilities(creation_times=True, live_state=True, proves_idle=True, deletes_models=True)
    # 100 a second, by API key and route, deletes included: Baseten docs, "Rate limits" of the management API. It is
    # kept for all routes together: the routes of one deletion need no more.
    calls_per_second = 100.0
    model_form = "MODEL_ID"
    model_lists = "models"
    serving_lists = "environments"
    plain_version = re.compile("[a-z]{0,16}[0-9][a-z0-9]{0,32}")  # with a digit, it is not a role

    def authorization(self, secret: Secret) -> str:
        """Return the key with the scheme `Api-Key`, which every source accepts."""
        return f"Api-Key {secret.reveal()}"

    def parse(self, rest: str, text: str) -> BasetenReference:
        """Read `MODEL_ID@DEPLOYMENT_ID` or `MODEL_ID`."""
        model, version = split_version(rest)
        check_part(model, part="model", text=text)
        if version is not None:
            check_part(version, part="deployment", text=text)
            if version in _NO_IDS:
                raise invalid(text, "deployment", f"is {version!r}, which is a role, not an id; name the deployment")
        return BasetenReference(model, version)

    def _arguments(self, ref: BasetenReference) -> dict[str, object]:
        arguments: dict[str, object] = {"model_id": ref.model_id}
        return arguments | ({} if ref.version is None else {"deployment_id": ref.version})

    def check_model_delete(self, ref: BasetenReference) -> None:
        """Allow it: a documented operation deletes a model with all its deployments."""

    def delete_call(self, ref: BasetenReference, manifest: object) -> Call:
        """Return the request that deletes the deployment, or the model, that *ref* names."""
        del manifest
        endpoint = delete_model if ref.scope == "model" else delete_deployment
        return Call(endpoint=endpoint, arguments=self._arguments(ref))

    def read_delete(self, ref: BasetenReference, answer: Answer) -> Verdict:
        """Read a tombstone: it must hold the requested ids, and `deleted` must be true."""
        body = answer.body if isinstance(answer.body, dict) else {}
        asked = {"id": ref.model_id} if ref.version is None else {"id": ref.version, "model_id": ref.model_id}
        for key, value in asked.items():
            if body.get(key) not in (None, value):
                return Verdict("other_resource", f"the answer names {key} {body.get(key)!r}, not {value!r}")
        return Verdict("deleted" if body.get("deleted") is True else "uncertain")

    def look(self, ref: BasetenReference) -> Flow[Sighting]:
        """Read the deployment, or the model, by its id."""
        endpoint = get_model if ref.scope == "model" else get_deployment
        answer = yield from call(Call(endpoint=endpoint, arguments=self._arguments(ref)))

        def read(answer: Answer) -> Version:
            if ref.scope == "model":
                model = parsed(answer, ModelV1)
                if model.id != ref.model_id:
                    raise ReadFailed(answer, f"the answer is about another model, {model.id!r}")
                return Version(ref=str(ref), created_at=time_of(model.created_at), raw=model)
            deployment = parsed(answer, DeploymentV1)
            if deployment.id != ref.version:
                raise ReadFailed(answer, f"the answer is about another deployment, {deployment.id!r}")
            return _version(ref.model, deployment, answer)

        return sighting(answer, read)

    def objections(self, ref: BasetenReference, version: Version, state: LiveState) -> Flow[tuple[str, ...]]:
        """Return objections to a model: its deployments. Refuse a live deployment: Baseten does not delete those."""
        if ref.scope == "version":
            if version.is_live:
                raise Refused(f"{ref} is live now, and Baseten does not delete live deployments.", ref=str(ref))
            return state.objections  # whether it deletes one that is being promoted is not documented
        page = yield from self.page(ref, None)
        serving = yield from read_serving(cast("Adapter[Reference]", self), ref)
        states = {found.ref: self.live_state(ref, found, serving) for found in page.versions}
        live = [name for name, found in states.items() if found.is_live]
        unread = dict.fromkeys(found.unread for found in states.values() if found.unread)
        return (
            f"its {len(page.versions)} deployments would be deleted too",
            *((f"{len(live)} of them are live now ({', '.join(live)})",) if live else ()),
            *(f"some of them may be live: {reason}" for reason in unread),
        )

    def check_scope(self, scope: str | None, text: str) -> None:
        """Refuse a scope: the list has all models of the workspace."""
        if scope is not None:
            raise invalid(text, "scope", "is given, and Baseten lists all models at once; write baseten")

    def models_page(self, scope: str | None, following: object) -> Flow[ModelsPage]:
        """Read all models: the list has no pages, and one that announces more is refused."""
        del scope, following
        answer = yield from call(Call(endpoint=list_models, arguments={}, largest=LIST_BODY))
        found = parsed(answer, ModelsV1)
        require_complete(answer)
        return ModelsPage(tuple(_model(model) for model in found.models))

    def probe(self, scope: str | None) -> Call:
        """Return the read of the list of models."""
        del scope
        return Call(endpoint=list_models, arguments={}, largest=LIST_BODY)

    def page(self, model: BasetenReference, following: object) -> Flow[Page]:
        """Read all deployments: the list has no pages, and one that announces more is refused."""
        del following
        answer = yield from call(
            Call(endpoint=list_deployments, arguments={"model_id": model.model_id}, largest=LIST_BODY)
        )
        found = parsed(documented(answer), DeploymentsV1)
        require_complete(answer)
        return Page(tuple(_version(model, deployment, answer) for deployment in found.deployments))

    def serving_scope(self, model: BasetenReference) -> str:
        """Return the model's own name: environments belong to one model."""
        return str(model)

    def find_serving(self, model: BasetenReference, found: Found) -> Flow[None]:
        """Add the deployments of all environments: the current ones, and those that are being promoted.

        Source: Baseten's management API specification, `EnvironmentV1`: a candidate may carry part of the traffic.
        """
        answer = yield from call(
            Call(endpoint=list_environments, arguments={"model_id": model.model_id}, largest=LIST_BODY)
        )
        for environment in parsed(documented(answer), EnvironmentsV1).environments:
            candidate = environment.candidate_deployment
            for deployment in (environment.current_deployment, candidate):
                if isinstance(deployment, DeploymentV1):
                    found.add(nameable(BasetenReference(model.model_id, deployment.id), answer))
                elif deployment not in (None, UNSET):
                    raise ReadFailed(answer, f"environment {environment.name!r} has an unreadable deployment")
            if environment.in_progress_promotion and not isinstance(candidate, DeploymentV1):
                # A promotion is under way, and nothing tells of which deployment.
                found.doubt(model)
        require_complete(answer)

    def live_state(self, model: BasetenReference, version: Version, serving: Serving) -> LiveState:
        """Return whether the environments or the deployment's own fields say that it serves."""
        if version.is_live:
            return LiveState(is_live=True)
        state = serving.state_of(model, version)
        if version.is_live is None and state.is_live is False:
            return LiveState(unread="its own fields do not say whether it serves")
        return state

    def retry_after(self, answer: Answer) -> float | None:
        """Find the wait in the body's `retry_after`, in seconds."""
        wait = answer.body.get("retry_after") if isinstance(answer.body, dict) else None
        if isinstance(wait, bool) or not isinstance(wait, int | float):
            return None
        return float(wait) if 0 <= wait <= _LONGEST_WAIT else None


def _model(model: ModelV1) -> Model:
    count = model.deployments_count
    return Model(ref=str(BasetenReference(model.id)), versions=count if isinstance(count, int) else None, raw=model)


def _version(model: BasetenReference, deployment: DeploymentV1, answer: Answer) -> Version:
    if isinstance(deployment.model_id, str) and deployment.model_id != model.model_id:
        raise ReadFailed(answer, f"deployment {deployment.id!r} belongs to another model, {deployment.model_id!r}")
    status = deployment.status
    return Version(
        ref=str(BasetenReference(model.model_id, deployment.id)),
        created_at=time_of(deployment.created_at),
        is_live=_is_live(deployment),
        status=status if isinstance(status, str) else None,
        raw=deployment,
    )


def _is_live(deployment: DeploymentV1) -> bool | None:
    """Return whether a deployment serves: in production, in development or in any environment."""
    roles = (deployment.is_production, deployment.is_development)
    if True in roles or (isinstance(deployment.environment, str) and deployment.environment):
        return True
    return False if roles == (False, False) else None


ADAPTER = BasetenAdapter()
