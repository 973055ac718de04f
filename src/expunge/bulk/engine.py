"""Keeping several deletions under way: the parts that threads and tasks share.

A deletion that was begun stands in `begun` until its tombstone stands in `done`, and a tombstone stands there until the
caller has it. So whatever interrupts a run, wherever it strikes, nothing that was begun is without a record.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus

from attrs import frozen

from ..errors import ConfigurationError
from ..types import Tombstone
from .feed import Feed, Item, Items, Ledger

_WINDOWS_AHEAD = 8
"""Times `concurrency` that are read ahead, to find references of other providers while one has no room.

They are also intended ahead, many in one commit: after a crash, a journal has at most so many open intents.
"""

LOCKED_OUT = "It was not sent: the provider rejected the credential (HTTP 401) of an earlier reference."
"""The detail of a reference that a rejected credential kept from being sent."""


@frozen(kw_only=True)
class Terms:
    """The terms of one run.

    Attributes:
        concurrency: Deletions under way at once on each provider; those that the provider works on do not count.
        timeout: Seconds that one deletion may take.
        fail_fast: Whether to begin nothing more after the first reference that is not done.
        missing_ok: Whether an absent version counts as done.
        rests: Whether deletions may rest, as with `wait`.
        ledger: Hears of the beginning and the end of each reference.
    """

    concurrency: int
    timeout: float = 300.0
    fail_fast: bool = False
    missing_ok: bool = False
    rests: bool = False
    ledger: Ledger | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a run in which nothing could be under way."""
        if self.concurrency < 1:
            raise ConfigurationError(f"concurrency is {self.concurrency}; at least one must be under way.")

    def is_done(self, tombstone: Tombstone) -> bool:
        """Return whether nothing is left to do about *tombstone*."""
        return tombstone.status in {"deleted", "accepted", "planned"} or (
            self.missing_ok and tombstone.status == "absent"
        )


class Crew:
    """The record of one run: what was begun, and what is settled and not yet with the caller.

    Attributes:
        done: Tombstones that the caller has not got yet, each with the number of its reference.
        failure: An exception that ends the run, such as `SystemExit` from a listener in a thread.
    """

    def __init__(
        self, items: Items, terms: Terms, decline: Callable[[Item, str], Tombstone], arrived: Callable[[], None]
    ) -> None:
        self.terms = terms
        self.done: deque[tuple[int, Tombstone]] = deque()
        self.failure: BaseException | None = None
        self.feed = Feed(items, arrived, terms.ledger)
        self._decline = decline
        self._begun: dict[int, Callable[[], Tombstone]] = {}
        self._held: dict[str | None, deque[Item]] = {}
        self._sending: dict[str | None, set[int]] = {}
        self._locked_out: set[str | None] = set()
        self._is_closing = False
        self._process = os.getpid()

    @property
    def is_of_parent(self) -> bool:
        """Return whether the process has forked since the run began: the parent has all of it, with its ledger."""
        return os.getpid() != self._process

    def require_own_process(self) -> None:
        """Refuse to go on in a fork, which has no threads.

        Raises:
            RuntimeError: The run began in the parent.
        """
        if self.is_of_parent:
            raise RuntimeError("this run belongs to another process, which has its threads; begin one here")

    def next_items(self) -> Iterator[Item]:
        """Read on, and return the items that may begin now; each must begin before the next one is asked for."""
        if self.failure is not None:
            raise self.failure
        if self._is_closing or self.feed.is_unrecorded:
            self.feed.close()
            self._held.clear()
        self.feed.check()
        self.feed.ask(self._wanted())
        self.feed.check()
        for item in self.feed.take():
            self._held.setdefault(item.provider, deque()).append(item)
        for provider, line in self._held.items():
            while line and provider in self._locked_out:
                item = line.popleft()
                self._note(item.number, self._decline(item, LOCKED_OUT))
            # The room as it is now: what ends meanwhile is given to the caller before more begins.
            for _ in range(min(len(line), self.terms.concurrency - self.sent_on(provider))):
                yield line.popleft()

    def begin(self, item: Item, account: Callable[[], Tombstone]) -> int:
        """Note a deletion before anything of it happens; *account* returns what is known at any time."""
        self._begun[item.number] = account
        self._sent_on(item.provider).add(item.number)
        if self.terms.ledger is not None:
            self.terms.ledger.begin(item.number, account)
        return item.number

    def rest(self, number: int) -> None:
        """Note that the provider works on a deletion: it makes room for another."""
        for numbers in tuple(self._sending.values()):
            numbers.discard(number)
        account = self._begun.get(number)
        if account is not None and self.terms.ledger is not None:
            self.terms.ledger.rest(number, account)

    def settle(self, number: int, tombstone: Tombstone) -> None:
        """Note the end of a deletion."""
        if tombstone.status == "failed" and tombstone.http_status == HTTPStatus.UNAUTHORIZED:
            self._locked_out.add(tombstone.provider)
        if self.terms.fail_fast and not self.terms.is_done(tombstone):
            self._is_closing = True
        self._note(number, tombstone)
        self._begun.pop(number, None)
        self.rest(number)

    @property
    def under_way(self) -> int:
        """Return how many deletions are begun and not settled."""
        return len(self._begun)

    @property
    def goes_on(self) -> bool:
        """Return whether anything is to be waited for."""
        return bool(self.done) or self.under_way > 0 or not (self.feed.is_over and not any(self._held.values()))

    def sent_on(self, provider: str | None) -> int:
        """Return how many deletions take room on *provider*."""
        return len(self._sent_on(provider))

    def is_begun(self, number: int) -> bool:
        """Return whether that deletion is begun and not settled."""
        return number in self._begun

    def close_ledger(self, error: BaseException | None = None) -> None:
        """Let the ledger note the end of the run."""
        if self.terms.ledger is not None and not self.is_of_parent:
            self.terms.ledger.close(error)

    def carry(self, error: BaseException) -> None:
        """Put the tombstones of all that was begun, and is not with the caller, on *error*."""
        if self.is_of_parent:
            return
        begun = dict(self._begun)  # first: what a thread settles meanwhile is then in both, and never in neither
        tombstones = dict(self.done)
        for number, account in begun.items():
            if number not in tombstones:
                tombstones[number] = account()
        is_noted = getattr(error, "tombstones", None) is not None
        with suppress(AttributeError, TypeError):  # an exception of somebody else's class may take no attributes
            error.tombstones = tuple(tombstones.values())  # type: ignore[attr-defined]  # nearly all do
        for tombstone in () if is_noted else tombstones.values():
            error.add_note(f"{tombstone.ref}: {tombstone.status}. {tombstone.detail}")

    def _note(self, number: int, tombstone: Tombstone) -> None:
        try:
            if self.terms.ledger is not None:
                self.terms.ledger.settle(number, tombstone)
        except Exception as error:  # noqa: BLE001 - a run that cannot be recorded ends; the tombstone stays
            self.failure = error
        self.done.append((number, tombstone))

    def _sent_on(self, provider: str | None) -> set[int]:
        return self._sending.setdefault(provider, set())

    def _wanted(self) -> int:
        """Return how many references to ask for: for each provider that has room, and some ahead."""
        held = sum(map(len, self._held.values()))
        most = self.terms.concurrency
        ahead = _WINDOWS_AHEAD * most if self.feed.never_waits else most
        if held >= ahead:
            return 0
        free = max((most - self.sent_on(each) - len(line) for each, line in self._held.items()), default=most)
        return max(free, ahead - held)
