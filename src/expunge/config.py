"""Where each provider is and what opens it: checked before anything is sent, never printed."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Self
from urllib.parse import urlsplit

from attrs import field, frozen

from .errors import ConfigurationError
from .types import ProviderName


class Secret:
    """A credential that shows itself to nobody who does not ask by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the credential itself; only the session that sends it should ask."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        # A pickle is a file that somebody keeps.
        raise TypeError("a Secret is not pickled")


def credential(value: "str | Secret", *, variable: str) -> Secret:
    """Check that *value* can be sent in a header; *variable* names it in the error."""
    text = value.reveal() if isinstance(value, Secret) else value
    if not text:
        raise ConfigurationError(f"{variable} is empty. Set it to the credential.")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        # The value stays out of the message: it is a secret, if a broken one.
        raise ConfigurationError(
            f"{variable} has a character that cannot be sent in a header (white space, a control character or "
            "one outside ASCII). Was it copied whole, and without a line break?"
        )
    return value if isinstance(value, Secret) else Secret(text)


def origin(url: str, *, variable: str, path: str = "") -> str:
    """Reduce *url* to its origin, such as `https://api.example.com:8443`.

    Args:
        url: Scheme, host and, where it is not the scheme's own, a port.
        variable: What to call the URL in an error.
        path: The one path that may follow the origin, such as `/v1`.

    Raises:
        ConfigurationError: It is no origin, or a credential would travel unencrypted beyond this machine.
    """

    def refuse(why: str) -> ConfigurationError:
        return ConfigurationError(f"{variable} is not usable: {why}. Give an origin such as https://api.example.com.")

    if not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        raise refuse("it is empty or has white space, a backslash or a character outside ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise refuse(str(error)) from None
    if "@" in parts.netloc:
        raise refuse("user information does not belong into it")
    if parts.scheme not in {"http", "https"}:
        raise refuse("it begins neither with https:// nor with http://")
    if not host or port == 0 or parts.netloc.endswith(":"):
        raise refuse("it has no host, or no valid port")
    if parts.path.removesuffix("/") not in {"", path} or "?" in url or "#" in url:
        raise refuse(f"only {path or 'one slash'} may follow the host" if path else "a path, query or fragment follows")
    address = _address(host)
    if address is None and not re.fullmatch(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", host):
        raise refuse("its host is no name and no address")
    if address is None and re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)\.?", host.rsplit(".", 1)[-1] or host):
        # Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses; people do not.
        raise refuse("its host is a number, but no address of the form 127.0.0.1")
    if address is not None and (address.is_unspecified or getattr(address, "ipv4_mapped", None) is not None):
        raise refuse("its host is an unspecified or an IPv4-mapped address")
    if parts.scheme == "http" and not (host == "localhost" or (address is not None and address.is_loopback)):
        raise refuse("plain http would send the credential unencrypted; it is for this machine (127.0.0.1) alone")
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + ("" if port in {None, default} else f":{port}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback(url: str) -> bool:
    """Say whether the origin *url* is on this machine."""
    host = urlsplit(url).hostname or ""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


class ProviderSettings:
    """What the library needs to know of any provider's settings."""

    provider: ClassVar[ProviderName]
    variables: ClassVar[tuple[str, str]]
    """The environment variables that `from_env()` reads: the credential's, the base's."""

    @property
    def origin(self) -> str:
        """Scheme, host and port that every request goes to, and that the credential is bound to."""
        raise NotImplementedError

    @property
    def secret(self) -> Secret:
        """The credential, whatever the provider calls it."""
        raise NotImplementedError

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from *environ*, where an empty variable counts as unset.

        Raises:
            ConfigurationError: A variable is missing or unsafe; the message names it.
        """
        raise NotImplementedError

    @classmethod
    def _required(cls, environ: Mapping[str, str], variable: str) -> str:
        if value := environ.get(variable):
            return value
        raise ConfigurationError(
            f"{variable} is not set, and {cls.provider} cannot be used without it. Set it in the environment.",
        )


def _origin_of(variable: str, path: str = "") -> Callable[[str], str]:
    return lambda url: origin(url, variable=variable, path=path)


def _credential_of(variable: str) -> Callable[[str | Secret], Secret]:
    return lambda value: credential(value, variable=variable)


@frozen(kw_only=True)
class TrueFoundry(ProviderSettings):
    """A TrueFoundry control plane: *host* with its scheme, and a token for it.

    Source of the names: `truefoundry` 0.17.5, `common/constants.py`. Every customer has a host of their own,
    so there is no default.
    """

    provider: ClassVar[ProviderName] = "truefoundry"
    variables: ClassVar[tuple[str, str]] = ("TFY_API_KEY", "TFY_HOST")

    host: str = field(converter=_origin_of("TFY_HOST"))
    api_key: Secret = field(converter=_credential_of("TFY_API_KEY"))

    @property
    def origin(self) -> str:  # noqa: D102 - documented where it is declared
        return self.host

    @property
    def secret(self) -> Secret:  # noqa: D102 - documented where it is declared
        return self.api_key

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:  # noqa: D102 - documented where it is declared
        return cls(host=cls._required(environ, "TFY_HOST"), api_key=cls._required(environ, "TFY_API_KEY"))


@frozen(kw_only=True)
class Cerebras(ProviderSettings):
    """Cerebras' management API, opened by a management key, which is not the inference key."""

    provider: ClassVar[ProviderName] = "cerebras"
    variables: ClassVar[tuple[str, str]] = ("CEREBRAS_MANAGEMENT_API_KEY", "CEREBRAS_MANAGEMENT_BASE_URL")

    api_key: Secret = field(converter=_credential_of("CEREBRAS_MANAGEMENT_API_KEY"))
    base_url: str = field(default="https://api.cerebras.ai", converter=_origin_of("CEREBRAS_MANAGEMENT_BASE_URL"))

    @property
    def origin(self) -> str:  # noqa: D102 - documented where it is declared
        return self.base_url

    @property
    def secret(self) -> Secret:  # noqa: D102 - documented where it is declared
        return self.api_key

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:  # noqa: D102 - documented where it is declared
        api_key = cls._required(environ, "CEREBRAS_MANAGEMENT_API_KEY")
        base_url = environ.get("CEREBRAS_MANAGEMENT_BASE_URL")
        return cls(api_key=api_key, base_url=base_url) if base_url else cls(api_key=api_key)


@frozen(kw_only=True)
class Baseten(ProviderSettings):
    """Baseten's management API."""

    provider: ClassVar[ProviderName] = "baseten"
    variables: ClassVar[tuple[str, str]] = ("BASETEN_API_KEY", "BASETEN_BASE_URL")

    api_key: Secret = field(converter=_credential_of("BASETEN_API_KEY"))
    base_url: str = field(default="https://api.baseten.co", converter=_origin_of("BASETEN_BASE_URL"))

    @property
    def origin(self) -> str:  # noqa: D102 - documented where it is declared
        return self.base_url

    @property
    def secret(self) -> Secret:  # noqa: D102 - documented where it is declared
        return self.api_key

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:  # noqa: D102 - documented where it is declared
        api_key = cls._required(environ, "BASETEN_API_KEY")
        base_url = environ.get("BASETEN_BASE_URL")
        return cls(api_key=api_key, base_url=base_url) if base_url else cls(api_key=api_key)


@frozen(kw_only=True)
class Replicate(ProviderSettings):
    """Replicate's API; its base is accepted with and without `/v1`, as its own two packages differ in it."""

    provider: ClassVar[ProviderName] = "replicate"
    variables: ClassVar[tuple[str, str]] = ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL")

    api_token: Secret = field(converter=_credential_of("REPLICATE_API_TOKEN"))
    base_url: str = field(default="https://api.replicate.com", converter=_origin_of("REPLICATE_BASE_URL", path="/v1"))

    @property
    def origin(self) -> str:  # noqa: D102 - documented where it is declared
        return self.base_url

    @property
    def secret(self) -> Secret:  # noqa: D102 - documented where it is declared
        return self.api_token

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:  # noqa: D102 - documented where it is declared
        api_token = cls._required(environ, "REPLICATE_API_TOKEN")
        base_url = environ.get("REPLICATE_BASE_URL")
        return cls(api_token=api_token, base_url=base_url) if base_url else cls(api_token=api_token)
