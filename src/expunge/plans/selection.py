"""A selection: which versions to delete, which to protect, and how many may be deleted at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from math import inf
from typing import Any, Self

from attrs import frozen

from .._json import JSON
from .._rules.globs import flaw_of
from ..errors import ConfigurationError
from ..refs import Reference, shown
from ..types import Version
from .age_grammar import before, parse_age
from .calendar import zone_of

MAX_DELETE = 50
"""Default for the number of versions that one plan may delete."""

MAX_PERCENT = 50.0
"""Default for the percentage of one model's versions that may be deleted if no rule keeps a number of versions."""

COUNTED = ("keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")
"""Selectors that keep a number of versions."""

CALENDAR = ("keep_daily", "keep_weekly", "keep_monthly", "keep_yearly", "keep_within")
"""Selectors that need creation times; `older_than` is another one."""

SELECTORS = (*COUNTED, "keep_within", "older_than", "match")
"""All selectors: each one selects versions to delete."""


@frozen(kw_only=True)
class Selection:
    """The selectors, joined by AND, and the limits of one plan, checked on construction.

    Attributes:
        keep_last: Number of each model's newest versions to keep, or None.
        keep_daily: Number of days that keep their newest version, the last ones that have any; or None.
        keep_weekly: The same for ISO weeks.
        keep_monthly: The same for months.
        keep_yearly: The same for years.
        keep_within: An age such as `30d`, or None; versions of that age and younger ones are kept.
        timezone: Name of the time zone in which a day begins.
        older_than: An age such as `30d`, or None; versions of that age and younger ones are kept.
        match: Globs; if there are any, only versions whose number, id or alias matches one may be deleted.
        protect: Globs; versions whose number, id or alias matches one are kept.
        include_aliased: Whether versions with an alias may be deleted.
        assume_not_live: Globs; in models whose reference matches one, a version of unknown live state may be deleted.
        max_delete: Largest number of versions to delete in total.
        max_percent: Largest percentage of one model's versions to delete. None means 50, or no limit if a rule keeps
            a number of versions: any of the keep rules but *keep_within*.
        named: Whether only versions that were named one by one may be deleted.
        at_most: Number of versions to delete, or None; the oldest ones go first.
    """

    keep_last: int | None = None
    keep_daily: int | None = None
    keep_weekly: int | None = None
    keep_monthly: int | None = None
    keep_yearly: int | None = None
    keep_within: str | None = None
    timezone: str = "UTC"
    older_than: str | None = None
    match: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    include_aliased: bool = False
    assume_not_live: tuple[str, ...] = ()
    max_delete: int = MAX_DELETE
    max_percent: float | None = None
    named: bool = False
    at_most: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a selector that does not parse: misread, it would select the wrong versions."""
        if not self.named and all(getattr(self, name) in (None, ()) for name in SELECTORS):
            raise ConfigurationError(
                f"No selector was given; use {', '.join(SELECTORS[:-1])} or {SELECTORS[-1]}.", settings=SELECTORS
            )
        for name in COUNTED:
            _check_count(name, getattr(self, name), "at least one version of each model stays")
        for age in (self.keep_within, self.older_than):
            if age is not None:
                parse_age(age)
        zone_of(self.timezone)
        for glob in (*self.match, *self.protect, *self.assume_not_live):
            check_glob(glob)
        for glob in self.assume_not_live:
            if "@" in glob:
                raise _wrong("assume_not_live", shown(glob), "it is matched against models, such as baseten:mod3x7q")
        if not (_is_integer(self.max_delete) and self.max_delete >= 0):
            raise _wrong("max_delete", self.max_delete, "it must be an integer from 0")
        percent = self.max_percent
        if percent is not None and (isinstance(percent, bool) or not 0 <= percent <= 100):  # noqa: PLR2004 - percent
            raise _wrong("max_percent", percent, "it must be a number from 0 to 100")
        _check_count("at_most", self.at_most, "it must be an integer from 1")

    @property
    def keeps_a_number(self) -> bool:
        """Return whether a rule keeps a number of versions; `keep_within` may keep none."""
        return any(getattr(self, name) is not None for name in COUNTED)

    @property
    def most_percent(self) -> float:
        """Return the percentage of a model's versions that may be deleted; a number to keep is a limit of its own."""
        if self.max_percent is not None:
            return self.max_percent
        return inf if self.keeps_a_number else MAX_PERCENT

    def oldest_kept(self, now: datetime) -> datetime | None:
        """Return the time before which a version is old at *now*; None without `older_than`."""
        if self.older_than is None:
            return None
        return before(now, self.older_than)

    def assumes_not_live(self, model: Reference) -> bool:
        """Return whether versions of *model* may be deleted although their live state is not known."""
        return any(fnmatchcase(str(model), glob) for glob in self.assume_not_live)

    def kept_since(self, now: datetime) -> datetime | None:
        """Return the time from which a version is kept as a young one at *now*; None without `keep_within`."""
        return None if self.keep_within is None else before(now, self.keep_within)

    def to_dict(self) -> dict[str, JSON]:
        """Return the fields as a plan holds them."""
        return {
            **{name: getattr(self, name) for name in (*COUNTED, "keep_within", "timezone")},
            "older_than": self.older_than,
            "match": list(self.match),
            "protect": list(self.protect),
            "include_aliased": self.include_aliased,
            "assume_not_live": list(self.assume_not_live),
            "max_delete": self.max_delete,
            "max_percent": self.max_percent,
            **({"named": True} if self.named else {}),
            "at_most": self.at_most,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Build a selection from *content*, as `to_dict()` returns it; the caller compares the result with it."""
        return cls(
            **{name: content[name] for name in (*COUNTED, "keep_within", "timezone", "at_most")},
            older_than=content["older_than"],
            match=tuple(content["match"]),
            protect=tuple(content["protect"]),
            include_aliased=content["include_aliased"],
            assume_not_live=tuple(content["assume_not_live"]),
            max_delete=content["max_delete"],
            max_percent=content["max_percent"],
            named=content.get("named", False),
        )


def globs(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return one glob, several or none as a tuple; an empty glob stays, to be refused later."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def fits(version: Version, pattern: str) -> bool:
    """Return whether *pattern* matches the complete text after `@`, or a complete alias, in the same case."""
    return any(fnmatchcase(name, pattern) for name in (name_of(version), *version.aliases))


def name_of(version: Version) -> str:
    """Return a version's number or id, which follows the `@` in every provider's references."""
    return version.ref.rpartition("@")[2]


def _is_integer(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _check_count(name: str, number: int | None, rule: str) -> None:
    if number is not None and not (_is_integer(number) and number >= 1):
        raise _wrong(name, number, rule)


def _wrong(name: str, value: object, rule: str) -> ConfigurationError:
    return ConfigurationError(f"{name} is {value}; {rule}.", settings=(name,))


def check_glob(glob: object) -> None:
    """Refuse a glob that does not parse.

    Raises:
        ConfigurationError: It is empty, or would be misread.
    """
    if not isinstance(glob, str):
        raise ConfigurationError(f"{shown(repr(glob))} is not a glob: it is not text.")
    if not glob.strip():
        raise ConfigurationError("A glob is empty; write for example v1-*.")
    if flaw := flaw_of(glob):
        raise ConfigurationError(f"{shown(glob)} is not a glob: {flaw}.")
