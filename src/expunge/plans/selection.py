"""What a person asks to go: selectors, what is protected from them, and how much may go at once."""

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from math import inf

from attrs import frozen

from .._json import JSON
from ..errors import ConfigurationError
from ..refs import shown
from ..types import Version
from .age_grammar import before, parse_age

MAX_DELETE = 50
"""Versions that one plan may delete, unless a person says otherwise."""

MAX_PERCENT = 50.0
"""Percent of one model's versions that a plan without `keep_last` may delete, unless a person says otherwise."""


@frozen(kw_only=True)
class Selection:
    """The selectors, joined by AND, and the limits of one plan; each checked when it is made.

    Attributes:
        keep_last: How many of each model's newest versions stay; None where that does not select.
        older_than: An age such as `30d`; what is as old or younger stays. None where that does not select.
        match: Globs; a version whose number, id or an alias fits one of them may go. Empty where that does not select.
        protect: Globs; a version whose number, id or an alias fits one of them stays.
        include_aliased: Whether a version that has an alias may go.
        max_delete: Versions that may go in all.
        max_percent: Percent of one model's versions that may go; None is 50, and no limit with *keep_last*.
    """

    keep_last: int | None = None
    older_than: str | None = None
    match: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    include_aliased: bool = False
    max_delete: int = MAX_DELETE
    max_percent: float | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what does not parse: a selector that is misread selects what nobody meant."""
        if self.keep_last is None and self.older_than is None and not self.match:
            raise ConfigurationError(
                "No selector was given; use keep_last, older_than or match.",
                settings=("keep_last", "older_than", "match"),
            )
        if self.keep_last is not None and not (_is_whole(self.keep_last) and self.keep_last >= 1):
            raise _wrong("keep_last", self.keep_last, "at least one version of each model stays")
        if self.older_than is not None:
            parse_age(self.older_than)
        for glob in (*self.match, *self.protect):
            _check_glob(glob)
        if not (_is_whole(self.max_delete) and self.max_delete >= 0):
            raise _wrong("max_delete", self.max_delete, "it must be an integer from 0")
        percent = self.max_percent
        if percent is not None and (isinstance(percent, bool) or not 0 <= percent <= 100):  # noqa: PLR2004 - percent
            raise _wrong("max_percent", percent, "it must be a number from 0 to 100")

    @property
    def most_percent(self) -> float:
        """Give the percent of a model's versions that may go; `keep_last` says itself what stays."""
        if self.max_percent is not None:
            return self.max_percent
        return MAX_PERCENT if self.keep_last is None else inf

    def oldest_kept(self, now: datetime) -> datetime | None:
        """Give the time before which a version is old at *now*; None where age does not select."""
        if self.older_than is None:
            return None
        return before(now, self.older_than)

    def to_dict(self) -> dict[str, JSON]:
        """Give the fields as a plan holds them."""
        return {
            "keep_last": self.keep_last,
            "older_than": self.older_than,
            "match": list(self.match),
            "protect": list(self.protect),
            "include_aliased": self.include_aliased,
            "max_delete": self.max_delete,
            "max_percent": self.max_percent,
        }


def globs(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """Give one glob, several or none as several; an empty one stays, and is refused."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def fits(version: Version, pattern: str) -> bool:
    """Say whether the whole text after `@`, or a whole alias, fits *pattern*; case counts."""
    return any(fnmatchcase(name, pattern) for name in (name_of(version), *version.aliases))


def name_of(version: Version) -> str:
    """Give a version's number or id: in every provider's references it is what follows the `@`."""
    return version.ref.rpartition("@")[2]


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _wrong(name: str, value: object, rule: str) -> ConfigurationError:
    return ConfigurationError(f"{name} is {value}; {rule}.", settings=(name,))


def _check_glob(glob: object) -> None:
    """Refuse a glob that `fnmatch` would misread: it takes an unclosed `[` as a letter, and `[z-a]` as nothing."""
    if not isinstance(glob, str):
        raise ConfigurationError(f"{shown(repr(glob))} is not a glob: it is not text.")
    if not glob.strip():
        raise ConfigurationError("A glob is empty; write for example v1-*.")
    place = 0
    while (place := glob.find("[", place)) >= 0:
        first = place + 2 if glob[place + 1 : place + 2] == "!" else place + 1
        end = glob.find("]", first + 1)
        if end < 0:
            raise ConfigurationError(f"{shown(glob)} is not a glob: a [ is not closed.")
        letters = glob[first:end]
        if letters.startswith("^"):
            raise ConfigurationError(f"{shown(glob)} is not a glob: write [!…] instead of [^…].")
        if any(letters[i] > letters[i + 2] for i in range(len(letters) - 2) if letters[i + 1] == "-"):
            raise ConfigurationError(f"{shown(glob)} is not a glob: [{letters}] has a range that runs backwards.")
        place = end + 1
