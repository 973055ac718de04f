"""An independent judge of changes, oasdiff, agrees with our report, or a line says why ours is right.

`make oasdiff` installs and names it. Without it, only the tables themselves are checked.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.changed.neighbours import neighbours
from tests.changed.test_schema_meaning import NARROWER, SAME, WIDER, document
from tests.changed.test_spec_changes import ROWS, base, edited
from tests.oasdiff.differences import ALARMED, MISSED, UNREADABLE

from changed.openapi.operations import spec_changes
from changed.report import Report

OASDIFF = os.environ.get("EXPUNGE_OASDIFF")
HERE = Path(__file__).parent
CASES = {
    **{row.id: (base(), edited(*row.values[0])) for row in ROWS},
    **{
        f"same-{direction}-{row.id}": tuple(document(schema, direction) for schema in row.values)
        for direction in ("sent", "received")
        for row in SAME
    },
    **{f"narrower-{row.id}": tuple(document(schema, "sent") for schema in row.values) for row in NARROWER},
    **{f"wider-{row.id}": tuple(document(schema, "received") for schema in row.values) for row in WIDER},
    **{name: (before, after) for name, before, after, verdict in neighbours() if verdict != "value"},
}

needs_oasdiff = pytest.mark.skipif(not OASDIFF, reason="EXPUNGE_OASDIFF does not name the program; `make oasdiff` does")


def verdict_of_oasdiff(before, after, folder):
    """Return whether oasdiff finds anything that breaks, or None if it cannot read a document."""
    paths = [folder / "before.json", folder / "after.json"]
    for path, content in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(content), encoding="utf-8")
    command = (Path(OASDIFF).absolute(), "breaking", "--format", "json", *paths)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        assert "failed to load" in done.stderr, done.stderr
        return None
    return json.loads(done.stdout) != []


@needs_oasdiff
@pytest.mark.parametrize("name", CASES)
def test_both_agree_or_a_line_says_why_not(name, tmp_path):
    before, after = CASES[name]

    ours = Report.of(spec_changes("p", before, after)).level == "breaking"
    theirs = verdict_of_oasdiff(before, after, tmp_path)

    if theirs is None:
        assert name in UNREADABLE
    else:
        assert (name in MISSED, name in ALARMED) == (ours and not theirs, theirs and not ours)
        assert name not in UNREADABLE


@needs_oasdiff
def test_no_change_is_no_alarm(tmp_path):
    assert verdict_of_oasdiff(base(), base(), tmp_path) is False


def test_every_line_is_about_a_case_and_no_case_has_two():
    lines = [*MISSED, *ALARMED, *UNREADABLE]

    assert [name for name in lines if name not in CASES] == []
    assert len(set(lines)) == len(lines)


def test_the_lock_holds_hashes_and_names_no_registry():
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
