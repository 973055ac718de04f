"""A run that is written down: what its journal hears of it, and what it makes of a journal that it finishes."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from .._deletion.options import Options
from .._deletion.record import EARLIER, ELSEWHERE, NEVER_SENT
from .._flow import Clock, Flow
from ..bulk.feed import Item, Items, Ledger
from ..errors import InvalidJournal, InvalidReference, JournalFailed
from ..journal.history import Facts
from ..journal.journal import Journal
from ..providers import PROVIDERS, parse_ref
from ..refs import Reference
from ..types import Tombstone

if TYPE_CHECKING:
    from .._json import JSON

_STOPPED = "The run was stopped before it began; nothing was sent."

AnyPath: TypeAlias = str | os.PathLike[str]


@frozen
class Watched:
    """A ledger that hears of a run, such as a display, and what its journal needs.

    Attributes:
        ledger: It hears of the run.
        path: The path of the run's journal, if it has one.
        profile: The command line's profile, which the journal notes.
    """

    ledger: Ledger
    path: AnyPath | None = None
    profile: str | None = None


AnyJournal: TypeAlias = AnyPath | Watched
"""The journal of a run: a path, or for the command line a path and its display."""


def path_of(journal: AnyJournal | None) -> AnyPath | None:
    """Return the path of *journal*, if it has one."""
    return journal.path if isinstance(journal, Watched) else journal


def ledger_of(journal: AnyJournal | None) -> Ledger | None:
    """Return the ledger that hears of the run beside its journal, if there is one."""
    return journal.ledger if isinstance(journal, Watched) else None


class Recording:
    """The journal of one run, as the run speaks to it.

    A new journal is created when the first reference is asked for, in the thread that reads the references: all of them
    are on the disk before any work begins.
    """

    def __init__(
        self,
        source: Callable[[Callable[[], bool]], Journal],
        require: Callable[[Reference], None],
        *,
        waits: bool,
        beside: Ledger | None = None,
    ) -> None:
        self._source = source
        self._waits = waits
        self._accepted: set[int] = set()
        self._beside = beside
        self._require = require
        self._opened: Journal | None = None
        self._is_over = False
        # Without a lock, which a signal or a lack of memory could leave taken: each use of it is one call in C.
        self._waiting: set[int] = set()

    @property
    def journal(self) -> Journal:
        """The journal, which is opened when it is first needed."""
        if self._opened is None:
            self._opened = self._source(lambda: self._is_over)
            if self._is_over:  # the run was stopped meanwhile, and nobody else closes it
                self._opened.close("stopped before it began")
                raise InvalidJournal(_STOPPED)
        return self._opened

    def items(self) -> Items:
        """Return the references that are left, each once; those that an earlier process had begun come first."""
        return Items(self._items(), never_wait=True)

    def options_for(self, item: Item, options: Options) -> Options:
        """Return the options of one deletion: whether it may have been sent before, and a note of its alias."""
        was_under_way = self.journal.was_under_way(item.number)
        if self.journal.was_accepted(item.number):
            return evolve(options, was_accepted=True)
        if item.ref is None or not PROVIDERS[item.ref.provider].needs_resolving(item.ref):
            return evolve(options, was_under_way=True) if was_under_way else options
        # Without a note of what it stands for, no delete has left.
        is_known = item.number in self.journal.history.resolved
        precondition = self._noted(item.number, options.precondition)
        return evolve(options, was_under_way=was_under_way and is_known, precondition=precondition)

    def not_begun(self, item: Item, tombstone: Tombstone) -> Tombstone:
        """Return *tombstone* of an item that this process has not begun; an earlier one may have."""
        if not self.journal.was_under_way(item.number):
            return tombstone
        detail = f"It may be gone: {EARLIER}, and it could not be read. {tombstone.detail}"
        return evolve(tombstone, status="unknown", attempts=1, detail=detail)

    # --- the run's own calls: see `bulk.feed.Ledger` ----------------------------------------------------------------

    def intend(self, items: Sequence[Item]) -> None:
        """Write the intents of *items*, and return when they are on the disk."""
        numbers = [item.number for item in items]
        self._waiting.update(numbers)
        self.journal.intend(numbers)
        if self._beside is not None:
            self._beside.intend(items)

    def begin(self, number: int, account: Callable[[], Tombstone]) -> None:
        """Take note that the work on an item begins: from now on its delete may leave."""
        self._waiting.discard(number)
        if self._beside is not None:
            self._beside.begin(number, account)

    def rest(self, number: int, account: Callable[[], Tombstone]) -> None:
        """Write down, once, that the provider has accepted an item: a later process must not send it again."""
        if number not in self._accepted:
            self._accepted.add(number)
            tombstone = account()
            if tombstone.status == "accepted":
                self.journal.accept(number, tombstone)
        if self._beside is not None:
            self._beside.rest(number, account)

    def settle(self, number: int, tombstone: Tombstone) -> None:
        """Write down the end of an item; what is unknown, or was never sent, is left to a later process."""
        self._waiting.discard(number)
        if tombstone.status == "accepted" and self._waits and number not in self._accepted:
            self.journal.accept(number, tombstone)
        elif tombstone.status == "accepted" and self._waits:
            pass  # it was interrupted while it waited, and that it was accepted is written down
        elif tombstone.status == "unknown" and not tombstone.detail.rstrip(".").endswith(ELSEWHERE):
            self.journal.doubt(number, tombstone)
        elif tombstone.detail.endswith(f"{NEVER_SENT}.") and not self.journal.was_under_way(number):
            self.journal.withdraw([number])
        else:
            self.journal.settle(number, tombstone)
        self._accepted.discard(number)
        if self._beside is not None:
            self._beside.settle(number, tombstone)

    def close(self, error: BaseException | None) -> None:
        """Write down why the run has ended, and close the journal.

        Raises:
            JournalFailed: Not everything could be written, and no *error* is there to carry the reason.
        """
        self._is_over = True
        if self._beside is not None:
            self._beside.close(error)
        if self._opened is None:
            return
        unsent = sorted(number for number in self._waiting.copy() if not self.journal.was_under_way(number))
        try:
            self._opened.withdraw(unsent)
            kind = type(error).__name__
            # The command line's interruption names its reason, such as a signal.
            reason = getattr(error, "reason", kind) if isinstance(error, KeyboardInterrupt) else kind
            self._opened.close("finished" if error is None else f"stopped by {reason}")
        except JournalFailed as failure:
            if error is None:
                raise
            error.add_note(str(failure))

    def _items(self) -> Iterator[Item]:
        for left in self.journal.left():
            try:
                ref = parse_ref(left.resolved or left.ref)
                self._require(ref)
                yield Item(left.n, left.ref, ref)
            except InvalidReference as error:
                yield Item(left.n, left.ref, None, error)

    def _noted(
        self, number: int, precondition: Callable[[Reference], Flow[None]] | None
    ) -> Callable[[Reference], Flow[None]]:
        """Return a precondition that first writes down what the reference stands for, once: an alias can move."""
        is_noted = False

        def check(ref: Reference) -> Flow[None]:
            nonlocal is_noted
            if not is_noted:
                self.journal.wait_for(self.journal.resolve(number, str(ref)))
                is_noted = True
            if precondition is not None:
                yield from precondition(ref)

        return check


def new_journal(  # noqa: PLR0917 - all of them are needed, and none has a default
    path: AnyPath,
    items: Items,
    facts: Facts,
    origin_of: Callable[[str], str | None],
    clock: Clock,
    plan: Iterable[str] | None,
) -> Callable[[Callable[[], bool]], Journal]:
    """Return a function that creates a journal at *path*, with all of *items* and with *facts* of the run.

    Its argument returns whether the run is over: a journal that is not complete by then is removed.

    Args:
        path: The file; it must not exist.
        items: The references, without repeats.
        facts: `command` and `options`.
        origin_of: Returns the address of a provider, or None if it has no settings.
        clock: The source of the time.
        plan: The plan that is carried out as JSON, in pieces; None without one.
    """

    def create(is_over: Callable[[], bool]) -> Journal:
        origins: dict[str, JSON] = {}

        def texts() -> Iterator[str]:
            for item in items.iterator:
                if is_over():
                    raise InvalidJournal(_STOPPED)
                if item.provider is not None and item.provider not in origins:
                    origins[item.provider] = origin_of(item.provider)
                yield item.requested

        return Journal.create(path, texts(), {**facts, "origins": origins}, clock, plan)

    return create
