"""The most that the stub can answer: what a client that only writes and reads bytes gets out of it."""

import socket
from time import perf_counter
from urllib.parse import urlsplit

from .processes import Stub

_REQUEST = b"DELETE /management/v1/orgs/acme/models/gpt-oss-120b/versions/2 HTTP/1.1\r\nHost: stub\r\n\r\n"
_AT_ONCE, _BATCHES = 64, 100


def ceiling(stub: Stub) -> float:
    """Return the requests a second that *stub* answers on one connection, sent 64 at a time."""
    place = urlsplit(stub.origin)
    with socket.create_connection((place.hostname, place.port)) as connection:
        took = [_batch(connection) for _ in range(_BATCHES)]
    return _AT_ONCE / min(took)


def _batch(connection: socket.socket) -> float:
    began = perf_counter()
    connection.sendall(_REQUEST * _AT_ONCE)
    answers = 0
    while answers < _AT_ONCE:
        answers += connection.recv(1 << 20).count(b"HTTP/1.1 ")
    return perf_counter() - began
