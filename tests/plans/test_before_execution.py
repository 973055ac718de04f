"""The checks of a plan before its first deletion: its age, and how many versions it may delete."""

from datetime import UTC, datetime, timedelta

import pytest

from expunge import Version
from expunge.errors import ConfigurationError, InvalidPlan
from expunge.plans.backlog import oldest
from expunge.plans.execution import Execution, require_fresh
from expunge.plans.plan import Plan, PlannedModel
from expunge.plans.retention import Choice
from expunge.plans.selection import Selection

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MODEL = "cerebras:acme/gpt-oss-120b"


def model_of(*numbers):
    """Return a model whose versions, newest first, are all to be deleted; all are of the same time."""
    choices = [
        Choice(
            version=Version(ref=f"{MODEL}@{number}", aliases=(), created_at=NOW, is_live=False, status=None),
            action="delete",
            rule="selected",
            reason="Selected.",
        )
        for number in numbers
    ]
    return PlannedModel(ref=MODEL, choices=tuple(choices))


def plan_of(*numbers, created_at=NOW):
    selection = Selection(match=("*",))
    return Plan(
        models=(model_of(*numbers),), selection=selection, origins={}, created_at=created_at, created_by="a person"
    )


@pytest.mark.parametrize("age", [timedelta(days=1), timedelta(0), timedelta(minutes=-1)])
def test_a_plan_is_carried_out_on_its_day(age):
    require_fresh(plan_of(created_at=NOW - age), NOW, "1d")


@pytest.mark.parametrize(
    ("age", "words"),
    [(timedelta(days=1, microseconds=1), "more than 1d ago"), (timedelta(minutes=-1, microseconds=-1), "future")],
)
def test_a_plan_of_another_time_is_refused(age, words):
    with pytest.raises(InvalidPlan, match=words):
        require_fresh(plan_of(created_at=NOW - age), NOW, "1d")


@pytest.mark.parametrize("limit", [None, 3, 4, 1_000])
def test_a_plan_within_its_limit_is_carried_out(limit):
    assert len(list(Execution(plan_of(3, 2, 1), limit).refs())) == 3


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_plan_above_its_limit_is_refused(limit):
    with pytest.raises(ConfigurationError, match=f"deletes 3 versions; the limit is max_delete={limit}"):
        Execution(plan_of(3, 2, 1), limit)


def test_a_limit_counts_above_the_small_numbers():
    numbers = range(400, 0, -1)

    assert len(list(Execution(plan_of(*numbers), int("400")).refs())) == 400


@pytest.mark.parametrize(("at_most", "going"), [(1, {"9"}), (2, {"9", "10"}), (3, {"9", "10", "11"})])
def test_of_versions_of_one_time_the_lowest_number_goes_first(at_most, going):
    (limited,) = oldest([model_of(12, 11, 10, 9)], at_most)

    assert {choice.ref.rpartition("@")[2] for choice in limited.deletions} == going
