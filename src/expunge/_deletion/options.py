"""The options of one deletion, as a caller sets them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, Union, cast

from attrs import frozen

from .._flow import Flow
from .._json import JSON, NotJson, plain_object
from ..errors import ConfigurationError, ValidationError
from ..refs import Reference

if TYPE_CHECKING:
    from expunge_clients.truefoundry.models import ModelManifest

# Not `|`: it needs the class itself, which would load httpx.
Manifest: TypeAlias = Union["ModelManifest", Mapping[str, object]]

LAST_READ_SECONDS = 5.0
"""Seconds for a read-back when the deadline has passed: a doubt is worth a few seconds."""


@frozen(kw_only=True)
class Options:
    """The options of one deletion.

    Attributes:
        wait: Whether to read back until the version is gone.
        timeout: Seconds for the complete call.
        dry_run: Whether only to read, and to report what would be sent.
        allow_model: Whether a reference to a complete model may be deleted.
        manifest: TrueFoundry's manifest to delete by, instead of the smallest one.
        precondition: Reads whether the version may still be deleted; raises `Absent`, `ReadFailed` or `Refused` if not.
            It runs before each delete.
        resolved: References that aliases must still name, by the requested text.
        was_under_way: Whether an earlier process may have sent a delete; then a read comes first.
        was_accepted: Whether the provider accepted the delete of an earlier process; then nothing is sent, and it is
            read until it is gone.
    """

    wait: bool = False
    timeout: float = 300.0
    dry_run: bool = False
    allow_model: bool = False
    manifest: Mapping[str, JSON] | None = None
    precondition: Callable[[Reference], Flow[None]] | None = None
    resolved: Mapping[str, str] | None = None
    was_under_way: bool = False
    was_accepted: bool = False


def options_of(
    *,
    wait: bool,
    timeout: float,
    dry_run: bool,
    allow_model: bool = False,
    manifest: Manifest | None = None,
    resolved: Mapping[str, str] | None = None,
) -> Options:
    """Return the options of one deletion, checked before anything is sent."""
    if not 0 < timeout < float("inf"):
        raise ConfigurationError(
            f"timeout is {timeout}; it must be a positive number of seconds.", settings=("timeout",)
        )
    return Options(
        wait=wait,
        timeout=timeout,
        dry_run=dry_run,
        allow_model=allow_model,
        manifest=None if manifest is None else as_mapping(manifest),
        resolved=resolved,
    )


def as_mapping(manifest: Manifest) -> Mapping[str, JSON]:
    """Return *manifest* as a mapping; a generated model is converted."""
    to_dict = getattr(manifest, "to_dict", None)
    value: object = to_dict() if callable(to_dict) else manifest
    if isinstance(value, Mapping):
        try:
            return plain_object(cast("Mapping[object, object]", value))
        except NotJson as error:
            raise ValidationError(f"The manifest is not valid, and nothing was sent:\n  {error}") from None
    raise ValidationError(f"A manifest must be a mapping or a ModelManifest, not {type(manifest).__name__}.")
