"""The function `connect` of each client: the base URL, the header and the prefix that the provider's spec states.

Without it, a user has to know that Baseten's key needs the prefix `Api-Key`; the generator's default gives 401.
"""

from pathlib import Path
from typing import cast

from expunge._yaml import JSON
from spec.authorization import key_in_header

from .harden.codemods import demand

NAME = "_connect.py"
_IMPORT = "from .client import AuthenticatedClient, Client\n"
_EXPORTS = '    "Client",\n)'
_MODULE = '''\
"""A client that is ready to use: the base URL and the authorization that the provider's spec states."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from .client import AuthenticatedClient

if TYPE_CHECKING:
    from .. import _httpx as httpx


def connect(
    api_key: str,
    *,
    base_url: str{default},
    timeout: httpx.Timeout | None = None,
    verify_ssl: str | bool | ssl.SSLContext = True,
    httpx_args: dict[str, Any] | None = None,
) -> AuthenticatedClient:
    """Return a client that sends its key to *base_url* as this provider expects it.

    Args:
        api_key: The key, without a prefix.
        base_url: The origin of the API.
        timeout: The time limits of each request; None means those of the HTTP library.
        verify_ssl: As for the HTTP library.
        httpx_args: Further arguments of the HTTP library's client.

    Raises:
        ValueError: The key is empty or has white space in it.
    """
    if not api_key or any(character.isspace() for character in api_key):
        raise ValueError("api_key is empty or has white space in it")
    return AuthenticatedClient(
        base_url=base_url,
        token=api_key,
        prefix={prefix!r},
        auth_header_name={header!r},
        timeout=timeout,
        verify_ssl=verify_ssl,
        httpx_args={{}} if httpx_args is None else {{**httpx_args}},
    )
'''


def connect_module(document: dict[str, JSON]) -> str | None:
    """Return the text of the module that holds `connect`; None if *document* states no such key."""
    key = key_in_header(document)
    if key is None:
        return None
    header, prefix = key
    url = _base_url(document)
    return _MODULE.format(default="" if url is None else f" = {url!r}", prefix=prefix, header=header)


def write_connect(package: Path, document: dict[str, JSON]) -> None:
    """Write the module to *package*, and import it there."""
    text = connect_module(document)
    if text is None:
        return
    (package / NAME).write_text(text, encoding="utf-8")
    init = package / "__init__.py"
    code = init.read_text(encoding="utf-8")
    for old, new in (
        (_IMPORT, f"from ._connect import connect\n{_IMPORT}"),
        (_EXPORTS, '    "Client",\n    "connect",\n)'),
    ):
        demand(package, "places to export `connect`", expected=1, found=code.count(old))
        code = code.replace(old, new)
    init.write_text(code, encoding="utf-8")


def _base_url(document: dict[str, JSON]) -> str | None:
    """Return the URL of the first server, if it is complete: a host of the user's own has no default."""
    servers = cast("list[dict[str, JSON]]", document.get("servers") or [{}])
    url = str(servers[0].get("url", ""))
    return url.rstrip("/") if url.startswith("https://") and "{" not in url else None
