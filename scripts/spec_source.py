"""Take a provider's spec out of what it publishes: a docs page with a YAML block, a spec, or the URL of either.

The bytes of the spec stay as they are. Nothing else is fetched, and no redirect is followed: an address that has
moved is named, for a person to look at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from expunge.config import is_loopback

_LIMIT = 64 * 1024 * 1024  # bytes; the largest specs that providers publish have 13 MB
_TIMEOUT = 60.0  # seconds, for each read of the connection
_OK = 200
# A fence of a block at the beginning of a line (CommonMark 0.31, section 4.5), and what stands behind it.
_FENCE = re.compile(rb"(`{3,}|~{3,})[ \t]*([^`\r\n]*?)[ \t]*\r?\n?")
_LANGUAGES = {"", "yaml", "yml", "json"}
_DOCUMENT = re.compile(rb"""^["']?(?:openapi|swagger)["']?[ \t]*:|\A\s*\{""", re.MULTILINE)
_TOP_KEY = re.compile(
    rb"""^["']?(?:openapi|swagger)["']?[ \t]*:|^[ \t]*\{?\s*["'](?:openapi|swagger)["']\s*:""", re.MULTILINE
)
_HEADING = re.compile(rb"^# +(.+?)[ \t]*\r?$", re.MULTILINE)
_INDEX = re.compile(rb"documentation index at: (https://\S+)")


class SourceError(Exception):
    """There is no one spec to be had there."""


@dataclass(frozen=True)
class Source:
    """A spec, byte for byte, and where it stood.

    `title`, `index` and `block` are the page's heading, the address of its documentation index and the words behind the
    fence; None where there are none, as for a spec that came without a page.
    """

    content: bytes
    origin: str
    title: str | None = None
    index: str | None = None
    block: str | None = None

    @property
    def how(self) -> str:
        """Say which bytes were taken."""
        return "byte for byte, what stands between the fence lines" if self.block is not None else "byte for byte"


def read_source(place: str) -> Source:
    """Read the spec at *place*, the path of a file or an address.

    Raises:
        SourceError: It cannot be read, or holds no spec, or more than one.
    """
    content = _fetch(place) if "://" in place else _read(Path(place))
    origin = _without_query(place) if "://" in place else Path(place).name
    text = content.removeprefix(b"\xef\xbb\xbf")
    blocks = list(_blocks(text))
    if _DOCUMENT.search(text, 0, blocks[0].start if blocks else len(text)):
        return Source(content, origin)  # a spec says what it is before the first block that a description may hold
    candidates = [block for block in blocks if block.is_spec]
    if len(candidates) != 1:
        found = f"{len(candidates)} specs, on lines {', '.join(str(block.line) for block in candidates)}"
        raise SourceError(
            f"the page holds {found if candidates else 'no spec'}: one block of YAML with `openapi` is needed"
        )
    (block,) = candidates
    if not block.is_closed:
        raise SourceError(f"the page is cut short: the block that begins on line {block.line} has no end")
    return Source(block.content, origin, _found(_HEADING, text), _found(_INDEX, text), block.words)


@dataclass(frozen=True)
class _Block:
    """A fenced block: the words behind the opening fence, the fence's line (from 1), and what stands inside."""

    words: str
    line: int
    start: int
    content: bytes
    is_closed: bool

    @property
    def is_spec(self) -> bool:
        language = self.words.partition(" ")[0].lower()
        return language in _LANGUAGES and _TOP_KEY.search(self.content) is not None


def _blocks(text: bytes) -> Iterator[_Block]:
    """Give the fenced blocks of a page, in order."""
    fence, words, line, start, inside = b"", b"", 0, 0, list[bytes]()
    position = 0
    for number, row in enumerate(text.splitlines(keepends=True), start=1):
        match = _FENCE.fullmatch(row)
        if not fence and match:
            fence, words, line, start, inside = match[1], match[2], number, position, []
        elif fence and match and match[1].startswith(fence) and not match[2]:
            yield _Block(words.decode(errors="replace"), line, start, b"".join(inside), is_closed=True)
            fence = b""
        elif fence:
            inside.append(row)
        position += len(row)
    if fence:
        yield _Block(words.decode(errors="replace"), line, start, b"".join(inside), is_closed=False)


def _found(pattern: re.Pattern[bytes], text: bytes) -> str | None:
    match = pattern.search(text)
    return match[1].decode(errors="replace") if match else None


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise SourceError("is no file")
        if path.stat().st_size > _LIMIT:
            raise SourceError(f"larger than {_LIMIT >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from None


def _fetch(url: str) -> bytes:
    """Get what stands at *url*, up to the limit."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SourceError("an address begins with https:// (or http:// on this machine)")
    if parts.scheme == "http" and not is_loopback(url):
        raise SourceError("plain http is for this machine only: whoever is on the way could change the spec; use https")
    if parts.username is not None or parts.password is not None:
        raise SourceError("an address must not hold a user name or a password")
    try:
        # The proxy of the environment is never asked for what runs on this machine.
        with (
            httpx.Client(trust_env=not is_loopback(url), timeout=_TIMEOUT) as client,
            client.stream("GET", url) as response,
        ):
            if response.is_redirect:
                raise SourceError(f"has moved to {response.headers.get('location')}: look there, and name that address")
            if response.status_code != _OK:
                raise SourceError(f"the answer was HTTP {response.status_code}")
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > _LIMIT:
                    raise SourceError(f"larger than {_LIMIT >> 20} MiB")
            return bytes(content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceError(f"cannot be fetched: {str(error) or type(error).__name__}") from None


def _without_query(url: str) -> str:
    """Give *url* without what may hold a secret: the query and the fragment."""
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))
