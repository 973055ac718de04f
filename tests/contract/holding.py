"""A server that keeps a delete waiting, for what strikes while one is under way."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GONE = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Holding:
    """A server that takes deletes and never answers them, and says 404 to every read."""

    def __init__(self):
        self.arrived = threading.Semaphore(0)
        self.requests = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            while request := connection.recv(65_536):
                method = request.split(b" ", 1)[0].decode()
                self.requests.append(method)
                if method == "GET":
                    connection.sendall(GONE)
                else:
                    self.arrived.release()
                    self._over.wait(60)

    def close(self):
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def holding() -> Iterator[Holding]:
    server = Holding()
    try:
        yield server
    finally:
        server.close()
