"""Tables on a terminal: references are never cut, and a column that says one thing is one line."""

import io
import re
from datetime import timedelta

import pytest
from rich.console import Console

from expunge.cli.rendering import age_in_words
from expunge.cli.terminal.table import print_table

ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


def shown(heads, rows, width=80, title=None):
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None, legacy_windows=False)
    print_table(console, heads, [[(cell, "") for cell in row] for row in rows], title=title)
    return out.getvalue()


def test_a_reference_longer_than_the_terminal_is_on_a_line_of_its_own():
    refs = [f"replicate:acme/classifier@{ID[:-1]}{last}" for last in "12"]

    text = shown(("outcome", "reference", "detail"), [("deleted", ref, "Confirmed by read-back. " * 5) for ref in refs])

    assert [ref for ref in refs if ref not in text] == []


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_width_cuts_a_reference(width):
    refs = ["baseten:mod3x7q@dep1aaa", "truefoundry:fraud-repo/churn@7", f"replicate:acme/classifier@{ID}"]

    text = shown(("outcome", "reference", "detail"), [("deleted", ref, "some words of detail") for ref in refs], width)

    assert [ref for ref in refs if ref not in text] == []


def test_a_column_that_says_the_same_in_every_row_is_one_line():
    rows = [("1", "-", "2026-01-02 (8 months)", "not known", "READY"), ("2", "-", "2026-02-02", "not known", "READY")]

    lines = shown(("version", "aliases", "created", "live", "status"), rows, title="cerebras:acme/m").splitlines()

    assert lines[0] == "cerebras:acme/m"
    assert lines[1].split() == ["version", "created"]
    assert lines[-1] == "All of these: no aliases, live state not known, status READY"
    assert len(lines) == 5


def test_the_facts_of_one_version_have_no_heads():
    assert shown(("", ""), [("aliases", "-"), ("live", "live")]).splitlines()[0].split() == ["aliases", "-"]


def test_a_date_and_its_age_stay_on_one_line():
    why = "Selected: not among the newest. " * 3
    rows = [("delete", str(number), f"2026-0{number}-02 (8 months)", "-", why) for number in (1, 2)]

    text = shown(("plan", "version", "created", "aliases", "why"), rows)

    assert [row[2] for row in rows if row[2] not in text] == []


def test_a_row_by_itself_keeps_all_columns():
    assert "READY" in shown(("version", "status"), [("1", "READY")]).splitlines()[1]


def test_outcomes_are_never_said_once():
    text = shown(("outcome", "reference", "detail"), [("deleted", "baseten:a@1", "x"), ("deleted", "baseten:a@2", "x")])

    assert text.count("deleted") == 2


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), "new"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=45), "45 days"),
        (timedelta(days=70), "2 months"),
        (timedelta(days=600), "19 months"),
        (timedelta(days=800), "2 years"),
        (timedelta(seconds=-5), "new"),
    ],
)
def test_an_age_is_in_its_largest_unit(age, words):
    assert age_in_words(age) == words


def test_a_list_on_a_terminal_has_the_model_in_its_title_and_ages(expunge):
    model = "truefoundry:fraud-repo/churn"

    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", expunge.on_terminal("list", model, COLUMNS="80").stdout).splitlines()

    assert lines[0].strip() == model
    assert sum(model in line for line in lines) == 1
    assert re.search(r"\d{4}-\d\d-\d\d \(\d+ (day|month|year)s?\)", "\n".join(lines))
    assert max(map(len, lines)) <= 80
