"""The difference between two plans: versions that would newly or no longer go, are gone, or have another reason."""

from collections.abc import Iterator

from attrs import field, frozen

from .plan import Plan
from .retention import Choice


@frozen(kw_only=True)
class Change:
    """One version whose choice differs: *before* in the old plan and *after* in the new one, or None without any."""

    ref: str
    before: Choice | None
    after: Choice | None


@frozen(kw_only=True)
class Difference:
    """The versions that two plans decide on in another way, in the order of the plans.

    Attributes:
        starts: Versions that the new plan deletes, and the old one does not.
        stops: Versions that the old plan deletes, and the new one does not although they may be there.
        gone: Versions of the old plan that the new one did not find in their model.
        changed: Versions with the same decision for another reason.
    """

    starts: tuple[Change, ...] = field(factory=tuple)
    stops: tuple[Change, ...] = field(factory=tuple)
    gone: tuple[Change, ...] = field(factory=tuple)
    changed: tuple[Change, ...] = field(factory=tuple)

    def to_dict(self) -> dict[str, object]:
        """Return the lists of references."""
        return {name: [change.ref for change in changes] for name, changes in self.lists()}

    def lists(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """Yield each list with its name."""
        yield "starts", self.starts
        yield "stops", self.stops
        yield "gone", self.gone
        yield "changed", self.changed


def difference(old: Plan, new: Plan) -> Difference:
    """Compare two plans.

    A version of a model that the new plan did not read is not gone. If it was to be deleted, it stops.
    """
    before, after = _choices(old), _choices(new)
    read = {model.ref for model in new.models}
    changes = [Change(ref=ref, before=before.get(ref), after=after.get(ref)) for ref in before | after]
    model_of = {choice.ref: model.ref for model in old.models for choice in model.choices}
    gone = {change.ref for change in changes if change.after is None and model_of[change.ref] in read}
    there = [change for change in changes if change.ref not in gone]
    return Difference(
        starts=tuple(change for change in there if _goes(change.after) and not _goes(change.before)),
        stops=tuple(change for change in there if _goes(change.before) and not _goes(change.after)),
        gone=tuple(change for change in changes if change.ref in gone),
        changed=tuple(change for change in there if _has_other_reason(change)),
    )


def _choices(plan: Plan) -> dict[str, Choice]:
    return {choice.ref: choice for model in plan.models for choice in model.choices}


def _goes(choice: Choice | None) -> bool:
    return choice is not None and choice.action == "delete"


def _has_other_reason(change: Change) -> bool:
    before, after = change.before, change.after
    if before is None or after is None or before.action != after.action:
        return False
    return (before.rule, before.reason) != (after.rule, after.reason)
