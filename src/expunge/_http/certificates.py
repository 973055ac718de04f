"""TLS that is verified, by certificate authorities that the environment names or that the HTTP library brings."""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Protocol

from attrs import frozen

from ..errors import ConfigurationError

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


class _Connection(Protocol):
    """A connection that speaks TLS."""

    def version(self) -> str | None: ...


@frozen
class Tls:
    """The TLS of one connection; its certificate was verified, or there would be no connection.

    Attributes:
        version: The version of the protocol, such as `TLSv1.3`.
    """

    version: str

    @classmethod
    def of(cls, connection: _Connection) -> "Tls":
        """Describe a *connection* after its handshake."""
        return cls(connection.version() or "TLS")


def tls() -> ssl.SSLContext:
    """Return the shared TLS context.

    Raises:
        ConfigurationError: A setting of the environment cannot be used.
    """
    return _verifying(*(os.environ.get(name) for name in _VARIABLES))


@cache  # reading the certificate authorities takes 20 ms
def _verifying(file: str | None, folder: str | None, key_log: str | None) -> ssl.SSLContext:
    """Return the context for these values of the variables, which httpx and the ssl module read themselves."""
    from .libraries import httpx  # noqa: PLC0415 - it takes 100 ms, and an origin on this machine needs no TLS

    if folder and not file and not Path(folder).is_dir():
        raise _unusable("SSL_CERT_DIR", "it is not a folder", "a folder of certificates")
    try:
        context = httpx.create_ssl_context()
        if key_log:
            context.keylog_filename = key_log  # httpx2 does not read the variable
    except OSError as error:
        why = error.strerror or "it cannot be read"
    else:
        context.set_alpn_protocols(["http/1.1"])
        return context
    if file and not _is_readable(file):
        raise _unusable("SSL_CERT_FILE", why, "a file of certificates in PEM format")
    if key_log:
        raise _unusable("SSLKEYLOGFILE", why, "a file that can be written")
    raise ConfigurationError(f"The certificate authorities cannot be loaded: {why}. Nothing was sent.")


def _is_readable(file: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except OSError:
        return False
    return True


def _unusable(variable: str, why: str, wanted: str) -> ConfigurationError:
    return ConfigurationError(f"{variable} cannot be used: {why}. Set it to {wanted}, or unset it. Nothing was sent.")
