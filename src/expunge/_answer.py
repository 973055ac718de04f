"""Answers: the results of calls, read strictly and kept without the credential."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from attrs import frozen

from ._json import JSON, BadNumber, NotJson, RepeatedKey, read_json
from ._text import one_line

DEEPEST = 100
"""Levels of nesting allowed in an answer's JSON; the deepest documented one has 8."""

_MOST_CONTAINERS = 500_000
_MOST_COMMAS = 3_000_000
"""Objects and lists, and values beside others, allowed in an answer.

Python needs up to 400 bytes for a container that has 3 in the body: the body's size does not bound its memory. A list
of 100,000 Baseten deployments, the largest documented rows, has 200,000 containers and 2,000,000 commas in 45 MB.
"""


@frozen(kw_only=True)
class Answer:
    """The answer to one call; `http_status` is None if there was none.

    Attributes:
        url: The URL of the request.
        http_status: The status line's number.
        request_id: The provider's id of this exchange.
        body: The decoded JSON; also None if there was none, see *is_json*.
        is_json: Whether the body was well-formed JSON and declared as such.
        is_empty: Whether the body had no bytes.
        parsed: The generated client's object for a documented success.
        problem: Why this is not a documented success, as a clause; empty if it is one.
        words: The provider's own words about an error.
        headers: Names in lower case.
        was_sent: Whether the request may have left this machine.
        timed_out: Whether time ran out before the answer was complete.
        was_cut: Whether the answer began but its body was not read to its end.
    """

    url: str = ""
    http_status: int | None = None
    request_id: str | None = None
    body: JSON = None
    is_json: bool = False
    is_empty: bool = False
    parsed: object = None
    problem: str = ""
    words: str = ""
    headers: Mapping[str, str] = {}
    was_sent: bool = True
    timed_out: bool = False
    was_cut: bool = False

    @property
    def is_documented(self) -> bool:
        """Whether it is a success with the documented status and shape."""
        return not self.problem

    @property
    def says_not_found(self) -> bool:
        """Whether it is the provider's own 404: in JSON, unlike those of proxies and error pages."""
        return self.http_status == HTTPStatus.NOT_FOUND and self.is_json and isinstance(self.body, dict | list)

    def describe(self) -> str:
        """Return a clause that describes the answer, with the provider's words if it sent any."""
        said = f'; the provider said: "{self.words.rstrip(".")}"' if self.words else ""
        return f"{self.problem or f'HTTP {self.http_status}'}{said}"


class Unreadable(ValueError):
    """The body is not JSON as a provider writes it; the message is a clause with the reason."""


def decode(body: bytes) -> JSON:
    """Decode *body* as strict JSON: UTF-8, no repeated keys, no NaN, not too deep, and not too many values.

    Raises:
        Unreadable: It is not.
    """
    _require_bounded(body)
    try:
        value = read_json(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"the body is not JSON ({error.msg} at character {error.pos})") from None
    except RecursionError:
        raise Unreadable(f"the body nests deeper than {DEEPEST} levels") from None
    except RepeatedKey:
        # Not the key itself, which may be the credential.
        raise Unreadable("the body has a key twice") from None
    except BadNumber:
        raise Unreadable("the body has a number that cannot be read") from None
    except NotJson as error:
        raise Unreadable(f"the body is not JSON ({error})") from None
    if _is_too_deep(value):
        raise Unreadable(f"the body nests deeper than {DEEPEST} levels")
    return value


def _require_bounded(body: bytes) -> None:
    """Refuse a *body* whose values would take many times its size; those within its texts are counted too."""
    if body.count(b"{") + body.count(b"[") > _MOST_CONTAINERS:
        raise Unreadable(f"the body has more than {_MOST_CONTAINERS:,} objects and lists")
    if body.count(b",") > _MOST_COMMAS:
        raise Unreadable(f"the body has more than {_MOST_COMMAS:,} values")


def _is_too_deep(value: JSON) -> bool:
    """Return whether *value* nests deeper than any documented answer; the decoder itself stops at 1,000 levels."""
    level: list[dict[str, JSON] | list[JSON]] = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))  # half the time of a union
        ]
        if not level:
            return False
    return True


def words_of(body: JSON) -> str:
    """Find the provider's own words in an error body.

    The shapes, with their sources in the providers' adapters: `detail` as text or as a list of `loc` and `msg`,
    `message`, `error` as text or as an object with a `message`, `title`; or a list of such.
    """
    if isinstance(body, str):
        return one_line(body)
    if isinstance(body, list):
        return one_line("; ".join(filter(None, (words_of(item) for item in body[:5]))))
    if isinstance(body, dict):
        if isinstance(message := body.get("msg"), str):
            where = body.get("loc")
            path = ".".join(str(step) for step in where) if isinstance(where, list) else ""
            return one_line(f"{path}: {message}" if path else message)
        for key in ("detail", "message", "error", "title"):
            if words := words_of(body.get(key)):
                return words
    return ""
