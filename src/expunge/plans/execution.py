"""One plan under way: before each deletion, whether the version is still as it was when it was chosen."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .._flow import Flow
from ..errors import ConfigurationError, InvalidPlan, InvalidReference, Refused
from ..providers import PROVIDERS, AnyAdapter, parse_ref
from ..providers._adapter import Absent, ReadFailed, Replaced
from ..providers._listing import Listing
from ..refs import Reference
from ..types import Tombstone, Version
from .age_grammar import before
from .plan import Plan
from .retention import Choice

MAX_AGE = "1d"
"""How old a plan may be, unless a caller says otherwise."""

_LOOKED_AT = 3
"""Of the versions that stay, how many are looked for before the whole list is."""

_CLOCKS_DIFFER = timedelta(minutes=1)
"""How far the clock of the machine that made a plan may be ahead of ours."""


def require_fresh(plan: Plan, now: datetime, max_age: str) -> None:
    """Refuse a plan that is older than *max_age* at *now*, or that was made in the future.

    Raises:
        InvalidPlan: It is too old, or from the future.
        ConfigurationError: *max_age* is not an age.
    """
    oldest = before(now, max_age)
    made = f"{plan.created_at:%Y-%m-%d %H:%M:%S} UTC"
    if plan.created_at < oldest:
        raise InvalidPlan(
            f"The plan was made at {made}, which is more than {max_age} ago. Make a new plan, or raise max_age.",
            settings=("max_age",),
        )
    if plan.created_at > now + _CLOCKS_DIFFER:
        raise InvalidPlan(f"The plan was made at {made}, which is in the future. Check both clocks.")


class Execution:
    """What is known of a plan while it is carried out.

    A version of the plan whose deletion has begun does not count as one that its model still has, so that two which
    run at once cannot each take the other for the one that stays.
    """

    def __init__(self, plan: Plan, max_delete: int | None = None) -> None:
        self._choices = {choice.ref: choice for choice in plan.deletions}
        self._kept = {
            model.ref: [parse_ref(choice.ref) for choice in model.choices if choice.action == "keep"][:_LOOKED_AT]
            for model in plan.models
        }
        if max_delete is not None and len(self._choices) > max_delete:
            raise ConfigurationError(
                f"The plan deletes {len(self._choices)} versions; the limit is max_delete={max_delete}. Nothing was sent.",
                settings=("max_delete",),
            )
        self._begun: set[str] = set()

    def refs(self) -> Iterator[str]:
        """Give what is to go."""
        return iter(self._choices)

    def require_planned(self, ref: Reference) -> None:
        """Refuse a reference that the plan does not delete."""
        if str(ref) not in self._choices:
            raise InvalidReference(f"{ref} is not among what the plan deletes.", ref=str(ref), part="reference")

    def check(self, ref: Reference) -> Flow[None]:
        """Read *ref* and its model again.

        Raises:
            Absent: It is gone.
            ReadFailed: It, or whether its model has another version, could not be read.
            Refused: It is not as it was, or it is the last one left.
        """
        self._begun.add(str(ref))
        adapter, choice = PROVIDERS[ref.provider], self._choices[str(ref)]
        unread: ReadFailed | Refused | None = None
        has_others = False
        try:
            has_others = yield from self._others(adapter, ref)
        except (ReadFailed, Refused) as error:
            unread = error  # whether the version itself is gone, its own read tells
        try:
            sighting = yield from adapter.look(ref)
        except Refused as error:
            raise Replaced(str(error), ref=str(ref)) from None  # several stand under its name
        if sighting.version is None:
            failure = Absent if sighting.presence == "gone" else ReadFailed
            raise failure(sighting.answer, sighting.reason)
        version = yield from adapter.describe(ref, sighting.version)
        if another := list(_another(choice, version, adapter)):
            raise Replaced(f"{ref} is another one under the same name: {'; '.join(another)}.", ref=str(ref))
        if differences := list(_differences(choice, version, adapter)):
            raise Refused(f"{ref} is not as it was planned: {'; '.join(differences)}.", ref=str(ref))
        if isinstance(unread, ReadFailed):
            raise ReadFailed(unread.answer, f"whether its model has another version: {unread.reason}")
        if unread is not None:
            raise unread
        if not has_others:
            raise Refused(f"{ref} is the last version of its model that is left.", ref=str(ref))

    def settled(self, tombstone: Tombstone) -> Tombstone:
        """Take note of how one ended, and give it back: what surely stays counts as there again."""
        if tombstone.status in {"refused", "failed"}:
            self._begun.discard(tombstone.ref)
        return tombstone

    def _others(self, adapter: AnyAdapter, ref: Reference) -> Flow[bool]:
        """Say whether the model has a version that nobody here is deleting.

        One of those that stay is nearly always there, and a read of one is small where a list may be large.
        """
        for kept in self._kept[str(ref.model)]:
            sighting = yield from adapter.look(kept)
            if sighting.presence == "there":
                return True
        listing = Listing(ref.model)
        while not listing.is_complete:
            page = yield from adapter.page(ref.model, listing.following)
            if any(version.ref not in self._begun for version in listing.take(page)):
                return True
        return False


def _differences(choice: Choice, version: Version, adapter: AnyAdapter) -> Iterator[str]:
    """Say in what *version* is not what was chosen, and what has come up against deleting it."""
    seen = choice.version
    if version.is_live:
        yield "it is live now"
    elif version.is_live is None and adapter.capabilities.live_state:
        yield "whether it is live could not be read"
    if not adapter.knows_aliases(version):
        yield "its aliases could not be read"
    elif set(version.aliases) != set(seen.aliases):
        yield f"its aliases were {_listed(seen.aliases)} and are {_listed(version.aliases)}"


def _another(choice: Choice, version: Version, adapter: AnyAdapter) -> Iterator[str]:
    """Say by what *version* is known to be another one than was chosen."""
    seen = choice.version.created_at
    for was, now in ((choice.identity, adapter.identity(version)), (seen, version.created_at)):
        if was is not None and now is not None and was != now:
            yield f"it was {was} and is {now}"


def _listed(aliases: tuple[str, ...]) -> str:
    return ", ".join(aliases) or "none"
