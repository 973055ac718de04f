"""Scenarios of what the answer to a delete says: every status, and every body that a success may come with."""

from attrs import evolve

import expunge

from .acts import (
    DOCUMENTED,
    HTML,
    MISSED,
    bomb,
    contradicts_itself,
    error,
    names_other,
    page,
    redirects,
    says,
    shows_gone,
    success,
)
from .rows import ABSENT, READ_BACK, UNKNOWN, End, Row, disbelieved, doubtful, sent
from .stands import BEFORE_ANSWERING, TOKEN

_CERTAIN = {
    400: ("refused", expunge.ValidationError),
    422: ("refused", expunge.ValidationError),
    403: ("refused", expunge.PermissionDenied),
    409: ("refused", expunge.Refused),
    401: ("failed", expunge.AuthenticationError),
    405: ("failed", expunge.UnexpectedResponse),
    413: ("failed", expunge.UnexpectedResponse),
    415: ("failed", expunge.UnexpectedResponse),
}
_TYPE = "Content-Type"

STATUSES = [
    Row(id="documented", **sent(1)),
    Row(id="missing", is_there=False, end=ABSENT),
    *(
        Row(id=f"{code}-json", deletes=(error(code),), end=End(end, error=kind))
        for code, (end, kind) in _CERTAIN.items()
    ),
    *(
        Row(id=f"{code}-html", deletes=(page(code),), end=End(end, error=kind))
        for code, (end, kind) in _CERTAIN.items()
    ),
    *doubtful("500", error(500), expunge.ProviderError),
    *doubtful("500-html", page(500), may_come_late=True),
    *doubtful("502-html", page(502), may_come_late=True),
    *doubtful("502", error(502), may_come_late=True),
    *doubtful("503", error(503), expunge.ProviderError),
    *doubtful("503-html", page(503), may_come_late=True),
    *doubtful("504", error(504), may_come_late=True),
    *doubtful("504-html", page(504), may_come_late=True),
    *doubtful("519", error(519), expunge.ProviderError),
    *(row for status in (520, 522, 524, 598, 599) for row in doubtful(str(status), error(status), may_come_late=True)),
    *doubtful("520-html", page(520), may_come_late=True),
    *doubtful("402", error(402), expunge.UnexpectedResponse),
    *doubtful("408", error(408), may_come_late=True),
    *doubtful("410", error(410)),
    *doubtful("412", error(412)),
    *doubtful("418", error(418), expunge.UnexpectedResponse),
    *doubtful("431", error(431)),
    *doubtful("451", page(451)),
    *doubtful("499", error(499), may_come_late=True),
    *doubtful("999", error(999)),
    *doubtful("404-html", page(404), expunge.UnexpectedResponse),
    *doubtful("404-empty", says(404)),
    *doubtful("404-json-cut", says(404, b'{"detail": "Not fo', {_TYPE: "application/json"})),
    *doubtful("204", says(204), may_come_late=True),
    *doubtful("another-success", success(status=203), may_come_late=True),
    *doubtful("301", redirects(301), expunge.UnexpectedResponse),
    *doubtful("302", redirects(302)),
    *doubtful("303", redirects(303)),
    *doubtful("307", redirects(307)),
    *doubtful("308", redirects(308)),
    *doubtful("304", says(304)),
]

BODIES = [
    *doubtful("html-200", page(200), may_come_late=True),
    disbelieved("json-declared-html", success(headers=HTML)),
    disbelieved("json-of-no-type", success(headers={_TYPE: ""})),
    disbelieved("byte-order-mark", success(b"\xef\xbb\xbf{}")),
    disbelieved("invalid-utf-8", success(b'{"deleted": true, "name": "\xff\xfe"}')),
    disbelieved("utf-16", success("{}".encode("utf-16"))),
    *doubtful("cut-json", success(b'{"deleted": tr'), may_come_late=True),
    disbelieved("deep", success(b"[" * 100_000)),
    disbelieved("deep-and-closed", success(b"[" * 5_000 + b"]" * 5_000)),
    disbelieved("key-twice", success(b'{"deleted": false, "deleted": true}')),
    Row(id="contrary-key", deletes=(contradicts_itself(),), providers=("cerebras", "baseten"), **sent(2)),
    disbelieved("nan", success(b'{"deleted": NaN}')),
    disbelieved("long-number", success(b'{"deleted": true, "n": ' + b"1" * 5_000 + b"}")),
    disbelieved("null", success(b"null")),
    disbelieved("list", success(b"[]")),
    disbelieved("text", success(b'"deleted"')),
    disbelieved("true-as-text", success({"deleted": "true"})),
    disbelieved("true-as-1", success({"deleted": 1})),
    disbelieved("ten-megabytes", success(b"{}" + b" " * 10_000_000)),
    disbelieved("gzip-bomb", success(bomb, {"Content-Encoding": "gzip"})),
    disbelieved("encoding-unasked", success(headers={"Content-Encoding": "br"})),
    *doubtful("message", success({"message": "Model version deleted"}), may_come_late=True),
    disbelieved("message-denies", success({"message": "nothing was deleted"}, status=200)),
    Row(id="charset", deletes=(success(headers={_TYPE: "application/json; charset=utf-8"}).works(),), **sent(1)),
    Row(id="type-in-capitals", deletes=(success(headers={_TYPE: "Application/JSON"}).works(),), **sent(1)),
    Row(
        id="empty-worked",
        deletes=(success(b"").works(),),
        end=READ_BACK,
        ends={"replicate": End("accepted", "response")},
    ),
    Row(
        id="empty-harmless",
        deletes=(success(b""),),
        end=End("deleted", "response", 2),
        ends={"replicate": End("accepted", "response")},
        providers=BEFORE_ANSWERING,
    ),
    Row(
        id="empty-of-no-type",
        deletes=(says(202).works(),),
        end=READ_BACK,
        ends={"replicate": End("accepted", "response")},
    ),
    Row(
        id="message-and-no-read",
        deletes=(success({"message": "Model version deleted"}).works(),),
        looks=(error(503),),
        end=UNKNOWN,
        ends={"cerebras": End("deleted", "response")},
    ),
    Row(
        id="message-disproved",
        deletes=(success({"message": "ok"}), error(409)),
        looks=(DOCUMENTED, DOCUMENTED),
        end=evolve(UNKNOWN, attempts=2),
    ),
    Row(
        id="deleted-false",
        deletes=(success({"deleted": False}),),
        end=End("refused", error=expunge.Refused),
    ),
    Row(
        id="another-resource",
        deletes=(names_other(),),
        end=End("unknown", error=expunge.Unconfirmed, detail="omething else may have been deleted"),
    ),
    Row(
        id="another-resource-not-deleted",
        deletes=(names_other(deleted=False).works(),),
        end=UNKNOWN,
    ),
    Row(
        id="another-resource-and-ours",
        deletes=(names_other().works(),),
        end=End("unknown", error=expunge.Unconfirmed, detail="omething else may have been deleted"),
    ),
    Row(
        id="credential-echoed",
        deletes=(says(409, {"detail": f"Authorization: Bearer {TOKEN}", TOKEN: TOKEN}, {"X-Request-Id": TOKEN}),),
        end=End("refused", error=expunge.Refused),
    ),
    Row(
        id="credential-echoed-in-a-page",
        deletes=(says(500, f"Bearer {TOKEN}".encode(), {_TYPE: "text/plain"}),),
        looks=(says(401, f"Bearer {TOKEN}".encode(), {_TYPE: "text/plain"}),),
        end=UNKNOWN,
    ),
    Row(id="missing-as-problem", deletes=(MISSED.forestalled(),), end=ABSENT),
    Row(
        id="gone-read-padded",
        deletes=(error(500).works(),),
        looks=(shows_gone(padding=10_000_000),),
        end=UNKNOWN,
        ends={"truefoundry": READ_BACK},
    ),
]

ROWS = [*STATUSES, *BODIES]
