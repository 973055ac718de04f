"""The requests that came in, and the answers and faults that are scripted for the next ones."""

import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp

from ._wire import Json

Effect = Literal["none", "now", "late"]
"""When a request with a scripted answer is carried out; `late` is at `Sandbox.finish_deletions()`."""

Work = Callable[[], Awaitable[None]]
"""Carries out one request, whose answer nobody gets."""


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it came over the wire."""

    provider: str
    method: str
    target: str
    """Path and query, still encoded."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order sent."""
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of that *name*, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self) -> Json:
        """Read the body as JSON."""
        return json.loads(self.body)


@dataclass
class ScriptedAnswer:
    """An answer, or a fault, that stands in for the provider's own, *times* times."""

    provider: str
    method: str
    play: ASGIApp
    path: str | None
    """Only requests whose target begins so; None is any."""
    effect: Effect
    times: int = 1

    def fits(self, request: RecordedRequest) -> bool:
        """Return whether this answers *request*."""
        return (self.provider, self.method) == (request.provider, request.method) and (
            self.path is None or request.target.startswith(self.path)
        )


@dataclass
class Ledger:
    """The requests so far, and the scripted answers; safe from any thread."""

    records: bool = True
    """Whether the requests are kept."""
    _requests: list[RecordedRequest] = field(default_factory=list[RecordedRequest])
    _script: list[ScriptedAnswer] = field(default_factory=list[ScriptedAnswer])
    _late: list[Work] = field(default_factory=list[Work])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: RecordedRequest) -> ScriptedAnswer | None:
        """Record *request*; give the scripted answer that is due, if there is one."""
        with self._lock:
            if self.records:
                self._requests.append(request)
            due = next((answer for answer in self._script if answer.fits(request)), None)
            if due is not None:
                due.times -= 1
                if due.times == 0:
                    self._script.remove(due)
            return due

    def plan(self, answer: ScriptedAnswer) -> None:
        """Have *answer* given when its turn comes; earlier ones go first."""
        with self._lock:
            self._script.append(answer)

    def requests(self) -> list[RecordedRequest]:
        """Copy what came in so far, oldest first."""
        with self._lock:
            return list(self._requests)

    def clear_requests(self) -> None:
        """Forget what came in so far."""
        with self._lock:
            self._requests.clear()

    def clear_script(self) -> None:
        """Forget the scripted answers that were not given yet, and the late requests."""
        with self._lock:
            self._script.clear()
            self._late.clear()

    def postpone(self, work: Work) -> None:
        """Keep *work* until `take_late()`."""
        with self._lock:
            self._late.append(work)

    def take_late(self) -> list[Work]:
        """Return the work that was postponed, oldest first, and forget it."""
        with self._lock:
            late, self._late = self._late, []
            return late
