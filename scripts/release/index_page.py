"""Read the page on which a package index lists a project's files: HTML (PEP 503) or JSON (PEP 691)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = {"application/vnd.pypi.simple.v1+html", "text/html"}
# Its presence shows that an empty page is a page of an index (PEP 629).
_VERSION_OF_PAGE = "pypi:repository-version"


class PageError(Exception):
    """The answer is not a page of a package index."""


@dataclass(frozen=True)
class IndexFile:
    """A wheel or an sdist on an index: its version, where it is, and its hashes (hexadecimal) by algorithm."""

    name: str
    version: Version
    url: str
    hashes: dict[str, str]

    @property
    def is_sdist(self) -> bool:
        """Whether this is the source distribution."""
        return self.name.endswith(".tar.gz")


def read_page(content: bytes, content_type: str, url: str, project: str) -> list[IndexFile]:
    """Read the wheels and sdists of *project* from the page at *url*.

    Raises:
        PageError: It lists no file of the project, and is not marked as a page of an index.
    """
    kind = content_type.partition(";")[0].strip().lower()
    text = content.decode(errors="replace")
    if kind == _JSON:
        entries, is_page = _read_json(text, url), True
    elif kind in _HTML:
        entries, is_page = _read_html(text, url)
    else:
        raise PageError(f"an answer of type {kind or 'unknown'} is not a list of files")
    files = [file for name, where, hashes in entries if (file := _file(name, where, hashes, project))]
    if not files and (entries or not is_page):
        raise PageError(f"its page lists no file of {project}, and is not marked as a page of an index")
    return files


_Entry = tuple[str, str, dict[str, str]]


def _file(name: str, url: str, hashes: dict[str, str], project: str) -> IndexFile | None:
    """Return the file called *name*, or None if it is not a wheel or an sdist of *project*."""
    try:
        found, version = (parse_wheel_filename(name)[:2]) if name.endswith(".whl") else parse_sdist_filename(name)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None
    return IndexFile(name, version, url, hashes) if found == canonicalize_name(project) else None


def _read_json(text: str, page: str) -> list[_Entry]:
    try:
        return [
            (
                str(file["filename"]),
                urljoin(page, str(file["url"])),
                {str(k): str(v) for k, v in file["hashes"].items()},
            )
            for file in cast("dict[str, list[dict[str, Any]]]", json.loads(text))["files"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PageError("its JSON is not that of PEP 691") from None


def _read_html(text: str, page: str) -> tuple[list[_Entry], bool]:
    """Return the files that the page links to, and whether it is marked as a page of an index."""
    reader = _Links()
    reader.feed(text)
    reader.close()
    return list(_entries(reader.links, page)), reader.is_page


def _entries(links: list[str], page: str) -> Iterator[_Entry]:
    for link in links:
        try:
            url, fragment = urldefrag(urljoin(page, link))
            name = unquote(urlsplit(url).path.rpartition("/")[2])
        except ValueError:  # not an address
            continue
        algorithm, _, value = fragment.partition("=")
        yield name, url, {algorithm: value} if value else {}


class _Links(HTMLParser):
    """Collects the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.is_page = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and (link := values.get("href")):
            self.links.append(link)
        elif tag == "meta" and values.get("name") == _VERSION_OF_PAGE:
            self.is_page = True
