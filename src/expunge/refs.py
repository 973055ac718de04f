"""References: one string that names one version, or one model, on one provider."""

import re
from typing import ClassVar

from .errors import InvalidReference
from .types import ProviderName, Scope

MAX_PART = 256
"""Characters that a part of a reference may have."""

MAX_DIGITS = 18
"""Digits that a version's number may have: it then fits a signed 64-bit integer everywhere."""

FORBIDDEN = re.compile(r"[/\\?#%@:{}\s]")
"""Characters that change a path, are decoded on the way, or belong to our own grammar."""

_GLOB = re.compile(r"[*?\[\]]")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


class Reference:
    """The base of all references; each provider's adapter adds its parts.

    `str()` gives the canonical text, which `expunge.parse_ref()` reads back into an equal value.

    Attributes:
        provider: The provider's name.
        version: The version's number, alias or id; None if the reference names a model.
    """

    __slots__ = ()

    provider: ClassVar[ProviderName]
    version: str | None

    @property
    def model(self) -> "Reference":
        """The reference to this one's model."""
        raise NotImplementedError

    @property
    def scope(self) -> Scope:
        """Whether it names a version or a model."""
        return "model" if self.version is None else "version"


def shown(text: str) -> str:
    """Quote *text* for a message: on one line, printable and cut to a bounded length."""
    return repr(text if len(text) <= 2 * MAX_PART else text[: 2 * MAX_PART] + "…")


def invalid(text: str, part: str, why: str) -> InvalidReference:
    """Build the error for a wrong *part* of *text*; *why* ends the sentence."""
    return InvalidReference(f"{shown(text)} is not a reference: {part} {why}.", ref=text, part=part)


def check_part(value: str, *, part: str, text: str) -> str:
    """Return *value* if it can be a part of a reference on any provider.

    Raises:
        InvalidReference: It is empty, too long, not printable ASCII, would change a request's path, or is a glob.
    """
    if not value:
        raise invalid(text, part, "is empty")
    if len(value) > MAX_PART:
        raise invalid(text, part, f"has {len(value)} characters; the limit is {MAX_PART}")
    if value in {".", ".."}:
        raise invalid(text, part, f"is {value!r}, which would change the path of the request")
    if found := _GLOB.search(value):
        raise invalid(text, part, f"has {found.group()!r}, which makes it a glob; name one model or version")
    if found := FORBIDDEN.search(value):
        raise invalid(text, part, f"has {found.group()!r}, which is not allowed in it")
    if not _PRINTABLE.fullmatch(value):
        raise invalid(text, part, "has a character that is not printable ASCII")
    return value


def is_number(version: str) -> bool:
    """Return whether *version* has only ASCII digits: a number does, an alias never does."""
    return re.fullmatch(r"[0-9]+", version) is not None


def check_number(version: str, *, text: str) -> str:
    """Return *version* if it is a positive integer in canonical form.

    Raises:
        InvalidReference: It is 0, has a leading zero, or has more than 18 digits.
    """
    if version.strip("0") == "":
        raise invalid(text, "version", f"is {version}; versions start at 1")
    if version.startswith("0"):
        raise invalid(text, "version", "has a leading zero")
    if len(version) > MAX_DIGITS:
        raise invalid(text, "version", f"has {len(version)} digits; the limit is {MAX_DIGITS}")
    return version


def split_version(rest: str) -> tuple[str, str | None]:
    """Split the model from the version at the first `@`; the version is None without an `@`."""
    model, at, version = rest.partition("@")
    return model, version if at else None
