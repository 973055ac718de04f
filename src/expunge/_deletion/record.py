"""The record of one deletion: its evidence so far, and the tombstone and error that it ends as."""

from collections.abc import Callable
from copy import copy
from http import HTTPStatus
from typing import Literal

from attrs import frozen

from .._answer import Answer
from .._error_of_answer import error_for
from .._flow import Clock
from .._text import one_line
from ..errors import ExpungeError, NotFound, ProviderError, Refused, Unconfirmed, UnexpectedResponse
from ..refs import Reference
from ..types import ConfirmedBy, Status, Tombstone
from .evidence import Evidence

NEVER_SENT = "it was interrupted before anything was sent"
"""The reason of a deletion that an interruption ended before it began."""

EARLIER = "an earlier process was stopped"
"""The reason for a doubt that another process has left."""

ELSEWHERE = "Something else may have been deleted"
"""The end of a reason after an answer about another resource; sending again might delete yet another one."""


@frozen
class Outcome:
    """A tombstone, and the error that a caller of `delete()` gets with it, if any."""

    tombstone: Tombstone
    error: ExpungeError | None = None

    def given(self, *, missing_ok: bool) -> tuple[Tombstone, ExpungeError | None]:
        """Return the tombstone, and the error that a caller gets instead, if any."""
        is_fine = missing_ok and self.tombstone.status == "absent"
        return self.tombstone, None if is_fine else self.error


class Settled(Exception):
    """No error: it ends the state machine from any of its states, with what came of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Record:
    """One deletion: which version, and the evidence so far.

    Attributes:
        ref: The version to delete; with the number, once an alias is resolved.
        evidence: All that is known of it so far.
        requested: The text that was asked for.
    """

    def __init__(
        self, ref: Reference, requested: str, clock: Clock, asked_wait: Callable[[Answer], float | None]
    ) -> None:
        self.ref = ref
        self.evidence = Evidence()
        self.requested = requested
        self._clock = clock
        self._began = clock.now()
        self._asked_wait = asked_wait

    def failed(self, answer: Answer, reason: str, status: Literal["refused", "failed"] = "failed") -> Settled:
        """End with *answer*, which had no effect."""
        message = f"{self.ref} was not deleted: {reason}."
        error = error_for(answer, message, ref=str(self.ref), retry_after=self._asked_wait(answer))
        if answer.is_documented or (answer.http_status or 500) < HTTPStatus.MULTIPLE_CHOICES:
            error = (Refused if status == "refused" else UnexpectedResponse)(
                message, ref=str(self.ref), http_status=answer.http_status, request_id=answer.request_id
            )
        elif answer.http_status is None and answer.was_sent:
            # It may have left, and a read has shown that it had no effect.
            error = ProviderError(message, ref=str(self.ref))
        return self.settled(status, message, error)

    def ended(self, answer: Answer, reason: str, status: Literal["failed", "refused"] = "failed") -> Settled:
        """End after *answer*: `unknown` if a doubt may come late, else *status*."""
        if self.evidence.doubts and self.evidence.may_come_late:
            return self.unknown(f"{reason}, and an attempt may still take effect")
        return self.failed(answer, reason, status)

    def taken(self) -> Settled:
        """End with the documented success that the provider answered with."""
        if self.evidence.taken == "accepted":
            return self.confirmed("accepted", "response", "Accepted, not gone yet.")
        return self.confirmed("deleted", "response", "The provider says that it is deleted.")

    def account(self, reason: str) -> Settled:
        """End with what the evidence says by itself, without a read; *reason* is a clause for an open doubt.

        The record stays as it is: a thread may still be at work on it.
        """
        evidence = self.evidence.cut_short()
        snapshot = copy(self)
        snapshot.evidence = evidence
        if evidence.other:
            return snapshot.something_else()
        is_contradicted = evidence.taken == "deleted" and evidence.was_found
        if evidence.taken and not is_contradicted:
            return snapshot.taken()
        if evidence.doubts or evidence.taken:
            return snapshot.unknown(reason)
        never = NEVER_SENT
        if evidence.attempts:
            never += " that had an effect"
        return snapshot.failed(Answer(problem=never, was_sent=evidence.attempts > 0), never)

    def read_failed(self, answer: Answer, reason: str) -> Settled:
        """End with a read that failed before anything was sent to delete."""
        message = f"{self.ref} was not deleted: it could not be read first: {reason}. Nothing was sent to delete it."
        error = error_for(answer, message, ref=str(self.ref), retry_after=self._asked_wait(answer))
        if answer.http_status == HTTPStatus.NOT_FOUND:  # something else was not there: `NotFound` is an absent version
            error = UnexpectedResponse(
                message, ref=str(self.ref), http_status=answer.http_status, request_id=answer.request_id
            )
        return self.settled("failed", message, error)

    def absent(self, reason: str) -> Settled:
        """End with what was not there."""
        message = f"{self.ref} was not deleted: {reason}."
        return self.settled("absent", message, NotFound(message, ref=str(self.ref)))

    def unknown(self, reason: str) -> Settled:
        """End with a doubt that no read could settle."""
        message = f"{self.ref} may be gone: {reason}. See what is there now: expunge show {self.ref}"
        return self.settled("unknown", message, Unconfirmed(message, ref=str(self.ref)))

    def something_else(self) -> Settled:
        """End with an answer that names another resource; no read of this version can settle that."""
        return self.unknown(f"{self.evidence.other}. {ELSEWHERE}")

    def confirmed(self, status: Status, confirmed_by: ConfirmedBy, detail: str) -> Settled:
        """End with what *confirmed_by* showed."""
        return self.settled(status, detail, confirmed_by=confirmed_by)

    def settled(
        self,
        status: Status,
        detail: str,
        error: ExpungeError | None = None,
        *,
        confirmed_by: ConfirmedBy | None = None,
    ) -> Settled:
        """End as *status*; *detail* is the complete sentence of *error*'s message."""
        last = self.evidence.last
        tombstone = Tombstone(
            ref=str(self.ref),
            requested_ref=self.requested,
            provider=self.ref.provider,
            scope=self.ref.scope,
            status=status,
            confirmed_by=confirmed_by,
            attempts=self.evidence.attempts,
            http_status=last.http_status if last else None,
            request_id=last.request_id if last else None,
            requested_at=self._began,
            settled_at=self._clock.now(),
            detail=_about_it(detail, self.ref),
        )
        if error is not None:
            error.tombstone = tombstone
            if not isinstance(error, Refused):  # a guard rail of ours has no answer, whatever was read before
                error.http_status = error.http_status or tombstone.http_status
                error.request_id = error.request_id or tombstone.request_id
        return Settled(Outcome(tombstone, error))


def _about_it(sentence: str, ref: Reference) -> str:
    """Return *sentence* about "it": a tombstone has its reference beside it, an error's message has not."""
    line = one_line(sentence, 2_000)
    return "It" + line.removeprefix(str(ref)) if line.startswith(f"{ref} ") else line


def never_sent(text: str, reason: ExpungeError | str | None, clock: Clock, ref: Reference | None = None) -> Tombstone:
    """Return the tombstone of a text that no request was made for, and the *reason*."""
    now = clock.now()
    return Tombstone(
        ref=str(ref or text),
        requested_ref=text,
        provider=ref.provider if ref else None,
        scope=ref.scope if ref else None,
        status="failed",
        requested_at=now,
        settled_at=now,
        detail=one_line(str(reason), 2_000),
    )
