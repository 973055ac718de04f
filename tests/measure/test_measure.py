"""The benchmark's own parts: what a ratio means, and that those who are measured do what is measured."""

import pytest

from measure.ceiling import ceiling
from measure.processes import Contenders, Cost, stub
from measure.rows import Figure, Row, compared, table


def test_a_cost_is_a_share_and_a_gain_is_a_multiple():
    ours, theirs = (lambda: Cost(2.0, 3.0)), (lambda: Cost(8.0, 6.0))

    share = compared("a", "b", ours, theirs, at_most=0.5)
    multiple = compared("a", "b", ours, theirs, at_least=4.0)

    assert (share.cpu.median, share.wall.median, share.is_met) == (0.25, 0.5, True)
    assert (multiple.cpu.median, multiple.wall.median, multiple.is_met) == (4.0, 2.0, True)


def test_what_both_need_is_no_part_of_the_ratio():
    row = compared("a", "b", lambda: Cost(3, 3), lambda: Cost(5, 5), at_most=1, less=lambda: Cost(1, 1))

    assert row.cpu.median == 0.5


@pytest.mark.parametrize(
    ("value", "sign", "is_met"),
    [(0.704, "≤", True), (0.706, "≤", False), (0.696, "≥", True), (0.694, "≥", False)],
)
def test_a_target_is_met_by_the_figure_that_is_printed(value, sign, is_met):
    row = Row("a", "b", Figure(value, 0.1, 0.9), None, sign, 0.7)

    assert row.is_met is is_met
    assert table([row]).endswith(f"| {value:.2f} (0.10 to 0.90) |  | {sign} 0.7 | {'yes' if is_met else 'no'} |")


@pytest.mark.parametrize(
    ("name", "argument", "requests"),
    [
        ("expunge", "cerebras", 3),
        ("expunge", "baseten", 3),
        ("expunge", "replicate", 3),
        ("expunge", "truefoundry", 3),
        ("expunge-tasks", "2", 3),
        ("expunge-threads", "2", 3),
        ("expunge-busy", "2", 3),
        pytest.param("expunge-versions", "", 303, marks=pytest.mark.slow),
        pytest.param("json.loads", "", 100, marks=pytest.mark.slow),  # the pages are read once
        ("httpx", "truefoundry", 3),
        ("expunge-new", "cerebras", 6),
        ("httpx-new", "cerebras", 6),
        ("httpx-tasks", "2", 3),
        ("httpx-threads", "2", 3),
    ],
)
def test_a_contender_makes_its_calls_and_they_succeed(name, argument, requests):
    with stub() as answers, Contenders() as contenders:
        cost = contenders.start(name, argument, answers).work(3)
        stats = answers.stats()

    assert (stats.requests, cost.unknown) == (requests, [])
    assert min(cost.cpu, cost.wall) > 0
    assert 0 < stats.connections <= 3 or name == "json.loads"


def test_the_ceiling_is_that_of_the_stub_itself():
    with stub() as answers:
        assert ceiling(answers) > 0
        assert answers.stats().requests == 6_400
