"""The tables of docs/outcomes.md are the tables that the state machine follows."""

import re
from pathlib import Path
from typing import get_args

import pytest

import expunge
from expunge._deletion.answer_meaning import Judgement
from expunge._deletion.endings import AFTER_ANSWER, AFTER_READ, AfterAnswer, AfterRead, Doubt
from expunge._deletion.record import never_sent
from expunge.providers._reads import Presence

OUTCOMES = Path(__file__).resolve().parents[2] / "docs" / "outcomes.md"


def rows(heading: str) -> dict[str, tuple[str, ...]]:
    """Return the rows of the table whose first heading is *heading*, by their first cell."""
    text = OUTCOMES.read_text(encoding="utf-8")
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, heading
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table[1].splitlines()]
    return {first: tuple(rest) for first, *rest in cells}


def test_the_documented_answers_are_those_that_the_machine_follows():
    assert rows("the answer") == {name.replace("_", " "): steps for name, steps in AFTER_ANSWER.items()}


def test_the_documented_reads_are_those_that_the_machine_follows():
    documented = {name: tuple(steps[doubt] for doubt in get_args(Doubt)) for name, steps in AFTER_READ.items()}

    assert rows("a read finds it") == documented


@pytest.mark.parametrize(
    ("table", "keys", "steps"),
    [
        pytest.param(AFTER_ANSWER, Judgement, AfterAnswer, id="answers"),
        pytest.param({name: tuple(row.values()) for name, row in AFTER_READ.items()}, Presence, AfterRead, id="reads"),
    ],
)
def test_every_case_has_its_step_and_every_step_its_case(table, keys, steps):
    assert set(table) == set(get_args(keys))
    assert {step for row in table.values() for step in row} == set(get_args(steps))


def test_a_deletion_without_a_request_is_named_by_its_reference(clock):
    """Else its record has the text that was asked for in both fields, and does not fit the provider's own name."""
    ref = expunge.parse_ref("cerebras:acme/gpt-oss-120b@3")

    known, unknown = never_sent("asked", "No right.", clock, ref), never_sent("asked", "No reference.", clock)

    assert (known.ref, known.requested_ref, known.provider, known.scope) == (str(ref), "asked", "cerebras", "version")
    assert (unknown.ref, unknown.requested_ref, unknown.provider, unknown.scope) == ("asked", "asked", None, None)
