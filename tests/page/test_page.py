"""Every page, as a real browser has it: looked at, tabbed through, narrowed and printed.

`make page` installs what drives the browser, and names it.
"""

import json
from pathlib import Path

import pytest
from tests.page.subjects import JOURNALS, LIGHT, PLANS

NAMES = [*PLANS, *JOURNALS]
EVERY = pytest.mark.parametrize("name", NAMES)
JUDGED = pytest.mark.parametrize("name", [name for name in NAMES if name not in LIGHT])


@EVERY
def test_it_asks_nobody_runs_nothing_and_says_nothing(name, looked_at):
    found, _, page = looked_at(name)

    assert found["requests"] == [page.as_uri()]
    assert found["said"] == []
    assert found["content"]["active"] == []


@EVERY
@pytest.mark.parametrize("width", ["320", "390"])
def test_it_fits_a_narrow_screen_with_all_its_counts(width, name, looked_at):
    narrow = looked_at(name)[0]["narrow"][width]

    assert narrow["overflow"] == 0
    assert narrow["off"] == []


@pytest.mark.parametrize("name", sorted(LIGHT))
def test_the_heads_of_a_long_table_stay_in_sight(name, looked_at):
    found, _, _ = looked_at(name)

    for screen in (found["sticky"], *(narrow["sticky"] for narrow in found["narrow"].values())):
        assert screen
        assert all(abs(head["from"]) <= 1 and head["seen"] for head in screen)


@EVERY
def test_headings_are_in_order_under_one_h1_and_tables_name_rows_and_columns(name, looked_at):
    content = looked_at(name)[0]["content"]

    assert content["headings"][0] == 1
    assert content["headings"].count(1) == 1
    assert all(after <= before + 1 for before, after in zip(content["headings"], content["headings"][1:], strict=False))
    assert content["landmarks"] == [1, 1, 1]
    for table in content["tables"]:
        assert table["caption"]
        assert {scope for scope, _ in table["heads"]} == {"col"}
        assert table["rowHeads"]


@EVERY
def test_no_column_says_the_same_in_every_row(name, looked_at):
    """It is a sentence above the table instead."""
    for table in looked_at(name)[0]["content"]["tables"]:
        rows = [row for body in table["bodies"] for row in body["rows"]]
        if len(rows) > 1 and table["heads"][0][1] != "Model":
            assert all(len({row[column] for row in rows}) > 1 for column in range(len(table["heads"])))


@JUDGED
@pytest.mark.parametrize("look", ["light", "dark", "320", "390"])
def test_axe_finds_no_barrier(look, name, looked_at):
    found, _, _ = looked_at(name)

    judged = found["narrow"][look]["judged"] if look in found["narrow"] else found["judged"][look]
    assert judged["violations"] == []
    # On a narrow screen a part of each table lies beyond its frame; its colours were judged on the wide one.
    unsure = [each for each in judged["unsure"] if look in found["judged"] or not each.startswith("color-contrast:")]
    assert unsure == []
    assert {"color-contrast", "region", "heading-order", "landmark-one-main"} <= set(judged["passed"])


@pytest.mark.parametrize("name", ["ordinary", "stopped"])
def test_light_and_dark_differ(name, looked_at):
    judged = looked_at(name)[0]["judged"]

    assert judged["light"]["background"] != judged["dark"]["background"]


@JUDGED
def test_tab_reaches_everything_in_order_and_shows_where_it_is(name, looked_at):
    stops = looked_at(name)[0]["stops"]

    assert [stop["index"] for stop in stops["found"]] == list(range(stops["expected"]))
    assert [stop["what"] for stop in stops["found"] if not (stop["outlined"] and stop["shown"])] == []


@JUDGED
def test_paper_has_all_of_it_dark_on_light_and_nothing_cut(name, looked_at):
    """Folded parts are unfolded on paper; a scheme for the dark is for screens."""
    for printed in looked_at(name)[0]["printed"].values():
        assert printed["hidden"] == []
        assert printed["cut"] == []
        assert printed["boxed"] == []
        assert printed["overflow"] == 0
        assert printed["colours"] == ["rgb(28, 33, 39)", "rgb(255, 255, 255)"]


@JUDGED
def test_no_heading_is_alone_at_the_foot_of_a_sheet_and_no_total_is_repeated(name, looked_at):
    found, _, _ = looked_at(name)

    heads = [_joined(head) for head in found["content"]["heads"]]
    feet = [_joined(sheet[-1]) for sheet in found["paged"][:-1]]
    assert [foot for foot in feet if any(head.endswith(foot) for head in heads)] == []
    totals = [line for sheet in found["paged"] for line in sheet if line.startswith("All models")]
    assert len(totals) == (1 if name in PLANS else 0)
    assert [table["feet"] for table in found["content"]["tables"]] == [0] * len(found["content"]["tables"])


def test_the_lock_holds_hashes_and_names_no_registry():
    lock = json.loads(Path(__file__).with_name("package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []


def _joined(line):
    """The letters of a line: paper and screen break it, and space it, differently."""
    return "".join(line.split())
