"""Each provider's host and credential: checked before anything is sent, never printed."""

import ipaddress
import re
from collections.abc import Mapping
from typing import ClassVar, Self
from urllib.parse import urlsplit

from attrs import frozen

from .errors import ConfigurationError
from .types import ProviderName

_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # RFC 1035, section 2.3.4


class Secret:
    """A credential that is shown only by `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @classmethod
    def of(cls, value: "str | Secret") -> "Secret":
        """Wrap *value*. Constructors do this first, so that no frame of a traceback holds it in clear."""
        return value if isinstance(value, Secret) else cls(value)

    def reveal(self) -> str:
        """Return the credential itself; only the session that sends it should ask."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        # A pickle may be kept in a file.
        raise TypeError("a Secret is not pickled")


def _credential(value: Secret, *, variable: str) -> Secret:
    """Check that *value* can be sent in a header; an error calls it *variable*."""
    if wrong := _wrong_credential(value):
        raise ConfigurationError(f"{variable} {wrong}")
    return value


def _wrong_credential(value: Secret) -> str:
    # Nothing is raised here: this frame holds the credential in clear.
    text = value.reveal()
    if not text:
        return "is empty. Set it to the credential."
    if not _is_printable(text):
        return (
            "has a character that cannot be sent in a header (white space, a control character or non-ASCII). "
            "Copy it completely, without line breaks."
        )
    return ""


class _Environ(dict[str, str]):
    """An environment whose `repr` shows nothing: it holds every credential."""

    def __repr__(self) -> str:
        return "environ"


def _origin(url: str, *, variable: str, path: str = "") -> str:
    """Reduce *url* to its origin, such as `https://api.example.com:8443`.

    Args:
        url: Scheme, host and optionally a port.
        variable: The name of the URL in an error.
        path: The only path that may follow the origin, such as `/v1`.

    Raises:
        ConfigurationError: It is not an origin, or a credential would leave this machine unencrypted.
    """

    def refuse(why: str) -> ConfigurationError:
        return ConfigurationError(f"{variable} is not usable: {why}. Set an origin such as https://api.example.com.")

    if not _is_printable(url) or "\\" in url:
        raise refuse("it is empty or has white space, a backslash or a character outside ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refuse("its host or its port is malformed") from None
    if wrong := _wrong_netloc(parts.netloc, host):
        raise refuse(wrong)
    if parts.scheme not in {"http", "https"}:
        raise refuse("it does not begin with https:// or http://")
    if not host or port == 0 or parts.netloc.endswith(":"):
        raise refuse("it has no host, or no valid port")
    if parts.path.removesuffix("/") not in {"", path} or "?" in url or "#" in url:
        raise refuse(f"only {path} may follow the host" if path else "a path, query or fragment follows the host")
    if wrong := _wrong_host(host):
        raise refuse(wrong)
    if parts.scheme == "http" and not _is_loopback_host(host):
        raise refuse("plain http would send the credential unencrypted; use it only for this machine (127.0.0.1)")
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + ("" if port in {None, default} else f":{port}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_printable(text: object) -> bool:
    """Return whether *text* is a string of printable ASCII without white space."""
    return isinstance(text, str) and re.fullmatch(r"[\x21-\x7e]+", text) is not None


def _wrong_netloc(netloc: str, host: str) -> str:
    """Return, as a clause, what is wrong around the *host*; empty if nothing is."""
    if "@" in netloc:
        return "it must not contain user information"
    if "%" in netloc or (netloc.startswith("[") and ":" not in host):
        return "its host is not a name or an address"
    return ""


def _wrong_host(host: str) -> str:
    """Return, as a clause, what is wrong with *host*; empty if it is a name or an address."""
    address = _address(host)
    if address is None and (len(host) > _LONGEST_HOST or any(len(label) > _LONGEST_LABEL for label in host.split("."))):
        return "its host is too long for a name"
    if address is None and not re.fullmatch(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", host):
        return "its host is not a name or an address"
    if address is None and re.fullmatch(r"0x[0-9a-f]*|[0-9]+", host.rstrip(".").rpartition(".")[2]):
        # Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses; people do not.
        return "its host is a number, not an address such as 127.0.0.1"
    if address is not None and (address.is_unspecified or getattr(address, "ipv4_mapped", None) is not None):
        return "its host is an unspecified or an IPv4-mapped address"
    return ""


def _is_loopback_host(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_loopback(url: str) -> bool:
    """Return whether the origin *url* is on this machine."""
    return _is_loopback_host(urlsplit(url).hostname or "")


@frozen(init=False, repr=False)
class ProviderSettings:
    """The host and the credential of one provider.

    Attributes:
        provider: The provider's name.
        variables: The environment variables that `from_env()` reads: the credential's, the base's.
        default_base: The base that is used if no other is set; None if a base must be set.
        origin: Scheme, host and port of every request; the credential is sent nowhere else.
        secret: The credential.
    """

    provider: ClassVar[ProviderName]
    variables: ClassVar[tuple[str, str]]
    default_base: ClassVar[str | None]

    origin: str
    secret: Secret

    def __init__(self, base: str, secret: Secret, *, path: str = "") -> None:
        credential_variable, base_variable = self.variables
        # The class is frozen, and what it holds has been checked: attrs' own way of setting such a field.
        object.__setattr__(self, "origin", _origin(base, variable=base_variable, path=path))
        object.__setattr__(self, "secret", _credential(secret, variable=credential_variable))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from *environ*; an empty variable counts as unset.

        Raises:
            ConfigurationError: A variable is missing or unsafe; the message names it.
        """
        environ = _Environ((name, environ[name]) for name in cls.variables if name in environ)
        credential_variable, base_variable = cls.variables
        required = (credential_variable,) if cls.default_base else (base_variable, credential_variable)
        if missing := [variable for variable in required if not environ.get(variable)]:
            verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
            raise ConfigurationError(
                f"{' and '.join(missing)} {verb} not set, and {cls.provider} requires {them}. "
                f"Set {them} in the environment.",
            )
        return cls._of(environ.get(base_variable) or str(cls.default_base), Secret.of(environ[credential_variable]))

    @classmethod
    def _of(cls, base: str, secret: Secret) -> Self:
        """Call the constructor, whose arguments have each provider's own names."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'origin', '…')})"  # a traceback may show it half built


class TrueFoundry(ProviderSettings):
    """A TrueFoundry control plane: *host* with its scheme, such as `https://app.example.com`, and a token for it.

    Source of the names: `truefoundry` 0.17.5, `common/constants.py`. Every customer has a separate host, so
    there is no default.
    """

    __slots__ = ()
    provider = "truefoundry"
    variables = ("TFY_API_KEY", "TFY_HOST")
    default_base = None

    def __init__(self, *, host: str, api_key: str | Secret) -> None:
        api_key = Secret.of(api_key)
        super().__init__(host, api_key)

    @classmethod
    def _of(cls, base: str, secret: Secret) -> Self:
        return cls(host=base, api_key=secret)


class Cerebras(ProviderSettings):
    """Cerebras' management API. It takes a management key, not the inference key."""

    __slots__ = ()
    provider = "cerebras"
    variables = ("CEREBRAS_MANAGEMENT_API_KEY", "CEREBRAS_MANAGEMENT_BASE_URL")
    default_base = "https://api.cerebras.ai"

    def __init__(self, *, api_key: str | Secret, base_url: str = default_base) -> None:
        api_key = Secret.of(api_key)
        super().__init__(base_url, api_key)

    @classmethod
    def _of(cls, base: str, secret: Secret) -> Self:
        return cls(api_key=secret, base_url=base)


class Baseten(ProviderSettings):
    """Baseten's management API."""

    __slots__ = ()
    provider = "baseten"
    variables = ("BASETEN_API_KEY", "BASETEN_BASE_URL")
    default_base = "https://api.baseten.co"

    def __init__(self, *, api_key: str | Secret, base_url: str = default_base) -> None:
        api_key = Secret.of(api_key)
        super().__init__(base_url, api_key)

    @classmethod
    def _of(cls, base: str, secret: Secret) -> Self:
        return cls(api_key=secret, base_url=base)


class Replicate(ProviderSettings):
    """Replicate's API. Its base may end in `/v1`: Replicate's two packages differ in it."""

    __slots__ = ()
    provider = "replicate"
    variables = ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL")
    default_base = "https://api.replicate.com"

    def __init__(self, *, api_token: str | Secret, base_url: str = default_base) -> None:
        api_token = Secret.of(api_token)
        super().__init__(base_url, api_token, path="/v1")

    @classmethod
    def _of(cls, base: str, secret: Secret) -> Self:
        return cls(api_token=secret, base_url=base)
