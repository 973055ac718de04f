"""Reading one answer: strictly, against what the spec documents, and without its credential."""

from collections.abc import Mapping
from http import HTTPStatus

from attrs import evolve, field, frozen

from .._answer import Answer, Unreadable, decode, words_of
from .._rules import rules_of
from .._text import one_line
from .secrecy import Blanks


class Cut(Exception):
    """The body was cut off by us: too large, or too late."""

    def __init__(self, why: str, *, timed_out: bool = False) -> None:
        super().__init__(why)
        self.timed_out = timed_out


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
        answer = Answer(
            url=raw.url,
            http_status=raw.http_status,
            request_id=next(
                (one_line(headers[name], 200) for name in self.request_id_headers if headers.get(name)), None
            ),
            headers=headers,
            is_empty=not raw.body,
        )
        if raw.cut is not None:
            problem = f"HTTP {raw.http_status}, but {raw.cut}"
            return evolve(answer, problem=problem, timed_out=raw.cut.timed_out, was_cut=True)
        answer, unreadable = self._with_body(answer, raw.body)
        problem = self._problem(operation, answer, unreadable)
        return evolve(answer, problem=problem, words=answer.words or words_of(answer.body)) if problem else answer

    def _with_body(self, answer: Answer, body: bytes) -> tuple[Answer, str]:
        """Add the content of *body*, or return a clause that says why it cannot be read."""
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
            return answer, "the body is encoded although none was asked for"
        if not body:
            return answer, ""
        if media_type == "application/json" or media_type.endswith("+json"):
            try:
                return evolve(answer, body=self.blanks.json(decode(body)), is_json=True), ""
            except Unreadable as error:
                return answer, str(error)
        if media_type == "text/plain":
            answer = evolve(answer, words=one_line(self.blanks.text(body.decode("utf-8", "replace"))))
        return answer, f"the body is {one_line(media_type, 80) or 'of no declared type'}, not JSON"

    def _problem(self, operation: str, answer: Answer, unreadable: str) -> str:
        """Return why *answer* is not a documented success of *operation*; nothing if it is one."""
        status = answer.http_status or 0
        said = f"HTTP {status}"
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return f"{said}, a redirect, which is not followed"
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return f"{said} and {unreadable}" if unreadable else said
        return self._problem_of_success(operation, answer, unreadable)

    def _problem_of_success(self, operation: str, answer: Answer, unreadable: str) -> str:
        status, said = str(answer.http_status), f"HTTP {answer.http_status}"
        rules = rules_of(self.provider)
        documented = rules.operations[operation].answers
        if status not in documented:
            return f"{said}, which is not documented"
        if unreadable:
            return f"{said}, but {unreadable}"
        schema = documented[status]
        if schema is None:
            return ""
        if answer.is_empty:
            return f"{said}, but the body is empty"
        violation = next(rules.violations(answer.body, schema), None)
        return f"{said}, but in its body {violation}" if violation else ""


def headers_of(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers with names in lower case, and the values of a repeated one joined by commas."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
