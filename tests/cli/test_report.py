"""`expunge report`: on a terminal, in a pipe, and as a page for those who approve.

The module is longer than most: its tables of hostile texts and of damaged plans are for terminal and page alike.
"""

import html
import json
import os
import re
import stat
from datetime import UTC, datetime

import pytest

from expunge.cli.approval_page.render import MARK, page_of
from expunge.plans.file import hash_of
from expunge.plans.plan import Plan, PlannedModel
from expunge.plans.retention import Choice
from expunge.plans.selection import Selection
from expunge.types import Version

MODELS = ["truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b", "baseten:mod3x7q"]


@pytest.fixture
def plan_file(expunge, tmp_path):
    """A plan of three models that deletes some versions."""
    path = tmp_path / "plan.json"
    assert expunge("plan", *MODELS, "--keep-last", "1", "-o", str(path)).code == 0
    return path


def plan_of(*versions, selection=None, created_by="ana on build-7", remarks=(), reason=""):
    """A plan in which the first version of a model stays and the others go."""
    choices = tuple(
        Choice(
            version=version,
            action="delete" if place else "keep",
            rule="selected" if place else "keep_last",
            reason=reason or f"Reason {place}.",
        )
        for place, version in enumerate(versions)
    )
    return Plan(
        models=(PlannedModel(ref="truefoundry:fraud-repo/churn", choices=choices),),
        selection=selection or Selection(keep_last=1),
        origins={"truefoundry": "https://acme.example"},
        created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        created_by=created_by,
        remarks=remarks,
    )


def version(number, **fields):
    return Version(ref=f"truefoundry:fraud-repo/churn@{number}", **fields)


def rows_of(plan):
    return [(choice.action, choice.ref, choice.reason) for model in plan.models for choice in model.choices]


def test_a_pipe_gets_a_line_a_version_and_sends_nothing(plan_file, expunge, sandbox):
    sandbox.clear_requests()

    ended = expunge("report", str(plan_file))

    lines = [line.split("\t") for line in ended.stdout.splitlines()]
    plan = Plan.load(plan_file)
    assert ended.code == 0
    assert [(line[0], line[1], line[5]) for line in lines] == rows_of(plan)
    assert f"{len(plan.deletions)} of {len(rows_of(plan))} versions" in ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr
    assert sandbox.requests == []


def test_a_terminal_gets_tables_and_colours_unless_it_wants_none(plan_file, expunge):
    coloured = expunge.on_terminal("report", str(plan_file))
    plain = expunge.on_terminal("report", str(plan_file), NO_COLOR="1")

    assert (coloured.code, plain.code) == (0, 0)
    assert "\x1b[1;31mdelete" in coloured.stdout
    assert "\x1b[1;31m" not in plain.stdout
    for model in MODELS:
        assert re.search(rf"{model} on \S+: \d+ to delete, \d+ to keep", plain.stdout)


def test_the_page_has_every_version_with_its_reason_and_stdout_has_nothing(plan_file, expunge, sandbox, tmp_path):
    sandbox.clear_requests()

    ended = expunge("report", str(plan_file), "--html", str(tmp_path / "plan.html"))

    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    plan = Plan.load(plan_file)
    assert (ended.code, ended.stdout) == (0, "")
    assert f"The page is in {tmp_path / 'plan.html'}." in ended.stderr
    assert plan.sha256 in ended.stderr
    for _, ref, reason in rows_of(plan):
        assert page.count(f'<th scope="row">{ref}') == 1
        assert html.escape(reason) in page
    for reported in (plan.sha256, plan.created_by, plan.tool, *plan.origins.values(), *plan.remarks):
        assert html.escape(reported) in page
    assert sandbox.requests == []


@pytest.mark.slow
def test_the_same_plan_gives_the_same_bytes_whatever_its_file_is_called(plan_file, expunge, tmp_path):
    copy = tmp_path / "another name.json"
    copy.write_bytes(plan_file.read_bytes())

    for source, target in ((plan_file, "a.html"), (plan_file, "b.html"), (copy, "c.html")):
        assert expunge("report", str(source), "--html", str(tmp_path / target), TZ="Asia/Tokyo", LANG="C").code == 0

    first, *others = [(tmp_path / name).read_bytes() for name in ("a.html", "b.html", "c.html")]
    assert others == [first, first]
    assert str(tmp_path).encode() not in first


@pytest.mark.parametrize("arguments", [[], ["--html", "page.html"]], ids=["shown", "page"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"action": "keep"', '"action": "delete"', id="another-action"),
        pytest.param("truefoundry:fraud-repo/churn@", "truefoundry:fraud-repo/chum@", id="another-model"),
        pytest.param('"sha256": "', '"sha256": "0', id="another-hash"),
        pytest.param("}", "", id="cut"),
    ],
)
def test_an_edited_plan_is_refused_and_makes_no_page(old, new, arguments, plan_file, expunge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan_file.write_text(plan_file.read_text().replace(old, new, 1))

    ended = expunge("report", str(plan_file), *arguments)

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert str(plan_file) in ended.stderr
    assert list(tmp_path.iterdir()) == [plan_file]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(("observed", "is_live"), "perhaps", id="live"),
        pytest.param(("observed", "aliases"), [7], id="aliases"),
        pytest.param(("observed", "status"), {"a": 1}, id="status"),
        pytest.param(("observed", "identity"), 7, id="identity"),
        pytest.param(("remarks",), [None], id="remarks"),
        pytest.param(("origins", "truefoundry"), 7, id="origin"),
    ],
)
def test_a_plan_made_by_hand_with_other_types_is_refused(place, value, expunge, tmp_path):
    """Its hash fits, as anybody can make one that does."""
    path = tmp_path / "plan.json"
    plan_of(version(1)).save(path)
    content = json.loads(path.read_text())
    del content["sha256"]
    *way, last = place
    inner = content["models"][0]["versions"][0]["observed"] if way == ["observed"] else content
    inner = content["origins"] if way == ["origins"] else inner
    inner[last] = value
    path.write_text(json.dumps({**content, "sha256": hash_of(content)}))

    ended = expunge("report", str(path), "--html", str(tmp_path / "plan.html"))

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == f"error: {path} does not have the format of a plan.\n"


def test_a_plan_that_deletes_nothing_says_so_in_words(expunge, tmp_path):
    path, output = tmp_path / "plan.json", tmp_path / "plan.html"
    plan_of(version(1)).save(path)

    shown, written = expunge("report", str(path)), expunge("report", str(path), "--html", str(output))

    assert (shown.code, written.code) == (0, 0)
    assert "Nothing was selected" in shown.stderr
    page = output.read_text(encoding="utf-8")
    assert "<h1>Nothing would be deleted</h1>" in page
    assert "There is nothing to approve." in page
    assert "cannot be undone" not in page


HOSTILE = [
    pytest.param("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", id="script"),
    pytest.param("\"'><img src=x onerror=alert(1)>", "&#34;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;", id="quotes"),
    pytest.param("</bdi></td></table>--><!--", "&lt;/bdi&gt;&lt;/td&gt;&lt;/table&gt;--&gt;&lt;!--", id="closes-tags"),
    pytest.param("{{ 7 * 7 }}{% raw %}", "{{ 7 * 7 }}{% raw %}", id="template"),
    pytest.param("gold\u202e1v", "gold[U+202E]1v", id="right-to-left-override"),
    pytest.param("a\u2066b\u2069\u200f", "a[U+2066]b[U+2069][U+200F]", id="isolates-and-marks"),
    pytest.param("a\x00\x1b[31mb\r\n\x7f\x85", "a[U+0000][U+001B][31mb[U+000D][U+000A][U+007F][U+0085]", id="control"),
    pytest.param("pro\u200bd\ufeff\u00ad\u00a0x", "pro[U+200B]d[U+FEFF][U+00AD][U+00A0]x", id="invisible-spaces"),
    pytest.param("prod\u3164\u2800\ufe0f\U000e0041", "prod[U+3164][U+2800][U+FE0F][U+E0041]", id="blank-letters"),
    pytest.param("a\ud800b", "a[U+D800]b", id="half-a-character"),
    pytest.param("\u0336a" + "\u0301" * 5, "[U+0336]a" + "\u0301" * 3 + "[U+0301]" * 2, id="stacked-marks"),
    pytest.param("x" * 5000, "x" * 2000 + "… (cut; it has 5000 characters)", id="endless"),
    pytest.param("é漢字עברית", "é漢字עברית", id="what-is-harmless-stays-as-it-is"),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_hostile_text_is_harmless_on_the_page_wherever_it_stands(text, shown, expunge, tmp_path):
    path, output = tmp_path / "plan.json", tmp_path / "plan.html"
    hostile = version(1, aliases=(text,), status=text)
    plan_of(version(2), hostile, created_by=text, remarks=(text,), reason=text).save(path)

    ended = expunge("report", str(path), "--html", str(output))

    page = output.read_text(encoding="utf-8")
    assert ended.code == 0
    assert f'<bdi class="alias">{shown}</bdi>' in page
    assert page.count(f"<bdi>{shown}</bdi>") == 5
    assert page.count("<script") == page.count("<img") == 0
    assert all(character.isprintable() or character == "\n" for character in page)


@pytest.mark.parametrize("text", [pytest.param(case.values[0], id=case.id) for case in HOSTILE])
def test_hostile_text_does_not_reach_the_terminal(text, expunge, tmp_path):
    path = tmp_path / "plan.json"
    plan_of(version(2), version(1, aliases=(text,), status=text), remarks=(text,), reason=text).save(path)

    piped, on_terminal = expunge("report", str(path)), expunge.on_terminal("report", str(path), NO_COLOR="1")

    assert (piped.code, on_terminal.code) == (0, 0)
    assert len(piped.stdout.splitlines()) == 2
    assert all(character.isprintable() or character in "\t\n" for character in piped.stdout + piped.stderr)
    assert "\x1b[31m" not in on_terminal.stdout
    assert "\u202e" not in on_terminal.stdout


def test_the_selection_can_be_typed_again():
    selection = Selection(
        keep_last=2,
        older_than="30d",
        match=("v1 *", "[ab]?"),
        protect=("it's",),
        include_aliased=True,
        max_delete=7,
        max_percent=12.5,
    )

    page = html.unescape(page_of(plan_of(version(1), selection=selection)))

    assert (
        "--keep-last 2 --older-than 30d --match 'v1 *' --match '[ab]?' --protect 'it'\"'\"'s' --include-aliased "
        "--max-delete 7 --max-percent 12.5" in page
    )
    for sentence in (
        "not among the newest 2 versions of their model",
        "versions older than 30d: made before 2026-01-30 12:00:00 UTC",
        "alias matches v1 * or [ab]?.",
        "Only versions that all of these select are deleted.",
        "Versions with an alias may be deleted.",
        "at most 7 in total",
        "at most 12.5% of a model's versions",
    ):
        assert sentence in page


def test_a_page_may_be_replaced_and_keeps_its_place_behind_a_link(plan_file, expunge, tmp_path):
    output, link = tmp_path / "plan.html", tmp_path / "link.html"
    output.write_text("")
    link.symlink_to(output)

    codes = [expunge("report", str(plan_file), "--html", str(link)).code for _ in range(2)]

    assert codes == [0, 0]
    assert link.is_symlink()
    assert MARK in output.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "plan.html", "plan.json"]


def test_a_page_may_be_read_by_whom_the_mask_lets(plan_file, expunge, tmp_path):
    mask = os.umask(0o027)
    try:
        expunge("report", str(plan_file), "--html", str(tmp_path / "plan.html"))
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "plan.html").stat().st_mode) == 0o640


def _the_plan(tmp_path):
    return tmp_path / "plan.json"


def _a_link_to_the_plan(tmp_path):
    (tmp_path / "link.html").symlink_to(tmp_path / "plan.json")
    return tmp_path / "link.html"


def _a_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def _somebody_elses_page(tmp_path):
    (tmp_path / "other.html").write_text("<!DOCTYPE html><title>Ours</title>")
    return tmp_path / "other.html"


@pytest.mark.parametrize(
    "target",
    [
        _the_plan,
        _a_link_to_the_plan,
        _a_folder,
        _somebody_elses_page,
        lambda tmp_path: tmp_path / "nowhere" / "plan.html",
        lambda tmp_path: tmp_path / "plan.json" / "plan.html",
    ],
    ids=["the-plan", "a-link-to-it", "a-folder", "another-file", "a-missing-folder", "a-file-as-a-folder"],
)
def test_what_is_no_page_is_never_replaced(target, plan_file, expunge, tmp_path):
    output = target(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    ended = expunge("report", str(plan_file), "--html", str(output))

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: {output} ")
    assert ended.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_page_that_cannot_be_written_completely_is_not_written(plan_file, expunge, tmp_path):
    name = "x" * 300

    ended = expunge("report", str(plan_file), "--html", str(tmp_path / name))

    assert (ended.code, ended.stdout) == (1, "")
    assert "cannot be written" in ended.stderr
    assert list(tmp_path.iterdir()) == [plan_file]


def test_a_pipe_can_take_the_page(plan_file, expunge):
    ended = expunge("report", str(plan_file), "--html", "/dev/stdout")

    assert ended.code == 0
    assert ended.stdout == page_of(Plan.load(plan_file))


def test_without_jinja2_a_line_says_how_to_get_it(plan_file, expunge, tmp_path):
    """Its replacement cannot be imported either, as if the package were not there."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "jinja2.py").write_text('raise ModuleNotFoundError("No jinja2", name="jinja2")\n')

    output = tmp_path / "plan.html"
    ended = expunge("report", str(plan_file), "--html", str(output), PYTHONPATH=str(tmp_path / "packages"))
    shown = expunge("report", str(plan_file), PYTHONPATH=str(tmp_path / "packages"))

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == "error: --html needs jinja2. Install it with: pip install 'expunge[cli]'\n"
    assert not output.exists()
    assert shown.code == 0


def test_ten_thousand_versions_make_a_page_that_a_browser_can_take():
    made = [version(number, created_at=datetime(2025, 1, 1, tzinfo=UTC)) for number in range(1, 10_001)]

    page = page_of(plan_of(*made))

    assert len(page.encode()) < 3_000_000
    assert page.count("<rect") == 4  # two of the model's bar, two of its line: drawings count, they do not repeat
    assert page.count('<th scope="row">truefoundry:fraud-repo/churn@') == 10_000
