"""The evidence of one deletion: all that decides how it goes on and how it ends.

It is one frozen value, replaced by one assignment. So an interruption, wherever it strikes, finds
either the state before an answer was judged, which is a doubt, or the state after it.
"""

from attrs import evolve, frozen

from .._answer import Answer
from .answer_meaning import Judged, Judgement
from .endings import Doubt


@frozen(kw_only=True)
class Evidence:
    """All that is known of one deletion so far.

    Attributes:
        attempts: Delete requests that may have left this machine.
        doubts: Attempts that may have had an effect.
        may_come_late: Whether a doubt may still take effect after a read found the version.
        was_found: Whether a read since the last doubt, or the last success, found the version.
        was_seen: Whether anything showed that the version existed.
        is_sending: Whether a delete is under way and its answer not yet judged.
        taken: The documented success that the provider answered with, if any.
        is_acknowledged: Whether the last success did not say what was deleted, and no read has contradicted it.
        other: Why something else may have been deleted, as a clause; empty if no answer named another resource.
        deleted: The last answer to a delete.
        read: The last answer to a read.
    """

    attempts: int = 0
    doubts: int = 0
    may_come_late: bool = False
    was_found: bool = False
    was_seen: bool = False
    is_sending: bool = False
    taken: Judgement | None = None
    is_acknowledged: bool = False
    other: str = ""
    deleted: Answer | None = None
    read: Answer | None = None

    @property
    def doubt(self) -> Doubt:
        """Return the column of the table for reads."""
        if not self.doubts:
            return "none"
        return "found" if self.was_found else "open"

    @property
    def last(self) -> Answer | None:
        """Return the last answer to a delete, else to a read."""
        return self.deleted or self.read

    def from_earlier(self) -> "Evidence":
        """Return the evidence if an earlier process may have sent a delete, and did not live to hear the answer."""
        return self.sending().cut_short()

    def accepted_earlier(self) -> "Evidence":
        """Return the evidence if the provider accepted the delete of an earlier process."""
        return evolve(self, attempts=1, taken="accepted", was_seen=True)

    def sending(self) -> "Evidence":
        """Return the evidence from before the first byte of a delete until its answer is judged."""
        return evolve(self, is_sending=True)

    def answered(self, answer: Answer, judged: Judged) -> "Evidence":
        """Return the evidence after *answer* to a delete was *judged*."""
        is_doubt = judged.judgement in {"uncertain", "acknowledged", "other_resource"}
        is_taken = judged.judgement in {"deleted", "accepted"}
        return evolve(
            self,
            is_sending=False,
            attempts=self.attempts + answer.was_sent,
            doubts=self.doubts + is_doubt,
            may_come_late=self.may_come_late or judged.may_come_late,
            was_found=self.was_found and not (is_doubt or is_taken),
            was_seen=self.was_seen or is_taken,
            taken=judged.judgement if is_taken else self.taken,
            is_acknowledged=judged.judgement == "acknowledged",
            other=judged.reason if judged.judgement == "other_resource" else self.other,
            deleted=answer if answer.http_status is not None else self.deleted,
        )

    def never_left(self) -> "Evidence":
        """Return the evidence when a delete is interrupted before its first byte left, as while it connects."""
        return evolve(self, is_sending=False)

    def cut_short(self) -> "Evidence":
        """Return the evidence when a delete that was under way is interrupted: it may have left, and may come late."""
        if not self.is_sending:
            return self
        return evolve(
            self,
            is_sending=False,
            attempts=self.attempts + 1,
            doubts=self.doubts + 1,
            may_come_late=True,
            was_found=False,
            is_acknowledged=False,
        )

    def found(self) -> "Evidence":
        """Return the evidence after a read found the version."""
        return evolve(self, was_found=True, was_seen=True, is_acknowledged=False)

    def seen(self) -> "Evidence":
        """Return the evidence after something showed that the version exists."""
        return evolve(self, was_seen=True)

    def heard(self, answer: Answer) -> "Evidence":
        """Return the evidence after *answer* to a read."""
        return evolve(self, read=answer)
