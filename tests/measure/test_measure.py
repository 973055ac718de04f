"""The benchmark's own parts: what a ratio means, and that those who are measured do what is measured."""

import sys

import pytest
from tests.forks import COMMAND_LINE

from measure.ceiling import ceiling
from measure.processes import Contenders, Cost, long_run, stub
from measure.rows import Figure, Row, compared, table
from measure.stub import _Stub


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


def test_the_clock_decides_where_the_row_is_about_it():
    row = Row("a", "b", Figure.once(2.0), Figure.once(0.98), "≥", 0.95, by_clock=True)

    assert row.is_met
    assert table([row]).endswith("| 2.00 | 0.98 | ≥ 0.95 | yes |")


def test_the_stub_lets_through_what_it_documents(monkeypatch):
    time = 100.0
    monkeypatch.setattr("measure.stub.monotonic", lambda: time)
    stub = _Stub(rate=10)

    answers = [stub.answer(b"DELETE", b"/v1/models/m/deployments/d") for _ in range(15)]
    time += 0.5
    answers += [stub.answer(b"DELETE", b"/v1/models/m/deployments/d") for _ in range(10)]

    assert [answer.split()[1] for answer in answers] == [b"200"] * 10 + [b"429"] * 5 + [b"200"] * 5 + [b"429"] * 5
    assert (stub.requests, stub.refused) == (25, 10)


def test_the_stub_works_on_a_version_of_replicate(monkeypatch):
    time, path = 100.0, b"/v1/models/acme/classifier/versions/5c"
    monkeypatch.setattr("measure.stub.monotonic", lambda: time)
    stub = _Stub(work=10)

    answers = [stub.answer(method, path).split()[1] for method in (b"GET", b"DELETE", b"GET")]
    time += 10
    answers.append(stub.answer(b"GET", path).split()[1])

    assert answers == [b"200", b"202", b"200", b"404"]


@pytest.fixture(scope="module")
def shared_stub():
    with stub() as answers:
        yield answers


@pytest.fixture
def answers(shared_stub):
    """The stub, which counts from here on."""
    shared_stub.stats()
    return shared_stub


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "requests"), [("rate-baseten", 3), ("journal", 3), ("list", 0)])
def test_a_long_run_leaves_nothing_undone(kind, requests, answers, tmp_path):
    spent = long_run(kind, 3, answers.origin, tmp_path)
    stats = answers.stats()

    assert (spent.failed, stats.requests, stats.refused) == (0, requests, 0)
    assert min(spent.wall, spent.cpu, spent.peak) > 0
    assert (tmp_path / "measured.journal").exists() == (kind in {"journal", "list"})


@pytest.mark.parametrize(
    ("name", "argument", "requests"),
    [
        ("expunge", "cerebras", 3),
        *(  # in forks, which have imported the package
            pytest.param(*row, marks=pytest.mark.slow)
            for row in (
                ("expunge", "baseten", 3),
                ("expunge", "replicate", 3),
                ("expunge", "truefoundry", 3),
                ("expunge-tasks", "2", 3),
                ("expunge-threads", "2", 3),
                ("expunge-busy", "2", 3),
                ("expunge-versions", "", 101),  # one call reads 101 pages
                ("json.loads", "", 100),  # the pages are read once, however many calls there are
                ("httpx", "truefoundry", 3),
                ("expunge-new", "cerebras", 6),
                ("httpx-new", "cerebras", 6),
                ("httpx-tasks", "2", 3),
                ("httpx-threads", "2", 3),
            )
        ),
    ],
)
def test_a_contender_makes_its_calls_and_they_succeed(name, argument, requests, answers):
    is_first = (name, argument) == ("expunge", "cerebras")
    with Contenders() as contenders:
        python = sys.executable if is_first else COMMAND_LINE.programs / "python"
        cost = contenders.start(name, argument, answers, python=python).work(3 if argument else 1)
        stats = answers.stats()

    assert (stats.requests, cost.unknown) == (requests, [])
    assert min(cost.cpu, cost.wall) > 0
    assert 0 < stats.connections <= 3 or name == "json.loads"


def test_the_ceiling_is_that_of_the_stub_itself(answers):
    assert ceiling(answers) > 0
    assert answers.stats().requests == 6_400
