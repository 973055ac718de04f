"""The difference between two plans: versions that would newly or no longer go, are gone, or have another reason."""

from collections.abc import Iterator
from typing import NamedTuple

from attrs import field, frozen

from .._json import JSON
from .packed import PackedRows
from .plan import Plan
from .planned_model import PlannedModel
from .retention import Action, Rule


class Decision(NamedTuple):
    """The decision on one version: that of its `Choice`, without the version."""

    action: Action
    rule: Rule
    reason: str


@frozen(kw_only=True)
class Change:
    """One version whose decision differs: *before* in the old plan and *after* in the new one, or None without any."""

    ref: str
    before: Decision | None
    after: Decision | None


class Changes:
    """Changes in their order, packed: a changed policy may give each version of a fleet another reason."""

    def __init__(self) -> None:
        self._rows = PackedRows()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Change]:
        for ref, before, after in self._rows:
            yield Change(ref=ref, before=before and Decision(*before), after=after and Decision(*after))

    def add(self, change: Change) -> None:
        """Add one change."""
        self._rows.add([change.ref, _row(change.before), _row(change.after)])


@frozen(kw_only=True)
class Difference:
    """The versions that two plans decide on in another way, in the order of the plans.

    Attributes:
        starts: Versions that the new plan deletes, and the old one does not.
        stops: Versions that the old plan deletes, and the new one does not although they may be there.
        gone: Versions of the old plan that the new one did not find in their model.
        changed: Versions with the same decision for another reason.
    """

    starts: Changes = field(factory=Changes)
    stops: Changes = field(factory=Changes)
    gone: Changes = field(factory=Changes)
    changed: Changes = field(factory=Changes)

    def to_dict(self) -> dict[str, object]:
        """Return the lists of references."""
        return {name: [change.ref for change in changes] for name, changes in self.lists()}

    def lists(self) -> Iterator[tuple[str, Changes]]:
        """Yield each list with its name."""
        yield "starts", self.starts
        yield "stops", self.stops
        yield "gone", self.gone
        yield "changed", self.changed


def difference(old: Plan, new: Plan) -> Difference:
    """Compare two plans, model by model.

    A version of a model that the new plan did not read is not gone. If it was to be deleted, it stops.
    """
    found = Difference()
    before_of, after_of = ({model.ref: model for model in plan.models} for plan in (old, new))
    known: dict[str, int] = {}
    for name, model in before_of.items():
        again = after_of.get(name)
        after = _decisions(again)
        for ref, before in _decisions(model).items():
            now = after.get(ref)
            if now != before:
                _note(found, ref, before, now, is_gone=again is not None and now is None)
            known[name] = known.get(name, 0) + (now is not None)
    # Versions that only the new plan has come last; hardly a model has any.
    for name, model in after_of.items():
        if known.get(name, 0) < len(model.choices):
            there = _decisions(before_of.get(name))
            for ref, now in _decisions(model).items():
                if ref not in there:
                    _note(found, ref, None, now, is_gone=False)
    return found


def _note(found: Difference, ref: str, before: Decision | None, after: Decision | None, *, is_gone: bool) -> None:
    """Put a version whose decision differs into its list, if it belongs to one."""
    if is_gone:
        changes = found.gone
    elif _goes(after) and not _goes(before):
        changes = found.starts
    elif _goes(before) and not _goes(after):
        changes = found.stops
    elif before is not None and after is not None:
        changes = found.changed
    else:
        return
    changes.add(Change(ref=ref, before=before, after=after))


def _decisions(model: PlannedModel | None) -> dict[str, Decision]:
    if model is None:
        return {}
    return {row["ref"]: Decision(row["action"], row["rule"], row["reason"]) for row in model.packed.rows()}


def _goes(decision: Decision | None) -> bool:
    return decision is not None and decision.action == "delete"


def _row(decision: Decision | None) -> JSON:
    return None if decision is None else list(decision)
