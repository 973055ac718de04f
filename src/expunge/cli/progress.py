"""Deletions under way in a command: their display, and the effect of Ctrl-C and of signals that end a program."""

import os
import signal
from collections.abc import Generator, Iterator
from contextlib import suppress
from types import FrameType
from typing import Self

from .._deletion.record import NEVER_SENT
from ..types import Tombstone
from .exit_codes import exit_code, forget_stdout, say, say_from_signal
from .rendering import TOMBSTONE_HEADS, is_terminal, print_json, print_rows, stderr, tombstone_row

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))
"""Signals that end a program; it then exits with 128 and the signal's number, as shells report it."""


class Stop(KeyboardInterrupt):
    """A signal asked to stop: what is under way is settled, and nothing more begins."""


class Run:
    """Deletions under way: those begun, those settled, and whether a person asked to stop."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted = wanted
        self._begun: dict[str, None] = {}
        self._is_read = True
        self._has_a_table = False
        self._is_taking = False
        self._signal = 0
        self._printed = 0
        self.settled: list[Tombstone] = []

    @property
    def is_stopping(self) -> bool:
        """Return whether a person or another program asked to stop."""
        return self._signal > 0

    def feed(self) -> Iterator[str]:
        """Yield the references one by one until a person asks to stop."""
        for text in self._wanted:
            if self.is_stopping or not self._is_read:
                return
            self._begun[text] = None
            yield text

    def show(self, tombstones: Iterator[Tombstone], *, as_json: bool) -> None:
        """Print each tombstone when it comes; on a terminal, show a bar meanwhile and a table at the end."""
        if as_json or not is_terminal():
            for tombstone in self._results(tombstones):
                self._print(tombstone, as_json=as_json)
                self._printed += 1
            return
        self._show_progress(tombstones)

    def _show_progress(self, tombstones: Iterator[Tombstone]) -> None:
        from rich.progress import (  # noqa: PLC0415 - only a terminal has a bar
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._has_a_table = True
        try:
            with Progress(*columns, console=stderr(), transient=True) as progress:
                task = progress.add_task("deleting", total=len(self._wanted))
                for _ in self._results(tombstones):
                    progress.advance(task)
        finally:
            print_rows(TOMBSTONE_HEADS, [tombstone_row(tombstone) for tombstone in self.settled])

    def _results(self, tombstones: Iterator[Tombstone]) -> Iterator[Tombstone]:
        """Yield each result; if anything strikes, also those of all that was under way then."""
        try:
            while True:
                self._is_taking = True
                if self.is_stopping:
                    raise Stop  # noqa: TRY301 - handled below, like one that a signal raises in next()
                tombstone = next(tombstones)
                self.settled.append(tombstone)
                self._is_taking = False
                yield tombstone
        except StopIteration:
            self._is_taking = False
        except BaseException as error:
            self._is_taking = False
            yield from self._carried(error, tombstones)
            if not isinstance(error, Stop):
                raise

    def _carried(self, error: BaseException, tombstones: Iterator[Tombstone]) -> Iterator[Tombstone]:
        """Yield the results that *error* carries, and are not settled yet."""
        if isinstance(tombstones, Generator) and getattr(error, "tombstones", None) is None:
            with suppress(type(error)):  # it struck here, not in there: what is under way has not heard of it
                tombstones.throw(error)
        before = len(self.settled)
        for tombstone in getattr(error, "tombstones", ()):
            was_begun = not tombstone.detail.endswith(f"{NEVER_SENT}.")
            if was_begun and not any(tombstone is settled for settled in self.settled):
                self.settled.append(tombstone)  # all of them before the first is printed: a signal may end that
        yield from self.settled[before:]

    def _print(self, tombstone: Tombstone, *, as_json: bool) -> None:
        """Print one result. If stdout breaks, begin nothing more, and print the remaining results on stderr."""
        if self._is_read:
            try:
                if as_json:
                    print_json(tombstone.to_dict())
                else:
                    print_rows(TOMBSTONE_HEADS, [tombstone_row(tombstone)])
            except (OSError, ValueError) as error:
                self._is_read = False
                forget_stdout()
                why = error.strerror if isinstance(error, OSError) else error
                say(f"results can no longer be written ({why}); deletions under way are settled and reported here:")
            else:
                return
        say("\t".join(str(cell) for cell in tombstone_row(tombstone)))

    def exit_code(self, *, missing_ok: bool = False) -> int:
        """Return the exit code for all outcomes."""
        if self.is_stopping:
            return 128 + self._signal
        code = exit_code(self.settled, missing_ok=missing_ok)
        return code if self._is_read else max(code, 1)

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._interrupted) for number in _ENDING}
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_stopping:
            # Else ours stays: at Ctrl-C a terminal drops output that it has not shown yet, so results are repeated.
            for number, handler in self._before.items():
                signal.signal(number, handler)
        is_stopped = self.is_stopping or not self._is_read
        if is_stopped and (left := len(self._wanted) - len(self.settled)):
            say(f"stopped: {len(self.settled)} settled, {left} not begun")

    def _interrupted(self, number: int, _frame: FrameType | None) -> None:
        if self.is_stopping:
            settled = {tombstone.requested_ref for tombstone in self.settled}
            for tombstone in self.settled[self._printed :]:  # a table counts as not printed: it comes at the end
                say_from_signal(f"{tombstone.status}: {tombstone.ref}")
            for text in self._begun:
                if text not in settled:
                    say_from_signal(f"unknown: {text} was under way. Check the current state: expunge show {text}")
            if self._has_a_table:
                say_from_signal("\x1b[?25h")  # the cursor, which the progress bar hides
            # Threads that wait for an answer would keep a gentler exit waiting with them.
            os._exit(128 + number)
        self._signal = number
        say_from_signal("\nstopping: deletions under way are settled first; Ctrl-C again ends at once")
        if self._is_taking:
            raise Stop
