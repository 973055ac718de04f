"""Every error that the library raises, as one tree.

ExpungeError                exit code of the command line
├── InvalidReference        2   also a ValueError; nothing was sent
├── ConfigurationError      2   nothing was sent
│   ├── InvalidPolicy       2   it has a mistake, on the line that the message names; nothing was sent
│   └── InvalidJournal      2   damaged, cut, changed, foreign, in use, or it exists; nothing was sent
├── JournalFailed           1   the journal could not be written; nothing more was sent
├── InvalidPlan             2   changed, cut, foreign, too old, or made for another host; nothing was sent
├── NotFound                1   it was not there before the first request
├── AuthenticationError     1   401
├── Refused                 1   409, a documented restriction, `deleted: false`, a guard rail
│   ├── PermissionDenied    1   403
│   ├── PlanTooLarge        2   more than a plan may delete; no plan was made
│   └── ValidationError     1   400, 422; 2 for a manifest that was never sent
├── RateLimited             1   429 until the deadline
├── TransportError          1   the request never left this machine
├── ProviderError           1   5xx, known to have had no effect
├── UnexpectedResponse      1   an undocumented status or body
└── Unconfirmed             3   it may have had an effect
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .types import Tombstone


class ExpungeError(Exception):
    """The base of all errors of the library.

    Attributes:
        ref: Text of the reference, or None.
        tombstone: The record of the deletion, or None if there was no deletion.
        http_status: Status of the answer that led to the error, or None without an answer.
        request_id: The provider's id of that answer, or None.
        settings: The arguments that the message names, such as `max_delete`; the command line calls them options.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        ref: str | None = None,
        tombstone: "Tombstone | None" = None,
        http_status: int | None = None,
        request_id: str | None = None,
        settings: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.settings = settings
        self.ref = ref
        self.tombstone = tombstone
        self.http_status = http_status
        self.request_id = request_id


class InvalidReference(ExpungeError, ValueError):
    """The text is not a reference to a version or a model.

    Attributes:
        part: The part of the reference that is wrong, such as `version`.
    """

    exit_code = 2

    def __init__(self, message: str, *, ref: str | None = None, part: str | None = None) -> None:
        super().__init__(message, ref=ref)
        self.part = part


class ConfigurationError(ExpungeError):
    """A setting is missing or unsafe; nothing was sent."""

    exit_code = 2


class InvalidJournal(ConfigurationError):
    """The journal is damaged, was changed, is in use, or exists and should not; nothing was sent."""


class InvalidPolicy(ConfigurationError):
    """The policy has a mistake, on the line that the message names; nothing was sent."""


class JournalFailed(ExpungeError):
    """The journal could not be written, for example on a full disk; nothing more was sent."""


class InvalidPlan(ExpungeError):
    """The plan was changed, is too old, or is for another host; nothing was sent."""

    exit_code = 2


class NotFound(ExpungeError):
    """It was not there before the first request."""


class AuthenticationError(ExpungeError):
    """The provider rejected the credential (401)."""


class Refused(ExpungeError):
    """The provider or a guard rail refused; nothing was deleted."""


class PermissionDenied(Refused):
    """The credential may not do this (403)."""


class PlanTooLarge(Refused):
    """More versions were selected than a plan may delete; no plan was made.

    Attributes:
        needed: The limits that would allow it, by argument, such as `{"max_delete": 62}`.
    """

    exit_code = 2

    def __init__(self, message: str, *, ref: str | None = None, needed: "Mapping[str, int] | None" = None) -> None:
        self.needed = dict(needed or {})
        super().__init__(message, ref=ref, settings=tuple(self.needed))


class ValidationError(Refused):
    """The provider found the request invalid (400, 422), or a manifest broke the schema before it was sent."""

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # one class, refused by the provider or by us
        """2 when nothing was sent, else 1."""
        return 2 if self.http_status is None else 1


class RateLimited(ExpungeError):
    """The provider still limited the rate at the deadline.

    Attributes:
        retry_after: Seconds that the provider asked to wait, or None if it did not.
    """

    def __init__(
        self,
        message: str,
        *,
        ref: str | None = None,
        tombstone: "Tombstone | None" = None,
        http_status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, ref=ref, tombstone=tombstone, http_status=http_status, request_id=request_id)
        self.retry_after = retry_after


class TransportError(ExpungeError):
    """No delete request left this machine."""


class ProviderError(ExpungeError):
    """The provider failed (5xx), and the request is known to have had no effect."""


class UnexpectedResponse(ExpungeError):
    """The provider answered with an undocumented status or body."""


class Unconfirmed(ExpungeError):
    """It may have had an effect, and a read-back could not settle it."""

    exit_code = 3
