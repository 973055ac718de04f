"""Pages between cursors, as Replicate cuts its lists.

A cursor names the row that it stands at, not a distance from the beginning: what is deleted between two
pages hides no row and shows none twice. The content of a real cursor is undocumented.
"""

import base64
import re
from collections.abc import Sequence
from typing import NamedTuple

from ._wire import ApiError


class Page(NamedTuple):
    """A piece of a list and the cursors to its neighbours; None if there are none."""

    rows: slice
    next: str | None
    previous: str | None


def cut(serials: Sequence[int], cursor: str | None, size: int) -> Page:
    """Cut the page at *cursor* out of rows whose *serials* fall; no cursor stands at the beginning."""
    start, stop = 0, size
    if cursor is not None:
        kind, at = _read(cursor)
        if kind == "after":
            start = sum(serial >= at for serial in serials)
            stop = start + size
        else:
            stop = sum(serial > at for serial in serials)
            start = max(stop - size, 0)
    stop = min(stop, len(serials))
    return Page(
        rows=slice(start, stop),
        next=_write("after", serials[stop - 1]) if 0 < stop < len(serials) else None,
        previous=_write("before", serials[start]) if 0 < start < len(serials) else None,
    )


def _write(kind: str, serial: int) -> str:
    return base64.urlsafe_b64encode(f"{kind}={serial}".encode()).decode()


def _read(cursor: str) -> tuple[str, int]:
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except ValueError:
        text = ""
    match = re.fullmatch(r"(after|before)=([0-9]{1,18})", text)
    if match is None:
        raise ApiError(400, "The cursor is not one that a list gave out.")
    return match[1], int(match[2])
