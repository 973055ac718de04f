"""One deletion, from the reference to the tombstone: the state machine that all providers share.

    resolve ──▶ send ──▶ read the answer ──┬─▶ settled
                 ▲  ▲                      ├─▶ settle by reading ──▶ settled
                 │  └── throttled, waited ─┘           │
                 └────── still there, and time ────────┘

After a doubt nothing is ever sent again without a read in between, and a 404 counts as success only after an attempt
whose outcome was uncertain. The rules, as users read them, are in docs/outcomes.md.
"""

from asyncio import CancelledError
from collections.abc import Callable, Iterable, Mapping
from random import random
from typing import Literal, TypeVar

from attrs import frozen

from .._answer import JSON, Answer
from .._flow import Call, Clock, Flow, Sleep, call
from .._waits import Chance, Patience, asked_wait, patiently
from ..errors import ExpungeError, Refused
from ..events import Listener
from ..providers import AnyAdapter
from ..providers._adapter import Absent, ReadFailed, Replaced, Sighting
from ..refs import Reference
from .judgement import Judged, judge
from .record import Outcome, Record, Settled
from .watch import Watch

T = TypeVar("T")

_MOST_DOUBTS = 3
"""How often a delete is sent whose outcome stays uncertain."""

_LAST_READ_SECONDS = 5.0
"""What a read-back gets when the deadline has passed: a doubt is worth a few seconds."""

_SHORTEST_SECONDS = 0.001
"""What any other exchange gets then: it ends at once, and says that it did."""

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.25, 10.0, 1.5


@frozen(kw_only=True)
class Options:
    """What a caller asks of one deletion.

    Attributes:
        wait: Whether to read back until it is gone.
        timeout: Seconds for the whole of it.
        dry_run: Whether only to read, and to say what would be sent.
        allow_model: Whether a reference to a whole model may be deleted.
        manifest: TrueFoundry's manifest to delete by, instead of the smallest one.
        precondition: Reads, once it is known what is to go, whether it still may; raises `Absent`, `ReadFailed` or
            `Refused` where it may not.
    """

    wait: bool = False
    timeout: float = 300.0
    dry_run: bool = False
    allow_model: bool = False
    manifest: Mapping[str, JSON] | None = None
    precondition: Callable[[Reference], Flow[None]] | None = None


class Deletion:
    """The state of one deletion under way."""

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
    ) -> None:
        self._adapter = adapter
        self._record = Record(ref, requested, clock, self._asked_wait)
        self._options = options
        self._clock = clock
        self._chance = chance
        self._watch = Watch(self._record, requested, clock, listeners)
        self._ends = clock.monotonic() + options.timeout
        self._look_ends = self._ends
        self._patience = Patience(clock, chance, adapter.retry_after, self._ends, self._watch.retry)
        self._is_sending = False
        self._doubts = 0
        self._may_be_late = not adapter.deletes_before_answering
        self._was_acknowledged = False
        self._was_taken = False
        self._was_seen = False

    def run(self) -> Flow[Outcome]:
        """Delete, and say what became of it; never raise for what the network or the provider did.

        An interruption (Ctrl-C, a cancelled task) is raised again, after what was under way is settled by one read; its
        `tombstone` and its notes then hold what came of it.
        """
        try:
            outcome = yield from self._timed(patiently(self._run(), self._patience, self._is_read))
        except (KeyboardInterrupt, SystemExit, CancelledError) as interruption:
            outcome = yield from self._interrupted()
            interruption.tombstone = outcome.tombstone  # type: ignore[union-attr]  # an exception takes attributes
            interruption.add_note(f"{outcome.tombstone.ref}: {outcome.tombstone.status}. {outcome.tombstone.detail}")
            self._watch.settled(outcome.tombstone)
            raise
        self._watch.settled(outcome.tombstone)
        return outcome

    def _timed(self, flow: Flow[T]) -> Flow[T]:
        """Run *flow* with each call bounded by the time that is left, and keep the last answer to a read."""
        answer: Answer | None = None
        try:
            while True:
                effect = flow.send(answer)
                if isinstance(effect, Call):
                    effect = effect.within(max(self._seconds_left(), self._least_seconds()))
                answer = yield effect
                if answer is not None and answer.http_status is not None and not self._is_sending:
                    self._record.read = answer
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # as in _flow.drive()

    def _interrupted(self) -> Flow[Outcome]:
        """Settle by one read what an interruption cut short; a second interruption leaves it unknown."""
        if self._is_sending:
            # Whether it has left, nobody can say; what has left may come late.
            self._is_sending = False
            self._record.attempts += 1
            self._doubts += 1
            self._may_be_late = True
        if not self._doubts and not self._was_taken:
            # Nothing was sent, or what was sent surely had no effect: what is there now is nobody's doing here.
            never = "it was interrupted before anything was sent"
            if self._record.attempts:
                never += " that had an effect"
            return self._record.failed(Answer(problem=never, was_sent=self._record.attempts > 0), never).outcome
        self._ends = self._clock.monotonic()
        try:
            sighting = yield from self._timed(self._look())
        except (KeyboardInterrupt, SystemExit, CancelledError):
            return self._record.unknown("it was interrupted, and so was the read that was to settle it").outcome
        if sighting.presence == "gone":
            return self._record.confirmed(
                "deleted", "read_back", f"A read found it gone after an interruption.{self._never_shown()}"
            ).outcome
        if sighting.presence == "unreadable":
            return self._record.unknown(f"it was interrupted; reading back could not tell: {sighting.reason}").outcome
        if self._may_be_late or self._was_taken:
            return self._record.unknown(
                "it was interrupted; a read still found it, but the deletion may come late"
            ).outcome
        return self._record.failed(Answer(problem="an interruption"), "it is still there after an interruption").outcome

    def _run(self) -> Flow[Outcome]:
        try:
            self._check()
            yield from self._resolve()
            yield from self._require_precondition()
            if self._options.dry_run:
                yield from self._foresee()
            yield from self._send_until_settled()
        except Settled as settled:
            return settled.outcome
        raise AssertionError("every state ends the machine or goes on")  # pragma: no cover

    # --- the states ---------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """Refuse what no request should be made for."""
        try:
            if self._record.ref.scope == "model":
                if not self._options.allow_model:
                    raise Refused(
                        f"{self._record.ref} names a whole model, and every version in it would go. "
                        "Name a version, or allow it: allow_model=True, --allow-model.",
                        ref=str(self._record.ref),
                    )
                self._adapter.check_model_delete(self._record.ref)
            if self._options.manifest is not None:
                self._adapter.check_manifest(self._record.ref, self._options.manifest)
        except ExpungeError as error:
            raise self._record.settled("refused", str(error), error) from None

    def _resolve(self) -> Flow[None]:
        """Find the number of an alias, because aliases move, and the row of a fully qualified name."""
        if not self._adapter.needs_resolving(self._record.ref):
            return
        try:
            self._record.ref = yield from self._adapter.resolve(self._record.ref)
            self._was_seen = True
            if self._options.manifest is not None:
                self._adapter.check_manifest(self._record.ref, self._options.manifest)
        except Absent as error:
            raise self._record.absent(f"there is no such version ({error.reason})") from None
        except ReadFailed as error:
            raise self._record.read_failed(error.answer, error.reason) from None
        except ExpungeError as error:
            raise self._record.settled("refused", str(error), error) from None

    def _require_precondition(self) -> Flow[None]:
        """Refuse what is no longer as it was when it was chosen; before each further delete as before the first."""
        if self._options.precondition is None:
            return
        try:
            yield from self._options.precondition(self._record.ref)
            self._was_seen = True
        except Absent as error:
            if self._doubts:
                raise self._record.confirmed(
                    "deleted", "read_back", "A read found it gone before it was sent again."
                ) from None
            raise self._record.absent(f"it is not there any more ({error.reason})") from None
        except ReadFailed as error:
            if self._record.attempts:
                raise self._not_sent_again(error.answer, f"it could not be read again: {error.reason}") from None
            raise self._record.read_failed(error.answer, error.reason) from None
        except ExpungeError as error:
            if self._doubts and (self._may_be_late or self._was_taken or isinstance(error, Replaced)):
                # Another one may stand under its name by now; of ours, then, nobody knows.
                raise self._record.unknown(f"an earlier attempt may have had an effect, and now: {error}") from None
            raise self._record.settled("refused", str(error), error) from None

    def _require_again(self, answer: Answer) -> Flow[None]:
        """Look again before it is sent again, after *answer*; a look may take the time that was left."""
        yield from self._require_precondition()
        if self._seconds_left() <= 0:
            raise self._not_sent_again(
                answer, f"{answer.describe()}, and the time was over before it could be sent again"
            )

    def _not_sent_again(self, answer: Answer, reason: str) -> Settled:
        """End where it may not be sent again, after attempts that had no effect as far as a read could tell."""
        if self._doubts and (self._may_be_late or self._was_taken):
            return self._record.unknown(f"an earlier attempt may still take effect, and {reason}")
        return self._record.failed(answer, reason)

    def _foresee(self) -> Flow[None]:
        """Settle a dry run: say what is there, and what is known against deleting it."""
        sighting = yield from self._look()
        if sighting.presence == "gone":
            raise self._record.absent(f"it is not there ({sighting.reason})")
        if sighting.presence == "unreadable" or sighting.version is None:
            raise self._record.read_failed(sighting.answer, sighting.reason)
        try:
            version = yield from self._adapter.describe(self._record.ref, sighting.version)
            against = yield from self._adapter.objections(self._record.ref, version)
        except ReadFailed as error:
            against = (f"what else is known of it could not be read ({error.reason})",)
        known = f" Against it: {'; '.join(against)}." if against else ""
        raise self._record.settled("planned", f"It is there and would be deleted.{known}")

    def _send_until_settled(self) -> Flow[None]:
        limit, throttled = _FIRST_PAUSE, 0
        while True:
            answer = yield from self._send()
            judged = judge(self._adapter, self._record.ref, answer)
            if judged.judgement == "throttled":
                yield from self._wait_out(answer, throttled)
                throttled += 1
                yield from self._require_again(answer)
                continue
            yield from self._end_where_certain(answer, judged)
            # What is left is uncertain: only a read can tell.
            self._doubts += 1
            self._may_be_late |= judged.may_be_late
            yield from self._settle(answer)
            asked = self._asked_wait(answer)
            pause = limit * self._chance() if asked is None else asked
            if self._doubts >= _MOST_DOUBTS or self._seconds_left() <= pause:
                raise self._still_there(answer)
            self._watch.retry(answer, pause)
            yield Sleep(pause)
            limit *= 2
            yield from self._require_again(answer)

    def _wait_out(self, answer: Answer, throttled: int) -> Flow[None]:
        """Wait as long as a throttled provider asks for, or end where the time does not allow it."""
        seconds = self._patience.wait_after(answer, throttled)
        if seconds is None:
            yield from self._ended(answer, "failed")
        else:
            yield Sleep(seconds)
            if self._adapter.reads_between_deletes:
                yield from self._read_between(answer)

    def _read_between(self, answer: Answer) -> Flow[None]:
        """Look before a delete is sent again that had no effect, where the provider's operation is never repeated."""
        sighting = yield from self._look()
        if sighting.presence == "gone":
            if self._doubts:
                raise self._record.confirmed("deleted", "read_back", "A read found it gone before it was sent again.")
            raise self._record.absent(f"it was gone before it could be sent again ({sighting.reason})")
        if sighting.presence == "unreadable":
            yield from self._ended(answer, "failed")

    def _send(self) -> Flow[Answer]:
        """Send the delete once."""
        if self._seconds_left() <= 0 and not self._record.attempts:
            reason = "the time was over before it could be sent"
            raise self._record.failed(Answer(problem=reason, was_sent=False), reason)
        self._is_sending = True
        answer = yield from call(self._adapter.delete_call(self._record.ref, self._options.manifest))
        self._is_sending = False
        if answer.was_sent:
            self._record.attempts += 1
        if answer.http_status is not None:
            self._record.deleted = answer
        self._watch.attempt(answer)
        return answer

    def _end_where_certain(self, answer: Answer, judged: Judged) -> Flow[None]:
        """End the machine where *answer* settles it; return where it leaves a doubt."""
        judgement = judged.judgement
        if judgement in {"never_sent", "no_effect"}:
            yield from self._ended(answer, "failed")
        elif judgement == "refused":
            yield from self._ended(answer, "refused", judged.reason)
        elif judgement == "other_resource":
            raise self._record.unknown(f"{judged.reason}. Something else may have been deleted")
        elif judgement == "not_found":
            if self._doubts:
                raise self._record.confirmed("deleted", "retry", "A repeated request found it gone.")
            raise self._record.absent(f"it was not there ({judged.reason})")
        elif judgement != "uncertain":
            self._was_taken = True
            self._was_acknowledged = judgement == "acknowledged"
            if self._options.wait:
                yield from self._await_gone(was_shown=not self._was_acknowledged)
            if judgement == "deleted":
                raise self._record.confirmed("deleted", "response", "The provider says that it is deleted.")
            if judgement == "accepted":
                raise self._record.confirmed("accepted", "response", "The provider took the request and works on it.")

    def _is_read(self, _effect: Call) -> bool:
        return not self._is_sending

    def _settle(self, answer: Answer, *, was_found: bool = False) -> Flow[None]:
        """Settle a doubt by reading; return only when it is still there, or *was_found* and no read could be had."""
        sighting = yield from self._look()
        if sighting.presence == "gone":
            seen = self._never_shown()
            raise self._record.confirmed(
                "deleted", "read_back", f"A read found it gone after {answer.describe()}.{seen}"
            )
        if sighting.presence == "unreadable" and not was_found:
            if self._was_acknowledged:
                raise self._record.confirmed(
                    "deleted", "response", "The provider acknowledged it, and no read could be had."
                )
            raise self._record.unknown(f"{answer.describe()}; reading back could not tell: {sighting.reason}")
        # An acknowledgement stands only where no read could be had, and this one was.
        self._was_acknowledged = False

    def _await_gone(self, *, was_shown: bool) -> Flow[None]:
        """Read back with growing pauses until it is gone or the time is over."""
        self._was_seen |= was_shown
        pause, last = _FIRST_PAUSE, "it was still there"
        while True:
            sighting = yield from self._look()
            if sighting.presence == "gone":
                raise self._record.confirmed("deleted", "read_back", f"A read found it gone.{self._never_shown()}")
            last = "it was still there" if sighting.presence == "there" else f"it could not be read: {sighting.reason}"
            left = self._seconds_left()
            if left <= 0:
                raise self._record.unknown(f"the provider took the request, but when the time was over {last}")
            yield Sleep(min(pause, left))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    # --- reading ------------------------------------------------------------------------------------------------

    def _look(self) -> Flow[Sighting]:
        self._look_ends = max(self._ends, self._clock.monotonic() + _LAST_READ_SECONDS)
        try:
            sighting = yield from self._adapter.look(self._record.ref)
        except Refused as error:
            if not self._record.attempts:
                raise self._record.settled("refused", str(error), error) from None
            # Two rows for one number: whether ours is among them, nobody can say.
            sighting = Sighting(presence="unreadable", answer=Answer(problem=str(error)), reason=str(error))
        self._was_seen |= sighting.presence == "there"
        if self._record.attempts:
            self._watch.read_back(sighting)
        return sighting

    def _never_shown(self) -> str:
        return "" if self._was_seen else " Nothing ever showed that it had existed."

    def _asked_wait(self, answer: Answer) -> float | None:
        """Find how long the provider asks to wait: the header first, which is the standard's word."""
        return asked_wait(answer, self._clock.now(), self._adapter.retry_after)

    def _least_seconds(self) -> float:
        """Give what an exchange may take though the deadline has passed: a doubt is worth a last read."""
        if self._is_sending or not self._record.attempts:
            return _SHORTEST_SECONDS
        return max(self._look_ends - self._clock.monotonic(), _SHORTEST_SECONDS)

    def _seconds_left(self) -> float:
        return self._ends - self._clock.monotonic()

    # --- how it ends --------------------------------------------------------------------------------------------

    def _ended(self, answer: Answer, status: Literal["refused", "failed"], reason: str = "") -> Flow[None]:
        """End with an answer that had no effect, unless an earlier attempt may have had one."""
        if self._doubts:
            # A read after the last doubt has found it; another one may say more, and need not be had.
            yield from self._settle(answer, was_found=not self._was_taken)
            if self._may_be_late:
                raise self._record.unknown(
                    f"an earlier attempt may still take effect, and the last one got {answer.describe()}"
                )
        raise self._record.failed(answer, reason or answer.describe(), status)

    def _still_there(self, answer: Answer) -> Settled:
        """End after the last attempt, with a read that still found it."""
        if self._may_be_late:
            return self._record.unknown(
                f"a read still found it after {answer.describe()}, but the deletion may come late"
            )
        return self._record.failed(answer, f"it is still there after {answer.describe()}")
