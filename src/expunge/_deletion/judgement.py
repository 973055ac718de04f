"""What one answer to a delete means, judged by itself: a table, with no state and no network.

The rules are the contract with every provider; what is special about one is in its adapter's `read_delete()`.
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
"""`acknowledged` is a success that does not say of what. After `uncertain` only a read can tell."""

# 401, 405, 413 and 415 never reached the operation: not authorised, no such method, body not read.
_BY_STATUS: dict[int | None, Judgement] = {
    **dict.fromkeys((400, 403, 409, 422), "refused"),
    **dict.fromkeys((401, 405, 413, 415), "no_effect"),
    429: "throttled",
}


@frozen
class Judged:
    """A judgement, why in a clause, and whether the deletion may still come after it."""

    judgement: Judgement
    reason: str
    may_be_late: bool = False


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
    # A gateway that gave up says nothing of what goes on behind it.
    return Judged("uncertain", answer.describe(), answer.timed_out or status == HTTPStatus.GATEWAY_TIMEOUT)


def _judge_success(adapter: AnyAdapter, ref: Reference, answer: Answer) -> Judged:
    verdict = adapter.read_delete(ref, answer)
    if verdict.meaning in {"refused", "other_resource"}:
        return Judged(verdict.meaning, verdict.reason)
    if isinstance(answer.body, dict) and answer.body.get("deleted") is False:
        return Judged("refused", "the provider answered `deleted: false`")
    if not answer.is_documented:
        return Judged("uncertain", answer.describe(), answer.timed_out)
    return Judged(verdict.meaning, verdict.reason or answer.describe())


def _is_readable_success(answer: Answer) -> bool:
    """Say whether an undocumented success still tells what it is about."""
    is_success = HTTPStatus.OK <= (answer.http_status or 0) < HTTPStatus.MULTIPLE_CHOICES
    return is_success and isinstance(answer.body, dict)
