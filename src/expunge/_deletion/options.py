"""The options of one deletion, as a caller sets them."""

from collections.abc import Callable, Mapping

from attrs import frozen

from .._flow import Flow
from .._json import JSON
from ..refs import Reference

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
    """

    wait: bool = False
    timeout: float = 300.0
    dry_run: bool = False
    allow_model: bool = False
    manifest: Mapping[str, JSON] | None = None
    precondition: Callable[[Reference], Flow[None]] | None = None
