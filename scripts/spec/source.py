"""Read a provider's spec from a docs page with a YAML block, from a spec file, or from the URL of either.

The bytes of the spec stay as they are, except for the indentation of a fence and an encoding other than UTF-8. Nothing
else is fetched, and no redirect is followed: the error names the new address, for a person to check. A download is
bounded in bytes and in time.
"""

import asyncio
import codecs
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit, urlunsplit

import httpx

from expunge._text import one_line
from expunge.config import is_loopback

from .docs_page import Block, front_matter, read_page

_LIMIT = 64 * 1024 * 1024  # bytes; the largest specs that providers publish have 13 MB
_SECONDS = 300.0  # for the complete download, from the lookup of the host to the last byte
_TIMEOUT = 60.0  # seconds, for each read of the connection
_OK = 200
_LANGUAGES = {"", "yaml", "yml", "json"}
# The first bytes of texts in other encodings. UTF-32 stands first, because its mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# In a spec of its own, broken ones included, the key's line has one word more at most; a sentence has several.
_KEY = re.compile(r"""^["']?(?:openapi|swagger)["']?[ \t]*:(?:[ \t]+\S+)?[ \t]*(?:[ \t]#.*)?\r?$""", re.MULTILINE)
_OPEN_BRACE = re.compile(r"""\s*\{\s*["']?[\w$-]+["']?\s*:""")
# A line at the left edge that cannot be part of a YAML mapping: words, a quotation, a fence.
_NOT_YAML = re.compile(
    r"""^(?![ \t\r\n\#%}\]] | --- | \.\.\. | -[ \t\r\n]
        | (?: "[^"\n]*" | '[^'\n]*' | [\w$./<{@-][^\s:]* )[ \t]* : (?:\s|\Z)) .""",
    re.MULTILINE | re.VERBOSE,
)
# A block may also show how to configure a tool, with `openapi: some-file.yaml`; a spec gives a version.
_YAML_VERSION = re.compile(r"""^["']?(?:openapi|swagger)["']?[ \t]*:[ \t]*["']?\d""", re.MULTILINE)
_JSON_VERSION = re.compile(r"""["']?(?:openapi|swagger)["']?\s*:\s*["']?\d""")
_INDEX = re.compile(r"documentation index at: (https://\S+)")


class SourceError(Exception):
    """The place does not hold exactly one spec."""


@dataclass(frozen=True)
class Source:
    """A spec, its place, and the bytes that were taken from there.

    `title`, `index` and `block` are the page's heading, the address of its documentation index and the words behind the
    fence; None if there are none, as for a spec without a page.
    """

    content: bytes
    origin: str
    how: str
    title: str | None = None
    index: str | None = None
    block: str | None = None


def read_source(place: str, *, seconds: float = _SECONDS, largest: int = _LIMIT) -> Source:
    """Read the spec at *place*, the path of a file or an address.

    Args:
        place: The path or the address.
        seconds: Time allowed for a download.
        largest: Bytes allowed.

    Raises:
        SourceError: It cannot be read, or does not hold exactly one spec.
    """
    content = _fetch(place, seconds, largest) if "://" in place else _read(Path(place), largest)
    origin = _without_query(place) if "://" in place else Path(place).name
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    recoded = f", recoded from {encoding} to UTF-8" if encoding else ""
    text = _decode(content, encoding or "UTF-8")
    complete = Source(text.encode() if encoding else content, origin, f"byte for byte, all of it{recoded}")
    text = text.removeprefix("\ufeff")
    if _OPEN_BRACE.match(text) or (_KEY.search(text, front_matter(text)) and not _NOT_YAML.search(text)):
        return complete
    page = read_page(text)
    candidates = [block for block in page.blocks if _is_spec(block)]
    if not candidates and _KEY.search(page.prose):
        return complete  # a spec with a line that is not YAML; its parser will name the line
    if len(candidates) != 1:
        found = f"{len(candidates)} specs, on lines {', '.join(str(block.line) for block in candidates)}"
        raise SourceError(
            f"the page holds {found if candidates else 'no spec'}: one block of YAML with `openapi` is needed"
        )
    (block,) = candidates
    if not block.is_closed:
        raise SourceError(f"the page is cut short: the block that begins on line {block.line} has no end")
    how = "byte for byte, what stands between the fence lines"
    if not block.is_verbatim:
        how = "what stands between the fence lines, without their indentation"
    index = _INDEX.search(text)
    return Source(block.content.encode(), origin, how + recoded, page.title, index and index[1], block.words)


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(f"line {line} is not {encoding}" if encoding == "UTF-8" else f"is not {encoding}") from None


def _is_spec(block: Block) -> bool:
    """Return whether a block holds a spec, complete or broken."""
    if block.language not in _LANGUAGES:
        return False
    if not block.content.lstrip().startswith("{"):
        return _YAML_VERSION.search(dedent(block.content)) is not None
    try:
        document = json.loads(block.content)
    except (ValueError, RecursionError):
        return _JSON_VERSION.search(block.content) is not None
    return bool({"openapi", "swagger"} & set(document))


def _read(path: Path, largest: int) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise SourceError("is not a file")
        if path.stat().st_size > largest:
            raise _too_large(largest)
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from None


def _fetch(url: str, seconds: float, largest: int) -> bytes:
    """Return the bytes at *url*, at most *largest*."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SourceError("an address begins with https:// (or http:// on this machine)")
    if parts.scheme == "http" and not is_loopback(url):
        raise SourceError("plain http could be changed on the way, so it is for this machine only; use https")
    if parts.username is not None or parts.password is not None:
        raise SourceError("an address must not hold a user name or a password")
    try:
        return asyncio.run(_download(url, seconds, largest))
    except TimeoutError:
        raise SourceError(f"the download did not end within {seconds:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceError(f"cannot be fetched: {_reason(error)}") from None


async def _download(url: str, seconds: float, largest: int) -> bytes:
    """Return the bytes at *url*.

    It awaits, because nothing else bounds a server that sends its headers byte by byte: httpx bounds each read.
    """
    # The environment's proxy is never used for a server on this machine.
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(trust_env=not is_loopback(url), timeout=_TIMEOUT) as client,
        client.stream("GET", url) as response,
    ):
        if response.is_redirect:
            moved = one_line(response.headers.get("location", "another address"))
            raise SourceError(f"has moved to {moved}: look there, and name that address")
        if response.status_code != _OK:
            raise SourceError(f"the answer was HTTP {response.status_code}")
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > largest:
                raise _too_large(largest)
        return bytes(content)


def _reason(error: Exception) -> str:
    """Return the reason of *error*: that of the system, if it led to the error."""
    cause: BaseException = error
    while (earlier := cause.__cause__ or cause.__context__) is not None:
        cause = earlier
    if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
        return os.strerror(cause.errno)
    return str(error) or type(error).__name__


def _too_large(largest: int) -> SourceError:
    return SourceError(f"larger than {largest >> 20} MiB" if largest >= 1 << 20 else f"larger than {largest} bytes")


def _without_query(url: str) -> str:
    """Return *url* without the parts that may hold a secret: the query and the fragment."""
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))
