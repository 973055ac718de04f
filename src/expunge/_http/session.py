"""The one place where HTTP happens: one origin, one credential, no redirects, every read bounded."""

from abc import ABC, abstractmethod
from copy import copy
from typing import TYPE_CHECKING

from attrs import evolve

from .._answer import Answer
from .._flow import Call
from .._text import one_line
from .._version import __version__
from ..config import ProviderSettings, Secret
from .connections import AWAITED, BLOCKING, ReadOnly, open_pool
from .exchange import Awaiting, Exchange, Sending, Settled
from .proxies import proxy_for
from .reading import Reader
from .request import Origin
from .reuse import Reuse
from .secrecy import Blanks, drop_frames, keep_out_of_logs

if TYPE_CHECKING:
    from .libraries import httpcore

# What a generated endpoint raises for arguments or answers that it cannot make something of.
_UNFIT = (KeyError, TypeError, ValueError, AttributeError)


class _Wiring(ABC):
    """The common part of both sessions: the address, the credential, and the reading of answers.

    Attributes:
        blanks: Blanks the credential in answers.
        wire_blanks: Blanks the proxy's password too; for logs, and for errors that a proxy may have written.
        reuse: Whether connections are used a second time.
    """

    def __init__(self, settings: ProviderSettings, authorization: Secret, request_id_headers: tuple[str, ...]) -> None:
        self.proxy = proxy_for(settings.origin)
        self.reuse = Reuse()
        self.blanks = Blanks(settings.secret)
        self.wire_blanks = Blanks(settings.secret, *(self.proxy.secrets if self.proxy else ()))
        keep_out_of_logs(self.wire_blanks, self)
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
            self._opened = open_pool(BLOCKING, settings.origin, self.proxy, self.reuse)
        except BaseException as error:
            drop_frames(error)
            raise
        self._pool: httpcore.ConnectionPool | ReadOnly = self._opened

    def read_only(self) -> "Session":
        """Return a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._pool = ReadOnly(self._opened)
        return twin

    def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = Sending(self, effect, self._pool)
        try:
            response = effect.endpoint.sync_detailed(client=exchange, **effect.arguments)
        except Settled as settled:
            return settled.answer
        except _UNFIT as error:
            return _unparsed(exchange, error)
        return evolve(exchange.answer, parsed=response.parsed)

    def close(self) -> None:
        """Close the connections."""
        self._opened.close()

    def abandon(self) -> None:
        """Close the sockets after an interruption, without the pool, whose lock may never be free again."""
        for stream in tuple(self.reuse.streams):
            stream.close()


class AsyncSession(_Wiring):
    """Awaited exchanges with one provider."""

    def __init__(
        self, settings: ProviderSettings, authorization: str | Secret, request_id_headers: tuple[str, ...]
    ) -> None:
        authorization = Secret.of(authorization)
        try:
            super().__init__(settings, authorization, request_id_headers)
            self._opened = open_pool(AWAITED, settings.origin, self.proxy, self.reuse)
        except BaseException as error:
            drop_frames(error)
            raise
        self._pool: httpcore.AsyncConnectionPool | ReadOnly = self._opened

    def read_only(self) -> "AsyncSession":
        """Return a session on the same connections that sends GET and nothing else."""
        twin = copy(self)
        twin._pool = ReadOnly(self._opened)
        return twin

    async def perform(self, effect: Call) -> Answer:
        """Call a generated endpoint; what the network or the provider did is in the answer."""
        exchange = Awaiting(self, effect, self._pool)
        try:
            response = await effect.endpoint.asyncio_detailed(client=exchange, **effect.arguments)
        except Settled as settled:
            return settled.answer
        except _UNFIT as error:
            return _unparsed(exchange, error)
        return evolve(exchange.answer, parsed=response.parsed)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._opened.aclose()


def _unparsed(exchange: Exchange, error: Exception) -> Answer:
    """Return the answer if a generated endpoint fails: before sending, or over a body of another shape."""
    answer = exchange.answer
    if not exchange.bounds.has_left:
        return evolve(answer, problem=f"the request could not be made ({one_line(str(error), 200)})")
    if answer.http_status is None:
        return evolve(answer, was_sent=True, problem="the answer could not be read")
    return evolve(answer, problem=f"HTTP {answer.http_status}, but its body is not of the documented shape")
