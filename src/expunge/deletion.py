"""One deletion, from the reference to the tombstone: the state machine that all providers share.

    resolve ──▶ send ──▶ read the answer ──┬─▶ settled
                 ▲                         └─▶ settle by reading ──▶ settled
                 └── still there, and time ────────┘

Nothing is ever sent again without a read in between, and a 404 counts as success only after an attempt whose outcome
was uncertain. The rules, as users read them, are in docs/outcomes.md.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from attrs import frozen

from ._answer import JSON, Answer
from ._flow import Call, Clock, Flow, Sleep, call
from ._record import Outcome, Record, Settled
from ._waits import asked_wait
from .errors import ExpungeError, Refused
from .providers import AnyAdapter
from .providers._adapter import Absent, ReadFailed, Sighting
from .refs import Reference

_MOST_ATTEMPTS = 3
_LAST_READ_SECONDS = 5.0
"""What a read-back gets when the deadline has passed: a doubt is worth a few seconds."""

_SHORTEST_SECONDS = 0.001
"""What any other exchange gets then: it ends at once, and says that it did."""

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.25, 10.0, 1.5

# Contract with every provider: these say no, and nothing was deleted.
_REFUSALS = frozenset({400, 403, 409, 422})
# And these never reached the operation: not authorised, no such method, body not read.
_NEVER_REACHED = frozenset({401, 405, 413, 415})


@frozen(kw_only=True)
class Options:
    """What a caller asks of one deletion.

    Attributes:
        wait: Whether to read back until it is gone.
        timeout: Seconds for the whole of it.
        dry_run: Whether only to read, and to say what would be sent.
        allow_model: Whether a reference to a whole model may be deleted.
        manifest: TrueFoundry's manifest to delete by, instead of the smallest one.
    """

    wait: bool = False
    timeout: float = 300.0
    dry_run: bool = False
    allow_model: bool = False
    manifest: Mapping[str, JSON] | None = None


class Deletion:
    """The state of one deletion under way."""

    def __init__(self, adapter: AnyAdapter, ref: Reference, requested: str, options: Options, clock: Clock) -> None:
        self._adapter = adapter
        self._record = Record(ref, requested, clock, self._asked_wait)
        self._options = options
        self._clock = clock
        self._ends = clock.monotonic() + options.timeout
        self._look_ends = self._ends
        self._is_sending = False
        self._was_uncertain = False
        self._may_be_late = not adapter.deletes_before_answering
        self._was_acknowledged = False
        self._was_seen = False

    def run(self) -> Flow[Outcome]:
        """Delete, and say what became of it; never raise for what the network or the provider did."""
        flow = self._run()
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
            outcome: Outcome = end.value
            return outcome

    def _run(self) -> Flow[Outcome]:
        try:
            self._check()
            yield from self._resolve()
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
        pause = _FIRST_PAUSE
        while True:
            answer = yield from self._send()
            yield from self._judge(answer)
            # What is left is uncertain: only a read can tell.
            yield from self._settle(answer)
            if self._record.attempts >= _MOST_ATTEMPTS or self._seconds_left() <= pause:
                raise self._still_there(answer)
            yield Sleep(pause)
            pause *= 2

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
        return answer

    def _judge(self, answer: Answer) -> Flow[None]:
        """End the machine where *answer* settles it, or go on where it leaves a doubt."""
        status = answer.http_status
        if not answer.was_sent:
            yield from self._ended(answer, "failed")
        elif answer.is_documented or self._is_readable_success(answer):
            yield from self._judge_success(answer)
        elif answer.says_not_found:
            if self._was_uncertain:
                raise self._record.confirmed("deleted", "retry", "A repeated request found it gone.")
            raise self._record.absent(f"it was not there ({answer.describe()})")
        elif status in _REFUSALS:
            yield from self._ended(answer, "refused")
        elif status in _NEVER_REACHED or status == HTTPStatus.TOO_MANY_REQUESTS:
            yield from self._ended(answer, "failed")
        self._was_uncertain = True
        self._may_be_late |= answer.timed_out or status == HTTPStatus.GATEWAY_TIMEOUT

    def _judge_success(self, answer: Answer) -> Flow[None]:
        verdict = self._adapter.read_delete(self._record.ref, answer)
        if answer.is_documented and verdict.meaning in {"deleted", "accepted", "acknowledged"}:
            if self._options.wait:
                yield from self._await_gone(was_shown=verdict.meaning != "acknowledged")
            if verdict.meaning == "deleted":
                raise self._record.confirmed("deleted", "response", "The provider says that it is deleted.")
            if verdict.meaning == "accepted":
                raise self._record.confirmed("accepted", "response", "The provider took the request and works on it.")
            self._was_acknowledged = True
        if verdict.meaning == "refused":
            yield from self._ended(answer, "refused", verdict.reason)
        if verdict.meaning == "other_resource":
            raise self._record.unknown(f"{verdict.reason}. Something else may have been deleted")

    @staticmethod
    def _is_readable_success(answer: Answer) -> bool:
        """Say whether an undocumented success still tells what it is about."""
        is_success = HTTPStatus.OK <= (answer.http_status or 0) < HTTPStatus.MULTIPLE_CHOICES
        return is_success and isinstance(answer.body, dict)

    def _settle(self, answer: Answer) -> Flow[None]:
        """Settle a doubt by reading; return only when it is still there."""
        sighting = yield from self._look()
        if sighting.presence == "gone":
            seen = self._never_shown()
            raise self._record.confirmed(
                "deleted", "read_back", f"A read found it gone after {answer.describe()}.{seen}"
            )
        if sighting.presence == "unreadable":
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
        return sighting

    def _never_shown(self) -> str:
        return "" if self._was_seen else " Nothing ever showed that it had existed."

    def _asked_wait(self, answer: Answer) -> float | None:
        """Find how long the provider asks to wait: the header first, which is the standard's word."""
        asked = asked_wait(answer, self._clock.now())
        return self._adapter.retry_after(answer) if asked is None else asked

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
        if self._was_uncertain:
            yield from self._settle(answer)
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
