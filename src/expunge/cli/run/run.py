"""Deletions under way in a command: their results, and the effect of Ctrl-C and of signals that end a program."""

import os
import signal
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Self

from ..._deletion.record import NEVER_SENT
from ..._runs.recording import Watched
from ..._system.ending_signals import ending_signals
from ...bulk.feed import Item
from ...bulk.limits import Limit
from ...errors import ConfigurationError, ExpungeError
from ...providers import PROVIDERS
from ...types import Tombstone
from ..exit_codes import exit_code, fail, forget_stdout, say, say_from_signal
from ..journal.place import resuming
from ..journal.recorded import Recorded
from ..profiles.active import name_of_profile
from ..rendering import TOMBSTONE_HEADS, is_terminal, print_json, print_rows, tombstone_row
from .display import Display
from .final_table import Table
from .outcomes import Again, Outcomes, require_writable

_RESERVE = 1 << 20
"""Bytes that a run keeps for its end: without memory, the references that are left must still be written."""


class Stop(KeyboardInterrupt):
    """Nothing more begins, and deletions under way are settled.

    Attributes:
        reason: The reason, for the journal: the name of a signal, or an output that is closed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class Run:
    """Deletions under way: those begun, those settled, and whether a person asked to stop.

    It is a ledger of its run: `bulk.feed.Ledger`.

    Args:
        wanted: The references of the run.
        by_provider: Their number by provider.
        limits: Returns the rates of the providers.
        again: How to try again all that is not done.
        missing_ok: Whether an absent version counts as done.
        wait: Whether an accepted deletion does not.
        dry_run: Whether nothing is deleted.
        failed_to: A file for all that is not done.
        journal: The journal of the run, if it has one.
    """

    def __init__(
        self,
        wanted: Collection[str],
        by_provider: Mapping[str, int],
        limits: Callable[[], Mapping[str, Limit]],
        again: Again,
        *,
        missing_ok: bool,
        wait: bool,
        dry_run: bool = False,
        failed_to: Path | None = None,
        journal: Path | None = None,
    ) -> None:
        self._outcomes = Outcomes(wanted, missing_ok=missing_ok, wait=wait)
        self._display = Display(by_provider, limits, self._outcomes.counted)
        self._again = again
        self._missing_ok = missing_ok
        self._dry_run = dry_run
        self._failed_to = failed_to
        self._journal = journal
        self._is_recorded = journal is not None and journal.exists()  # as one that is resumed
        self._has_begun = False
        self._begun: dict[int, Callable[[], Tombstone]] = {}
        self._numbers: dict[str, int] = {}
        self._table = Table(dry_run=dry_run)
        self._unshown: dict[int, Tombstone] = {}
        self._locked_out: dict[str, None] = {}
        self._is_read = True
        self._has_a_table = False
        self._is_taking = False
        self._signal = 0

    @property
    def is_stopping(self) -> bool:
        """Return whether a person or another program asked to stop."""
        return self._signal > 0

    @property
    def _reason(self) -> str:
        return signal.Signals(self._signal).name if self.is_stopping else "an output that is closed"

    # --- as a ledger: in the threads of the run -----------------------------------------------------------------

    def intend(self, items: Sequence[Item]) -> None:
        """Take note of the numbers of *items*, which a journal holds by now."""
        self._has_begun, self._is_recorded = True, self._journal is not None
        for item in items:
            self._numbers[item.requested] = item.number

    def begin(self, number: int, account: Callable[[], Tombstone]) -> None:
        """Take note of a deletion that begins."""
        self._begun[number] = account

    def settle(self, number: int, tombstone: Tombstone) -> None:
        """Do nothing: `show()` gets the tombstone next."""

    def rest(self, number: int, account: Callable[[], Tombstone]) -> None:
        """Do nothing: it stays under way."""

    def close(self, error: BaseException | None) -> None:
        """Do nothing: `__exit__()` is next."""

    @property
    def watched(self) -> Watched:
        """Return the journal of the run, with this as its display."""
        return Watched(self, self._journal, name_of_profile())

    def count_recorded(self, number: int, tombstone: Tombstone) -> None:
        """Count a result that an earlier process has recorded."""
        self._outcomes.note(number, tombstone)

    def count_open(self, number: int) -> None:
        """Count a reference that an earlier process may have sent."""
        self._outcomes.note_open(number)

    # --- results ------------------------------------------------------------------------------------------------

    def show(self, tombstones: Iterator[Tombstone], *, as_json: bool) -> None:
        """Print each tombstone when it comes; on a terminal, show the progress meanwhile and a table at the end."""
        self._has_a_table = is_terminal() and not as_json
        try:
            with self._display.shown(live=self._has_a_table or not is_terminal()):
                for number, tombstone in self._results(tombstones):
                    if self._has_a_table:
                        self._table.keep(number, tombstone)
                    else:
                        self._print(tombstone, as_json=as_json)
                    self._unshown.pop(number, None)
        finally:
            if self._has_a_table:
                self._table.show()

    def _results(self, tombstones: Iterator[Tombstone]) -> Iterator[tuple[int, Tombstone]]:
        """Yield each result; if anything strikes, also those of all that was under way then."""
        try:
            while True:
                self._is_taking = True
                if self.is_stopping or not self._is_read:
                    raise Stop(self._reason)  # noqa: TRY301 - handled below, like one that a signal raises in next()
                tombstone = next(tombstones)
                number = self._take(tombstone)
                self._is_taking = False
                yield number, tombstone
        except StopIteration:
            self._is_taking = False
        except BaseException as error:
            self._is_taking = False
            yield from self._carried(error, tombstones)
            if not isinstance(error, Stop):
                raise

    def _carried(self, error: BaseException, tombstones: Iterator[Tombstone]) -> Iterator[tuple[int, Tombstone]]:
        """Yield the results that *error* carries, and are not settled yet."""
        if isinstance(tombstones, Generator) and getattr(error, "tombstones", None) is None:
            with suppress(type(error)):  # it struck here, not in there: what is under way has not heard of it
                tombstones.throw(error)
        taken: list[tuple[int, Tombstone]] = []
        for tombstone in getattr(error, "tombstones", ()):
            was_begun = not tombstone.detail.endswith(f"{NEVER_SENT}.")
            if was_begun and tombstone.requested_ref in self._numbers:
                taken.append(
                    (self._take(tombstone), tombstone)
                )  # all before the first is printed: a signal may end that
        yield from taken

    def _take(self, tombstone: Tombstone) -> int:
        """Take note of a result, once, and return its number."""
        number = self._numbers.pop(tombstone.requested_ref)
        self._unshown[number] = tombstone
        self._outcomes.note(number, tombstone)
        self._begun.pop(number, None)
        self._display.advance(tombstone.provider)
        if tombstone.status == "failed" and tombstone.http_status == 401 and tombstone.provider:  # noqa: PLR2004 - HTTP
            self._locked_out[tombstone.provider] = None
        return number

    def _print(self, tombstone: Tombstone, *, as_json: bool) -> None:
        """Print one result. If stdout breaks, begin nothing more, and print the remaining results on stderr."""
        row = tombstone_row(tombstone, dry_run=self._dry_run)
        if self._is_read:
            try:
                if as_json:
                    print_json(tombstone.to_dict())
                else:
                    print_rows(TOMBSTONE_HEADS, [row])
            except (OSError, ValueError) as error:
                self._is_read = False
                forget_stdout()
                why = error.strerror if isinstance(error, OSError) else error
                say(f"results can no longer be written ({why}); deletions under way are settled and reported here:")
            else:
                return
        say("\t".join(str(cell) for cell in row))

    # --- the end ------------------------------------------------------------------------------------------------

    def exit_code(self) -> int:
        """Return the exit code for all outcomes."""
        if self.is_stopping:
            return 128 + self._signal
        code = exit_code(self._outcomes.counts, missing_ok=self._missing_ok)
        return code if self._is_read else max(code, 1)

    def __enter__(self) -> Self:
        if self._failed_to is not None:
            require_writable(self._failed_to, self._journal)
        self._reserve = bytearray(_RESERVE)
        self._before = {number: signal.signal(number, self._interrupted) for number in ending_signals()}
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._reserve = bytearray()
        if isinstance(error, Exception) and self._outcomes.counts["unknown"]:
            error.__context__ = SystemExit(3)  # whatever ended the run: an unknown outcome wins
        if not self.is_stopping:
            # Else ours stays: at Ctrl-C a terminal drops output that it has not shown yet, so results are repeated.
            for number, handler in self._before.items():
                signal.signal(number, handler)
        problem = None
        try:
            self._read_from_journal()
            if self._has_begun or not isinstance(error, ConfigurationError):  # else its own line says it all
                self._summarise()
        finally:  # also if there is no memory for the summary
            problem = self._write_left()
        if problem is not None and error is None:
            raise SystemExit(max(1, self.exit_code()))

    def _read_from_journal(self) -> None:
        """Read what is left from the journal: a list may have changed since the run began."""
        if self._journal is not None and self._is_recorded:
            with suppress(ExpungeError):  # such as one of a run that could not close it; then the list is read
                self._outcomes.read_from(Recorded(self._journal, len(self._outcomes.wanted)))

    def _summarise(self) -> None:
        for name in self._locked_out:
            credential, _base = PROVIDERS[name].settings.variables
            say(f"{name} rejected the credential (HTTP 401). Check {credential}; nothing more was sent to {name}.")
        left_open, not_begun = self._outcomes.left_open, self._outcomes.not_begun
        if left_open or not_begun:
            unread = f", {left_open} not read yet" if left_open else ""
            say(f"stopped: {self._outcomes.settled} settled{unread}, {not_begun} not begun")
        journal = self._journal if self._is_recorded else None
        if len(self._outcomes.wanted) > 1:
            self._outcomes.summarise(self._again, self._failed_to, journal)
        if journal is not None and (left_open or not_begun or self._outcomes.counts["unknown"]):
            say(f"To finish this run: {resuming(journal)}")

    def _write_left(self) -> SystemExit | None:
        """Write the references that are not done; return the error if that is not possible."""
        if self._failed_to is not None:
            try:
                self._outcomes.write_left(self._failed_to)
            except OSError as problem:
                return fail(f"{self._failed_to} could not be written: {problem.strerror or problem}.", 1)
        return None

    def _interrupted(self, number: int, _frame: FrameType | None) -> None:
        if self.is_stopping:
            for tombstone in (self._table.rows | self._unshown).values():
                say_from_signal(f"{tombstone.status}: {tombstone.ref}")  # the table would come at the end
            for account in tuple(self._begun.values()):
                tombstone = account()
                say_from_signal(f"{tombstone.status}: {tombstone.ref}. {tombstone.detail}")
            not_settled = self._outcomes.left_open + self._outcomes.not_begun
            say_from_signal(f"{self._outcomes.counted()} · {not_settled} not settled")
            if self._journal is not None and self._is_recorded:
                say_from_signal(f"To finish this run: {resuming(self._journal)}")
            if self._has_a_table:
                say_from_signal("\x1b[?25h")  # the cursor, which the live display hides
            # Threads that wait for an answer would keep a gentler exit waiting with them.
            os._exit(128 + number)
        self._signal = number
        say_from_signal("\nstopping: deletions under way are settled first; Ctrl-C again ends at once")
        if self._is_taking:
            raise Stop(self._reason)
