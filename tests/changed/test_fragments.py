"""A provider's fragment holds each change once, and towncrier puts it into the changelog."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.trees import ROOT

from changed.fragments import FragmentError, fragment, fragment_level, fragment_path, read_fragments
from changed.report import Change, Report

REPORT = Report.of(
    [
        Change("breaking", "baseten", "delete_model", "operation removed"),
        Change("compatible", "baseten", "schemas.A.b", "field added\nin two `lines`"),
        Change("documentation", "baseten", "schemas.A.title", "reworded"),
        Change("documentation", "baseten", "schemas.B.title", "reworded"),
        Change("compatible", "cerebras", "schemas.C", "schema added"),
    ]
)
NOTES = """\
baseten:
- **Breaking:** `delete_model`: operation removed.
- `schemas.A.b`: field added in two `lines`.
- The provider reworded its documentation.
"""


def test_a_fragment_has_a_line_for_each_change_of_its_provider():
    assert fragment("baseten", REPORT) == NOTES
    assert fragment("cerebras", REPORT) == "cerebras:\n- `schemas.C`: schema added.\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(NOTES, NOTES, id="all-there"),
        pytest.param("baseten:\n- mine\n", NOTES.replace(":\n", ":\n- mine\n", 1), id="a-line-of-a-person"),
        pytest.param("- mine", f"- mine\n{NOTES.removeprefix('baseten:')[1:]}", id="no-heading"),
        pytest.param(NOTES.replace("\n", "  \r\n"), NOTES, id="blanks-and-other-ends-of-lines"),
        pytest.param("\n \n", NOTES, id="blank"),
    ],
)
def test_lines_that_are_there_stay_and_are_not_repeated(before, after):
    assert fragment("baseten", REPORT, before=before) == after


def test_a_change_that_our_operations_do_not_see_is_no_line_of_a_fragment():
    unseen = Report.of([Change("documentation", "baseten", "info.version", "reworded", is_used=False)])

    assert not fragment("baseten", unseen)
    assert fragment("baseten", unseen, before=NOTES) == NOTES


def test_without_a_change_there_is_no_fragment():
    assert not fragment("replicate", REPORT)
    assert fragment("replicate", REPORT, before="replicate:\n- mine\n") == "replicate:\n- mine\n"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (NOTES, "breaking"),
        ("**Breaking:** a note by hand\n", "breaking"),
        ("- **Breaking:** mine\n", "breaking"),
        ("cerebras:\n- The provider reworded its documentation.\n- `a`: field added.\n", "compatible"),
        ("cerebras:\n- The provider reworded its documentation.\n", "documentation"),
        ("A note by hand on **Breaking:** things.\n", None),
        ("", None),
        ("\n", None),
    ],
)
def test_a_fragment_has_the_level_of_its_most_serious_line(text, level):
    assert fragment_level(text) == level


def test_all_fragments_are_read_and_nothing_else(tmp_path):
    folder = tmp_path / "changelog.d"
    assert read_fragments(tmp_path) == {}
    folder.mkdir()
    for name in ("README.md", "a.added.md", "baseten.spec.md", ".gitkeep"):
        (folder / name).write_text(name, encoding="utf-8")

    assert {path.name: text for path, text in read_fragments(tmp_path).items()} == {
        "a.added.md": "a.added.md",
        "baseten.spec.md": "baseten.spec.md",
    }


def test_a_fragment_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "x.added.md").write_bytes("Geändert.\n".encode("latin-1"))

    with pytest.raises(FragmentError, match=r"^changelog\.d/x\.added\.md is not UTF-8: correct it, or delete it$"):
        read_fragments(tmp_path)


AFTER_RELEASE = """\
start -->

## 0.2.0 (2026-01-02)

### Changed

- expunge:
  - `Client.x`: method added.
- **Breaking:** a note
  by hand.

### The providers' specs

- baseten:
  - **Breaking:** `delete_model`: operation removed.
  - `schemas.A.b`: field added in two `lines`.
  - The provider reworded its documentation.
- cerebras:
  - `a`: field added.


## 0.1.0 (2026-01-01)

- x
"""


def towncrier(root, *arguments):
    command = [sys.executable, "-m", "towncrier", "build", "--version", "0.2.0", "--date", "2026-01-02", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_release_moves_the_fragments_into_the_changelog(tmp_path):
    """Under the version, by their types; the fragments are then gone, and earlier releases stay."""
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    head = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("start -->\n")[0]
    earlier = f"{head}start -->\n\n## 0.1.0 (2026-01-01)\n\n- x\n"
    (tmp_path / "CHANGELOG.md").write_text(earlier, encoding="utf-8")
    (tmp_path / "changelog.d").mkdir()
    shutil.copyfile(ROOT / "changelog.d" / "README.md", tmp_path / "changelog.d" / "README.md")
    for path, text in {
        fragment_path("baseten"): NOTES,
        fragment_path("cerebras"): "cerebras:\n- `a`: field added.\n",
        fragment_path("expunge"): "expunge:\n- `Client.x`: method added.\n",
        Path("changelog.d/mine.changed.md"): "**Breaking:** a note\nby hand.\n",
    }.items():
        (tmp_path / path).write_text(text, encoding="utf-8")

    towncrier(tmp_path, "--yes")

    assert (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8") == head + AFTER_RELEASE
    assert [path.name for path in (tmp_path / "changelog.d").iterdir()] == ["README.md"]


def test_the_notes_of_this_tree_can_be_released():
    """Each file in changelog.d/ has a type that towncrier knows; else it refuses them."""
    printed = towncrier(ROOT, "--draft")

    for text in read_fragments(ROOT).values():
        assert " ".join(text.split()) in " ".join(printed.split())
