"""Reading one answer: strictly, against what the spec documents, and without its credential."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from attrs import field, frozen

from .._answer import Answer, Unreadable, decode, words_of
from .._json import JSON
from .._rules import rules_of
from .._text import one_line
from .conversation import Cut
from .secrecy import Blanks


@frozen(kw_only=True)
class Raw:
    """An answer as it came: *headers* with names in lower case, and *cut* if we stopped reading its body."""

    url: str
    http_status: int
    headers: Mapping[str, str] = field(repr=False)  # both may echo the credential
    body: bytes = field(repr=False)
    cut: Cut | None


@frozen
class Reader:
    """Reads the answers of one provider.

    Attributes:
        provider: Whose rules the answers are held to.
        blanks: Blanks the credential wherever an answer echoes it.
        request_id_headers: In lower case, in the order in which they are looked for.
    """

    provider: str
    blanks: Blanks
    request_id_headers: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Reader({self.provider})"

    def read(self, operation: str, raw: Raw) -> Answer:
        """Read an answer to *operation*; whether it is a documented success is its `problem`."""
        headers = {name: self.blanks.text(value) for name, value in raw.headers.items()}
        body, words, unreadable, problem = None, "", "", ""
        if raw.cut is not None:
            problem = f"HTTP {raw.http_status}, but {raw.cut.why}"
        else:
            body, words, unreadable = self._content(headers, raw.body)
            problem = self._problem(operation, raw, body, unreadable)
        return Answer(
            url=raw.url,
            http_status=raw.http_status,
            request_id=self._request_id(headers),
            body=body,
            is_json=bool(raw.body) and raw.cut is None and not unreadable,
            is_empty=not raw.body,
            problem=problem,
            words=words or (words_of(body) if problem else ""),
            headers=headers,
            timed_out=raw.cut is not None and raw.cut.timed_out,
            was_cut=raw.cut is not None,
        )

    def _request_id(self, headers: Mapping[str, str]) -> str | None:
        for name in self.request_id_headers:
            if found := headers.get(name):
                return one_line(found, 200)
        return None

    def _content(self, headers: Mapping[str, str], body: bytes) -> tuple[JSON, str, str]:
        """Return the decoded JSON of *body*, or the words of a text; and why it is not JSON, as a clause."""
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            return None, "", "the body is encoded although none was asked for"
        if not body:
            return None, "", ""
        if media_type == "application/json" or media_type.endswith("+json"):
            try:
                value = decode(body)
                return self.blanks.json(value) if self.blanks.may_be_in(body) else value, "", ""
            except Unreadable as error:
                return None, "", str(error)
        is_text = media_type == "text/plain"
        words = one_line(self.blanks.text(body.decode("utf-8", "replace"))) if is_text else ""
        return None, words, f"the body is {one_line(media_type, 80) or 'of no declared type'}, not JSON"

    def _problem(self, operation: str, raw: Raw, body: JSON, unreadable: str) -> str:
        """Return why an answer is not a documented success of *operation*; nothing if it is one."""
        status = raw.http_status
        said = f"HTTP {status}"
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return f"{said}, a redirect, which is not followed"
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return f"{said} and {unreadable}" if unreadable else said
        return self._problem_of_success(operation, raw, body, unreadable)

    def _problem_of_success(self, operation: str, raw: Raw, body: JSON, unreadable: str) -> str:
        status, said = str(raw.http_status), f"HTTP {raw.http_status}"
        rules = rules_of(self.provider)
        documented = rules.operations[operation].answers
        if status not in documented:
            return f"{said}, which is not documented"
        if unreadable:
            return f"{said}, but {unreadable}"
        schema = documented[status]
        if schema is None:
            return ""
        if not raw.body:
            return f"{said}, but the body is empty"
        violation = next(rules.violations(body, schema), None)
        return f"{said}, but in its body {violation}" if violation else ""


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers with names in lower case, and the values of a repeated one joined by commas."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
