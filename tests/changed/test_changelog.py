"""The draft stands under "Unreleased", however that is written, and nothing else of a changelog is touched."""

import pytest

from changed.changelog import ChangelogError, draft_changelog, drafted_level, read_changelog
from changed.report import Change, Report

REPORT = Report.of(
    [
        Change("breaking", "baseten", "delete_model", "operation removed"),
        Change("compatible", "cerebras", "schemas.A.b", "field added"),
        Change("documentation", "cerebras", "schemas.A.title", "reworded"),
    ]
)
ENTRIES = """\
- **Breaking:** baseten: `delete_model`: operation removed.
- cerebras: `schemas.A.b`: field added.
- The documentation of cerebras was reworded by the provider.
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("# Changelog\n", f"# Changelog\n\n## Unreleased\n\n{ENTRIES}", id="no-heading"),
        pytest.param(
            "# Changelog\n\n## 1.0.0\n\n- x\n",
            f"# Changelog\n\n## Unreleased\n\n{ENTRIES}\n## 1.0.0\n\n- x\n",
            id="only-a-release",
        ),
        pytest.param(
            "# Changelog\n\n## Unreleased\n\n- mine\n\n## 1.0.0\n",
            f"# Changelog\n\n## Unreleased\n\n- mine\n{ENTRIES}\n## 1.0.0\n",
            id="entries-there",
        ),
        pytest.param(
            "# Changelog\n\n## Unreleased\n", f"# Changelog\n\n## Unreleased\n\n{ENTRIES}", id="empty-heading"
        ),
    ],
)
def test_the_draft_goes_under_unreleased_and_keeps_what_is_there(before, after):
    assert draft_changelog(before, REPORT) == after


def test_the_draft_is_not_repeated():
    once = draft_changelog("# Changelog\n\n## Unreleased\n\n- mine\n", REPORT)

    assert draft_changelog(once, REPORT) == once


def test_what_a_release_has_said_is_said_again_of_the_next():
    released = f"# Changelog\n\n## Unreleased\n\n## 1.0.0\n\n{ENTRIES}"

    assert draft_changelog(released, REPORT) == f"# Changelog\n\n## Unreleased\n\n{ENTRIES}\n## 1.0.0\n\n{ENTRIES}"


@pytest.mark.parametrize(
    "heading",
    [
        "## Unreleased  ",
        "## [Unreleased]",
        "## [Unreleased](https://example.com/compare/v1...main)",
        "## Unreleased ##",
        "##\tUNRELEASED - yyyy-mm-dd",
        "Unreleased\n----------",
        "# Unreleased",
        "  ## Unreleased",
    ],
)
@pytest.mark.parametrize("end_of_line", ["\n", "\r\n"])
def test_the_heading_may_be_written_in_any_way(heading, end_of_line):
    text = f"# Changelog\n\n{heading}\n\n- mine  \n\n## 1.0.0\n\n- x\n\n[Unreleased]: https://example.com\n"
    expected = text.replace("- mine  \n", f"- mine  \n{ENTRIES}")

    drafted = draft_changelog(text.replace("\n", end_of_line), REPORT)

    if heading == "# Unreleased":  # then what follows, at a lower level, belongs to it
        expected = text.replace("- x\n", f"- x\n{ENTRIES}")
    assert drafted == expected.replace("\n", end_of_line)


def test_links_at_the_end_stay_there():
    text = "# Changelog\n\n## [Unreleased]\n\n- mine\n\n[Unreleased]: https://example.com\n"

    assert draft_changelog(text, REPORT) == text.replace("- mine\n", f"- mine\n{ENTRIES}")


def test_a_heading_that_is_shown_as_code_is_none():
    text = "# Changelog\n\n```\n## Unreleased\n```\n\n## 1.0.0\n"

    assert draft_changelog(text, REPORT).index("\n## Unreleased\n\n- **Breaking") > text.index("```\n\n")


def test_two_headings_are_refused():
    with pytest.raises(ChangelogError, match=r'CHANGELOG.md has 2 headings "Unreleased", on lines 1, 3'):
        draft_changelog("## Unreleased\n\n## [Unreleased]\n", REPORT)


def test_a_changelog_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "CHANGELOG.md").write_bytes("# Änderungen\n".encode("latin-1"))

    with pytest.raises(ChangelogError, match=r"CHANGELOG.md is not UTF-8"):
        read_changelog(tmp_path / "CHANGELOG.md")


NOTHING = Report(())


@pytest.mark.parametrize(
    "text",
    [
        "# Changelog\n\n## Unreleased\n",
        "# Changelog\n\n## Unreleased\n\n## 1.0.0\n",
        "# Changelog\n\n## Unreleased\n\n- mine\n",
        "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n- mine\r\n  more\r\n\r\n## 1.0.0\r\n",
    ],
)
def test_what_is_taken_back_leaves_no_trace(text):
    drafted = draft_changelog(text, REPORT)

    assert drafted != text
    assert draft_changelog(drafted, NOTHING, anew=["baseten", "cerebras"]) == text


def test_made_anew_is_only_what_was_drafted_for_the_provider_under_unreleased():
    text = (
        "# Changelog\n\n## Unreleased\n\n- mine\n- baseten: I tell of `x` in my own words.\n"
        "- baseten: `schemas.A.b`: field added.\n- cerebras: `schemas.A.b`: field added.\n"
        "- The documentation of baseten, cerebras was reworded by the provider.\n- last\n\n"
        "## 1.0.0\n\n- baseten: `schemas.A.b`: field added.\n"
    )
    report = Report.of([Change("breaking", "baseten", "schemas.A.c", "field removed")])

    assert draft_changelog(text, report, anew=["baseten"]) == text.replace(
        "- baseten: `schemas.A.b`: field added.\n",
        "- **Breaking:** baseten: `schemas.A.c`: field removed.\n"
        "- The documentation of cerebras was reworded by the provider.\n",
        1,
    ).replace("- The documentation of baseten, cerebras was reworded by the provider.\n", "")


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ("- mine\n", None),
        ("- **Breaking:** mine\n- cerebras: `a`: field added.\n", "breaking"),
        (
            "- The documentation of cerebras was reworded by the provider.\n- cerebras: `a`: field added.\n",
            "compatible",
        ),
        ("- The documentation of cerebras was reworded by the provider.\n", "documentation"),
        ("\n## 1.0.0\n\n- **Breaking:** then\n", None),
    ],
)
def test_a_draft_tells_its_gravest_level(lines, level):
    assert drafted_level(f"# Changelog\n\n## Unreleased\n\n{lines}") == level
    assert drafted_level("# Changelog\n") is None
