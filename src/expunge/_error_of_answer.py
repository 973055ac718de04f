"""The error for an answer, by its status: one table for reads, deletes and manifests."""

from collections.abc import Callable
from http import HTTPStatus

from ._answer import Answer
from .errors import (
    AuthenticationError,
    ExpungeError,
    NotFound,
    PermissionDenied,
    ProviderError,
    RateLimited,
    Refused,
    TransportError,
    UnexpectedResponse,
    ValidationError,
)

_BY_STATUS: dict[int, Callable[..., ExpungeError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: PermissionDenied,
    404: NotFound,
    409: Refused,
    422: ValidationError,
}


def error_for(answer: Answer, message: str, *, ref: str, retry_after: float | None = None) -> ExpungeError:
    """Return the error for *answer*, of the kind that its status calls for.

    A missing answer is a `TransportError`: the request is known to have had no effect.
    """
    status = answer.http_status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(message, ref=ref, http_status=status, request_id=answer.request_id, retry_after=retry_after)
    kind: Callable[..., ExpungeError] = UnexpectedResponse
    if status is None:
        kind = TransportError
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = ProviderError
    elif status != HTTPStatus.NOT_FOUND or answer.says_not_found:
        kind = _BY_STATUS.get(status, UnexpectedResponse)
    return kind(message, ref=ref, http_status=status, request_id=answer.request_id)
