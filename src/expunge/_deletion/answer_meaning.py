"""The meaning of one answer to a delete, judged by itself: a table, with no state and no network.

The rules are the contract with every provider; an adapter's `read_delete()` has what is special about one.
"""

from http import HTTPStatus
from typing import Literal, TypeAlias

from attrs import frozen

from .._answer import Answer
from ..providers import AnyAdapter
from ..refs import Reference

Judgement: TypeAlias = Literal[
    "never_sent",
    "throttled",
    "deleted",
    "accepted",
    "acknowledged",
    "other_resource",
    "not_found",
    "refused",
    "no_effect",
    "uncertain",
]
"""`acknowledged` is a success that does not name what was deleted. After `uncertain` only a read can tell."""

# 401, 405, 413 and 415 never reached the operation: not authorised, no such method, body not read.
_BY_STATUS: dict[int | None, Judgement] = {
    **dict.fromkeys((400, 403, 409, 422), "refused"),
    **dict.fromkeys((401, 405, 413, 415), "no_effect"),
    429: "throttled",
}

# A gateway that gave up, or a client that it thinks has gone: the request may still be at work behind it. 520 to 599
# are what content delivery networks and proxies made up for the same.
_LATE = {408, 499, 502, 504, *range(520, 600)}


@frozen
class Judged:
    """A judgement, its reason as a clause, and whether the deletion may still happen later."""

    judgement: Judgement
    reason: str
    may_come_late: bool = False


def judge(adapter: AnyAdapter, ref: Reference, answer: Answer) -> Judged:
    """Judge *answer* to a delete of *ref*."""
    status = answer.http_status
    if not answer.was_sent:
        return Judged("never_sent", answer.describe())
    if answer.is_documented or _is_readable_success(answer):
        return _judge_success(adapter, ref, answer)
    if answer.says_not_found:
        return Judged("not_found", answer.describe())
    if status in _BY_STATUS:
        return Judged(_BY_STATUS[status], answer.describe())
    return Judged("uncertain", answer.describe(), _may_come_late(answer))


def _judge_success(adapter: AnyAdapter, ref: Reference, answer: Answer) -> Judged:
    verdict = adapter.read_delete(ref, answer)
    if verdict.meaning == "other_resource":
        return Judged(verdict.meaning, verdict.reason, may_come_late=True)
    if isinstance(answer.body, dict) and answer.body.get("deleted") is False:
        return Judged("refused", "the provider answered `deleted: false`")
    if not answer.is_documented:
        return Judged("uncertain", answer.describe(), may_come_late=True)
    is_less = verdict.meaning in {"acknowledged", "uncertain"}
    return Judged(verdict.meaning, verdict.reason or answer.describe(), may_come_late=is_less)


def _may_come_late(answer: Answer) -> bool:
    """Return whether the deletion may still happen after an uncertain *answer*.

    It may after a timeout, a broken connection, a truncated answer, a 2xx that says less than the documented success, a
    gateway's status, and a 5xx that is not the provider's own JSON.
    """
    status = answer.http_status
    if status is None or answer.timed_out or answer.was_cut:
        return True
    if status < HTTPStatus.MULTIPLE_CHOICES or status in _LATE:
        return True
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and not answer.is_json


def _is_readable_success(answer: Answer) -> bool:
    """Return whether an undocumented success still names what it is about."""
    is_success = HTTPStatus.OK <= (answer.http_status or 0) < HTTPStatus.MULTIPLE_CHOICES
    return is_success and isinstance(answer.body, dict)
