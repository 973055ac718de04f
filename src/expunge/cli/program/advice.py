"""The last sentence of an error: what to do about it."""

from shlex import quote

from ...errors import AuthenticationError, ExpungeError, InvalidReference, NotFound, Refused, TransportError
from ...providers import PROVIDERS


def advice(error: ExpungeError) -> str:
    """Return what to do about *error*; empty if its message says it, or nothing is known."""
    if isinstance(error, TransportError):
        return "Check the host, the network and the proxy."
    if isinstance(error, InvalidReference) and "Did you mean" not in str(error):
        return "See: expunge help references."
    provider, _, rest = (error.ref or "").partition(":")
    if provider not in PROVIDERS or "expunge models" in str(error):
        return ""
    if isinstance(error, AuthenticationError):
        return f"Check {PROVIDERS[provider].settings.variables[0]}."
    if isinstance(error, NotFound) and rest:
        return _list_of(provider, rest)
    return ""


def _list_of(provider: str, rest: str) -> str:
    """Return the command that lists what there is instead; empty if nothing lists it."""
    model, at, _ = rest.partition("@")
    if at:
        return f"See its versions: expunge list {quote(f'{provider}:{model}')}"
    adapter = PROVIDERS[provider]
    for scope in (None, rest.partition("/")[0]):
        text = provider if scope is None else f"{provider}:{scope}"
        try:
            adapter.check_scope(scope, text)
        except (Refused, InvalidReference):
            continue
        return f"See the models: expunge models {quote(text)}" if scope != rest else ""
    return ""
