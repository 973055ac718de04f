"""Reads of a provider: a documented success, and the sighting of one version."""

from collections.abc import Callable
from typing import Literal, TypeVar

from attrs import frozen

from .._answer import Answer
from ..types import Version
from ._failed_reads import Absent, ReadFailed

T = TypeVar("T")

Presence = Literal["there", "gone", "unreadable"]


@frozen(kw_only=True)
class Sighting:
    """The result of a read of one version.

    Attributes:
        presence: Whether it is there; `unreadable` if the read could not tell.
        answer: The last answer that the read got.
        version: The version itself, if it is there and was read completely.
        reason: A clause for a person: why it is gone, or why the read could not tell.
    """

    presence: Presence
    answer: Answer
    version: Version | None = None
    reason: str = ""


def documented(answer: Answer) -> Answer:
    """Return *answer* if it is a documented success.

    Raises:
        Absent: It is the provider's own 404.
        ReadFailed: It is anything else.
    """
    if answer.is_documented:
        return answer
    raise Absent(answer) if answer.says_not_found else ReadFailed(answer)


def parsed(answer: Answer, kind: type[T]) -> T:
    """Return the generated object of a documented success."""
    if isinstance(answer.parsed, kind):
        return answer.parsed
    raise ReadFailed(answer)


def sighting(answer: Answer, read: Callable[[Answer], Version]) -> Sighting:
    """Return the result of a read of one version; *read* makes a version from a documented success."""
    try:
        return Sighting(presence="there", answer=answer, version=read(documented(answer)))
    except Absent as error:
        return Sighting(presence="gone", answer=error.answer, reason=error.reason)
    except ReadFailed as error:
        return Sighting(presence="unreadable", answer=error.answer, reason=error.reason)
