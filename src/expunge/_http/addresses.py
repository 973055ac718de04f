"""The addresses of a host, looked up within the time, and the share of the time that each gets."""

import ipaddress
import socket
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic

from attrs import frozen

from .._system.worker import Worker


class _Socket(socket.socket):
    """A socket that closes when nobody holds it: an interruption may strike before anybody does."""

    def __del__(self) -> None:
        if self.fileno() >= 0:  # not if it could not be opened
            self.close()


@frozen
class Address:
    """One address of a host, in the words of the socket module."""

    family: int
    kind: int
    protocol: int
    place: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]

    def open(self) -> socket.socket:
        """Open an unconnected socket for this address."""
        return _Socket(self.family, self.kind, self.protocol)


def look_up(host: str, port: int) -> "Future[list[Address]]":
    """Look *host* up, in a thread unless it is an address: a lookup takes no timeout, and cannot be cancelled.

    The future fails with an `OSError` if there is no such host.
    """
    future: Future[list[Address]] = Future()
    future.set_running_or_notify_cancel()
    if _is_address(host):
        _look_up(future, host, port)
        return future
    try:
        Worker(_look_up, future, host, port, name="expunge-lookup").start()
    except RuntimeError:  # no thread can be started: look up here, without a bound
        _look_up(future, host, port)
    return future


def _look_up(future: "Future[list[Address]]", host: str, port: int) -> None:
    try:
        # As bytes: a text is encoded by a codec that is imported at its first use, in a thread of its own.
        name = host.encode("ascii") if host.isascii() else host
        found = socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM)
        future.set_result([Address(family, kind, protocol, place) for family, kind, protocol, _, place in found])
    except (UnicodeError, RuntimeError) as error:  # a label that is too long for a name, or a system without resolver
        future.set_exception(OSError(str(error)))
    except BaseException as error:  # noqa: BLE001 - the caller raises it
        future.set_exception(error)


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return False


def shares(addresses: list[Address], seconds: float) -> Iterator[tuple[Address, float]]:
    """Return *addresses* with the seconds for each: an equal share of those that are left when its turn comes."""
    ends = monotonic() + seconds
    for index, address in enumerate(addresses):
        left = (ends - monotonic()) / (len(addresses) - index)
        if left <= 0:
            return
        yield address, left
