"""The profile of this run, if it has one: then only the profile says which providers there are, and where."""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from platformdirs import user_config_path

from ...config import ProviderSettings, Secret
from ...errors import ConfigurationError
from ...providers import PROVIDERS, AnyAdapter
from ..exit_codes import fail
from .document import Profile, names_in, read_profile, require_name
from .secret_source import SecretSource

VARIABLE = "EXPUNGE_PROFILE"
"""The option `--profile` sets it."""


def name_of_profile() -> str | None:
    """Return the name of the profile, or None.

    Raises:
        ConfigurationError: It is not a name.
    """
    named = os.environ.get(VARIABLE)
    return require_name(named) if named else None


def file_of_profiles() -> Path:
    """Return the path of the file of profiles."""
    return user_config_path("expunge", appauthor=False) / "profiles.toml"


def known_profiles() -> list[str]:
    """Return the names of the profiles that the file has.

    Raises:
        ConfigurationError: It cannot be used.
    """
    return names_in(file_of_profiles())


class ProfileEnviron(Mapping[str, str]):
    """A profile as the variables that a provider's settings are read from; a credential is read when it is needed."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._hosts: dict[str, str] = {}
        self._sources: dict[str, SecretSource] = {}
        self._read: dict[str, Secret] = {}
        for provider, entry in profile.entries.items():
            credential, base = PROVIDERS[provider].settings.variables
            self._sources[credential] = entry.credential
            if entry.host is not None:
                self._hosts[base] = entry.host

    def __getitem__(self, variable: str) -> str:
        if variable in self._sources and variable not in self._read:
            found = self._sources[variable].read()
            if isinstance(found, str):
                source = self._sources[variable]
                raise ConfigurationError(
                    f"Profile {self._profile.name}: the credential from {source} cannot be had: {found}. "
                    "Nothing was sent."
                )
            self._read[variable] = found
        return self._read[variable].reveal() if variable in self._read else self._hosts[variable]

    def __contains__(self, variable: object) -> bool:
        return variable in self._sources or variable in self._hosts

    def __iter__(self) -> Iterator[str]:
        return iter([*self._sources, *self._hosts])

    def __len__(self) -> int:
        return len(self._sources) + len(self._hosts)

    def __repr__(self) -> str:
        return f"profile {self._profile.name}"

    def source_of(self, variable: str) -> str:
        """Return the place of the credential that *variable* would have."""
        return str(self._sources[variable])


@cache
def _environ_of(name: str, path: Path) -> ProfileEnviron:
    return ProfileEnviron(read_profile(path, name))


def environ(named: str | None = None) -> Mapping[str, str]:
    """Return what settings are read from: the profile *named*, else that of this run, else the environment.

    Raises:
        ConfigurationError: The profile cannot be used.
    """
    name = name_of_profile() if named is None else require_name(named)
    return os.environ if name is None else _environ_of(name, file_of_profiles())


def source_of(adapter: AnyAdapter) -> str | None:
    """Return where the credential of a provider comes from, in words; None if nothing names a place."""
    variable, found = adapter.settings.variables[0], environ()
    if not found or variable not in found:
        return None
    return found.source_of(variable) if isinstance(found, ProfileEnviron) else variable


def settings_from(adapter: AnyAdapter) -> ProviderSettings:
    """Read and check the settings of one provider.

    Raises:
        ConfigurationError: They are missing or unsafe; the message names the variable, or the profile.
    """
    found, name = environ(), name_of_profile()
    if name is None:
        return adapter.settings.from_env(found)
    if adapter.settings.variables[0] not in found:
        raise ConfigurationError(
            f"Profile {name} in {file_of_profiles()} does not have {adapter.name}. "
            f"Add a table [{name}.{adapter.name}]. Nothing was sent."
        )
    try:
        return adapter.settings.from_env(found)
    except ConfigurationError as error:
        words = str(error)
        raise ConfigurationError(words if words.startswith("Profile") else f"Profile {name}: {words}") from None


def with_profile() -> str:
    """Return ` with profile NAME` for a message; empty without a profile."""
    name = name_of_profile()
    return "" if name is None else f" with profile {name}"


def command_line() -> str:
    """Return the beginning of a command to copy: `expunge`, with the profile if this run has one."""
    name = name_of_profile()
    return "expunge" if name is None else f"expunge --profile {name}"


def require_profile_of(made_with: object, of: str) -> None:
    """Refuse to carry out, with another profile, *of*: a plan or a journal that was *made_with* a profile.

    Two profiles may have the same host, and be two accounts. One without a profile goes by its hosts.
    """
    name = name_of_profile()
    if isinstance(made_with, str) and made_with != name:
        here = "without a profile" if name is None else f"with profile {name}"
        raise fail(
            f"{of} was made with profile {made_with}, and this run is {here}. "
            f"Write: expunge --profile {made_with} … Nothing was sent."
        )
