"""The file of profiles: TOML, with a table for each provider of each profile.

[staging.baseten]
host = "https://baseten.staging.example.com"
credential = "keyring:expunge/staging"
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from attrs import frozen

from ...errors import ConfigurationError
from ...providers import PROVIDERS
from .secret_source import FORMS, SecretSource

_LARGEST = 1 << 20
"""Bytes that the file may have."""

_KEYS = ("host", "credential")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PLAIN = re.compile(r"[a-z_]{1,20}")
"""A key that a message may repeat; others may be a credential."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

Table: TypeAlias = Mapping[str, object]


@frozen
class Entry:
    """One provider of a profile: its host, or None for the provider's own, and the place of the credential."""

    host: str | None
    credential: SecretSource


@frozen
class Profile:
    """One profile: its name, the file that has it, and its entries by provider."""

    name: str
    path: Path
    entries: Mapping[str, Entry]


def require_name(name: str) -> str:
    """Return *name* if a profile can have it.

    Raises:
        ConfigurationError: None can.
    """
    if _NAME.fullmatch(name):
        return name
    raise ConfigurationError(
        f"{name!r} is not a profile's name, which has letters, digits, '_', '.' and '-'. Nothing was sent."
    )


def names_in(path: Path) -> list[str]:
    """Return the names of the profiles in the file at *path*.

    Raises:
        ConfigurationError: It is not there, or cannot be used.
    """
    return list(filter(_NAME.fullmatch, _Document(path, _read(path)).root))


def read_profile(path: Path, name: str) -> Profile:
    """Read the profile *name* from the file at *path*.

    Raises:
        ConfigurationError: It is not there, or the file cannot be used; a mistake is named as FILE:LINE.
    """
    document = _Document(path, _read(path))
    profiles = document.root
    if name not in profiles:
        known = ", ".join(filter(_NAME.fullmatch, profiles)) or "none"
        raise ConfigurationError(f"{path} has no profile {name!r}; it has: {known}. Nothing was sent.")
    providers = document.table((name,))
    if not providers:
        raise document.wrong((name,), "the profile names no provider")
    entries: dict[str, Entry] = {}
    for provider in providers:
        if provider not in PROVIDERS:
            raise document.wrong((name, provider), f"a profile's tables are providers: {', '.join(PROVIDERS)}")
        entries[provider] = _entry(document, (name, provider))
    return Profile(name, path, entries)


class _Document:
    """The content of the file, and the lines of its values."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines(keepends=True)
        try:
            self.root: Table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            # The message may quote the file, and so a credential: only its place is shown.
            place = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)", str(error))
            line, column = place.groups() if place else (len(self._lines) or 1, 1)
            raise ConfigurationError(
                f"{path}:{line}: the file is not TOML at column {column}. Nothing was sent."
            ) from None

    def table(self, keys: Sequence[str]) -> Table:
        """Return the table at *keys*."""
        found = _at(self.root, keys)
        if not isinstance(found, dict):
            raise self.wrong(keys, "it must be a table, such as [staging.baseten]")
        return cast("Table", found)

    def text(self, keys: Sequence[str]) -> str:
        """Return the text at *keys*."""
        found = _at(self.root, keys)
        if not isinstance(found, str):
            raise self.wrong(keys, f"{keys[-1]} must be a text in quotes")
        return found

    def wrong(self, keys: Sequence[str], why: str) -> ConfigurationError:
        """Return the error for the value at *keys*; *why* must not repeat it, as it may be a credential."""
        return ConfigurationError(f"{self._path}:{self._line_of(keys)}: {why}. Nothing was sent.")

    def _line_of(self, keys: Sequence[str]) -> int:
        """Return the first line with which the file has *keys*; tomllib tells no lines."""
        for number in range(1, len(self._lines) + 1):
            try:
                begun = tomllib.loads("".join(self._lines[:number]))
            except tomllib.TOMLDecodeError:
                continue  # within a value of several lines
            if _at(begun, keys) is not None:
                return number
        return 1


def _at(root: object, keys: Sequence[str]) -> object:
    for key in keys:
        root = cast("Table", root).get(key) if isinstance(root, dict) else None
    return root


def _entry(document: _Document, keys: tuple[str, str]) -> Entry:
    table, provider = document.table(keys), keys[1]
    for key in table:
        if key not in _KEYS:
            named = f"{key!r}" if _PLAIN.fullmatch(key) else "a key"
            raise document.wrong((*keys, key), f'{named} is not known here. Write host and credential = "{FORMS}"')
    if "credential" not in table:
        raise document.wrong(keys, f'{provider} has no credential. Write credential = "{FORMS}"')
    if "host" not in table and PROVIDERS[provider].settings.default_base is None:
        raise document.wrong(keys, f"{provider} has no host, and every customer of it has a separate one")
    source = SecretSource.parse(document.text((*keys, "credential")))
    if isinstance(source, str):
        raise document.wrong((*keys, "credential"), source)
    return Entry(document.text((*keys, "host")) if "host" in table else None, source)


def _read(path: Path) -> str:
    """Read the file, which nobody else may be able to change: it names hosts that get credentials, and commands."""
    try:
        # Without O_NONBLOCK, a named pipe would block.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123 - a descriptor
            _require_own(os.fstat(file.fileno()), path)
            _require_own(path.parent.stat(), path.parent)
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}, the file of profiles, cannot be read: {error.strerror}.") from None
    if len(data) > _LARGEST:
        raise ConfigurationError(f"{path} has more than {_LARGEST:,} bytes. Nothing was sent.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: the file is not UTF-8. Nothing was sent.") from None


def _require_own(found: os.stat_result, path: Path) -> None:
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise ConfigurationError(f"{path} is not a file. Nothing was sent.")
    if os.name != "posix":
        return
    if found.st_uid not in {0, os.geteuid()}:
        raise ConfigurationError(f"{path} belongs to another user, so it is not used. Nothing was sent.")
    if found.st_mode & _OTHERS_WRITE:
        raise ConfigurationError(
            f"{path} can be changed by other users, so it is not used. Run: chmod go-w {path}. Nothing was sent."
        )
