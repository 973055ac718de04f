"""Blocking connections to one provider: made by its route, and kept between exchanges."""

import socket
import ssl

from .._system.signals import is_from_handler
from .addresses import look_up, shares
from .certificates import Tls
from .conversation import Conversation, Received, T, Talk
from .deadline import Bounds, Failure, TimedOut, failure_of
from .request import Outgoing
from .reuse import WATCH_SECONDS, Resting, is_readable
from .routes import CONNECT_SECONDS, Route, Secured
from .tls_in_tls import Nested

_MOST_AT_ONCE = 65_536
_NONE_ANSWERED = "no address answered in time"


class Connection:
    """One connection."""

    def __init__(self, connected: socket.socket) -> None:
        self._pipe: socket.socket | Nested = connected
        self._conversation = Conversation()
        self.rested_at = 0.0
        self.watched: set[bool] = set()

    @property
    def has_more(self) -> bool:
        return self._conversation.has_more

    @property
    def tls(self) -> "ssl.SSLSocket | Nested | None":
        """The TLS that the provider is spoken to with, if any."""
        return self._pipe if isinstance(self._pipe, ssl.SSLSocket | Nested) else None

    def goes_on(self) -> bool:
        return self._conversation.goes_on()

    def exchange(self, outgoing: Outgoing, bounds: Bounds) -> Received:
        """Send a request and read its answer."""
        return self.talk(self._conversation.exchange(outgoing, bounds), bounds)

    def talk(self, steps: Talk[T], bounds: Bounds) -> T:
        """Run *steps* to their end."""
        try:
            leaving = next(steps)
            while True:
                try:
                    received = self._write(leaving, bounds) if leaving else self._read(bounds)
                except Failure as error:
                    leaving = steps.throw(error)
                else:
                    leaving = steps.send(received)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration cannot be generic; Talk[T] has the type

    def secure(self, stage: Secured, bounds: Bounds) -> None:
        """Speak TLS from here on."""
        seconds = bounds.left(CONNECT_SECONDS)
        try:
            if isinstance(self._pipe, socket.socket) and not isinstance(self._pipe, ssl.SSLSocket):
                self._pipe.settimeout(seconds)
                self._pipe.getpeername()  # fails after a reset, where wrap_socket() would leave a socket open
                self._pipe = stage.context.wrap_socket(self._pipe, server_hostname=stage.name)
            else:
                self._pipe = Nested(self._pipe, stage.context, stage.name, seconds)
        except OSError as error:
            raise failure_of(error, "the TLS handshake took too long") from None

    def arrived(self, seconds: float = 0.0) -> bytes | None:
        """Return a byte that arrives within *seconds*; empty for the connection's end, None for nothing."""
        is_pending = isinstance(self._pipe, ssl.SSLSocket | Nested) and self._pipe.pending()
        if not is_pending and not is_readable(self._pipe.fileno(), seconds):
            return None
        try:
            self._pipe.settimeout(0.0)
            return self._pipe.recv(1)
        except (OSError, ValueError) as error:
            if is_from_handler(error):
                raise
            return b""  # an error, or a message of TLS itself: it is not used again

    def close(self) -> None:
        self._pipe.close()

    def _read(self, bounds: Bounds) -> bytes:
        try:
            self._pipe.settimeout(bounds.left())
            return self._pipe.recv(_MOST_AT_ONCE)
        except OSError as error:
            raise failure_of(error, "the time of the call is over") from None

    def _write(self, content: bytes, bounds: Bounds) -> bytes:
        waiting = memoryview(content)
        try:
            while waiting:
                self._pipe.settimeout(bounds.left())
                bounds.leaves()  # before it does, as an interruption may strike after it has
                waiting = waiting[self._pipe.send(waiting) :]
        except OSError as error:
            raise failure_of(error, "the time of the call is over") from None
        return b""


class Connections:
    """All connections of one session."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._resting: Resting[Connection] = Resting()
        self.tls: Tls | None = None
        """The TLS of the connection that was opened last."""

    def exchange(self, outgoing: Outgoing, bounds: Bounds) -> Received:
        """Send a request on a connection that rests, or on a new one, and read its answer.

        Raises:
            Failure: No answer came; *bounds* has whether the request may have left.
        """
        connection = self._rested(outgoing) or self._opened(bounds)
        try:
            received = connection.exchange(outgoing, bounds)
        except BaseException:
            connection.close()
            raise
        if received.cut is None:
            self._resting.put(connection)
        else:
            connection.close()
        return received

    def close(self) -> None:
        """Close those that rest, and each other one when its exchange ends."""
        self._resting.close()

    def _rested(self, outgoing: Outgoing) -> Connection | None:
        while (connection := self._resting.take()) is not None:
            if outgoing.is_reading in connection.watched:
                return connection
            connection.watched.add(outgoing.is_reading)
            if not self._resting.heard(connection.arrived(WATCH_SECONDS)):
                return connection
            connection.close()
        return None

    def _opened(self, bounds: Bounds) -> Connection:
        connection = Connection(_connected(self._route.host, self._route.port, bounds))
        try:
            for stage in self._route.stages:
                if isinstance(stage, Secured):
                    connection.secure(stage, bounds)
                else:
                    connection.talk(stage(), bounds)
        except BaseException:
            connection.close()
            raise
        self.tls = None if connection.tls is None else Tls.of(connection.tls)
        return connection


def _connected(host: str, port: int, bounds: Bounds) -> socket.socket:
    try:
        addresses = look_up(host, port).result(bounds.left(CONNECT_SECONDS))
    except OSError as error:
        raise failure_of(error, "the lookup of the host took too long") from None
    failure: Exception = TimedOut(_NONE_ANSWERED)
    for address, share in shares(addresses, bounds.left(CONNECT_SECONDS)):
        connection: socket.socket | None = None
        try:
            connection = address.open()
            connection.settimeout(share)
            connection.connect(address.place)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:  # also a limit of open files
            failure = failure_of(error, _NONE_ANSWERED)
            if failure is error:
                raise
        else:
            opened, connection = connection, None
            return opened
        finally:
            if connection is not None:
                connection.close()
    raise failure
