"""The outcomes of a run in a few bytes each: counts, and the reason for each reference that is not done."""

import os
import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from shlex import quote

from attrs import frozen

from ..._system.atomic_write import write_atomically
from ...types import Status, Tombstone
from ..exit_codes import fail, say
from ..profiles.active import command_line

_NOT_BEGUN, _DONE, _OPEN, _FIRST_REASON = 0, 1, 2, 3

_MOST_REASONS = 1_000
"""Reasons that are kept apart; the rest of a run that has more share one."""

_MOST_SHOWN = 200
"""References that are listed under one reason; `--failed-to` has all."""

_MOST_REPEATED = 20
"""References that the command to try again may have as arguments."""

_BEGINNING = 1_024
"""Bytes that tell a list of references from another kind of file."""

_ADVICE = re.compile(r" See what is there now: .*", re.DOTALL)
_ORDER: tuple[Status, ...] = ("deleted", "accepted", "absent", "refused", "failed", "unknown", "planned")
_WORST_FIRST: tuple[Status, ...] = ("unknown", "failed", "refused", "absent", "accepted")


@frozen
class _Reason:
    status: Status
    words: str


@frozen(kw_only=True)
class Again:
    """How to try again all that is not done.

    Attributes:
        with_file: The command for a file of references, whose name is put in the place of `FILE`.
        with_refs: The command for a few references, which are added to it; None if it takes a file only.
    """

    with_file: str
    with_refs: str | None = None


def deleting(**flags: bool) -> Again:
    """Return how to try again the references of a run of `delete` with the *flags* that were set."""
    set_ones = (f"--{name.replace('_', '-')}" for name, is_set in flags.items() if is_set)
    command = " ".join([command_line(), "delete", *set_ones])
    return Again(with_file=f"{command} --from-file FILE", with_refs=command)


def replanning() -> Again:
    """Return how to try again the references of a plan: by another plan, which checks them again."""
    return Again(with_file=f"{command_line()} plan --from-file FILE -o PLAN")


class Outcomes:
    """The outcomes of a run.

    Args:
        wanted: The references of the run, in input order; they are read again at the end, unless they are few.
        missing_ok: Whether an absent version counts as done.
        wait: Whether an accepted deletion does not.

    Attributes:
        counts: Number of references by status.
        wanted: The references.
    """

    def __init__(self, wanted: Collection[str], *, missing_ok: bool, wait: bool) -> None:
        self.wanted: Collection[str] = list(wanted) if len(wanted) <= _MOST_REPEATED else wanted
        self.counts: Counter[Status] = Counter()
        self._done: set[Status] = {"deleted", "planned"}
        self._done |= {"absent"} if missing_ok else set()
        self._done |= set() if wait else {"accepted"}
        self._states = array("H", bytes(2 * (len(wanted) + 1)))
        self._reasons: dict[_Reason, int] = {}

    def read_from(self, recorded: Collection[str]) -> None:
        """Read the references from *recorded* from now on, if that is possible, and if they are not kept here.

        Raises:
            ExpungeError: They cannot be read.
        """
        if not isinstance(self.wanted, list):
            next(iter(recorded), None)
            self.wanted = recorded

    def note(self, number: int, tombstone: Tombstone) -> None:
        """Take note of the end of a reference."""
        self.counts[tombstone.status] += 1
        if self.is_done(tombstone):
            self._states[number] = _DONE
            return
        reason = _Reason(tombstone.status, words_about(tombstone))
        if reason not in self._reasons and len(self._reasons) >= _MOST_REASONS:
            reason = _Reason(tombstone.status, "Other reasons; each line of the results has its own.")
        self._states[number] = self._reasons.setdefault(reason, _FIRST_REASON + len(self._reasons))

    def note_open(self, number: int) -> None:
        """Take note of a reference that an earlier process may have sent, and that this one has not read yet."""
        self._states[number] = _OPEN

    def is_done(self, tombstone: Tombstone) -> bool:
        """Return whether nothing is left to do about *tombstone*."""
        return tombstone.status in self._done

    @property
    def settled(self) -> int:
        """Return the number of references that have an outcome."""
        return self.counts.total()

    @property
    def left_open(self) -> int:
        """Return the number of references that an earlier process may have sent, and that were not read since."""
        return self._states.count(_OPEN)

    @property
    def not_begun(self) -> int:
        """Return the number of other references that have none."""
        return len(self.wanted) - self.settled - self.left_open

    def counted(self) -> str:
        """Return the line of counts."""
        parts = [f"{self.counts[status]} {status}" for status in _ORDER if self.counts[status]]
        return " · ".join(parts) or "0 settled"

    def left(self) -> Iterator[tuple[str, int]]:
        """Return the text of each reference that is not done, in input order, with its state."""
        for number, text in enumerate(self.wanted, 1):
            if self._states[number] != _DONE:
                yield text, self._states[number]

    def write_left(self, path: Path) -> None:
        """Write to *path* all that is not done, one text a line, also if there is nothing.

        A process that is killed leaves no part of it: a reference that was cut may name another version.
        """
        try:
            write_atomically(path, self._lines_left(), mode=0o666)
        except PermissionError:  # its folder takes no new file
            with path.open("w", encoding="utf-8") as file:
                file.writelines(self._lines_left())

    def _lines_left(self) -> Iterator[str]:
        return (f"{text}\n" for text, _ in self.left())

    def summarise(self, again: Again, failed_to: Path | None, journal: Path | None) -> None:
        """Print the counts, and then all that is not done, by reason, with the command that tries it again.

        Args:
            again: How to try again all that is not done.
            failed_to: The file that names it, if there is one.
            journal: The journal of the run, if there is one.
        """
        left_open, not_begun = self.left_open, self.not_begun
        also = {"not read yet": left_open, "not begun": not_begun}
        say(" · ".join([self.counted(), *(f"{number} {words}" for words, number in also.items() if number)]))
        listed: dict[int, list[str]] = {}
        few: list[str] = []
        count = 0
        # A version that is not there needs no second attempt.
        absent = {state for reason, state in self._reasons.items() if reason.status == "absent"}
        for text, state in self.left() if self._reasons or left_open or not_begun else ():
            count += 1
            under = listed.setdefault(state, [])
            if len(under) < _MOST_SHOWN:
                under.append(text)
            if state not in absent and len(few) < _MOST_REPEATED:
                few.append(text)
        totals = Counter(self._states)
        reasons = {state: reason for reason, state in self._reasons.items()}
        by_first = [(reasons[state], state) for state in listed if state in reasons]
        for reason, state in sorted(by_first, key=lambda pair: _WORST_FIRST.index(pair[0].status)):
            say(f"{reason.status}: {reason.words}")
            for text in listed[state]:
                say(f"  {text}")
            if totals[state] > _MOST_SHOWN:
                say(f"  … and {totals[state] - _MOST_SHOWN} more")
        gone = sum(totals[state] for state in absent)
        if count > gone:
            say(self._command(again, failed_to, journal, few, count if failed_to is not None else count - gone))

    def _command(self, again: Again, failed_to: Path | None, journal: Path | None, texts: list[str], count: int) -> str:
        them = "it" if count == 1 else f"these {count}"
        if failed_to is not None:
            return f"To try {them} again: {again.with_file.replace('FILE', quote(str(failed_to)))}"
        if again.with_refs is not None and count <= _MOST_REPEATED:
            return f"To try {them} again: {again.with_refs} {' '.join(map(quote, texts))}"
        if journal is not None:
            done = "|".join(sorted({*self._done, "absent"} - {"planned"}))
            left = f'expunge report {quote(str(journal))} --json | grep -Ev \'"status": "({done})"\' > FILE'
            return f"To try {them} again: {left}, then: {again.with_file}"
        return f"To try {them} again, add --failed-to FILE to this command, then: {again.with_file}"


def require_writable(path: Path, journal: Path | None) -> None:
    """Create the file for what is not done, and end the program if it must not or cannot be written.

    Raises:
        SystemExit: It cannot be written, or it is a journal, a plan, or another file that is not a list of references.
    """
    if journal is not None and os.path.realpath(path) == os.path.realpath(journal):
        raise fail(f"{path} is the journal; name another file for --failed-to. Nothing was sent.")
    try:
        with path.open("a+b") as file:
            file.seek(0)
            beginning = file.read(_BEGINNING)
    except OSError as error:
        raise fail(f"{path} cannot be written: {error.strerror or error}; nothing was sent.") from None
    if b"\0" in beginning or beginning.lstrip().startswith(b"{"):
        raise fail(
            f"{path} exists and is not a list of references; name another file for --failed-to. Nothing was sent."
        )


def words_about(tombstone: Tombstone) -> str:
    """Return the reason of *tombstone* without its reference, so that equal reasons are equal texts."""
    words = _ADVICE.sub("", tombstone.detail)
    for text in sorted({tombstone.ref, tombstone.requested_ref}, key=len, reverse=True):
        words = words.replace(text, "it")
    version = tombstone.ref.rpartition("@")[2]
    said = words.find("the provider said: ")
    if version and said >= 0:  # only in the provider's words: elsewhere, a number may be a status
        words = words[:said] + re.sub(rf"(?<![\w-]){re.escape(version)}(?![\w-])", "…", words[said:])
    return words
