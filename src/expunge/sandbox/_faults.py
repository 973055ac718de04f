"""Replacements of the provider's answer: another answer, or by name a fault of the network or of a gateway."""

import json
from collections.abc import Mapping
from typing import Literal, NamedTuple

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ._ledger import Effect
from ._uvicorn import RESET
from ._wire import ApiError, Provider

Fault = Literal["reset", "timeout", "late", "429"]
"""The name of a fault; `Sandbox.fault()` describes each."""

_GATEWAY_TIMEOUT = 504
_TOO_MANY_REQUESTS = 429


class Played(NamedTuple):
    """A fault as it is scripted: the part that the client sees, and when its request is carried out."""

    play: ASGIApp
    effect: Effect


def answer(status: int, body: object, headers: Mapping[str, str]) -> ASGIApp:
    """Return an answer; a *body* that is not bytes becomes JSON."""
    sent = dict(headers)
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
        if "content-type" not in {name.lower() for name in sent}:
            sent["content-type"] = "application/json"
    return Response(body, status, headers=sent)


def fault(name: Fault, provider: Provider, *, takes_effect: bool, retry_after: int) -> Played:
    """Return the fault *name* of *provider*.

    Raises:
        ValueError: There is no such fault, or it cannot take effect.
    """
    if takes_effect and name in {"late", "429"}:
        raise ValueError(f"takes_effect is for reset and timeout; {name} has an effect of its own")
    effect: Effect = "now" if takes_effect else "none"
    match name:
        case "reset":
            return Played(_reset, effect)
        case "timeout":
            return Played(_timeout, effect)
        case "late":
            return Played(
                Response("<html>504 Gateway Time-out</html>", _GATEWAY_TIMEOUT, media_type="text/html"), "late"
            )
        case "429":
            refusal = provider.error(ApiError(_TOO_MANY_REQUESTS, "Too many requests."))
            refusal.headers["retry-after"] = str(retry_after)
            return Played(refusal, effect)
        case _:  # a caller without a type checker
            raise ValueError(f"there is no fault {name}; there are reset, timeout, late, 429")


async def _reset(scope: Scope, receive: Receive, _: Send) -> None:
    scope[RESET]()
    await _left(receive)


async def _timeout(_scope: Scope, receive: Receive, _send: Send) -> None:
    await _left(receive)


async def _left(receive: Receive) -> None:
    """Wait until the connection is over."""
    while (await receive())["type"] != "http.disconnect":
        pass
