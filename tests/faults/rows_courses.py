"""Scenarios of several steps: what reads say after a doubt, what a second attempt meets, waiting, and dry runs."""

from attrs import evolve

import expunge

from .acts import (
    CLOSED,
    CLOSED_IN_HEAD,
    DOCUMENTED,
    HTML,
    MISSED,
    RESET,
    RESET_IN_HEAD,
    bomb,
    error,
    page,
    raw,
    redirects,
    says,
    shows_gone,
    shows_stranger,
    shows_there,
    success,
)
from .rows import ABSENT, READ_BACK, UNKNOWN, End, Row, given_up
from .server import Act

_WORKED = error(500).works()
_WAIT = {"wait": True, "timeout": 40.0}
_DRY = {"dry_run": True}


def _unreadable(name: str, look: Act) -> Row:
    """Return the row of a read that proves nothing, though the version is gone."""
    return Row(id=f"look-{name}", deletes=(_WORKED,), looks=(look,), end=UNKNOWN)


def _broken(name: str, look: Act) -> Row:
    """Return the row of a read whose connection breaks; it is asked once more, since no read does harm."""
    return Row(id=f"look-{name}", deletes=(_WORKED,), looks=(look, look), end=UNKNOWN)


def _repos(name: str, act: Act) -> Row:
    return Row(id=f"repos-{name}", deletes=(_WORKED,), others=(act,), end=UNKNOWN, providers=("truefoundry",))


def _rows(data: list[object], **pagination: object) -> Act:
    return says(200, {"data": data, "pagination": {"offset": 0, "limit": 100} | pagination})


# The tests' clock begins then. It passes only by sleeping.
_NOW = {"Date": "Thu, 01 Jan 2026 00:16:40 GMT"}
_YESTERDAY = {"Date": "Wed, 31 Dec 2025 12:00:00 GMT"}
_EARLIER, _LATER = {"Date": "Thu, 01 Jan 2026 10:00:00 GMT"}, {"Date": "Thu, 01 Jan 2026 10:00:10 GMT"}


def _stale(name: str, look: Act, delete: Act = _WORKED) -> Row:
    """Return the row of a read that a cache answers: it is older than the delete, and proves nothing."""
    return Row(id=f"look-{name}", deletes=(delete,), looks=(look,), end=UNKNOWN)


READS = [
    _stale("of-a-cache", shows_gone(headers={"Age": "86400"})),
    _stale("there-of-a-cache", shows_there({"Age": "86400"})),
    _stale("dated-yesterday", shows_gone(headers=_YESTERDAY)),
    _stale("there-dated-yesterday", shows_there(_YESTERDAY)),
    _stale("dated-before-the-answer", shows_gone(headers=_EARLIER), error(500, _LATER).works()),
    Row(id="look-just-made", deletes=(_WORKED,), looks=(shows_gone(headers={"Age": "0"}),), end=READ_BACK),
    Row(id="look-dated-now", deletes=(_WORKED,), looks=(shows_gone(headers=_NOW),), end=READ_BACK),
    Row(
        id="look-dated-since",
        deletes=(error(500, _EARLIER).works(),),
        looks=(shows_gone(headers=_LATER),),
        end=READ_BACK,
    ),
    _unreadable("html", page(200)),
    _unreadable("404-html", page(404)),
    _unreadable("404-empty", says(404)),
    _unreadable("400", error(400)),
    _unreadable("401", error(401)),
    _unreadable("403", error(403)),
    _unreadable("410", error(410)),
    _unreadable("500", error(500)),
    _unreadable("503-html", page(503)),
    _unreadable("204", says(204)),
    _unreadable("301", redirects(301)),
    _broken("reset", RESET),
    _broken("closed", CLOSED),
    _broken("reset-in-head", RESET_IN_HEAD),
    _broken("closed-in-head", CLOSED_IN_HEAD),
    _broken("garbage", raw(b"gone\r\n")),
    _unreadable("stranger", shows_stranger()),
    _unreadable("declared-html", shows_gone(headers=HTML)),
    _unreadable("byte-order-mark", shows_gone(begin=b"\xef\xbb\xbf")),
    _unreadable("encoded", shows_gone(headers={"Content-Encoding": "gzip"})),
    _unreadable("gzip-bomb", says(404, bomb, {"Content-Type": "application/json", "Content-Encoding": "gzip"})),
    _unreadable("too-large", shows_gone(padding=70_000_000)),
    Row(
        id="look-404-json",
        deletes=(_WORKED,),
        looks=(MISSED,),
        end=READ_BACK,
        ends={"truefoundry": UNKNOWN},
    ),
    _repos("empty", _rows([], total=0)),
    _repos("404", MISSED),
    _repos("403", error(403)),
    _repos("html", page(200)),
    _repos("twice", _rows([{"id": number, "manifest": {"name": "fraud-repo"}} for number in ("41", "42")], total=2)),
    Row(
        id="list-cut",
        deletes=(_WORKED,),
        looks=(_rows([], total=3),),
        end=UNKNOWN,
        providers=("truefoundry",),
    ),
    Row(id="list-without-total", deletes=(_WORKED,), looks=(_rows([]),), end=UNKNOWN, providers=("truefoundry",)),
]

ATTEMPTS = [
    Row(id="lost-then-missing", deletes=(RESET.works(1), DOCUMENTED), end=End("deleted", "retry", 2)),
    Row(id="500-then-missing", deletes=(error(500).works(1), DOCUMENTED), end=End("deleted", "retry", 2)),
    Row(id="504-then-missing", deletes=(error(504).works(1), DOCUMENTED), end=End("deleted", "retry", 2)),
    Row(id="twice-lost-then-missing", deletes=(RESET, RESET.works(1), DOCUMENTED), end=End("deleted", "retry", 3)),
    Row(id="somebody-else-first", deletes=(DOCUMENTED.forestalled(),), end=ABSENT),
    Row(id="somebody-else-meanwhile", deletes=(error(500).forestalled(),), end=READ_BACK),
    Row(id="missing-html-after-doubt", deletes=(error(500), page(404).works()), end=End("deleted", "read_back", 2)),
    Row(id="then-409", deletes=(error(500), error(409)), **given_up(expunge.Refused, 2, "refused")),
    Row(id="then-403", deletes=(error(500), error(403)), **given_up(expunge.PermissionDenied, 2, "refused")),
    Row(id="then-422", deletes=(error(500), error(422)), **given_up(expunge.ValidationError, 2, "refused")),
    Row(id="then-401", deletes=(error(500), error(401)), **given_up(expunge.AuthenticationError, 2)),
    Row(id="then-405", deletes=(error(500), error(405)), **given_up(expunge.UnexpectedResponse, 2)),
    Row(id="reset-then-405", deletes=(RESET, error(405)), end=evolve(UNKNOWN, attempts=2)),
    Row(id="504-then-409", deletes=(error(504), error(409)), end=evolve(UNKNOWN, attempts=2)),
    Row(id="504-then-409-and-gone", deletes=(error(504).works(1), error(409)), end=End("deleted", "read_back", 2)),
    Row(id="504-then-500-twice", deletes=(error(504), error(500), error(500)), end=evolve(UNKNOWN, attempts=3)),
    Row(
        id="then-never-sent",
        deletes=(evolve(error(500), is_last=True),),
        closes_idle=True,
        **given_up(expunge.TransportError, 1),
    ),
    Row(
        id="then-locked-out",
        deletes=(error(500), error(401)),
        looks=(DOCUMENTED, error(401)),
        plays_all=False,
        **given_up(expunge.AuthenticationError, 2),
    ),
    Row(id="absent-is-allowed", is_there=False, options={"missing_ok": True}, end=End("absent")),
]

WAITING = [
    Row(id="wait", options=_WAIT, end=READ_BACK),
    Row(id="wait-late", deletes=(success().works(2),), options=_WAIT, end=READ_BACK),
    Row(id="wait-in-vain", deletes=(success(),), options=_WAIT, end=UNKNOWN),
    Row(
        id="wait-blind",
        deletes=(success().works(),),
        looks=(error(503),) * 60,
        plays_all=False,
        options=_WAIT,
        end=UNKNOWN,
    ),
    Row(
        id="wait-through-faults",
        deletes=(success().works(),),
        looks=(error(503), page(404), RESET, RESET, shows_stranger()),
        options=_WAIT,
        end=READ_BACK,
    ),
    Row(id="wait-after-doubt", deletes=(error(500),), options=_WAIT, end=End("deleted", "read_back", 2)),
    Row(id="wait-absent", is_there=False, options=_WAIT, end=ABSENT),
    Row(id="wait-refused", deletes=(error(409),), options=_WAIT, end=End("refused", error=expunge.Refused)),
]

DRY = [
    Row(id="dry", options=_DRY, end=End("planned", None, 0)),
    Row(id="dry-gone", is_there=False, options=_DRY, end=evolve(ABSENT, attempts=0)),
    Row(id="dry-503", looks=(error(503),), options=_DRY, end=End("failed", None, 0, expunge.ProviderError)),
    Row(id="dry-401", looks=(error(401),), options=_DRY, end=End("failed", None, 0, expunge.AuthenticationError)),
    Row(id="dry-lost", looks=(RESET, RESET), options=_DRY, end=End("failed", None, 0, expunge.TransportError)),
    Row(
        id="dry-stranger",
        looks=(shows_stranger(),),
        options=_DRY,
        end=End("failed", None, 0, expunge.UnexpectedResponse),
    ),
    Row(id="dry-throttled", looks=(error(429, {"Retry-After": "3"}),), options=_DRY, end=End("planned", None, 0)),
]

ROWS = [*READS, *ATTEMPTS, *WAITING, *DRY]
