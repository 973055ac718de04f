"""The course of a run as its journal tells it: the state of each reference, and the processes that worked on it.

Rows are read once, in order, and forgotten: a reference keeps ten bytes here, however long its row is.
"""

import json
from array import array
from bisect import bisect
from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeAlias, cast, get_args

from attrs import define

from .._json import JSON
from ..types import Status
from . import chain
from .entry_forms import require_part, require_run, require_tombstone

Kind: TypeAlias = Literal[
    "run", "plan", "intent", "resolved", "unsent", "accepted", "doubt", "outcome", "resume", "end"
]
"""`run`: begins a journal. `plan`: the plan that it carries out; a long one continues in further entries. `intent`: a
delete may leave from now on. `resolved`: the number that an alias stands for. `unsent`: no delete has left despite the
intent. `accepted`: the tombstone of a version that the run waits for. `doubt`: one that is `unknown`. `outcome`: the
final one. `resume`: another process goes on. `end`: a process has ended in order."""

_ABOUT_ONE = {"intent", "resolved", "unsent", "accepted", "doubt", "outcome"}

NOT_BEGUN, UNDER_WAY, SETTLED, ACCEPTED = 0, 1, 2, 3
"""The states of a reference: without an intent, with an intent and no outcome, with an outcome, and accepted by a
provider that the run waits for."""

Facts: TypeAlias = Mapping[str, JSON]

STATUSES: tuple[Status, ...] = get_args(Status)


@define
class Part:
    """The work of one process on a run.

    Attributes:
        first: The number of its first entry.
        at: Time of that entry, as text.
        user: The user's name.
        host: The machine's name.
        tool: The program with its version.
        last: Time of its last entry that has one.
        end: Why it ended; None if it was killed.
    """

    first: int
    at: str
    user: str
    host: str
    tool: str
    last: str
    end: str | None = None


class History:
    """A journal that was read and verified.

    Attributes:
        run: The facts of the run: `at`, `user`, `host`, `command`, `origins`, `options` and the like.
        plan: The plan that it carries out, as JSON, or None.
        parts: The processes that worked on it, in their order.
        count: The number of references.
        states: The state of each reference; that of number 1 is at 0.
        last: The number of the entry with each reference's last tombstone; 0 without one.
        resolved: The references that aliases stand for, by number, of those under way.
        entries: The number of entries.
        chain: The hash of the last entry.
    """

    def __init__(self, count: int) -> None:
        self.run: Facts = {}
        self.plan: Facts | None = None
        self._plan: list[str] = []
        self.parts: list[Part] = []
        self.count = count
        self.states = bytearray(count)
        self.last: array[int] = array("q", bytes(8 * count))
        self._statuses = bytearray(count)
        self.resolved: dict[int, str] = {}
        self.entries = 0
        self.chain = chain.START

    @property
    def origins(self) -> Facts:
        """Return the address of each provider."""
        origins = self.run["origins"]
        return origins if isinstance(origins, dict) else {}

    @property
    def is_complete(self) -> bool:
        """Return whether every reference has its outcome."""
        return self.states.count(SETTLED) == self.count

    def read_plan(self) -> None:
        """Read the plan, now that all of its entries were taken.

        Raises:
            ValueError: It is not JSON.
            TypeError: It is not an object: null would pass for a run without a plan.
        """
        if self._plan:
            plan = json.loads("".join(self._plan))
            if not isinstance(plan, dict):
                raise TypeError("a plan that is not an object")
            self.plan, self._plan = cast("Facts", plan), []

    def status_of(self, n: int) -> Status | None:
        """Return the status of reference *n*; `unknown` if it was under way, None if it was not begun."""
        if self.states[n - 1] == NOT_BEGUN:
            return None
        return STATUSES[self._statuses[n - 1] - 1] if self._statuses[n - 1] else "unknown"

    def counts(self) -> "Counter[Status | None]":
        """Return the number of references by status; None counts those that were not begun."""
        return Counter(self.status_of(n) for n in range(1, self.count + 1))

    def part_of(self, n: int) -> Part | None:
        """Return the process that recorded reference *n*'s last tombstone."""
        seq = self.last[n - 1]
        return self.parts[bisect([part.first for part in self.parts], seq) - 1] if seq else None

    def take(self, kind: str, n: int | None, facts: Facts) -> str | None:
        """Follow one entry; return a clause if it does not follow from those before it."""
        time = facts.get("at") or facts.get("settled_at")
        if self.parts and isinstance(time, str):
            self.parts[-1].last = time
        match kind:
            case "run" if self.entries == 1:
                require_run(facts)
                self.run = facts
                self._begin_part(facts)
            case "plan" if self.entries == 2 + len(self._plan):  # it follows the first one
                self._plan.append(str(facts["text"]))
            case "resume" if self.entries > 1:
                self._begin_part(facts)
            case "end" if self.entries > 1:
                self.parts[-1].end = str(facts["why"])
            case "intent" | "resolved" | "unsent" | "accepted" | "doubt" | "outcome" if (
                n is not None and 0 < n <= self.count
            ):
                return self._take_reference(kind, n, facts)
            case _:
                return "does not follow from those before it"
        return None

    def _take_reference(self, kind: str, n: int, facts: Facts) -> str | None:
        before = self.states[n - 1]
        if before == SETTLED or (kind != "intent" and before == NOT_BEGUN):
            return f"does not follow from those before it about reference {n}"
        if kind in {"outcome", "accepted"} or before != ACCEPTED:
            self.states[n - 1] = {"outcome": SETTLED, "accepted": ACCEPTED, "unsent": NOT_BEGUN}.get(kind, UNDER_WAY)
        if kind == "resolved":
            self.resolved[n] = str(facts["ref"])
        elif self.states[n - 1] in {SETTLED, NOT_BEGUN}:
            self.resolved.pop(n, None)
        if kind in {"accepted", "doubt", "outcome"}:
            require_tombstone(facts)
            self.last[n - 1] = self.entries
            self._statuses[n - 1] = STATUSES.index(cast("Status", facts["status"])) + 1
        return None

    def _begin_part(self, facts: Facts) -> None:
        require_part(facts)
        at, user, host, tool = (str(facts[name]) for name in ("at", "user", "host", "tool"))
        self.parts.append(Part(self.entries, at, user, host, tool, last=at))
