"""The vocabulary of the table: each fault as one act of the server, harmless unless it is said to work."""

import gzip
import json
from collections.abc import Callable, Mapping
from functools import cache

from .server import AS_DOCUMENTED, Act
from .stands import JSON, MISSING, Stand, message
from .wire import Wire

_TYPE = "Content-Type"
HTML = {_TYPE: "text/html"}
_HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n%s\r\n"
_TRICKLED = 1_500
"""Bytes of a trickle: many times what any scenario has time for."""

_FLOODED = 200_000_000
"""Bytes of a flood: they take minutes to read."""

_PAGE = b"<html><body>Please sign in</body></html>"


def _content(body: object) -> bytes:
    """Return bytes as they are, those that a function makes only now, and anything else as JSON."""
    body = body() if callable(body) else body
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def says(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> Act:
    """Answer with *status*: bytes as they are, anything else as JSON."""

    def play(wire: Wire, _stand: Stand) -> None:
        wire.send(message(status, body() if callable(body) else body, headers))

    return Act(name=f"says {status}", play=play)


def page(status: int) -> Act:
    """Answer with a page for people, as a proxy or a login does."""
    return says(status, _PAGE, HTML)


def error(status: int, headers: Mapping[str, str] | None = None) -> Act:
    """Answer with *status* and JSON."""
    return says(status, {"detail": "not on a Friday"}, headers)


def redirects(status: int) -> Act:
    """Send the client to another origin, which is this server by another name."""

    def play(wire: Wire, _stand: Stand) -> None:
        wire.send(message(status, b"", {"Location": f"http://localhost:{wire.port}/elsewhere"}))

    return Act(name=f"redirects with {status}", play=play)


def raw(sent: bytes) -> Act:
    """Put *sent* on the wire, and nothing more."""

    def play(wire: Wire, _stand: Stand) -> None:
        wire.send(sent)
        wire.finish()

    return Act(name=f"raw {sent[:30]!r}", play=play)


def success(
    body: object = None,
    headers: Mapping[str, str] | None = None,
    *,
    begin: bytes = b"",
    after: bytes = b"",
    status: int | None = None,
) -> Act:
    """Answer with the documented status and body, but for what is given; *begin* and *after* stand around it all."""

    def play(wire: Wire, stand: Stand) -> None:
        documented, usual = stand.success
        content = _content(usual if body is None else body)
        wire.send(begin + message(status or documented, content, {**JSON, **(headers or {})}) + after)

    return Act(name="success, altered", play=play, alters_body=body is not None or _TYPE in (headers or {}))


def formed(write: Callable[[int, bytes], bytes], ending: str = "finish") -> Act:
    """Send what *write* makes of the documented status and body; then `finish`, `reset`, `hold` or `stay`."""

    def play(wire: Wire, stand: Stand) -> None:
        status, body = stand.success
        wire.send(write(status, _content(body)))
        if ending != "stay":
            getattr(wire, ending)()

    return Act(name=f"formed, then {ending}", play=play, alters_body=True)


def cut(keep: int | None, *, ending: str = "finish", length: int | None = None) -> Act:
    """Send the documented success with no more of its body than *keep*, the end of a slice.

    Its Content-Length promises *length* bytes more than the complete body has; None leaves that header out.
    """

    def write(status: int, content: bytes) -> bytes:
        spoken = b"" if length is None else b"Content-Length: %d\r\n" % (len(content) + length)
        return _HEAD % (status, spoken) + content[:keep]

    return formed(write, ending)


def chunked(*, complete: bool) -> Act:
    """Send the documented success in one chunk, with or without the end that marks it as complete."""

    def write(status: int, content: bytes) -> bytes:
        end = b"0\r\n\r\n" if complete else b""
        return _HEAD % (status, b"Transfer-Encoding: chunked\r\n") + b"%x\r\n%s\r\n" % (len(content), content) + end

    return formed(write, "stay" if complete else "finish")


def _fail_and_foretell(wire: Wire, stand: Stand) -> None:
    reads = b"".join(message(200, body) for path, body in stand.others.items() if path.endswith("/ml-repos"))
    wire.send(message(500, MISSING) + reads + stand.read(is_there=False))


def _show_and_foretell(wire: Wire, stand: Stand) -> None:
    wire.send(stand.read(is_there=True) + message(404, MISSING))


def contradicts_itself() -> Act:
    """Send the documented success with a second, contrary `deleted` before the first, so that readers differ."""

    def write(status: int, content: bytes) -> bytes:
        twice = content.replace(b"{", b'{"deleted": false, ', 1)
        return _HEAD % (status, b"Content-Length: %d\r\n" % len(twice)) + twice

    return formed(write, "stay")


def names_other(**said: object) -> Act:
    """Answer with the documented success of something else, but for what is *said*."""
    return Act(
        name="names another",
        play=lambda wire, stand: wire.send(message(stand.success[0], {**stand.other, **said})),
        alters_body=True,
    )


def shows_stranger() -> Act:
    """Answer a read with another version."""
    return Act(name="shows another", play=lambda wire, stand: wire.send(message(200, stand.stranger)))


def shows_gone(*, padding: int = 0, headers: Mapping[str, str] | None = None, begin: bytes = b"") -> Act:
    """Answer a read as if it were gone, whatever there is."""

    def play(wire: Wire, stand: Stand) -> None:
        status, body = stand.gone
        content = begin + _content(body) + b" " * padding
        wire.send(message(status, content, {**JSON, **(headers or {})}))

    return Act(name="shows it gone", play=play)


def shows_there(headers: Mapping[str, str]) -> Act:
    """Answer a read as if it were there, whatever there is."""
    return Act(
        name="shows it there", play=lambda wire, stand: wire.send(message(200, stand.there, {**JSON, **headers}))
    )


def _begin(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/js")


def _reset_in_head(wire: Wire, _stand: Stand) -> None:
    _begin(wire)
    wire.reset()


def _end_in_head(wire: Wire, _stand: Stand) -> None:
    _begin(wire)
    wire.finish()


def _hold_in_head(wire: Wire, _stand: Stand) -> None:
    _begin(wire)
    wire.hold()


def _trickle_head(wire: Wire, _stand: Stand) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    wire.trickle(b"1", _TRICKLED)


def _trickle_body(wire: Wire, stand: Stand) -> None:
    wire.send(message(stand.success[0], b"", {**JSON, "Content-Length": str(_TRICKLED)}))
    wire.trickle(b" ", _TRICKLED)


def _trickle_chunks(wire: Wire, stand: Stand) -> None:
    wire.send(
        b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" % stand.success[0]
    )
    wire.trickle(b"1\r\n \r\n", _TRICKLED)


def _flood(wire: Wire, _stand: Stand) -> None:
    wire.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 40, _FLOODED)


DOCUMENTED = AS_DOCUMENTED
CLOSED_UNREAD = Act(name="closed unread", play=lambda wire, _: wire.finish(), reads=False)
RESET_UNREAD = Act(name="reset unread", play=lambda wire, _: wire.reset(), reads=False)
RESET = Act(name="reset", play=lambda wire, _: wire.reset())
CLOSED = Act(name="closed", play=lambda wire, _: wire.finish())
RESET_IN_HEAD = Act(name="reset in the head", play=_reset_in_head)
CLOSED_IN_HEAD = Act(name="closed in the head", play=_end_in_head)
STALLED = Act(name="stalled", play=lambda wire, _: wire.hold())
STALLED_IN_HEAD = Act(name="stalled in the head", play=_hold_in_head)
STALLED_IN_BODY = cut(1, ending="hold", length=0)
TRICKLED_HEAD = Act(name="trickled head", play=_trickle_head)
TRICKLED_BODY = Act(name="trickled body", play=_trickle_body, alters_body=True)
FLOODED = Act(name="flooded", play=_flood)
TRICKLED_CHUNKS = Act(name="trickled chunks", play=_trickle_chunks, alters_body=True)
DEAD = Act(name="dead", play=lambda wire, _: wire.reset(), is_last=True)
FORETELLS_READ = Act(name="fails, and answers the next read before it is asked", play=_fail_and_foretell)
FORETELLS_DELETE = Act(name="shows it, and answers the next delete before it is asked", play=_show_and_foretell)
MISSED = says(404, MISSING)
THROTTLED = error(429)


@cache
def bomb() -> bytes:
    """Return 50 MB as some kB of gzip."""
    return gzip.compress(b" " * 50_000_000)
