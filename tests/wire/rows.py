"""The table: what a server does, and what has to be said of it, by the contract's section 3."""
# ruff: noqa: E501 - a row is a line

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

from tests.wire.server import PASS, Act, Effect, answer

import expunge

ALL = ("truefoundry", "cerebras", "baseten", "replicate")
REFS = {
    "truefoundry": "truefoundry:fraud-repo/churn@3",
    "cerebras": "cerebras:acme/gpt-oss-120b@2",
    "baseten": "baseten:mod3x7q@dep2bbb",
    "replicate": "replicate:acme/classifier@5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
}
PATHS = {
    "truefoundry": ("/api/ml/v1/model-versions", "/api/ml/v1/ml-repos?name=fraud-repo"),
    "cerebras": ("/management/v1/orgs/acme/models/gpt-oss-120b/versions/2",),
    "baseten": ("/v1/models/mod3x7q/deployments/dep2bbb",),
    "replicate": (f"/v1/models/acme/classifier/versions/{REFS['replicate'].partition('@')[2]}",),
}
# What each provider documents as its success: status and body.
SUCCESS = {
    "truefoundry": (200, {}),
    "cerebras": (200, {"name": "orgs/acme/models/gpt-oss-120b/versions/2", "deleted": True}),
    "baseten": (200, {"id": "dep2bbb", "model_id": "mod3x7q", "deleted": True}),
    "replicate": (202, {}),
}
OTHER = {
    "cerebras": {"name": "orgs/acme/models/gpt-oss-120b/versions/20", "deleted": True},
    "baseten": {"id": "dep1aaa", "model_id": "mod3x7q", "deleted": True},
}
NOW = datetime(2026, 1, 1, 0, 16, 40, tzinfo=UTC)  # what the tests' clock says at its start


class End(NamedTuple):
    """How it has to end; `error` is what `delete()` raises, or None."""

    status: str
    confirmed_by: str | None
    sent: int
    error: type[Exception] | None = None


@dataclass(frozen=True)
class Row:
    """One scenario. `deletes` and `reads` make the scripts for a provider; `ends` has the provider's own end, or `*`."""

    name: str
    deletes: object
    ends: dict[str, End]
    reads: object = lambda _: []
    providers: tuple[str, ...] = ALL
    timeout: float = 300.0
    holds: dict[str, bool] = field(default_factory=dict[str, bool])

    def end(self, provider: str) -> End:
        return self.ends.get(provider, self.ends["*"])


def success(provider: str, effect: Effect = "done", **more) -> Act:
    status, body = SUCCESS[provider]
    return Act(answer(status, body, **more), effect)


def says(status: int, body: object = b"{}", effect: Effect = "none", headers=(), ending="keep") -> Act:
    if body == b"{}":
        body = {}
    return Act(answer(status, body, headers), effect, ending)


def html(status: int, effect: Effect = "none") -> Act:
    return Act(answer(status, b"<html>hello</html>", [("Content-Type", "text/html")]), effect)


def raw(status: int, body: bytes, effect: Effect = "none", headers=()) -> Act:
    return Act(answer(status, body, [("Content-Type", "application/json"), *headers]), effect)


def lost(effect: Effect, sends: bytes = b"", ending="reset") -> Act:
    return Act(sends, effect, ending)


E = expunge
DELETED, ACCEPTED = End("deleted", "response", 1), End("accepted", "response", 1)
TAKEN = {"*": DELETED, "replicate": ACCEPTED}
TAKEN_AGAIN = {"*": End("deleted", "response", 2), "replicate": End("accepted", "response", 2)}
READ_BACK = {"*": End("deleted", "read_back", 1)}
UNKNOWN = {"*": End("unknown", None, 1, E.Unconfirmed)}
UNKNOWN_3 = {"*": End("unknown", None, 3, E.Unconfirmed)}


def no_effect_thrice(error) -> dict[str, End]:
    """Still there after three doubtful attempts: surely no effect, save where deletions come later."""
    return {"*": End("failed", None, 3, error), "replicate": End("unknown", None, 3, E.Unconfirmed)}


def always(act):
    return lambda _provider: [act]


def refused(name, status, error):
    return Row(name, always(says(status)), {"*": End("refused", None, 1, error)})


def failed(name, status, error):
    return Row(name, always(says(status)), {"*": End("failed", None, 1, error)})


def throttled(name, body, headers=(), providers=ALL):
    return Row(
        name,
        lambda p: [says(429, body, headers=headers), says(429, body, headers=headers), success(p)],
        {"*": End("deleted", "response", 3), "replicate": End("accepted", "response", 3)},
        providers=providers,
    )


def read_back(name, act):
    return Row(name, always(act), READ_BACK)


CUT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-"
JSON = [("Content-Type", "application/json")]

ROWS = [
    Row("documented-success", lambda p: [success(p)], TAKEN),
    Row("success-without-length", lambda p: [Act(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n\r\n%s" % (SUCCESS[p][0], json.dumps(SUCCESS[p][1]).encode()), "done", "close")], TAKEN),
    Row("100-before-the-answer", lambda p: [Act(b"HTTP/1.1 100 Continue\r\n\r\n" + success(p).sends, "done")], TAKEN),
    Row("103-before-the-answer", lambda p: [Act(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + success(p).sends, "done")], TAKEN),
    Row("a-hundred-headers", lambda p: [success(p, headers=[(f"X-{n}", "v") for n in range(90)])], TAKEN),
    # said no: no read needed
    refused("400", 400, E.ValidationError), refused("422", 422, E.ValidationError), refused("403", 403, E.PermissionDenied), refused("409", 409, E.Refused),
    failed("401", 401, E.AuthenticationError), failed("405", 405, E.UnexpectedResponse), failed("413", 413, E.UnexpectedResponse), failed("415", 415, E.UnexpectedResponse),
    Row("404-in-json", lambda _: [says(404)], {"*": End("absent", None, 1, E.NotFound)}),
    # throttled
    throttled("429-seconds", {}, [("Retry-After", "7")]),
    throttled("429-date", {}, [("Retry-After", format_datetime(NOW + timedelta(seconds=30), usegmt=True))]),
    throttled("429-date-past", {}, [("Retry-After", format_datetime(NOW - timedelta(days=1), usegmt=True))]),
    throttled("429-ratelimit-reset", {}, [("RateLimit-Reset", "9")]),
    throttled("429-ratelimit-draft", {}, [("RateLimit", '"default";r=0;t=9')]),
    throttled("429-x-ratelimit-reset", {}, [("X-RateLimit-Reset", "9")]),
    throttled("429-body", {"error": "slow", "retry_after": 11}, providers=("baseten",)),
    throttled("429-sentence", {"detail": "Request was throttled. Your rate limit resets in ~30s."}, providers=("replicate",)),
    throttled("429-no-hint", {}), throttled("429-negative", {}, [("Retry-After", "-3")]), throttled("429-html", b"<html>", [("Content-Type", "text/html"), ("Retry-After", "1")]),
    Row("429-beyond-the-deadline", always(says(429, headers=[("Retry-After", "9000")])), {"*": End("failed", None, 1, E.RateLimited)}),
    Row("429-absurd", always(says(429, headers=[("Retry-After", "999999999")])), {"*": End("failed", None, 1, E.RateLimited)}),
    Row("429-then-404", lambda _: [says(429, headers=[("Retry-After", "1")], effect="done"), says(404)], {"*": End("absent", None, 2, E.NotFound), "truefoundry": End("absent", None, 1, E.NotFound)}),
    # the answer is lost
    Row("closed-then-taken", lambda p: [lost("none", ending="close"), success(p)], TAKEN_AGAIN),
    Row("reset-then-taken", lambda p: [lost("none"), success(p)], TAKEN_AGAIN),
    read_back("closed-but-gone", lost("done", ending="close")), read_back("reset-but-gone", lost("done")),
    read_back("cut-in-a-header-but-gone", lost("done", CUT, "close")), read_back("reset-in-a-header-but-gone", lost("done", CUT)),
    Row("cut-in-a-body-but-gone", lambda p: [Act(success(p, length=500).sends, "done", "close")], READ_BACK),
    Row("reset-in-a-body-but-gone", lambda p: [Act(success(p, length=500).sends, "done", "reset")], READ_BACK),
    Row("reset-thrice", always(lost("none")), no_effect_thrice(E.ProviderError)),
    Row("cut-in-a-header-thrice", always(lost("none", CUT, "close")), no_effect_thrice(E.ProviderError)),
    Row("lost-then-404", lambda _: [lost("late"), says(404)], {"*": End("deleted", "retry", 2)}),
    Row("500-late-then-404", lambda _: [says(500, effect="late"), says(404)], {"*": End("deleted", "retry", 2)}),
    Row("504-late-then-404", lambda _: [says(504, effect="late"), says(404)], {"*": End("deleted", "retry", 2)}),
    Row("garbage-but-gone", always(Act(b"\x16\x03\x01 not http at all\r\n\r\n", "done", "close")), READ_BACK),
    Row("huge-header-but-gone", always(Act(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n", "done", "close")), READ_BACK),
    # time runs out on a socket
    Row("stalls", always(lost("none", ending="stall")), UNKNOWN, timeout=0.25), Row("stalls-but-gone", always(lost("done", ending="stall")), READ_BACK, timeout=0.25),
    Row("trickles-a-header", always(lost("done", b"HTTP/1.1 200 OK\r\nX: ", "trickle")), READ_BACK, timeout=0.25),
    Row("trickles-a-body", always(lost("done", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", "trickle")), READ_BACK, timeout=0.25),
    # answers that are none
    read_back("204-but-gone", Act(b"HTTP/1.1 204 X\r\n\r\n", "done")), read_back("html-200-but-gone", html(200, "done")), read_back("html-404-but-gone", html(404, "done")), read_back("html-202-but-gone", html(202, "done")),
    Row("html-200-thrice", always(html(200)), no_effect_thrice(E.UnexpectedResponse)), Row("html-404-thrice", always(html(404)), no_effect_thrice(E.UnexpectedResponse)),
    Row("204-thrice", always(Act(b"HTTP/1.1 204 X\r\n\r\n")), no_effect_thrice(E.UnexpectedResponse)),
    read_back("empty-200-but-gone", says(200, b"", "done")), read_back("201-but-gone", says(201, effect="done")),
    Row("text-type-but-gone", lambda p: [Act(answer(SUCCESS[p][0], json.dumps(SUCCESS[p][1]).encode(), [("Content-Type", "text/plain")]), "done")], READ_BACK),
    Row("no-type-but-gone", lambda p: [Act(answer(SUCCESS[p][0], json.dumps(SUCCESS[p][1]).encode()), "done")], READ_BACK),
    Row("too-short-a-length-but-gone", lambda p: [Act(success(p, length=1).sends, "done", "close")], READ_BACK),
    read_back("10-mb-but-gone", raw(200, b'{"x": "' + b"y" * 10_000_000 + b'"}', "done")),
    read_back("gzip-but-gone", raw(200, b"\x1f\x8b\x08" + b"\0" * 200, "done", [("Content-Encoding", "gzip")])),
    read_back("invalid-utf-8-but-gone", raw(200, b'{"name": "\xff\xfe"}', "done")), read_back("byte-order-mark-but-gone", raw(200, b"\xef\xbb\xbf{}", "done")),
    read_back("brackets-but-gone", raw(200, b"[" * 100_000, "done")), read_back("repeated-key-but-gone", raw(200, b'{"deleted": true, "deleted": true}', "done")), read_back("nan-but-gone", raw(200, b'{"deleted": NaN}', "done")),
    Row("brackets-thrice", always(raw(200, b"[" * 100_000)), no_effect_thrice(E.UnexpectedResponse)),
    *(Row(f"{status}-elsewhere", always(says(status, headers=[("Location", "http://127.0.0.2:9/")])), no_effect_thrice(E.UnexpectedResponse)) for status in (301, 302, 307, 308)),
    Row("418-thrice", always(says(418)), no_effect_thrice(E.UnexpectedResponse)), Row("408-thrice", always(says(408)), no_effect_thrice(E.UnexpectedResponse)), read_back("418-but-gone", says(418, effect="done")),
    *(Row(f"{status}-thrice", always(says(status)), no_effect_thrice(E.ProviderError)) for status in (500, 502, 503, 520)),
    *(read_back(f"{status}-but-gone", says(status, effect="done")) for status in (500, 502, 503, 504, 520)),
    Row("504-thrice", always(says(504)), UNKNOWN_3),
    Row("500-then-taken", lambda p: [says(500), success(p)], TAKEN_AGAIN), Row("503-names-a-wait", lambda p: [says(503, headers=[("Retry-After", "20")]), success(p)], TAKEN_AGAIN),
    Row("503-names-too-long-a-wait", always(says(503, headers=[("Retry-After", "9000")])), {"*": End("failed", None, 1, E.ProviderError), "replicate": End("unknown", None, 1, E.Unconfirmed)}),
    Row("500-then-409", lambda _: [says(500), says(409)], {"*": End("refused", None, 2, E.Refused), "replicate": End("unknown", None, 2, E.Unconfirmed)}),
    Row("500-then-401", lambda _: [says(500), says(401)], {"*": End("failed", None, 2, E.AuthenticationError), "replicate": End("unknown", None, 2, E.Unconfirmed)}),
    Row("504-then-409", lambda _: [says(504), says(409)], {"*": End("unknown", None, 2, E.Unconfirmed)}),
    # what it says of the version
    Row("another-name", lambda p: [Act(answer(200, OTHER[p]), "none")], UNKNOWN, providers=("cerebras", "baseten")),
    Row("deleted-false", lambda p: [Act(answer(200, {**SUCCESS[p][1], "deleted": False}))], {"*": End("refused", None, 1, E.Refused)}, providers=("cerebras", "baseten")),
    # the read tells nothing
    Row("lost-and-the-read-says-500", always(lost("done")), UNKNOWN, reads=always(says(500))), Row("lost-and-the-read-says-403", always(lost("done")), UNKNOWN, reads=always(says(403))),
    Row("lost-and-the-read-is-html", always(lost("done")), UNKNOWN, reads=always(html(200))), Row("lost-and-the-read-is-an-html-404", always(lost("done")), UNKNOWN, reads=always(html(404))),
    Row("lost-and-the-read-is-lost", always(lost("done")), UNKNOWN, reads=always(lost("none"))), Row("lost-and-the-read-is-null", always(lost("done")), UNKNOWN, reads=always(raw(200, b"null"))),
    Row("lost-and-the-read-is-throttled", always(lost("done")), READ_BACK, reads=lambda _: [says(429, headers=[("Retry-After", "2")]), PASS]),
]  # fmt: skip
