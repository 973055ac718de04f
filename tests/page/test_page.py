"""The page about a plan, as a real browser has it: looked at, tabbed through, narrowed and printed.

`make page` installs what drives the browser, and names it.
"""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from expunge.cli.approval_page.render import page_of
from expunge.cli.plans.table import remark_of
from expunge.plans.plan import Plan, PlannedModel
from expunge.plans.retention import choose, remarks
from expunge.plans.selection import Selection
from expunge.providers import PROVIDERS, parse_ref
from expunge.types import Version

CHROMIUM = os.environ.get("EXPUNGE_PAGE")
HERE = Path(__file__).parent
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "</bdi><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>\u202e\"'"

needs_browser = pytest.mark.skipif(not CHROMIUM, reason="EXPUNGE_PAGE names no Chromium; `make page` sets it")


def planned(selection, models):
    """The plan that would be made of *models*, versions by reference, at the time `NOW`."""
    found = []
    for ref, versions in models.items():
        provider = parse_ref(ref).provider
        capabilities = PROVIDERS[provider].capabilities
        choices = choose(versions, selection, capabilities, NOW)
        notes = remarks(choices, selection, capabilities, provider)
        found.append(PlannedModel(ref=ref, choices=choices, remarks=notes))
    origins = {provider: f"https://{provider}.example" for provider in sorted(ref.partition(":")[0] for ref in models)}
    return Plan(models=tuple(found), selection=selection, origins=origins, created_at=NOW, created_by="ana on build-7")


def churn(*numbers, **fields):
    """Versions of one model, ten days apart; the highest number is five days old."""
    return [
        Version(
            ref=f"truefoundry:fraud-repo/churn@{number}",
            created_at=NOW - timedelta(days=10 * (max(numbers) - number) + 5),
            **fields,
        )
        for number in numbers
    ]


PLANS = {
    "ordinary": lambda: planned(
        Selection(keep_last=3, older_than="50d", protect=("gold*",)),
        {
            "truefoundry:fraud-repo/churn": [
                *churn(*range(5, 15)),
                Version(
                    ref="truefoundry:fraud-repo/churn@4",
                    created_at=NOW - timedelta(days=200),
                    aliases=("v4-prod", "gold-2025"),
                ),
                Version(ref="truefoundry:fraud-repo/churn@3"),
            ],
            "cerebras:acme/gpt-oss-120b": [
                Version(ref=f"cerebras:acme/gpt-oss-120b@{number}", is_live=number == 2) for number in (1, 2, 3, 9)
            ],
            "replicate:acme/classifier": [],
        },
    ),
    "by-number": lambda: planned(
        Selection(keep_last=1),
        {"cerebras:acme/gpt-oss-120b": [Version(ref=f"cerebras:acme/gpt-oss-120b@{n}", is_live=False) for n in (1, 2)]},
    ),
    "hostile": lambda: planned(
        Selection(keep_last=1, include_aliased=True),
        {"truefoundry:fraud-repo/churn": churn(1, 2, 3, aliases=(HOSTILE, "x" * 900), status=HOSTILE)},
    ),
    "nothing": lambda: planned(Selection(match=("none-*",)), {"truefoundry:fraud-repo/churn": churn(1, 2)}),
    "endless": lambda: planned(
        Selection(keep_last=100, max_delete=10_000), {"truefoundry:fraud-repo/churn": churn(*range(1, 10_001))}
    ),
}
EVERY = pytest.mark.parametrize("name", PLANS)
JUDGED = pytest.mark.parametrize("name", [name for name in PLANS if name != "endless"])


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory):
    """Return a browser's findings on the page about the plan of a name, and the plan."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def look(name):
        plan = PLANS[name]()
        page = folder / f"{name}.html"
        page.write_text(page_of(plan), encoding="utf-8")
        done = subprocess.run(
            ["node", HERE / "look.mjs", CHROMIUM, page.as_uri(), "light" if name == "endless" else "whole"],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), plan, page

    return look


@needs_browser
@EVERY
def test_every_version_stands_in_its_table_with_its_reason(name, looked_at):
    found, plan, _ = looked_at(name)

    _, *tables = found["content"]["tables"]
    expected = []
    for model in plan.models:
        for action, words in (("delete", "to delete"), ("keep", "to keep")):
            choices = [choice for choice in model.choices if choice.action == action]
            if choices:
                counted = "1 version" if len(choices) == 1 else f"{len(choices)} versions"
                expected.append((f"{counted} of {model.ref} {words}, newest first", [c.ref for c in choices]))
                table = tables[len(expected) - 1]
                for choice, row in zip(choices, table["rows"], strict=True):
                    assert row[5] == f"{choice.reason} {choice.rule}"
    assert [(table["caption"], [row[0] for row in table["rows"]]) for table in tables] == expected


@needs_browser
@EVERY
def test_the_numbers_are_the_plans(name, looked_at):
    found, plan, _ = looked_at(name)

    text, (totals, *_) = found["content"]["text"], found["content"]["tables"]
    seen = sum(len(model.choices) for model in plan.models)
    goes = len(plan.deletions)
    verdict = f"{goes} of {seen} versions would be deleted" if goes else "Nothing would be deleted"
    assert found["content"]["title"] == f"{verdict}: plan {plan.sha256[:12]}"
    assert [[row[0], *map(int, row[2:])] for row in totals["rows"]] == [
        [model.ref, len(model.deletions), len(model.choices) - len(model.deletions), len(model.choices)]
        for model in plan.models
    ]
    for reported in (
        verdict,
        plan.sha256,
        plan.created_by,
        plan.tool,
        *plan.origins.values(),
        *map(remark_of, plan.remarks),
    ):
        assert reported in text
    for model in plan.models:
        count = len(model.deletions)
        words = f"{count} version{'' if count == 1 else 's'} to delete" if count else "nothing to delete"
        assert f"On {plan.origins[parse_ref(model.ref).provider]}: {words}, " in text
        assert all(remark_of(remark) in text for remark in model.remarks)  # by the names of options


@needs_browser
@EVERY
def test_it_asks_nobody_runs_nothing_and_says_nothing(name, looked_at):
    found, _, page = looked_at(name)

    assert found["requests"] == [page.as_uri()]
    assert found["said"] == []
    assert found["content"]["active"] == []


@needs_browser
@EVERY
def test_it_fits_a_narrow_screen(name, looked_at):
    found, _, _ = looked_at(name)

    assert found["phone"]["overflow"] == 0


@needs_browser
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


@needs_browser
@JUDGED
@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_no_barrier(look, name, looked_at):
    found, _, _ = looked_at(name)

    judged = found["phone"]["judged"] if look == "phone" else found["judged"][look]
    assert judged["violations"] == []
    # On a narrow screen a part of each table lies beyond its frame; its colours were judged on the wide one.
    assert [found for found in judged["unsure"] if look != "phone" or not found.startswith("color-contrast:")] == []
    assert {"color-contrast", "region", "heading-order", "landmark-one-main"} <= set(judged["passed"])


@needs_browser
def test_light_and_dark_differ(looked_at):
    judged = looked_at("ordinary")[0]["judged"]

    assert judged["light"]["background"] != judged["dark"]["background"]


@needs_browser
@JUDGED
def test_tab_reaches_everything_in_order_and_shows_where_it_is(name, looked_at):
    stops = looked_at(name)[0]["stops"]

    assert [stop["index"] for stop in stops["found"]] == list(range(stops["expected"]))
    assert [stop["what"] for stop in stops["found"] if not (stop["outlined"] and stop["shown"])] == []


@needs_browser
@JUDGED
def test_paper_has_all_of_it_dark_on_light_and_nothing_cut(name, looked_at):
    """Folded parts are unfolded on paper; a scheme for the dark is for screens."""
    for printed in looked_at(name)[0]["printed"].values():
        assert printed["hidden"] == []
        assert printed["cut"] == []
        assert printed["boxed"] == []
        assert printed["overflow"] == 0
        assert printed["colours"] == ["rgb(28, 33, 39)", "rgb(255, 255, 255)"]


@needs_browser
def test_a_drawing_says_in_words_what_it_shows(looked_at):
    """An undated version is not on a line, and a line by numbers says so."""
    found, _, _ = looked_at("ordinary")

    by_time, by_number = found["content"]["drawings"]
    assert by_time["words"] == (
        "11 versions by creation time. 5 to delete, from 2025-11-26 to 2026-01-05. "
        "6 to keep, from 2025-08-13 to 2026-02-24. "
        "The dashed line marks the required age: 2026-01-10 12:00:00 UTC."
    )
    assert by_number["words"] == (
        "4 versions by number, as cerebras gives no creation times. "
        "None to delete. 4 to keep, from number 1 to number 9."
    )
    assert (by_time["role"], by_time["goes"], by_time["stays"]) == ("img", 5, 6)
    assert "1 version not on the line" in found["content"]["text"]


@needs_browser
def test_a_drawing_of_ten_thousand_is_as_light_as_one_of_a_hundred(looked_at):
    found, _, page = looked_at("endless")

    (drawing,) = found["content"]["drawings"]
    assert 90 < drawing["goes"] + drawing["stays"] < 200
    assert page.stat().st_size < 3_000_000


@needs_browser
def test_a_hostile_text_is_shown_as_text(looked_at):
    found, _, _ = looked_at("hostile")

    shown = HOSTILE.replace("\u202e", "[U+202E]")
    assert found["content"]["text"].count(shown) >= 6
    assert "\u202e" not in found["content"]["text"]


@needs_browser
def test_a_plan_that_deletes_nothing_says_so(looked_at):
    text = looked_at("nothing")[0]["content"]["text"]

    assert "There is nothing to approve." in text
    assert "cannot be undone" not in text


def test_the_lock_holds_hashes_and_names_no_registry():
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
