"""One plan under way: before each deletion, the version is read again and compared with the plan."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from .._flow import Flow
from ..errors import ConfigurationError, InvalidPlan, InvalidReference, Refused
from ..providers import PROVIDERS, AnyAdapter, parse_ref
from ..providers._failed_reads import Absent, ReadFailed, Replaced
from ..providers._listing import Listing
from ..providers._serving import LiveState, read_state
from ..refs import Reference
from ..types import Tombstone, Version
from .age_grammar import before
from .plan import Plan
from .retention import Choice

MAX_AGE = "1d"
"""Default for the age at which a plan is refused."""

_LOOKED_AT = 3
"""Number of kept versions that are looked up before the complete list is read."""

_CLOCKS_DIFFER = timedelta(minutes=1)
"""How far ahead of ours the clock of the planning machine may be."""


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
    """The state of a plan while it is carried out.

    A version whose deletion has begun does not count as remaining. Otherwise two concurrent deletions could each
    take the other's version for the one that remains.

    Attributes:
        plan: The plan.
    """

    def __init__(self, plan: Plan, max_delete: int | None = None) -> None:
        self.plan = plan
        self._choices = {choice.ref: choice for choice in plan.deletions}
        self._selections = {model.ref: plan.selection_of(model) for model in plan.models}
        self._kept = {
            model.ref: [
                parse_ref(choice.ref)
                for choice in islice((each for each in model.choices if each.action == "keep"), _LOOKED_AT)
            ]
            for model in plan.models
        }
        if max_delete is not None and len(self._choices) > max_delete:
            raise ConfigurationError(
                f"The plan deletes {len(self._choices)} versions; the limit is max_delete={max_delete}. "
                "Nothing was sent.",
                settings=("max_delete",),
            )
        self._begun: set[str] = set()

    def refs(self) -> Iterator[str]:
        """Return the references to delete."""
        return iter(self._choices)

    def require_planned(self, ref: Reference) -> None:
        """Refuse a reference that the plan does not delete."""
        if str(ref) not in self._choices:
            raise InvalidReference(f"{ref} is not among the deletions of the plan.", ref=str(ref), part="reference")

    def check(self, ref: Reference) -> Flow[None]:
        """Read *ref* and its model again.

        Raises:
            Absent: It is gone.
            ReadFailed: It or its model could not be read.
            Refused: It has changed, or it is the last version of its model.
        """
        self._begun.add(str(ref))
        adapter, choice = PROVIDERS[ref.provider], self._choices[str(ref)]
        unread: ReadFailed | Refused | None = None
        has_others = False
        try:
            has_others = yield from self._others(adapter, ref)
        except (ReadFailed, Refused) as error:
            unread = error  # the version's own read shows whether it is gone
        try:
            sighting = yield from adapter.look(ref)
        except Refused as error:
            raise Replaced(str(error), ref=str(ref)) from None  # several versions have its name
        if sighting.version is None:
            failure = Absent if sighting.presence == "gone" else ReadFailed
            raise failure(sighting.answer, sighting.reason)
        version = sighting.version
        if another := list(_another(choice, version, adapter)):
            raise Replaced(f"{ref} is another version with the same name: {'; '.join(another)}.", ref=str(ref))
        state = yield from read_state(adapter, ref, version)
        if state.unread and self._selections[str(ref.model)].assumes_not_live(ref.model):
            state = LiveState()
        if differences := list(_differences(choice, version, adapter, state)):
            raise Refused(f"{ref} has changed since it was planned: {'; '.join(differences)}.", ref=str(ref))
        if isinstance(unread, ReadFailed):
            raise ReadFailed(unread.answer, f"whether its model has another version: {unread.reason}")
        if unread is not None:
            raise unread
        if not has_others:
            raise Refused(f"{ref} is the last remaining version of its model.", ref=str(ref))

    def settled(self, tombstone: Tombstone) -> Tombstone:
        """Return *tombstone* unchanged; a version that certainly remains counts as remaining again."""
        if tombstone.status in {"refused", "failed"}:
            self._begun.discard(tombstone.ref)
        return tombstone

    def _others(self, adapter: AnyAdapter, ref: Reference) -> Flow[bool]:
        """Return whether the model has a version that is not being deleted here.

        One of the kept versions nearly always exists, and reading it is cheaper than reading a list.
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


def _differences(choice: Choice, version: Version, adapter: AnyAdapter, state: LiveState) -> Iterator[str]:
    """Yield a clause for each difference between *version* and the plan that forbids its deletion."""
    seen = choice.version
    yield from state.objections
    if not adapter.knows_aliases(version):
        yield "its aliases could not be read"
    elif set(version.aliases) != set(seen.aliases):
        yield f"its aliases were {_listed(seen.aliases)} and are {_listed(version.aliases)}"


def _another(choice: Choice, version: Version, adapter: AnyAdapter) -> Iterator[str]:
    """Yield a clause for each sign that *version* is not the one that was planned."""
    seen = choice.version.created_at
    for was, now in ((choice.identity, adapter.identity(version)), (seen, version.created_at)):
        if was is not None and now is not None and was != now:
            yield f"it was {was} and is {now}"


def _listed(aliases: tuple[str, ...]) -> str:
    return ", ".join(aliases) or "none"
