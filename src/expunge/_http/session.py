"""The one place where HTTP happens: one origin, one credential, no redirects, every read bounded."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable
from copy import copy
from typing import TYPE_CHECKING

from attrs import evolve

from .._answer import Answer
from .._flow import Call
from .._system.signals import is_from_handler
from .._text import one_line
from .._version import __version__
from ..config import ProviderSettings, Secret
from . import awaited, blocking
from .connections import Observed, ReadOnly, Sender
from .exchange import Awaiting, Exchange, Sending, Settled
from .proxies import proxy_for
from .reading import Reader
from .request import Origin
from .routes import route_to
from .secrecy import Blanks, drop_frames

if TYPE_CHECKING:
    from .conversation import Received

# What a generated endpoint raises for arguments or answers that it cannot make something of.
_UNFIT = (KeyError, TypeError, ValueError, AttributeError)


class _Wiring(ABC):
    """The common part of both sessions: the address, the credential, and the reading of answers.

    Attributes:
        blanks: Blanks the credential in answers.
        route: How connections are made.
        wire_blanks: Blanks the proxy's password too; for logs, and for errors that a proxy may have written.
    """

    def __init__(self, settings: ProviderSettings, authorization: Secret, request_id_headers: tuple[str, ...]) -> None:
        proxy = proxy_for(settings.origin)
        self.route = route_to(settings.origin, proxy)
        self.blanks = Blanks(settings.secret)
        self.wire_blanks = Blanks(settings.secret, *(proxy.secrets if proxy else ()))
        self.origin = Origin(
            settings.origin,
            {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"expunge/{__version__}"},
            authorization,
        )
        self.reader = Reader(settings.provider, self.blanks, ("x-request-id", *request_id_headers))

    @abstractmethod
    def read_only(self) -> "_Wiring":
        """Return a session that sends GET and nothing else."""


class Session(_Wiring):
    """Blocking exchanges with one provider."""

    def __init__(
        self, settings: ProviderSettings, authorization: str | Secret, request_id_headers: tuple[str, ...]
    ) -> None:
        authorization = Secret.of(authorization)
        try:
            super().__init__(settings, authorization, request_id_headers)
        except BaseException as error:
            drop_frames(error)
            raise
        self._connections = blocking.Connections(self.route)
        self._sender: Sender[Received] = self._connections

    def read_only(self) -> "Session":
        """Return a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._sender = ReadOnly(self._connections)
        return twin

    def observed(self) -> "tuple[Session, Observed]":
        """Return a session on the same connections that sends GET and nothing else, and its observer."""
        twin, observer = copy(self), Observed(self._connections)
        twin._sender = observer
        return twin, observer

    def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = Sending(self, effect, self._sender)
        try:
            response = effect.endpoint.sync_detailed(client=exchange, **effect.arguments)
        except Settled as settled:
            return settled.answer
        except _UNFIT as error:
            if is_from_handler(error):
                raise
            return _unparsed(exchange, error)
        except BaseException as error:
            drop_frames(error)  # an interruption may strike where an answer still echoes the credential
            raise
        return evolve(exchange.answer, parsed=response.parsed)

    def close(self) -> None:
        """Close the connections that rest, and each other one when its exchange ends."""
        self._connections.close()


class AsyncSession(_Wiring):
    """Awaited exchanges with one provider."""

    def __init__(
        self, settings: ProviderSettings, authorization: str | Secret, request_id_headers: tuple[str, ...]
    ) -> None:
        authorization = Secret.of(authorization)
        try:
            super().__init__(settings, authorization, request_id_headers)
        except BaseException as error:
            drop_frames(error)
            raise
        self._connections = awaited.Connections(self.route)
        self._sender: Sender[Awaitable[Received]] = self._connections

    def read_only(self) -> "AsyncSession":
        """Return a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._sender = ReadOnly(self._connections)
        return twin

    async def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = Awaiting(self, effect, self._sender)
        try:
            response = await effect.endpoint.asyncio_detailed(client=exchange, **effect.arguments)
        except Settled as settled:
            return settled.answer
        except _UNFIT as error:
            if is_from_handler(error):
                raise
            return _unparsed(exchange, error)
        except BaseException as error:
            drop_frames(error)  # an interruption may strike where an answer still echoes the credential
            raise
        return evolve(exchange.answer, parsed=response.parsed)

    async def aclose(self) -> None:
        """Close the connections that rest, and each other one when its exchange ends."""
        await self._connections.aclose()


def _unparsed(exchange: Exchange, error: Exception) -> Answer:
    """Return the answer if a generated endpoint fails: before sending, or over a body of another shape."""
    answer = exchange.answer
    if not exchange.bounds.has_left:
        return evolve(answer, problem=f"the request could not be made ({one_line(str(error), 200)})")
    if answer.http_status is None:
        return evolve(answer, was_sent=True, problem="the answer could not be read")
    return evolve(answer, problem=f"HTTP {answer.http_status}, but its body is not of the documented shape")
