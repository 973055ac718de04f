"""The exchanges of one deletion: each in its time and in its turn, and no answer older than the delete."""

from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from .._answer import Answer
from .._flow import Call, Clock, Flow, Stopped
from .._waits import OUT_OF_TURN, Pace
from .record import Record
from .time_left import SHORTEST_SECONDS, TimeLeft

if TYPE_CHECKING:
    from .._system.stop import Stop

T = TypeVar("T")


class Exchanges:
    """Bounds each call of a flow, and keeps the last answer to a read in the record's evidence.

    Attributes:
        stop: When it is set, no further exchange begins. None if nobody may set it.
        is_answered: Whether the last delete had an answer.
    """

    def __init__(self, record: Record, time: TimeLeft, pace: Pace, clock: Clock) -> None:
        self.stop: Stop | None = None
        self.is_answered = False
        self._record = record
        self._time = time
        self._pace = pace
        self._clock = clock

    def timed(self, flow: Flow[T]) -> Flow[T]:
        """Run *flow* with each call bounded by the time that is left, and keep the last answer to a read."""
        record, answer = self._record, None
        try:
            while True:
                effect = flow.send(answer)
                if isinstance(effect, Call):
                    is_settling = record.evidence.attempts > 0 and not record.evidence.is_sending
                    if not (record.evidence.is_sending or (yield from self._read_turn(is_settling=is_settling))):
                        answer = Answer(problem=OUT_OF_TURN, was_sent=False)
                        continue
                    seconds = self._time.for_exchange(is_settling=is_settling)
                    if seconds <= SHORTEST_SECONDS and not record.evidence.is_sending:
                        answer = Answer(problem="the time for it was over", was_sent=False)
                        continue  # else a list without an end would be read page by page
                    effect = effect.within(seconds)
                if not record.evidence.is_sending:
                    self.require_going_on()
                left_at = self._clock.monotonic()
                answer = yield effect
                if answer is not None:
                    self._pace.hear(answer, left_at)
                if answer is not None and answer.http_status is not None and not record.evidence.is_sending:
                    answer = self._fresh(answer)
                    record.evidence = record.evidence.heard(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # as in _flow.drive()

    def require_going_on(self) -> None:
        """Raise `Stopped` if another thread asked this deletion to end."""
        if self.stop is not None and self.stop.is_set():
            raise Stopped

    def _read_turn(self, *, is_settling: bool) -> Flow[bool]:
        """Wait for a read's turn. A read that settles a doubt is worth a call out of turn, if its time would pass."""
        has_turn = yield from self._pace.turn(self._time.for_exchange(is_settling=is_settling))
        return has_turn or is_settling

    def _fresh(self, answer: Answer) -> Answer:
        """Return *answer* to a read, made unreadable if it is older than the last delete."""
        evidence = self._record.evidence
        if not evidence.attempts:
            return answer
        if not self._time.is_stale(answer, evidence.deleted if self.is_answered else None):
            return answer
        problem = f"HTTP {answer.http_status}, but the answer is older than the delete, from a cache"
        return evolve(answer, problem=problem, is_json=False, body=None, parsed=None)
