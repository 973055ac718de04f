"""The providers, by name; an adapter is loaded on first use."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from ..errors import InvalidReference
from ..refs import Reference, shown
from ._adapter import Adapter, Capabilities

__all__ = ["PROVIDERS", "Adapter", "AnyAdapter", "Capabilities", "parse_ref"]

AnyAdapter = Adapter[Reference]

_LONGEST_NAME = 64
"""Letters of a wrong name that are compared: a comparison takes time that grows with their number."""


class _Registry(Mapping[str, AnyAdapter]):
    """Adapters by provider's name, which is also their module's; loading a typed client takes time."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._loaded: dict[str, AnyAdapter] = {}

    def __getitem__(self, name: str) -> AnyAdapter:
        if name not in self._loaded:
            if name not in self._names:
                raise KeyError(name)
            self._loaded[name] = import_module(f".{name}", __name__).ADAPTER
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"PROVIDERS({', '.join(self._names)})"


PROVIDERS: Final[Mapping[str, AnyAdapter]] = _Registry(
    "truefoundry",
    "cerebras",
    "baseten",
    "replicate",
)


def parse_ref(text: str | Reference) -> Reference:
    """Read *text* as a reference; a parsed reference is returned as it is.

    Raises:
        InvalidReference: It is not a reference; `error.part` names the wrong part, and the message its rule.
    """
    if isinstance(text, Reference):
        # A value may have been built or altered by hand: it must equal the reading of its own text.
        if parse_ref(str(text)) != text:
            raise InvalidReference(f"{text!r} does not match its own text.", ref=str(text), part="reference")
        return text
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a checker
        raise InvalidReference(f"{text!r} is not a reference: it is not text.", ref=repr(text), part="reference")
    prefix, colon, rest = text.partition(":")
    if colon and prefix in PROVIDERS:
        return PROVIDERS[prefix].parse(rest, text)
    for adapter in PROVIDERS.values():
        if adapter.recognises(text):
            return adapter.parse_native(text)
    raise InvalidReference(
        f"{shown(text)} is not a reference: it begins with no known provider. {_advice(prefix, colon, rest)}",
        ref=text,
        part="provider",
    )


def _advice(prefix: str, colon: str, rest: str) -> str:
    """Return a sentence with the provider that was probably meant, else with all of them."""
    if colon and (near := meant_by(prefix)) is not None:
        return f"Did you mean {shown(f'{near}:{rest}')}?"
    return f"Write PROVIDER:…, with one of these providers: {', '.join(PROVIDERS)}."


def meant_by(name: str) -> str | None:
    """Return the provider with a name like *name*; None if there is none."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for an error

    near = get_close_matches(name[:_LONGEST_NAME].lower(), PROVIDERS, n=1)
    return near[0] if near else None
