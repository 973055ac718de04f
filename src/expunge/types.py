"""The results of the library: models and versions that it found, and tombstones of deletions."""

from datetime import UTC, datetime
from typing import Literal

from attrs import field, fields, frozen

ProviderName = Literal["truefoundry", "cerebras", "baseten", "replicate"]
"""The providers that `expunge` knows; a new one adds its name here."""

Scope = Literal["version", "model"]
"""The extent of one deletion: a version, or a model with all its versions."""

Status = Literal["deleted", "accepted", "absent", "refused", "failed", "unknown", "planned"]
"""The outcome of one deletion."""

ConfirmedBy = Literal["response", "read_back", "retry"]
"""The evidence: the provider's own answer, a read, or a 404 on a repeated request."""


@frozen(kw_only=True)
class Tombstone:
    """The outcome of one deletion, and its evidence.

    Attributes:
        ref: Canonical text, with the number that an alias resolved to.
        requested_ref: The text that was asked for.
        provider: The provider's name; None if the text was not a reference.
        scope: `version`, or `model` for a model with all its versions; None as for *provider*.
        status: The outcome.
        confirmed_by: The evidence for the outcome, or None.
        attempts: Delete requests that may have left this machine.
        http_status: Status of the last answer to a delete, else to a read; None without an answer.
        request_id: The provider's id of that answer.
        requested_at: Time in UTC at which the work on it began.
        settled_at: Time in UTC at which its status was known.
        detail: One sentence for a person, with the provider's own words if it sent any.
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
        """Return the fields as JSON values, times as RFC 3339."""
        return {attribute.name: _json_value(getattr(self, attribute.name)) for attribute in fields(Tombstone)}


@frozen(kw_only=True)
class Version:
    """One version as the provider described it.

    Attributes:
        ref: Canonical text, always with the number or id, never an alias.
        aliases: Other names of this version; empty if the provider has no aliases.
        created_at: Creation time in UTC; None if the provider gives no plausible one.
        is_live: Whether it serves requests now; None if the provider does not say.
        status: The provider's own word for its state, or None.
        raw: The generated client's object, with all fields that the provider sent.
    """

    ref: str
    aliases: tuple[str, ...] = ()
    created_at: datetime | None = None
    is_live: bool | None = None
    status: str | None = None
    raw: object = field(default=None, repr=False, eq=False)

    def to_dict(self) -> dict[str, object]:
        """Return the fields as JSON values, without *raw*."""
        return {
            attribute.name: _json_value(getattr(self, attribute.name))
            for attribute in fields(Version)
            if attribute.name != "raw"
        }


@frozen(kw_only=True)
class Model:
    """One model as the provider's list described it.

    Attributes:
        ref: Canonical text, such as `baseten:mod3x7q`.
        versions: Number of its versions; None if the list does not say.
        raw: The generated client's object, or the name if the list has only names.
    """

    ref: str
    versions: int | None = None
    raw: object = field(default=None, repr=False, eq=False)

    def to_dict(self) -> dict[str, object]:
        """Return the fields as JSON values, without *raw*."""
        return {"ref": self.ref, "versions": self.versions}


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return list(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - aliases, the only tuple
    return value
