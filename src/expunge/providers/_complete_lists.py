"""Lists without documented pages: one that announces more is not complete."""

import re
from collections.abc import Mapping

from .._answer import Answer
from .._json import JSON
from ._failed_reads import ReadFailed

_GOES_ON = ("has_more", "has_next_page", "cursor", "next", "next_cursor", "next_page", "next_page_token", "next_url")
"""Fields by which various lists announce more pages, also in camel case."""

_TOTALS = ("total", "total_count", "count")
_INNER = ("pagination", "meta", "links", "page_info", "paging")
"""Objects in which lists have such fields."""


def require_complete(answer: Answer) -> None:
    """Refuse a list that announces more pages: no way to follow them is documented."""
    body = answer.body if isinstance(answer.body, dict) else {}
    rows = max((len(value) for value in body.values() if isinstance(value, list)), default=0)
    for part in (body, *(inner for inner in map(_snake_case(body).get, _INNER) if isinstance(inner, dict))):
        fields = _snake_case(part)
        totals = [fields.get(name) for name in _TOTALS]
        if any(map(fields.get, _GOES_ON)) or any(isinstance(total, int) and total > rows for total in totals):
            raise ReadFailed(answer, "the list announces more pages, and following them is not documented")


def _snake_case(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    return {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower(): value for name, value in fields.items()}
