"""Failed reads: a read got no documented answer, or found that there is nothing."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from .._answer import Answer
from .._error_of_answer import error_for
from .._waits import asked_wait
from ..errors import ExpungeError, NotFound, Refused, UnexpectedResponse
from ..refs import Reference

if TYPE_CHECKING:
    from . import AnyAdapter


_NO_RIGHT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class ReadFailed(Exception):
    """A read got no documented answer; `_deletion` and `read_error()` turn it into an error of the library."""

    def __init__(self, answer: Answer, reason: str = "") -> None:
        super().__init__(reason or answer.describe())
        self.answer = answer
        self.reason = reason or answer.describe()


class Absent(ReadFailed):
    """A read found that it is not there."""


class Replaced(Refused):
    """The version that was read may be another one with the same name, so it proves nothing about the planned one."""


def missing_right(answer: Answer, lists: str) -> str:
    """Return a sentence about the right that the credential lacks, without its full stop; empty if it lacks none."""
    return f". The credential needs the right to list {lists}" if answer.http_status in _NO_RIGHT else ""


def read_error(error: ReadFailed, adapter: "AnyAdapter", ref: Reference | str, lists: str = "") -> ExpungeError:
    """Return the library's error for a failed read of *ref*, or of its *lists*, which may need a right."""
    answer = error.answer
    if isinstance(error, Absent):
        return NotFound(
            f"{ref} is not there: {error.reason}.",
            ref=str(ref),
            http_status=answer.http_status,
            request_id=answer.request_id,
        )
    message = f"{ref} could not be read: {error.reason}."
    if lists:
        right = missing_right(answer, lists)
        message = f"The {lists} of {ref} could not be listed completely: {error.reason}{right}."
    if answer.is_documented or answer.says_not_found:
        # A missing list does not show that a version is missing.
        return UnexpectedResponse(message, ref=str(ref), http_status=answer.http_status, request_id=answer.request_id)
    asked = asked_wait(answer, datetime.now(UTC), adapter.retry_after)
    return error_for(answer, message, ref=str(ref), retry_after=asked)
