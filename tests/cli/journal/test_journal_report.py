"""`expunge report JOURNAL`: who did what, when and where, with what evidence, and everything unknown first."""

import csv
import io
import json
import re

import pytest
from tests.journal.journals import change, create, refs, tombstone

from expunge.cli.journal.lines import FIELDS


@pytest.fixture
def journal(tmp_path):
    """A run of eight references that was stopped: one is unknown, one was under way, one was never begun."""
    path = tmp_path / "run.journal"
    made = create(path, refs(8))
    made.intend(range(1, 8))
    statuses = ["deleted", "deleted", "refused", "absent", "accepted"]
    for n, status in enumerate(statuses, 1):
        made.settle(n, tombstone(refs(8)[n - 1], status, f"Detail {n}."))
    made.doubt(
        6, tombstone(refs(8)[5], "unknown", '=HYPERLINK("http://127.0.0.1:9/","</bdi><script>alert(1)</script>")')
    )
    made.close("stopped by SIGINT")
    return path


def test_a_pipe_gets_the_facts_and_a_line_for_each_reference(journal, expunge, sandbox):
    done = expunge("report", str(journal))

    lines = [line.split("\t") for line in done.stdout.splitlines()]
    facts = {name: value for name, value, *_ in lines if not value.startswith("cerebras:")}
    assert done.code == 0
    assert facts["command"] == "delete"
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC by \S+ on \S+ with expunge \S+; stopped by SIGINT", facts["begun"]
    )
    assert facts["host of cerebras"] == "http://127.0.0.1:1"
    assert facts["references"] == "8: 2 unknown · 1 refused · 1 absent · 1 accepted · 2 deleted · 1 not begun"
    assert facts["to finish it"] == f"expunge resume {journal}"
    outcomes = [line[0] for line in lines if line[1].startswith("cerebras:")]
    assert outcomes == ["unknown", "unknown", "deleted", "deleted", "refused", "absent", "accepted", "not begun"]
    assert sandbox.requests == []


def test_json_has_a_line_for_each_reference_with_its_evidence(journal, expunge):
    lines = [json.loads(line) for line in expunge("report", str(journal), "--json").stdout.splitlines()]

    assert [line["n"] for line in lines] == [6, 7, 1, 2, 3, 4, 5, 8]
    assert all(tuple(line) == FIELDS or set(line) == set(FIELDS) for line in lines)
    first = next(line for line in lines if line["n"] == 1)
    assert (first["status"], first["http_status"], first["request_id"]) == ("deleted", 200, "req-1")
    assert (first["confirmed_by"], first["seconds"], bool(first["user"]), bool(first["host"])) == (
        "response",
        0,
        True,
        True,
    )
    assert {line["n"]: line["status"] for line in lines if line["n"] > 6} == {7: "unknown", 8: None}


def test_no_cell_of_the_csv_is_a_formula(journal, expunge):
    rows = list(csv.DictReader(io.StringIO(expunge("report", str(journal), "--csv").stdout)))

    assert len(rows) == 8
    assert rows[0]["detail"].startswith("'=HYPERLINK")
    assert not [cell for row in rows for cell in row.values() if cell.lstrip()[:1] in {"=", "+", "-", "@"}]


def test_the_page_shows_who_what_and_when_and_runs_nothing(journal, expunge, tmp_path):
    page = tmp_path / "page.html"

    done = expunge("report", str(journal), "--html", str(page))

    text = page.read_text(encoding="utf-8")
    assert done.code == 0
    assert "<script" not in text
    assert (
        text.index('id="unknown"')
        < text.index('id="not-done"')
        < text.index('id="not-begun"')
        < text.index('id="done"')
    )
    for words in ("stopped by SIGINT", "http://127.0.0.1:1", "req-1", f"expunge resume {journal}", "<svg"):
        assert words in text
    assert expunge("report", str(journal), "--html", str(page)).code == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_file_that_is_not_a_page_is_not_overwritten(journal, expunge, tmp_path):
    (tmp_path / "mine").write_text("mine")

    for target in (tmp_path / "mine", journal):
        before = target.read_bytes()
        assert expunge("report", str(journal), "--html", str(target)).code == 2
        assert target.read_bytes() == before


def test_verify_gives_the_hash_to_compare(journal, expunge):
    done = expunge("report", str(journal), "--verify")

    (last,) = re.findall(r"^last hash\t([0-9a-f]{64})$", done.stdout, re.MULTILINE)
    assert done.code == 0
    assert "8 references and 15 entries are as they were written" in done.stdout
    assert last in expunge("report", str(journal)).stdout


@pytest.mark.parametrize("option", ["--verify", "--json", "--csv", "--html"])
def test_the_first_row_that_was_changed_is_named(journal, expunge, option, tmp_path):
    change(journal, "UPDATE entry SET data = replace(data, 'refused', 'deleted')", "DELETE FROM entry WHERE seq = 12")

    done = expunge("report", str(journal), option, *([str(tmp_path / "page")] if option == "--html" else []))

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {journal} is damaged or was changed: entry 11 was changed")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("option", ["--json", "--csv", "--verify"])
def test_a_plan_has_no_lines_of_a_journal(expunge, tmp_path, option):
    plan = tmp_path / "plan.json"
    expunge("plan", "cerebras:acme/gpt-oss-120b", "--keep-last", "1", "-o", str(plan))

    done = expunge("report", str(plan), option)

    assert (done.code, done.stdout) == (2, "")
    assert "is not a journal" in done.stderr


def test_two_forms_at_once_are_refused(journal, expunge):
    assert expunge("report", str(journal), "--json", "--csv").code == 2
