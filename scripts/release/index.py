"""Read from a package index over HTTP which files of a project it has, and download them.

Credentials go only to the index's own origin, and no page is read from another one. Otherwise a redirect could show
releases that do not exist, or reveal the password.
"""

import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from expunge.config import is_loopback

from .index_page import ACCEPT, IndexFile, PageError, read_page

PROJECT = "expunge"
_PAGE_LIMIT = 16 * 1024 * 1024  # bytes
_FILE_LIMIT = 64 * 1024 * 1024
_TIMEOUT = 60.0  # seconds, for each step of a request
_REDIRECTS = 5
_OK = 200
_UNKNOWN = {404, 410}
_NOT_LET_IN = {401, 403}
_PAGES = {"simple", "+simple"}  # devpi writes it with the plus sign
_UPLOADS = {"legacy", "upload"}
_PORTS = {"http": ":80", "https": ":443"}  # that need not be written
_STRONG = ("sha512", "sha384", "sha256")


class AddressError(Exception):
    """INDEX is not an address to publish to."""


class IndexFailure(Exception):
    """The index cannot be reached, or its answer cannot be relied on."""


@dataclass(frozen=True)
class Credentials:
    """The user who uploads. No repr shows the password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Address:
    """The address of an index for uploads, and the page that lists its projects."""

    upload: str
    simple: str

    @property
    def host(self) -> str:
        """Scheme, host and port."""
        return _origin(self.simple)


def parse_address(text: str) -> Address:
    """Return the addresses of the index from *text*: its base, its simple page, or its upload address.

    Raises:
        AddressError: It is not an address, not safe, or holds credentials.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise AddressError("it is not an address") from None
    if "@" in parts.netloc:
        raise AddressError("it holds a user name or a password: set TWINE_USERNAME and TWINE_PASSWORD instead")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isascii() or not text.isprintable():
        raise AddressError(f"{text!a} is not an address: begin with https:// (or http:// on this machine)")
    if parts.query or parts.fragment or " " in text:
        raise AddressError("an address ends with its path: leave out `?`, `#` and spaces")
    if parts.scheme == "http" and not is_loopback(text):
        raise AddressError(f"plain http to {parts.hostname} would reveal the password on the way: use https")
    base = text if text.endswith("/") else f"{text}/"
    above, _, last = base[:-1].rpartition("/")
    if last in _PAGES:
        return Address(f"{above}/", base)
    return Address(text, f"{above}/simple/" if last in _UPLOADS else f"{base}simple/")


class NotLetIn(IndexFailure):
    """The index does not accept the credentials."""

    def __init__(self, address: Address, status: int) -> None:
        super().__init__(
            f"{address.host} does not accept TWINE_USERNAME and TWINE_PASSWORD (HTTP {status}): check both"
        )


@dataclass(frozen=True)
class _Answer:
    """The final answer, from `url`; `elsewhere` is the target of a redirect that was not followed."""

    status: int
    url: str
    content: bytes = b""
    content_type: str = ""
    elsewhere: str | None = None


class Index:
    """An index, read with credentials."""

    def __init__(self, address: Address, credentials: Credentials, environ: Mapping[str, str]) -> None:
        self.address = address
        self._origin = _origin(address.simple)
        self._auth = httpx.BasicAuth(credentials.username, credentials.password)
        self._environ = environ
        self.notes: list[str] = []

    def files(self) -> list[IndexFile]:
        """Return the files of the project; none if the index does not know it.

        Raises:
            IndexFailure: The files cannot be listed.
        """
        page = f"{self.address.simple}{PROJECT}/"
        answer = self._get(page, {"Accept": ACCEPT}, _PAGE_LIMIT, may_leave=False)
        if answer.elsewhere is not None:
            return self._none_here(answer.elsewhere, answer.status)
        if answer.status in _NOT_LET_IN:
            raise NotLetIn(self.address, answer.status)
        if answer.status in _UNKNOWN:
            return []
        if answer.status != _OK:
            raise IndexFailure(
                f"{page} answered HTTP {answer.status}, so the published files are not known: try again later"
            )
        try:
            return read_page(answer.content, answer.content_type, answer.url, PROJECT)
        except PageError as error:
            raise IndexFailure(f"{page} is not the page of a package index: {error}; check INDEX") from None

    def download(self, file: IndexFile) -> bytes:
        """Download *file*, and compare it with the hash on the page.

        Raises:
            IndexFailure: It cannot be downloaded, or its hash differs.
        """
        answer = self._get(file.url, {}, _FILE_LIMIT, may_leave=True)
        if answer.status != _OK:
            raise IndexFailure(f"{file.name} cannot be downloaded from {self.address.host}: HTTP {answer.status}")
        for algorithm in _STRONG:
            promised = file.hashes.get(algorithm)
            if promised and hashlib.new(algorithm, answer.content).hexdigest() != promised.lower():
                raise IndexFailure(f"{file.name} has another {algorithm} than its page on {self.address.host} says")
        return answer.content

    def _none_here(self, elsewhere: str, status: int) -> list[IndexFile]:
        """Return no files if the redirect leads to the same project on another index; refuse any other redirect."""
        if not urlsplit(elsewhere).path.rstrip("/").endswith(f"/{PROJECT}"):
            raise IndexFailure(
                f"{self.address.host} redirects to {_origin(elsewhere)} (HTTP {status}): give that address as INDEX"
            )
        self.notes.append(
            f"warning: {self.address.host} redirects to {_origin(elsewhere)} for projects that it does not have; "
            "anybody could publish our name there (docs/maintainers/publishing.md)"
        )
        return []

    def _get(self, url: str, headers: Mapping[str, str], limit: int, *, may_leave: bool) -> _Answer:
        """Get *url*; follow a redirect to another origin only with *may_leave*, and without credentials."""
        # Requests to this machine never go through the environment's proxy.
        trust = not is_loopback(self.address.simple)
        try:
            with httpx.Client(trust_env=trust, verify=self._tls(), timeout=_TIMEOUT, headers=headers) as client:
                for _ in range(_REDIRECTS):
                    _check_scheme(url)
                    auth = self._auth if _origin(url) == self._origin else None
                    with client.stream("GET", url, auth=auth) as response:
                        if not response.has_redirect_location:
                            kind = response.headers.get("content-type", "")
                            return _Answer(response.status_code, url, _read(response, limit), kind)
                        target = urljoin(url, response.headers["location"])
                    if not may_leave and _origin(target) != self._origin:
                        return _Answer(response.status_code, url, elsewhere=target)
                    url = target
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            raise IndexFailure(
                f"{self.address.host} cannot be reached: {str(error) or type(error).__name__}; "
                "check INDEX, and whether the index is up"
            ) from None
        raise IndexFailure(f"{self.address.host} redirects in a circle: check INDEX")

    def _tls(self) -> ssl.SSLContext | bool:
        """Return the certificates that twine is set to trust."""
        bundle = self._environ.get("TWINE_CERT")
        return ssl.create_default_context(cafile=Path(bundle)) if bundle else True


def _check_scheme(url: str) -> None:
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        raise IndexFailure(f"the index redirects to {_origin(url)}, which is not https")


def _read(response: httpx.Response, limit: int) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > limit:
            raise IndexFailure(f"an answer from {response.url.host} is larger than {limit >> 20} MiB")
    return bytes(content)


def _origin(url: str) -> str:
    """Return scheme, host and port of *url*, in one spelling."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(_PORTS.get(parts.scheme, ''))}"
