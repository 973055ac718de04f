"""Scenarios of what happens to the connection: refused, reset, cut, stalled, garbled, and closed between requests."""

import expunge

from .acts import (
    CLOSED,
    CLOSED_IN_HEAD,
    CLOSED_UNREAD,
    DEAD,
    DOCUMENTED,
    FLOODED,
    FORETELLS_DELETE,
    FORETELLS_READ,
    RESET,
    RESET_IN_HEAD,
    RESET_UNREAD,
    STALLED,
    STALLED_IN_BODY,
    STALLED_IN_HEAD,
    TRICKLED_BODY,
    TRICKLED_CHUNKS,
    TRICKLED_HEAD,
    chunked,
    cut,
    error,
    formed,
    raw,
    success,
)
from .rows import READ_BACK, UNKNOWN, End, Row, disbelieved, doubtful, sent
from .server import Act
from .stands import STANDS

_SHORT = 0.4
_ONE_READ = tuple(name for name, stand in STANDS.items() if stand.method == "DELETE")
"""Whose read-back is one request: TrueFoundry's second would find the server's own answer waiting, and start afresh."""


def _late(name: str, act: Act) -> list[Row]:
    """Return the rows of a time that runs out: what is still there then may still go."""
    return [
        Row(id=f"{name}-worked", deletes=(act.works(),), end=READ_BACK, timeout=_SHORT),
        Row(id=f"{name}-harmless", deletes=(act,), end=UNKNOWN, timeout=_SHORT),
    ]


CONNECTIONS = [
    Row(id="refused", listens=False, end=End("failed", None, 0, expunge.TransportError)),
    *doubtful("closed-unread", CLOSED_UNREAD, may_come_late=True),
    *doubtful("reset-unread", RESET_UNREAD, may_come_late=True),
    *doubtful("closed", CLOSED, may_come_late=True),
    *doubtful("reset", RESET, may_come_late=True),
    *doubtful("closed-in-head", CLOSED_IN_HEAD, may_come_late=True),
    *doubtful("reset-in-head", RESET_IN_HEAD, may_come_late=True),
    *doubtful("closed-in-body", cut(1, length=0), may_come_late=True),
    *doubtful("reset-in-body", cut(1, ending="reset", length=0), may_come_late=True),
    *doubtful("too-long-a-length", cut(None, length=7), may_come_late=True),
    *doubtful("too-short-a-length", cut(None, ending="stay", length=-1), may_come_late=True),
    *doubtful("cut-without-length", cut(1), may_come_late=True),
    *doubtful("chunks-cut", chunked(complete=False), may_come_late=True),
    Row(id="no-length", deletes=(cut(None).works(),), **sent(1)),
    Row(id="chunked", deletes=(chunked(complete=True).works(),), **sent(1)),
    Row(id="dead-worked", deletes=(DEAD.works(),), end=UNKNOWN),
    Row(id="dead-harmless", deletes=(DEAD,), end=UNKNOWN),
    Row(
        id="closed-between-requests",
        deletes=(error(500),),
        closes_idle=True,
        **sent(2),
    ),
    Row(id="closed-on-reuse", deletes=(error(500), CLOSED_UNREAD), looks=(DOCUMENTED, DOCUMENTED), **sent(3, 2)),
    Row(id="reset-on-reuse", deletes=(error(500), RESET_UNREAD), looks=(DOCUMENTED, DOCUMENTED), **sent(3, 2)),
]

FORMS = [
    Row(id="100-before", deletes=(success(begin=b"HTTP/1.1 100 Continue\r\n\r\n").works(),), **sent(1)),
    Row(
        id="103-before",
        deletes=(success(begin=b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n").works(),),
        **sent(1),
    ),
    disbelieved("100-alone", raw(b"HTTP/1.1 100 Continue\r\n\r\n")),
    disbelieved("101", raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")),
    *doubtful("garbage", raw(b"<html>deleted</html>\n"), may_come_late=True),
    disbelieved("nul-bytes", raw(b"\0" * 4_096)),
    disbelieved("http-2-preface", raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    disbelieved("another-protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n")),
    disbelieved("no-status", raw(b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n")),
    disbelieved("header-of-1-mb", raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n{}")),
    disbelieved("nul-in-header", success(headers={"X-Request-Id": "a\0b"})),
    disbelieved("header-without-colon", success(headers={"X-Odd\r\nHTTP/1.1 404 Not Found\r\nX-Odd": "1"})),
    disbelieved("two-lengths", success(headers={"Content-Length": "2, 3"})),
    disbelieved("negative-length", success(headers={"Content-Length": "-1"})),
    Row(
        id="1000-headers",
        deletes=(success(headers={f"X-Header-{number}": "value" for number in range(1_000)}).works(),),
        **sent(1),
    ),
    Row(id="escape-in-header", deletes=(success(headers={"X-Request-Id": "a\x1b[2J"}).works(),), **sent(1)),
    Row(id="folded-header", deletes=(success(headers={"X-Request-Id": "a\r\n b"}).works(),), **sent(1)),
    Row(id="odd-request-id", deletes=(success(headers={"X-Request-Id": "\x85\x9b\xff"}).works(),), **sent(1)),
    Row(
        id="http-1.0",
        deletes=(
            formed(
                lambda status, content: (
                    b"HTTP/1.0 %d OK\r\nContent-Type: application/json\r\n\r\n%s" % (status, content)
                )
            ).works(),
        ),
        **sent(1),
    ),
    Row(
        id="read-answered-before-it-is-asked",
        deletes=(FORETELLS_READ,),
        looks=(DOCUMENTED,),
        providers=_ONE_READ,
        **sent(2),
    ),
    Row(
        id="delete-answered-before-it-is-sent",
        deletes=(error(500),),
        looks=(FORETELLS_DELETE,),
        **sent(2),
    ),
]

TIMES = [
    *_late("stalled", STALLED),
    *_late("stalled-in-head", STALLED_IN_HEAD),
    *_late("stalled-in-body", STALLED_IN_BODY),
    *_late("flooded", FLOODED),
    *_late("trickled-head", TRICKLED_HEAD),
    *_late("trickled-body", TRICKLED_BODY),
    *_late("trickled-chunks", TRICKLED_CHUNKS),
    Row(
        id="look-stalled",
        deletes=(error(500).works(),),
        looks=(STALLED,),
        end=UNKNOWN,
        timeout=_SHORT,
        last_read=_SHORT,
    ),
    Row(
        id="look-trickled", deletes=(error(500),), looks=(TRICKLED_HEAD,), end=UNKNOWN, timeout=_SHORT, last_read=_SHORT
    ),
]

ROWS = [*CONNECTIONS, *FORMS, *TIMES]
