"""The page about a plan, as a real browser has it."""

import pytest
from tests.page.subjects import HOSTILE, PLANS

from expunge.cli.plans.table import remark_of
from expunge.providers import parse_ref

EVERY = pytest.mark.parametrize("name", PLANS)


@EVERY
def test_every_version_stands_in_its_table_with_its_reason(name, looked_at):
    found, plan, _ = looked_at(name)

    _, *tables = found["content"]["tables"]
    expected = {}
    for model in plan.models:
        for action, words in (("delete", "to delete, by reason, risks first"), ("keep", "to keep, by reason")):
            choices = [choice for choice in model.choices if choice.action == action]
            if choices:
                counted = "1 version" if len(choices) == 1 else f"{len(choices)} versions"
                caption = f"{counted} of {model.ref} {words}{', then' if action == 'delete' else ','} newest first"
                expected[caption] = {choice.ref: f"{choice.reason} {choice.rule}" for choice in choices}
    shown = {
        table["caption"]: {row[0]: body["head"].partition(": ")[2] for body in table["bodies"] for row in body["rows"]}
        for table in tables
    }
    assert shown == expected


@EVERY
def test_the_numbers_are_the_plans(name, looked_at):
    found, plan, _ = looked_at(name)

    text, (totals, *_) = found["content"]["text"], found["content"]["tables"]
    seen = sum(len(model.choices) for model in plan.models)
    goes = len(plan.deletions)
    verdict = f"{goes} of {seen} versions would be deleted" if goes else "Nothing would be deleted"
    assert found["content"]["title"] == f"{verdict}: plan {plan.sha256[:12]}"
    by_model, (total,) = (body["rows"] for body in totals["bodies"])
    assert sorted((row[0], *map(int, row[1:])) for row in by_model) == sorted(
        (model.ref, len(model.deletions), len(model.choices) - len(model.deletions), len(model.choices))
        for model in plan.models
    )
    assert total == ["All models", str(goes), str(seen - goes), str(seen)]
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
        words = f"\N{MINUS SIGN} {count} version{'' if count == 1 else 's'} to delete" if count else "nothing to delete"
        assert f"On {plan.origins[parse_ref(model.ref).provider]}: {words}, " in text
        assert all(remark_of(remark) in text for remark in model.remarks)  # by the names of options


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


def test_a_drawing_of_ten_thousand_is_as_light_as_one_of_a_hundred(looked_at):
    found, _, page = looked_at("endless")

    (drawing,) = found["content"]["drawings"]
    assert 90 < drawing["goes"] + drawing["stays"] < 200
    assert page.stat().st_size < 3_000_000


def test_a_hostile_text_is_shown_as_text(looked_at):
    found, _, _ = looked_at("hostile")

    shown = HOSTILE.replace("\u202e", "[U+202E]")
    assert found["content"]["text"].count(shown) >= 6
    assert "\u202e" not in found["content"]["text"]


def test_a_plan_that_deletes_nothing_says_so(looked_at):
    text = looked_at("nothing")[0]["content"]["text"]

    assert "There is nothing to approve." in text
    assert "cannot be undone" not in text


def test_risks_stand_before_everything_else(looked_at):
    text = looked_at("risky")[0]["content"]["text"]

    assert text.index("Risks") < text.index("Summary")
    for words in (
        "Irreversible: 2 versions, as every deletion is",
        "Live now: none",
        "With an alias: 2 versions: truefoundry:fraud-repo/churn@3 (v1-prod), truefoundry:fraud-repo/churn@2 (v1-prod)",
        "The newest of its model: 1 version: truefoundry:fraud-repo/churn@3\n",
    ):
        assert words in text


def test_a_version_has_its_age_and_the_approver_a_line_to_sign(looked_at):
    found, plan, _ = looked_at("ordinary")

    text = found["content"]["text"]
    assert "2025-11-26 12:00:00 UTC\n95 days old" in text
    assert "Ages are those at 2026-03-01 12:00:00 UTC, when the plan was made." in text
    for name in ("Approved by", "Date", "Signature", "Valid until\n2026-03-02 12:00:00 UTC", plan.sha256):
        assert name in text
    assert text.count("expunge execute PLAN") == 3


def test_a_bar_shows_the_part_of_each_model_that_goes(looked_at):
    """A sign stands beside each word: not everybody tells red from green."""
    found, _, _ = looked_at("ordinary")

    # 5 of 12, none of 4, and a model without versions.
    assert found["content"]["shares"] == [[["goes-bar", 41.7], ["stays-bar", 58.3]], [["stays-bar", 100]]]
    assert [name for _, name in found["content"]["tables"][0]["heads"]] == [
        "Model",
        "\N{MINUS SIGN} To delete",
        "= To keep",
        "Total",
    ]
