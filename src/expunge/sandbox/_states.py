"""Versions in a state that a deletion meets, put in by one call for any provider."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from ._wire import Provider
from .baseten import Baseten
from .cerebras import Cerebras
from .replicate import Model, Replicate, version_id
from .truefoundry import TrueFoundry

State = Literal[
    "unused", "live", "aliased", "rolling-out", "copying", "staging", "development", "shared", "public"
]  # fmt: skip
"""The state of a version; `Sandbox.add()` describes each."""

_Builders = Mapping[str, Callable[[], object]]


def put(provider: Provider, reference: str, state: State, created_at: datetime | None) -> None:
    """Put in the version that *reference* names, in that *state*.

    Raises:
        ValueError: The provider has no such state, or the reference names no version by number or id.
    """
    made: dict[str, Any] = {}  # each builder has a creation time of its own
    if created_at is not None and not isinstance(provider, Cerebras):
        made["created_at"] = created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with provider.lock:
        builders = _builders(provider, reference, made)
        if state not in builders:
            raise ValueError(f"{provider.name} has no version that is {state}; there are {', '.join(builders)}")
        builders[state]()


def fill(provider: Provider, model: str, moments: Sequence[datetime]) -> list[str]:
    """Put in versions of *model*, made at those *moments*, the last of them live; return their references.

    All texts are without the provider's name.
    """
    if isinstance(provider, Baseten):
        provider.add_model(model)  # or else the first version would bring one in production with it
    references = [f"{model}@{_version(provider, model, number)}" for number in range(1, len(moments) + 1)]
    for reference, moment in zip(references, moments, strict=True):
        put(provider, reference, "live" if reference == references[-1] else "unused", moment)
    return references


def _version(provider: Provider, model: str, number: int) -> str:
    if isinstance(provider, Baseten):
        return f"{model}v{number}"
    return version_id(f"{model}/{number}") if isinstance(provider, Replicate) else str(number)


def _builders(provider: Provider, reference: str, made: dict[str, Any]) -> _Builders:
    if isinstance(provider, TrueFoundry):
        return _truefoundry(provider, *_numbered(reference), made)
    if isinstance(provider, Cerebras):
        return _cerebras(provider, *_numbered(reference))
    if isinstance(provider, Baseten):
        return _baseten(provider, *_split(reference), made)
    if isinstance(provider, Replicate):
        return _replicate(provider, *_owned(reference), made)
    return {"unused": lambda: provider.add(reference)}


def _truefoundry(provider: TrueFoundry, ml_repo: str, name: str, number: int, made: dict[str, Any]) -> _Builders:
    def live() -> None:
        provider.add_app(f"app-{name}-{number}", provider.add_version(ml_repo, name, number, **made).fqn)

    return {
        "unused": lambda: provider.add_version(ml_repo, name, number, **made),
        "aliased": lambda: provider.add_version(ml_repo, name, number, alias=f"v{number}-alias", **made),
        "live": live,
    }


def _cerebras(provider: Cerebras, org: str, arch: str, number: int) -> _Builders:
    def deployed(state: str) -> None:
        provider.add_version(org, arch, number)
        provider.deploy(f"{org}-{arch}", org, arch, number, state=state)

    return {
        "unused": lambda: provider.add_version(org, arch, number),
        "aliased": lambda: provider.add_version(org, arch, number, aliases=[f"alias-{number}"]),
        "live": lambda: deployed("complete"),
        "rolling-out": lambda: deployed("in_progress"),
        "copying": lambda: provider.add_version(org, arch, number, sync_status="in_progress"),
    }


def _baseten(provider: Baseten, model_id: str, deployment_id: str, made: dict[str, Any]) -> _Builders:
    def add(*, environment: str | None = None, is_development: bool = False) -> None:
        if provider.model(model_id) is None:
            provider.add(model_id)  # with a deployment in production: the last one of a model cannot be deleted
        provider.add_deployment(model_id, deployment_id, environment=environment, is_development=is_development, **made)

    def live() -> None:
        model = provider.model(model_id) or provider.add_model(model_id)
        for other in model.deployments:
            if other.is_production:
                other.is_production, other.environment = False, None
        provider.add_deployment(model_id, deployment_id, is_production=True, **made)

    def rolling_out() -> None:
        add()
        provider.promote(model_id, deployment_id)

    return {
        "unused": add,
        "live": live,
        "rolling-out": rolling_out,
        "staging": lambda: add(environment="staging"),
        "development": lambda: add(is_development=True),
    }


def _replicate(provider: Replicate, owner: str, name: str, version: str, made: dict[str, Any]) -> _Builders:
    def add(*, is_shared: bool = False) -> Model:
        model = provider.model(owner, name) or provider.add_model(owner, name)
        provider.add_version(owner, name, version, is_shared=is_shared, **made)
        return model

    def live() -> None:
        add()
        provider.deploy(f"{name}-{version[:8]}", owner, name, version)

    def public() -> None:
        add().visibility = "public"

    return {"unused": add, "live": live, "shared": lambda: add(is_shared=True), "public": public}


def _split(reference: str) -> tuple[str, str]:
    model, at, version = reference.partition("@")
    if not (model and at and version):
        raise ValueError(f"{reference} does not name a version; write MODEL@VERSION")
    return model, version


def _owned(reference: str) -> tuple[str, str, str]:
    model, version = _split(reference)
    owner, slash, name = model.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise ValueError(f"{reference} does not name a version; write OWNER/NAME@VERSION")
    return owner, name, version


def _numbered(reference: str) -> tuple[str, str, int]:
    owner, name, version = _owned(reference)
    if not (version.isascii() and version.isdigit()):
        raise ValueError(f"{reference} does not name a version by its number; write OWNER/NAME@NUMBER")
    return owner, name, int(version)
