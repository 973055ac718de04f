"""One deletion, from the reference to the tombstone: the state machine that all providers share.

    check ─▶ resolve ─▶ precondition ─▶ send ─▶ judge ─▶ AFTER_ANSWER ──┬─▶ settled
                             ▲                                          ├─▶ read ─▶ AFTER_READ ──┬─▶ settled
                             │                                          └─▶ wait ─┐              │
                             └────────────────────────────────────────────────────┴── send again ┘

The tables in `endings.py` decide, by what `evidence.py` holds. After a doubt nothing is sent again without a read in
between, and a 404 counts as success only after an attempt in doubt. docs/outcomes.md has the rules for users.

`read_backs.py` reads, and `exchanges.py` gives each call its time and its turn.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from random import random
from typing import TYPE_CHECKING, Literal

from .._answer import Answer
from .._flow import Call, Clock, Departure, Flow, Sleep, call
from .._waits import OUT_OF_TURN, Chance, NoLimit, Pace, Patience, asked_wait, patiently
from ..errors import ExpungeError
from ..events import Listener
from ..providers import AnyAdapter
from ..refs import Reference
from ..types import Tombstone
from . import checks
from .answer_meaning import Judged, judge
from .dry_run import foresee
from .endings import AFTER_ANSWER, AfterAnswer
from .evidence import Evidence
from .exchanges import Exchanges
from .options import LAST_READ_SECONDS, Options
from .read_backs import ReadBacks
from .record import EARLIER, Outcome, Record, Settled
from .time_left import TimeLeft
from .watch import Watch

if TYPE_CHECKING:
    from .._system.stop import Stop

_MOST_DOUBTS = 3
"""How often a delete is sent whose outcome stays in doubt."""

_FIRST_PAUSE = 0.25
"""Seconds before a delete is sent again."""


class Deletion:
    """The state of one deletion under way.

    Attributes:
        adapter: The adapter of its provider.
        outcome: How it ended; None until then. It is there before any listener hears of the end.
        is_ending: Whether it was interrupted, and settles what was under way by its last read.
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        ref: Reference,
        requested: str,
        options: Options,
        clock: Clock,
        *,
        chance: Chance = random,
        listeners: Iterable[Listener] = (),
        last_read_seconds: float = LAST_READ_SECONDS,
        pace: Pace | None = None,
    ) -> None:
        self.outcome: Outcome | None = None
        self.is_ending = False
        self.adapter = adapter
        self._options = options
        self._clock = clock
        self._chance = chance
        # Not a method: a circle of references would keep each deletion until the garbage is collected.
        self._asked_wait = partial(_asked_wait, clock, adapter)
        self._record = Record(ref, requested, clock, self._asked_wait)
        evidence = Evidence(may_come_late=not adapter.deletes_before_answering)
        if options.was_accepted:
            evidence = evidence.accepted_earlier()
        elif options.was_under_way:
            evidence = evidence.from_earlier()
        self._record.evidence = evidence
        self._watch = Watch(self._record, requested, clock, listeners)
        self._time = TimeLeft(clock, options.timeout, last_read_seconds)
        self._pace: Pace = pace or NoLimit()
        self._read_backs = ReadBacks(adapter, self._record, self._time, self._watch, clock)
        self._exchanges = Exchanges(self._record, self._time, self._pace, clock)
        self._departure = Departure()
        self._patience = Patience(clock, chance, adapter.retry_after, self._time.ends, self._watch.retry)

    @property
    def stop(self) -> "Stop | None":
        """When it is set, nothing more begins: what was under way is settled by one read. None if nobody may set it."""
        return self._exchanges.stop

    @stop.setter
    def stop(self, stop: "Stop | None") -> None:
        self._exchanges.stop = stop

    @property
    def _evidence(self) -> Evidence:
        return self._record.evidence

    @_evidence.setter
    def _evidence(self, evidence: Evidence) -> None:
        self._record.evidence = evidence

    def run(self) -> Flow[Outcome]:
        """Delete, and return what became of it; never raise for what the network or the provider did.

        Any other exception (Ctrl-C, a cancelled task, a time limit) is raised again after one read has settled what was
        under way. Its `tombstone` and its notes hold the result.
        """
        try:
            self.outcome = yield from self._exchanges.timed(patiently(self._course(), self._patience, self._is_read))
            self._watch.settled(self.outcome.tombstone)
        except GeneratorExit:
            raise
        except BaseException as interruption:
            if self.outcome is None:
                yield from self._interrupted()
            self.carry(interruption)
            raise
        return self.outcome

    @property
    def has_begun(self) -> bool:
        """Return whether a delete may have left."""
        return self._evidence.attempts > 0 or self._evidence.is_sending

    def account(self, reason: str = "it was interrupted, and so was the read that was to settle it") -> Tombstone:
        """Return what is known at this moment, without a read; *reason* is a clause for an open doubt."""
        outcome = self.outcome or self._record.account(reason).outcome
        return outcome.tombstone

    def carry(self, error: BaseException) -> None:
        """Put the tombstone on *error*, once, unless the error comes from before anything was begun."""
        has_begun = self.outcome is not None or self.has_begun
        if getattr(error, "tombstone", None) is not None or (isinstance(error, ExpungeError) and not has_begun):
            return
        tombstone = self.account()
        with suppress(AttributeError, TypeError):  # an exception of somebody else's class may take no attributes
            error.tombstone = tombstone  # type: ignore[attr-defined]  # nearly all do
        error.add_note(f"{tombstone.ref}: {tombstone.status}. {tombstone.detail}")

    def _course(self) -> Flow[Outcome]:
        try:
            checks.check(self.adapter, self._record, self._options)
            if self._options.was_accepted:
                yield from self._read_backs.await_gone()
            yield from checks.resolve(self.adapter, self._record, self._options)
            if self._options.was_under_way:
                yield from self._read_backs.settle(Answer(problem=EARLIER, was_sent=True), "failed")
            yield from checks.require_precondition(self._record, self._options)
            if self._options.dry_run:
                yield from foresee(self.adapter, self._record, self._read_backs.look())
            yield from self._send_until_settled()
        except Settled as settled:
            return settled.outcome
        raise AssertionError("every state ends the machine or goes on")  # pragma: no cover

    # --- sending ------------------------------------------------------------------------------------------------

    def _send_until_settled(self) -> Flow[None]:
        limit, throttled = _FIRST_PAUSE, 0
        while True:
            was_in_doubt = self._evidence.doubts > 0
            answer, judged = yield from self._send()
            step = AFTER_ANSWER[judged.judgement][was_in_doubt]
            if step == "wait":
                pause = yield from self._wait_for_provider(answer, throttled)
                throttled += 1
            else:
                pause = yield from self._after(answer, judged, step, limit)
                limit *= 2
            yield Sleep(pause)
            if step == "wait" and self.adapter.reads_between_deletes:
                yield from self._read_backs.settle(answer, "failed")
            self._require_time(answer)  # without it, the reads that follow would fail one after another
            yield from checks.require_precondition(self._record, self._options)
            self._require_time(answer)

    def _require_time(self, answer: Answer) -> None:
        """End the deletion if no time is left to send it again after *answer*."""
        if self._time.seconds() <= 0:
            raise self._record.ended(
                answer, f"{answer.describe()}, and the time was over before it could be sent again"
            )

    def _send(self) -> Flow[tuple[Answer, Judged]]:
        """Send the delete once, and judge its answer; from before the first byte until then it is in doubt."""
        has_turn = yield from self._pace.turn(self._time.seconds())
        if self._time.seconds() <= 0 and not self._evidence.attempts:
            reason = "the time was over before it could be sent"
            raise self._record.failed(Answer(problem=reason, was_sent=False), reason)
        self._exchanges.require_going_on()
        effect = self.adapter.delete_call(self._record.ref, self._options.manifest)
        self._time.leave()
        self._exchanges.is_answered = False
        if has_turn:
            self._departure = Departure()
            self._evidence = self._evidence.sending()
            answer = yield from call(effect.noting(self._departure))
        else:
            answer = Answer(problem=OUT_OF_TURN, was_sent=False)
        judged = judge(self.adapter, self._record.ref, answer)
        self._exchanges.is_answered = answer.http_status is not None
        self._evidence = self._evidence.answered(answer, judged)
        self._watch.attempt(answer)
        return answer, judged

    def _after(self, answer: Answer, judged: Judged, step: AfterAnswer, limit: float) -> Flow[float]:
        """Follow the table for answers; return the pause before the delete is sent again, or end."""
        record = self._record
        if step in {"failed", "refused"}:
            raise record.failed(answer, judged.reason, "refused" if step == "refused" else "failed")
        if step in {"read, then failed", "read, then refused"}:
            status: Literal["failed", "refused"] = "refused" if step == "read, then refused" else "failed"
            yield from self._read_backs.settle(answer, status)
            raise self._record.ended(answer, judged.reason, status)
        if step == "absent":
            raise record.absent(f"it was not there ({judged.reason})")
        if step == "deleted by retry":
            raise record.confirmed("deleted", "retry", "A repeated request found it gone.")
        if step == "unknown":
            raise record.something_else()
        if self._options.wait and judged.judgement != "uncertain":
            yield from self._read_backs.await_gone()
        if step == "settled by the answer":
            raise self._record.taken()
        yield from self._read_backs.settle(answer, "failed")
        asked = self._asked_wait(answer)
        pause = limit * self._chance() if asked is None else asked
        if self._evidence.doubts >= _MOST_DOUBTS or self._time.seconds() <= pause:
            raise self._record.ended(answer, f"it is still there after {answer.describe()}")
        self._watch.retry(answer, pause)
        return pause

    def _wait_for_provider(self, answer: Answer, throttled: int) -> Flow[float]:
        """Return the pause that a throttling provider asks for, or end if the time does not allow it."""
        seconds = self._patience.wait_after(answer, throttled)
        if seconds is None:
            if self._evidence.doubts:
                yield from self._read_backs.settle(answer, "failed")
            raise self._record.ended(answer, answer.describe())
        return seconds

    # --- endings ------------------------------------------------------------------------------------------------

    def _interrupted(self) -> Flow[None]:
        """Settle by one read what an interruption cut short, and announce it; a second one leaves it unknown."""
        self.is_ending = True
        self.stop = None  # it was heard, or it comes too late to matter
        # The exchange is over, so what has not left never will. `account()` may not conclude that: another thread may
        # call it while the exchange goes on.
        if self._departure.is_kept and not self._departure.has_left:
            self._evidence = self._evidence.never_left()
        settled = self._record.account("it was interrupted")
        try:
            if settled.outcome.tombstone.status == "unknown" and not self._evidence.other:
                self._evidence = self._evidence.cut_short()
                self._time.end_now()
                sighting = yield from self._exchanges.timed(self._read_backs.look())
                settled = self._read_backs.after_interruption(sighting)
        except GeneratorExit:
            raise
        except BaseException:  # noqa: BLE001 - the first interruption is raised again, and carries this one's end
            settled = self._record.account("it was interrupted, and so was the read that was to settle it")
        self.outcome = settled.outcome
        self._watch.settled(self.outcome.tombstone)

    def _is_read(self, _effect: Call) -> bool:
        return not self._evidence.is_sending


def _asked_wait(clock: Clock, adapter: AnyAdapter, answer: Answer) -> float | None:
    """Return the seconds that the provider asks to wait: the header first, which is the standard's word."""
    return asked_wait(answer, clock.now(), adapter.retry_after)
