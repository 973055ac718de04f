"""Delete model versions on TrueFoundry, Cerebras, Baseten and Replicate, and know the outcome of each.

Names load when they are first used: importing this package costs a fraction of importing an HTTP client.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from . import config as config
    from . import errors as errors
    from . import events as events
    from . import refs as refs
    from . import types as types
    from ._async_client import AsyncClient
    from ._client import Client
    from .config import Baseten, Cerebras, Replicate, Secret, TrueFoundry
    from .errors import (
        AuthenticationError,
        ConfigurationError,
        ExpungeError,
        InvalidJournal,
        InvalidPlan,
        InvalidPolicy,
        InvalidReference,
        JournalFailed,
        NotFound,
        PermissionDenied,
        PlanTooLarge,
        ProviderError,
        RateLimited,
        Refused,
        TransportError,
        Unconfirmed,
        UnexpectedResponse,
        ValidationError,
    )
    from .plans.plan import Plan
    from .plans.policies.policy import Policy
    from .providers import PROVIDERS, parse_ref
    from .refs import Reference
    from .types import ConfirmedBy, Model, ProviderName, Scope, Status, Tombstone, Version

__all__ = [
    "PROVIDERS",
    "AsyncClient",
    "AuthenticationError",
    "Baseten",
    "Cerebras",
    "Client",
    "ConfigurationError",
    "ConfirmedBy",
    "ExpungeError",
    "InvalidJournal",
    "InvalidPlan",
    "InvalidPolicy",
    "InvalidReference",
    "JournalFailed",
    "Model",
    "NotFound",
    "PermissionDenied",
    "Plan",
    "PlanTooLarge",
    "Policy",
    "ProviderError",
    "ProviderName",
    "RateLimited",
    "Reference",
    "Refused",
    "Replicate",
    "Scope",
    "Secret",
    "Status",
    "Tombstone",
    "TransportError",
    "TrueFoundry",
    "Unconfirmed",
    "UnexpectedResponse",
    "ValidationError",
    "Version",
    "__version__",
    "parse_ref",
]

_HOMES = {
    "AsyncClient": "_async_client",
    "Client": "_client",
    "PROVIDERS": "providers",
    "Plan": "plans.plan",
    "Policy": "plans.policies.policy",
    "Reference": "refs",
    "parse_ref": "providers",
    **dict.fromkeys(("Baseten", "Cerebras", "Replicate", "Secret", "TrueFoundry"), "config"),
    **dict.fromkeys(("ConfirmedBy", "Model", "ProviderName", "Scope", "Status", "Tombstone", "Version"), "types"),
}
"""The module of each public name; those not listed are errors."""

_MODULES = ("config", "errors", "events", "refs", "types")
"""The public modules."""


if not TYPE_CHECKING:  # a checker that saw this would accept any name

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
        if isinstance(value, type):
            # A traceback or a repr shows the name that people import.
            value.__module__ = __name__
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
