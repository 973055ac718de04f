"""Decides which of a model's versions to delete, and by which rule: a pure function of the versions read."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import chain
from types import MappingProxyType
from typing import Literal, TypedDict

from attrs import evolve, frozen

from ..providers import Capabilities
from ..refs import is_number, shown
from ..types import Version
from .keeping import KeepRule, Kept, kept_by, why_not_kept
from .selection import CALENDAR, Selection, fits, name_of

Action = Literal["keep", "delete"]
"""The decision on one version."""

Rule = Literal[
    "selected",
    KeepRule,
    "older_than",
    "match",
    "named",
    "undated",
    "protected",
    "live",
    "live_unknown",
    "aliased",
    "alias_unknown",
    "last_version",
    "at_most",
]
"""The rule behind a decision: all selectors (`selected`), a selector that did not select it, a guard rail, a limit."""


class Facts(TypedDict):
    """The keyword arguments of `choose()`."""

    names: Container[str]
    aliases_unread: Container[str]
    live_unread: Mapping[str, str]
    assume_not_live: bool


_OLDEST_BELIEVABLE = datetime(2000, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Choice:
    """One version as it was read, and the decision on it.

    Attributes:
        version: The version as it was read, without *raw*.
        action: Whether to keep or to delete it.
        rule: The rule behind that.
        reason: The same as a sentence for a person.
        identity: The provider's own name for exactly this version, if the reference does not hold all of it.
    """

    version: Version
    action: Action
    rule: Rule
    reason: str
    identity: str | None = None

    @property
    def ref(self) -> str:
        """Canonical text of the version."""
        return self.version.ref


def observed(version: Version, now: datetime) -> Version:
    """Return *version* without the provider's object, and without an implausible creation time."""
    created = version.created_at
    if created is not None and (created.tzinfo is None or not _OLDEST_BELIEVABLE <= created <= now):
        created = None
    if created is version.created_at and version.raw is None:
        return version
    return evolve(version, created_at=created, raw=None)


def choose(
    versions: Iterable[Version],
    selection: Selection,
    capabilities: Capabilities,
    now: datetime,
    *,
    names: Container[str] = (),
    aliases_unread: Container[str] = (),
    live_unread: Mapping[str, str] = MappingProxyType({}),
    assume_not_live: bool = False,
) -> tuple[Choice, ...]:
    """Decide on each of a model's *versions*, newest first; those of unknown age come last.

    *names* are the references of versions, by number or alias, that were named; they count only if the selection is of
    named ones. *aliases_unread* are the references of versions whose aliases could not be read; *live_unread* holds, by
    reference, why a live state could not be read. *assume_not_live* lets versions of unknown live state go.

    Missing data is never a reason to delete. If the provider gives creation times, a version without a plausible one
    is kept. So is a version whose live state could not be read.
    """
    chosen: list[Choice] = []
    for version, doubt, objections in examined(
        versions,
        selection,
        capabilities,
        now,
        names=names,
        aliases_unread=aliases_unread,
        live_unread=live_unread,
        assume_not_live=assume_not_live,
    ):
        choice = next((_kept(version, rule, reason) for rule, reason in objections), None)
        if choice is None:
            reason = f"Selected: {'; '.join(clause for _, clause in why_selected(version, selection))}."
            if doubt:
                reason += " Its live state is not known; it is assumed not to be live."
            choice = Choice(version=version, action="delete", rule="selected", reason=reason)
        chosen.append(choice)
    if chosen and all(choice.action == "delete" for choice in chosen):
        reason = "All versions were selected; the newest is kept, as a model is never emptied."
        chosen[0] = evolve(chosen[0], action="keep", rule="last_version", reason=reason)
    return tuple(chosen)


def examined(
    versions: Iterable[Version],
    selection: Selection,
    capabilities: Capabilities,
    now: datetime,
    *,
    names: Container[str],
    aliases_unread: Container[str],
    live_unread: Mapping[str, str],
    assume_not_live: bool,
) -> Iterator[tuple[Version, str, Iterator[tuple[Rule, str]]]]:
    """Yield each version in the order of `choose()`, the doubt about its live state, and the rules that keep it.

    The arguments are those of `choose()`. The rules come in their order, each with a sentence, and the first decides.
    """

    def unread(version: Version) -> str:
        is_open = version.is_live is None and capabilities.live_state and capabilities.proves_idle
        return live_unread.get(version.ref) or ("its live state could not be read" if is_open else "")

    seen = [observed(version, now) for version in versions]
    by_number = all(is_number(name_of(version)) for version in seen)

    def place(version: Version) -> tuple[datetime, int | str]:
        name = name_of(version)
        return version.created_at or _OLDEST_BELIEVABLE, int(name) if by_number else name

    newest_first = sorted(seen, key=place, reverse=True)
    ranked = [version for version in newest_first if version.created_at or not capabilities.creation_times]
    undated = [version for version in newest_first if capabilities.creation_times and not version.created_at]
    cutoff, kept = selection.oldest_kept(now), kept_by(ranked, selection, now)
    for version in (*ranked, *undated):
        doubt = unread(version)
        yield (
            version,
            doubt,
            chain(
                _undated(version, capabilities),
                _not_selected(version, kept.get(version.ref, ()), selection, cutoff, names),
                _guarded(version, selection, "" if assume_not_live else doubt),
                _aliases_unknown(version, aliases_unread),
            ),
        )


def remarks(
    choices: Sequence[Choice], selection: Selection, capabilities: Capabilities, provider: str
) -> tuple[str, ...]:
    """Return remarks for a person on one model's choices: questions that the provider's data could not answer."""
    found: list[str] = []
    if not choices:
        found.append("It has no versions.")
    asked = [name for name in ("older_than", *CALENDAR) if getattr(selection, name) is not None]
    if not capabilities.creation_times:
        found += [f"{provider} gives no creation times: {name} selects nothing here." for name in asked]
    if not capabilities.creation_times and selection.keep_last is not None:
        found.append(f"{provider} gives no creation times: keep_last goes by number here.")
    counts = Counter(choice.rule for choice in choices)
    if count := counts["undated"]:
        found.append(f"{_versions(count)} without a plausible creation time: never selected, not counted by keep_last.")
    if counts["live_unknown"]:
        # Without their number: a remark that is the same for many models is shown once.
        why = dict.fromkeys(choice.reason for choice in choices if choice.rule == "live_unknown")
        found.append(f"Versions are kept. {' '.join(why)} Use assume_not_live to delete them anyway.")
    if capabilities.live_state and not capabilities.proves_idle and counts["selected"]:
        found.append(
            f"{provider} names only some of the versions in use. A version that it does not name may still serve."
        )
    if count := counts["alias_unknown"]:
        found.append(f"{_versions(count)} whose aliases could not be read: not selected.")
    if count := counts["aliased"]:
        are, have, them = ("is", "it has", "it") if count == 1 else ("are", "they have", "them")
        matching = f"{count} matching version{'' if count == 1 else 's'}"
        found.append(f"{matching} {are} kept because {have} an alias. Use include_aliased to delete {them}.")
    return tuple(found)


def unused_globs(choices: Iterable[Choice], selection: Selection) -> tuple[str, ...]:
    """Return a remark for each glob that matches no version: a misspelt one protects nothing."""
    unused = {("protects", glob) for glob in selection.protect} | {("selects", glob) for glob in selection.match}
    for choice in choices if unused else ():
        unused = {(verb, glob) for verb, glob in unused if not fits(choice.version, glob)}
        if not unused:
            break
    return tuple(f"{shown(glob)} {verb} nothing: it matches no version." for verb, glob in sorted(unused))


def unused_assumptions(models: Iterable[str], selection: Selection) -> tuple[str, ...]:
    """Return a remark for each glob of `assume_not_live` that matches none of *models*: it may be misspelt."""
    seen = list(models)
    unused = [glob for glob in selection.assume_not_live if not any(fnmatchcase(model, glob) for model in seen)]
    return tuple(f"assume_not_live {shown(glob)} has no effect: it matches no model." for glob in unused)


def _undated(version: Version, capabilities: Capabilities) -> Iterator[tuple[Rule, str]]:
    if capabilities.creation_times and not version.created_at:
        yield "undated", "Its creation time is not known."


def _aliases_unknown(version: Version, aliases_unread: Container[str]) -> Iterator[tuple[Rule, str]]:
    if version.ref in aliases_unread:
        yield "alias_unknown", "Its aliases could not be read."


def _not_selected(
    version: Version, kept: Iterable[Kept], selection: Selection, cutoff: datetime | None, names: Container[str]
) -> Iterator[tuple[Rule, str]]:
    """Yield each selector that did not select *version*, with a sentence."""
    if selection.named and not any(text in names for text in texts_of(version)):
        yield "named", "It was not named."
    yield from kept
    if cutoff is not None and version.created_at is None:
        yield "older_than", "Its creation time is not known."
    elif cutoff is not None and version.created_at is not None and version.created_at >= cutoff:
        yield "older_than", f"Not older than {selection.older_than}."
    if selection.match and not any(fits(version, glob) for glob in selection.match):
        yield "match", f"Does not match {' or '.join(selection.match)}."


def _guarded(version: Version, selection: Selection, live_unread: str) -> Iterator[tuple[Rule, str]]:
    """Yield each guard rail that keeps *version* although it was selected, with a sentence."""
    for glob in selection.protect:
        if fits(version, glob):
            yield "protected", f"Protected by {glob}."
    if version.is_live:
        yield "live", "Live now."
    elif live_unread:
        yield "live_unknown", f"It may be live: {live_unread}."
    if version.aliases and not selection.include_aliased:
        yield "aliased", f"Has the alias {', '.join(version.aliases)}."


def why_selected(version: Version, selection: Selection) -> Iterator[tuple[Rule, str]]:
    """Yield each selector of *selection*, with a clause about a *version* that it selects."""
    if selection.named:
        yield "named", "named"
    yield from why_not_kept(selection)
    if selection.older_than is not None:
        yield "older_than", f"older than {selection.older_than}"
    if selection.match:
        yield "match", "matches " + " or ".join(glob for glob in selection.match if fits(version, glob))


def texts_of(version: Version) -> Iterator[str]:
    """Return the references that name *version*: by its number or id, and by each alias."""
    yield version.ref
    model, _, _ = version.ref.rpartition("@")
    for alias in version.aliases:
        yield f"{model}@{alias}"


def _kept(version: Version, rule: Rule, reason: str) -> Choice:
    return Choice(version=version, action="keep", rule=rule, reason=reason)


def _versions(count: int) -> str:
    return "1 version" if count == 1 else f"{count} versions"
