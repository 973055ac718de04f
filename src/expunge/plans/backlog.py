"""A backlog that drains run by run: of all that may go, the oldest versions go first."""

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import evolve

from .planned_model import PlannedModel
from .retention import Choice

_UNKNOWN = datetime.max.replace(tzinfo=UTC)


def oldest(models: Sequence[PlannedModel], at_most: int) -> list[PlannedModel]:
    """Return *models* with at most *at_most* deletions in total: those of the oldest versions.

    A version without a creation time comes after all that have one. At equal times the order of the models decides,
    then the number or id. So the next run goes on where this one ends.
    """
    places = [
        (choice.version.created_at or _UNKNOWN, number, -place, choice.ref)
        for number, model in enumerate(models)
        for place, choice in enumerate(model.choices)
        if choice.action == "delete"
    ]
    going = {place[3] for place in sorted(places)[:at_most]}
    reason = f"Not among the oldest {at_most} of {len(places)} that may go."

    def limited(choice: Choice) -> Choice:
        if choice.action == "keep" or choice.ref in going:
            return choice
        return evolve(choice, action="keep", rule="at_most", reason=reason)

    return [evolve(model, choices=tuple(map(limited, model.choices))) for model in models]
