"""What the library gives back: versions that it found, tombstones of what it deleted."""

from datetime import UTC, datetime
from typing import Literal

from attrs import field, fields, frozen

ProviderName = Literal["truefoundry", "cerebras", "baseten", "replicate"]
"""The hosts that `expunge` knows; a further one adds its name here."""

Scope = Literal["version", "model"]
"""How much one deletion takes: a version, or a model with every version of it."""

Status = Literal["deleted", "accepted", "absent", "refused", "failed", "unknown", "planned"]
"""What became of one deletion."""

ConfirmedBy = Literal["response", "read_back", "retry"]
"""What showed it: the provider's own answer, a read, or a 404 on a repeated request."""


@frozen(kw_only=True)
class Tombstone:
    """What became of one deletion, and how that is known.

    Attributes:
        ref: Canonical text of what was deleted, with the number that an alias resolved to.
        requested_ref: The text that was asked for.
        provider: The provider's name; None where the text was no reference.
        scope: `version`, or `model` for a model with all its versions; None as for *provider*.
        status: What became of it.
        confirmed_by: What showed that; None unless something did.
        attempts: Delete requests that may have left this machine.
        http_status: Of the last answer to a delete, else to a read; None when there was none.
        request_id: The provider's name for that answer.
        requested_at: When the work on it began, in UTC.
        settled_at: When its status was known, in UTC.
        detail: One sentence for a person, in the provider's own words where it gave some.
    """

    ref: str
    requested_ref: str
    provider: ProviderName | None
    scope: Scope | None
    status: Status
    confirmed_by: ConfirmedBy | None = None
    attempts: int = 0
    http_status: int | None = None
    request_id: str | None = None
    requested_at: datetime
    settled_at: datetime
    detail: str = ""

    def to_dict(self) -> dict[str, object]:
        """Give the fields as JSON holds them, times as RFC 3339."""
        return {attribute.name: _json_value(getattr(self, attribute.name)) for attribute in fields(Tombstone)}


@frozen(kw_only=True)
class Version:
    """One version as the provider described it.

    Attributes:
        ref: Canonical text, always with the number or id, never an alias.
        aliases: Other names that this version has now; empty where the provider has no aliases.
        created_at: When it was made, in UTC; None when the provider does not say so believably.
        is_live: Whether it serves now; None when the provider does not say.
        status: The provider's own word for its state, or None.
        raw: The generated client's object, with everything that the provider sent.
    """

    ref: str
    aliases: tuple[str, ...] = ()
    created_at: datetime | None = None
    is_live: bool | None = None
    status: str | None = None
    raw: object = field(default=None, repr=False, eq=False)

    def to_dict(self) -> dict[str, object]:
        """Give the fields as JSON holds them, without *raw*."""
        return {
            attribute.name: _json_value(getattr(self, attribute.name))
            for attribute in fields(Version)
            if attribute.name != "raw"
        }


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return list(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - aliases, the only tuple
    return value
