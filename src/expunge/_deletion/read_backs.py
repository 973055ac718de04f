"""The reads of one deletion: they settle a doubt, and wait until an accepted version is gone."""

from typing import Literal

from .._answer import Answer
from .._flow import Clock, Flow, Rest
from ..errors import Refused
from ..providers import AnyAdapter
from ..providers._reads import Sighting
from .endings import AFTER_READ
from .record import Record, Settled
from .time_left import TimeLeft
from .watch import Watch

_FIRST_PAUSE = 0.25
"""Seconds before the second read of a version that its provider works on."""

_GROWTH = 1.25
"""Factor between two pauses of a wait: it ends at most a quarter later than the version is gone."""

_LONGEST_PAUSE, _SOON, _LONGEST_LATER = 4.0, 60.0, 10.0
"""Seconds that a pause may have in the first minute of a wait, that minute, and the most that it may have later."""


class ReadBacks:
    """Reads the version that *record* is of, and follows the table for reads."""

    def __init__(self, adapter: AnyAdapter, record: Record, time: TimeLeft, watch: Watch, clock: Clock) -> None:
        self._adapter = adapter
        self._record = record
        self._time = time
        self._watch = watch
        self._clock = clock

    def settle(self, answer: Answer, status: Literal["failed", "refused"]) -> Flow[None]:
        """Follow the table for reads; return if it is still there, else end. *status* is what the answer said."""
        doubt = self._record.evidence.doubt
        is_acknowledged = self._record.evidence.is_acknowledged
        sighting = yield from self.look()
        step = AFTER_READ[sighting.presence][doubt]
        if step == "absent":
            raise self._record.absent(f"it was gone before it could be sent again ({sighting.reason})")
        if step == "deleted by read_back":
            detail = f"A read found it gone after {answer.describe()}.{self._never_shown()}"
            raise self._record.confirmed("deleted", "read_back", detail)
        if step == "unknown" and is_acknowledged:
            detail = "The provider acknowledged it, and no read was possible."
            raise self._record.confirmed("deleted", "response", detail)
        if step == "unknown":
            raise self._record.unknown(f"{answer.describe()}; reading back could not tell: {sighting.reason}")
        if step == "end":
            raise self._record.ended(answer, answer.describe(), status)

    def await_gone(self) -> Flow[None]:
        """Read back with growing pauses until it is gone or the time is over."""
        pause, began = _FIRST_PAUSE, self._clock.monotonic()
        while True:
            sighting = yield from self.look()
            if sighting.presence == "gone":
                detail = f"A read found it gone.{self._never_shown()}"
                raise self._record.confirmed("deleted", "read_back", detail)
            left = self._time.seconds()
            if left <= 0:
                is_there = sighting.presence == "there"
                last = "it was still there" if is_there else f"it could not be read: {sighting.reason}"
                raise self._record.unknown(f"the provider took the request, but when the time was over {last}")
            yield Rest(min(pause, left))
            is_soon = self._clock.monotonic() - began < _SOON
            pause = min(pause * _GROWTH, _LONGEST_PAUSE if is_soon else _LONGEST_LATER)

    def look(self) -> Flow[Sighting]:
        """Read once, and note a finding; announce it if a delete may have left."""
        self._time.begin_read()
        try:
            sighting = yield from self._adapter.look(self._record.ref)
        except Refused as error:
            if not self._record.evidence.attempts:
                raise self._record.settled("refused", str(error), error) from None
            # Two rows for one number: nobody can say whether ours is among them.
            reason = str(error).removesuffix(".")
            sighting = Sighting(presence="unreadable", answer=Answer(problem=reason), reason=reason)
        if sighting.presence == "there":
            self._record.evidence = self._record.evidence.found()
        if self._record.evidence.attempts:
            self._watch.read_back(sighting)
        return sighting

    def after_interruption(self, sighting: Sighting) -> Settled:
        """Return the end that *sighting*, a read after an interruption, shows."""
        step = AFTER_READ[sighting.presence]["open"]
        if step == "deleted by read_back":
            detail = f"A read found it gone after an interruption.{self._never_shown()}"
            return self._record.confirmed("deleted", "read_back", detail)
        if step == "unknown":
            return self._record.unknown(f"it was interrupted; reading back could not tell: {sighting.reason}")
        if self._record.evidence.may_come_late or self._record.evidence.taken:
            return self._record.unknown("it was interrupted; a read still found it, but the deletion may come late")
        return self._record.failed(Answer(problem="an interruption"), "it is still there after an interruption")

    def _never_shown(self) -> str:
        return "" if self._record.evidence.was_seen else " Nothing ever showed that it had existed."
