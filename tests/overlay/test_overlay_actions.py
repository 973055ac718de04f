"""The table of overlay actions has every action, in words."""

import os
from pathlib import Path

import pytest
from tests.forks import PROGRAMS

from overlay.document import read_file

ROOT = Path(__file__).resolve().parents[2]


def table(*arguments):
    return PROGRAMS.run([ROOT / "scripts" / "overlay_actions.py", *arguments], env=os.environ)


@pytest.mark.parametrize("provider", ["baseten", "cerebras", "replicate", "truefoundry"])
def test_every_action_has_a_row_that_says_what_why_and_by_which_source(provider):
    actions = read_file(ROOT / "overlays" / f"{provider}.overlay.yaml")["actions"]

    done = table(provider)

    rows = done.stdout.split("├")
    cells = [["".join(row.split()) for row in rows]][0]
    assert len(rows) == len(actions)
    assert all(f"│{provider}│{number}│" in cell for number, cell in enumerate(cells, start=1))
    assert all(str(action["x-source"]).split()[0] in row for action, row in zip(actions, rows, strict=True))


def test_without_a_name_all_providers_are_shown():
    done = table()

    assert {line.split()[1] for line in done.stdout.splitlines() if line.startswith("│") and line[2] != " "} == {
        "baseten",
        "cerebras",
        "replicate",
        "truefoundry",
    }


def test_an_unknown_provider_is_named():
    done = table("nobody")

    assert done.returncode == 2
    assert "'nobody' is not one of baseten" in done.stderr
