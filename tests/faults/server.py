"""A server of raw sockets that plays a script of faults, and knows what became of the version that it holds."""

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from attrs import evolve, frozen

from .stands import MISSING, Stand, message
from .wire import Request, Wire

Play = Callable[[Wire, Stand], None]


@frozen(kw_only=True)
class Act:
    """One act of the server, for one request.

    Attributes:
        name: For a failing test to show.
        play: Puts something on the wire, or nothing; None answers as documented.
        effect: For a delete, the looks after which it takes effect: 0 is at once, None never.
        reads: Whether the request is taken off the wire first.
        lands: Whether all that is under way takes effect before this is answered.
        is_forestalled: Whether somebody else deletes the version before this is answered.
        is_last: Whether no new connection is accepted from here on.
        alters_body: Whether it needs a documented success with a body, to say something else in its place.
    """

    name: str
    play: Play | None = None
    effect: int | None = None
    reads: bool = True
    lands: bool = False
    is_forestalled: bool = False
    is_last: bool = False
    alters_body: bool = False

    def works(self, after: int = 0) -> "Act":
        """Return the same act with an effect, that many looks later."""
        return evolve(self, effect=after)

    def landing(self) -> "Act":
        """Return the same act at the moment when all that is under way has taken effect."""
        return evolve(self, lands=True)

    def forestalled(self) -> "Act":
        """Return the same act after somebody else has deleted the version."""
        return evolve(self, is_forestalled=True)


AS_DOCUMENTED = Act(name="as documented")


class Holding:
    """The version that a server holds, and the deletions of it that are under way."""

    def __init__(self) -> None:
        self.is_there = True
        self.was_deleted = False
        self._looks_left: list[int] = []

    def take_up(self, after: int) -> None:
        """Take up a deletion that takes effect after so many looks."""
        self._looks_left.append(after)
        self._land(0)

    def looked_at(self) -> None:
        """Let one look go by."""
        self._looks_left = [left - 1 for left in self._looks_left]
        self._land(0)

    def land_all(self) -> None:
        """Let all that is under way take effect."""
        self._land(max(self._looks_left, default=0))

    def _land(self, due: int) -> None:
        if self.is_there and any(left <= due for left in self._looks_left):
            self.is_there, self.was_deleted = False, True
        self._looks_left = [left for left in self._looks_left if left > due]


class FaultServer:
    """Plays *deletes*, *looks* and *others* in order, and answers as documented when they are through.

    Attributes:
        holding: The version, by which a tombstone is held to the truth.
        requests: All that arrived completely, in order.
        was_taken: Whether a delete got the documented success.
    """

    def __init__(
        self,
        stand: Stand,
        *,
        deletes: Iterable[Act] = (),
        looks: Iterable[Act] = (),
        others: Iterable[Act] = (),
        listens: bool = True,
    ) -> None:
        self.holding = Holding()
        self.requests: list[Request] = []
        self.was_taken = False
        self._stand = stand
        self._script = {"delete": list(deletes), "look": list(looks), "other": list(others)}
        self._lock = threading.Lock()
        self._wires: list[Wire] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        if listens:
            self._listener.listen()
            self._start(self._accept)

    @property
    def arrived(self) -> int:
        """The number of deletes that arrived completely."""
        return sum(request.method != "GET" for request in self.requests)

    @property
    def unplayed(self) -> list[str]:
        """The rest of the script."""
        return [f"{kind}: {act.name}" for kind, acts in self._script.items() for act in acts]

    @property
    def is_exhausted(self) -> bool:
        """Whether a client has waited for the end of a trickle."""
        return any(wire.is_exhausted for wire in self._wires)

    def close_idle_connections(self) -> None:
        """Close what keeps a connection alive without asking anything, as servers do after a while."""
        for wire in self._wires:
            if wire.is_idle:
                wire.shut_down()

    def stop(self) -> None:
        """End every connection and thread."""
        self._stop_listening()
        for thread in self._threads[:1]:
            thread.join(10)
        for wire in self._wires:
            wire.shut_down()
        for thread in self._threads[1:]:
            thread.join(10)
        assert not any(thread.is_alive() for thread in self._threads)

    def _stop_listening(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            wire = Wire(connection)
            self._wires.append(wire)
            self._start(self._serve, wire)

    def _serve(self, wire: Wire) -> None:
        with suppress(OSError):
            while wire.is_open and (asked := wire.peek()):
                self._answer(wire, *asked)
        wire.close()

    def _answer(self, wire: Wire, method: str, target: str) -> None:
        path = target.partition("?")[0]
        kind = "delete" if method != "GET" else "look" if path == self._stand.look else "other"
        with self._lock:
            acts = self._script[kind]
            act = acts.pop(0) if acts else AS_DOCUMENTED
            if act.lands:
                self.holding.land_all()
            if act.is_forestalled:
                self.holding.is_there = False
            if act.reads:
                self.requests.append(wire.read_request())
            play = act.play or self._documented(kind, path)
            if kind == "look":
                self.holding.looked_at()
            elif act.effect is not None:
                self.holding.take_up(act.effect)
            if act.is_last:
                self._stop_listening()
        play(wire, self._stand)

    def _documented(self, kind: str, path: str) -> Play:
        """Choose the documented answer to what is there now, and take a delete up."""
        if kind == "look":
            answer = self._stand.read(is_there=self.holding.is_there)
        elif kind == "other":
            answer = message(200, self._stand.others[path])
        elif self.holding.is_there:
            answer = message(*self._stand.success)
            self.was_taken = True
            self.holding.take_up(self._stand.works_after)
        else:
            answer = message(404, MISSING)
        return lambda wire, _stand: wire.send(answer)
