"""The forms of a journal's entries: a chain that fits does not prove them, as anybody can compute it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import NoneType
from typing import Final

from .._json import JSON

_TEXT: Final = (str,)
_TEXT_OR_NONE: Final = (str, NoneType)
_NUMBER_OR_NONE: Final = (int, NoneType)

_TOMBSTONE: Final[Mapping[str, tuple[type, ...]]] = {
    "ref": _TEXT,
    "requested_ref": _TEXT,
    "provider": _TEXT_OR_NONE,
    "scope": _TEXT_OR_NONE,
    "status": _TEXT,
    "confirmed_by": _TEXT_OR_NONE,
    "attempts": (int,),
    "http_status": _NUMBER_OR_NONE,
    "request_id": _TEXT_OR_NONE,
    "requested_at": _TEXT,
    "settled_at": _TEXT,
    "detail": _TEXT,
}
_PART: Final[Mapping[str, tuple[type, ...]]] = dict.fromkeys(("at", "user", "host", "tool"), _TEXT)
_RUN: Final[Mapping[str, tuple[type, ...]]] = {
    "command": _TEXT,
    "origins": (dict,),
    "options": (dict,),
    "items": (int,),
    "items_chain": _TEXT,
}


def require_tombstone(facts: Mapping[str, JSON]) -> None:
    """Refuse facts that are not those of one tombstone.

    Raises:
        TypeError: A field is missing or of another type.
        ValueError: A field is not known, or a time is not one.
    """
    if len(facts) != len(_TOMBSTONE):
        raise ValueError("fields are missing or not known")
    _require(facts, _TOMBSTONE)
    _require_time(facts["requested_at"])
    _require_time(facts["settled_at"])


def require_part(facts: Mapping[str, JSON]) -> None:
    """Refuse facts that do not name a process: its time, its user, its machine and its program.

    Raises:
        TypeError: A field is missing or of another type.
        ValueError: Its time is not one.
    """
    _require(facts, _PART)
    _require_time(facts["at"])


def require_run(facts: Mapping[str, JSON]) -> None:
    """Refuse facts that do not say how a run began.

    Raises:
        TypeError: A field is missing or of another type.
    """
    _require(facts, _RUN)


def _require(facts: Mapping[str, JSON], form: Mapping[str, tuple[type, ...]]) -> None:
    for name, kinds in form.items():
        # A default of no known type, so that a field that is missing does not pass for a null.
        if not isinstance(facts.get(name, ...), kinds):
            raise TypeError(f"{name} is missing or of another type")


def _require_time(value: JSON) -> None:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a time has no offset")
    moment.astimezone(UTC)  # the first and the last year may have no such time
