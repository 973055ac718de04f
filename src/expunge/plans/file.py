"""The file of a plan: JSON that a person can review, held together by a hash over its content."""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from .._json import JSON, read_json
from .._system.atomic_write import write_atomically
from ..errors import InvalidPlan

_LARGEST = 512 << 20
"""Bytes that a plan's file may have; a hundred thousand versions take a tenth of it."""


def hash_of(content: Mapping[str, JSON]) -> str:
    """Return the SHA-256 of *content* as canonical JSON: sorted keys, no spaces, ASCII."""
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def write(path: Path, content: Mapping[str, JSON]) -> None:
    """Write *content* and its hash to *path*, completely or not at all, replacing an existing file.

    Raises:
        OSError: It could not be written.
    """
    text = json.dumps({**content, "sha256": hash_of(content)}, indent=2) + "\n"
    write_atomically(path, text, mode=0o666)


def read(path: Path) -> dict[str, JSON]:
    """Read the content of *path*, whose hash must match.

    Raises:
        InvalidPlan: It cannot be read, is not JSON, or was changed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise InvalidPlan(f"{path} cannot be read: {error.strerror}.") from None
    content: JSON = None
    with suppress(ValueError, RecursionError):
        if len(data) <= _LARGEST:
            content = read_json(data.decode("utf-8-sig"))
    if not isinstance(content, dict) or "sha256" not in content:
        raise InvalidPlan(f"{path} is not a plan, or only a part of one.")
    stated = content.pop("sha256")
    if stated != hash_of(content):
        raise InvalidPlan(f"{path} was changed after it was made: its SHA-256 does not match. Make a new plan.")
    return content
