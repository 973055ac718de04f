"""`expunge diff` and `report --markdown`: the change between two plans, and hostile texts that stay texts."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from expunge import Version
from expunge.cli.approval_page.markdown import difference_as_markdown, plan_as_markdown, quoted, text
from expunge.plans.difference import difference
from expunge.plans.plan import Plan, PlannedModel
from expunge.plans.retention import choose
from expunge.plans.selection import Selection
from expunge.providers import Capabilities

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MODEL = "truefoundry:fraud-repo/churn"


def plan_of(numbers, *, model=MODEL, aliases=None, host="https://acme.example", **selectors):
    """A plan of versions that were made a day apart; the higher number is newer."""
    aliases = aliases or {}
    versions = [
        Version(ref=f"{model}@{number}", created_at=NOW - timedelta(days=100 - number), aliases=aliases.get(number, ()))
        for number in numbers
    ]
    selection = Selection(**selectors)
    choices = choose(versions, selection, Capabilities(creation_times=True, aliases=True), NOW)
    return Plan(
        models=(PlannedModel(ref=model, choices=choices),),
        selection=selection,
        origins={"truefoundry": host},
        created_at=NOW,
        created_by="ana on build-7",
    )


def lists(old, new):
    return {
        name: [ref.rpartition("@")[2] for ref in refs] for name, refs in difference(old, new).to_dict().items() if refs
    }


def test_a_version_starts_stops_is_gone_or_changes_its_reason():
    old = plan_of([1, 2, 3, 4, 5, 6], keep_last=3, aliases={2: ("v2-a",)})
    new = plan_of([2, 3, 4, 5, 6, 7], keep_last=2)

    assert lists(old, new) == {"starts": ["5", "4", "2"], "gone": ["1"], "changed": ["6", "3"]}
    assert lists(new, old) == {"starts": ["1"], "stops": ["5", "4", "2"], "gone": ["7"], "changed": ["6", "3"]}


def test_equal_plans_do_not_differ():
    assert lists(plan_of([1, 2, 3], keep_last=1), plan_of([1, 2, 3], keep_last=1)) == {}


def test_a_model_that_was_not_read_again_is_not_gone():
    """A policy may have ceased to name it."""
    old, new = plan_of([1, 2], keep_last=1), plan_of([1, 2], keep_last=1, model="truefoundry:fraud-repo/other")

    assert lists(old, new) == {"starts": ["1"], "stops": ["1"]}


NUMBERS = st.lists(st.integers(min_value=1, max_value=12), unique=True, max_size=12)


@given(NUMBERS, NUMBERS, st.integers(min_value=1, max_value=6), st.integers(min_value=1, max_value=6))
def test_no_version_is_in_two_lists_and_all_that_differs_is_in_one(one, two, keep, keep_then):
    old, new = plan_of(one, keep_last=keep), plan_of(two, keep_last=keep_then)

    found = difference(old, new)

    listed = [change.ref for _, changes in found.lists() for change in changes]
    before, after = ({choice.ref for choice in plan.deletions} for plan in (old, new))
    there = {choice.ref for choice in new.models[0].choices}
    assert len(listed) == len(set(listed))
    assert {change.ref for change in found.starts} == after - before
    assert {change.ref for change in found.stops} == {ref for ref in before - after if ref in there}
    assert {change.ref for change in found.gone} == {choice.ref for choice in old.models[0].choices} - there


@pytest.fixture
def files(tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    plan_of([1, 2, 3, 4], keep_last=3).save(old)
    plan_of([2, 3, 4], keep_last=1).save(new)
    return str(old), str(new)


def test_plans_that_differ_end_with_success_and_json(files, expunge):
    ended = expunge("diff", *files, "--json")

    assert ended.code == 0
    assert ended.objects == [
        {"starts": [f"{MODEL}@3", f"{MODEL}@2"], "stops": [], "gone": [f"{MODEL}@1"], "changed": [f"{MODEL}@4"]}
    ]


def test_a_pipe_gets_a_line_a_version_with_both_reasons(files, expunge):
    ended = expunge("diff", *files)

    assert ended.stdout.splitlines() == [
        f"starts\t{MODEL}@3\tAmong the newest 3.\tSelected: not the newest.",
        f"starts\t{MODEL}@2\tAmong the newest 3.\tSelected: not the newest.",
        f"gone\t{MODEL}@1\tSelected: not among the newest 3.\t-",
        f"changed\t{MODEL}@4\tAmong the newest 3.\tThe newest.",
    ]
    assert "2 would newly be deleted, 1 not there any more, 1 the same decision for another reason." in ended.stderr


def test_equal_plans_say_so(files, expunge):
    ended = expunge("diff", files[0], files[0])

    assert (ended.code, ended.stdout) == (0, "")
    assert "No version is decided on in another way." in ended.stderr


def test_plans_for_different_hosts_are_named(files, expunge, tmp_path):
    plan_of([1, 2], keep_last=1, host="https://other.example").save(tmp_path / "other.json")

    ended = expunge("diff", files[0], str(tmp_path / "other.json"))

    assert ended.code == 0
    assert "different hosts of truefoundry: https://acme.example and https://other.example" in ended.stderr


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_damaged_plan_ends_with_2(damaged, files, expunge, tmp_path):
    path = tmp_path / ("old.json", "new.json")[damaged]
    content = json.loads(path.read_text())
    content["models"][0]["versions"][0]["action"] = "keep" if damaged else "delete"
    path.write_text(json.dumps(content) + " ")
    content["created_by"] = "somebody else"
    path.write_text(json.dumps(content))

    ended = expunge("diff", *files)

    assert (ended.code, ended.stdout) == (2, "")
    assert str(path) in ended.stderr


def test_json_and_markdown_together_are_refused(files, expunge):
    assert expunge("diff", *files, "--json", "--markdown").code == 2


def test_both_print_markdown_for_a_merge_request(files, expunge):
    changed, report = expunge("diff", *files, "--markdown"), expunge("report", files[1], "--markdown")

    assert (changed.code, report.code) == (0, 0)
    assert cells(changed.stdout)[:1] == [
        [f"{MODEL}@3", "keep: Among the newest 3.", "delete: Selected: not the newest."]
    ]
    assert [row[0] for row in cells(report.stdout)] == [f"{MODEL}@3", f"{MODEL}@2"]
    assert Plan.load(files[1]).sha256 in report.stdout
    assert "Delete at most 50 in total." in report.stdout


def test_a_page_and_markdown_together_are_refused(files, expunge, tmp_path):
    ended = expunge("report", files[0], "--markdown", "--html", str(tmp_path / "page.html"))

    assert ended.code == 2
    assert not (tmp_path / "page.html").exists()


READER = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")


def cells(markdown):
    """Return the texts of all rows but the heads, as a reader of Markdown sees them; only text and code may appear."""
    rows, tokens, is_row = [], READER.parse(markdown), False
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        is_row = token.type == "tr_open" or (is_row and token.type != "tr_close")
        if token.type == "inline":
            assert {child.type for child in token.children} <= {"text", "code_inline"}, token.content
            if is_row:
                rows[-1].append("".join(child.content for child in token.children))
    assert {token.type for token in tokens} <= ALLOWED
    return [row for row in rows if row[:2] not in (["version", "before"], ["version", "created"])]


ALLOWED = {"inline", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"} | {
    f"{name}_{end}"
    for name in ("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody")
    for end in ("open", "close")
}

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "a\\|b",
    "`",
    "``x` ``",
    "](https://evil.example)",
    "![x](https://evil.example/y.png)",
    "@everyone #1 !2",
    "https://evil.example",
    "www.evil.example",
    "**bold** _it_ ~~gone~~",
    "line\n\n# heading\n| a | b |",
    "&lt;b&gt; &#124;",
    "\u202egnp",
    "   ",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_stays_text_in_markdown(hostile):
    old = plan_of([1, 2, 3], keep_last=1, include_aliased=True, aliases={1: (hostile,)}, match=("*",))
    new = plan_of([1, 2, 3], keep_last=2, aliases={1: (hostile,)}, protect=(hostile,) if hostile.strip() else ())

    report = cells("".join(plan_as_markdown(old)))
    changed = cells("".join(difference_as_markdown(difference(old, new))))

    assert [len(row) for row in report] == [5, 5]
    assert {len(row) for row in changed} == {3}
    if hostile.isascii() and hostile.isprintable() and "\\" not in hostile:
        assert report[1][2].strip() == hostile.strip()


@given(st.text(max_size=40))
def test_a_quoted_text_is_one_span_of_code(given_text):
    (block,) = [token for token in READER.parse(f"x {quoted(given_text)} y") if token.type == "inline"]

    assert [child.type for child in block.children] == ["text", "code_inline", "text"]


@given(st.text(alphabet="ab .,:;()%<>*_`[]!@#/\\|&-", max_size=30))
def test_a_plain_text_has_no_meaning_in_markdown(given_text):
    (block,) = [token for token in READER.parse(f"x {text(given_text)} y") if token.type == "inline"]

    assert {child.type for child in block.children} <= {"text", "code_inline"}
