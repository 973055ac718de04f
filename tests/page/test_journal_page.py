"""The page about a journal, as a real browser has it."""

from tests.page.subjects import HOSTILE


def tables(found):
    return {
        table["caption"]: [row for body in table["bodies"] for row in body["rows"]]
        for table in found["content"]["tables"]
    }


def test_every_reference_stands_under_its_outcome_and_the_unknown_ones_first(looked_at):
    found, _, _ = looked_at("stopped")

    shown = {caption: [row[0].rpartition("@")[2] for row in rows] for caption, rows in tables(found).items()}
    assert list(shown.items()) == [
        ("Unknown", ["6", "7"]),
        ("Not deleted", ["3", "4"]),
        ("Not begun", ["8"]),
        ("Done", ["1", "2", "5"]),
    ]
    assert found["content"]["title"].startswith("3 of 8 done: journal ")
    assert "The run is not finished. To finish it: expunge resume " in found["content"]["text"]


def test_a_hostile_detail_is_shown_as_text(looked_at):
    found, _, _ = looked_at("stopped")

    assert tables(found)["Unknown"][0][-1] == HOSTILE.replace("\u202e", "[U+202E]")
    assert "\u202e" not in found["content"]["text"]


def test_a_finished_run_says_so_and_its_evidence_once(looked_at):
    """All of its references were deleted in one way."""
    found, _, _ = looked_at("finished")

    (table,) = found["content"]["tables"]
    assert "The run is finished: every reference has its outcome." in found["content"]["text"]
    assert found["content"]["title"].startswith("All 5 done: journal ")
    assert [name for _, name in table["heads"]] == ["Reference", "Detail"]
    assert "outcome: deleted; settled: 2026-01-02 03:04:05 UTC" in table["before"]


def test_a_long_run_counts_all_and_shows_as_many_as_a_browser_can_take(looked_at):
    found, _, page = looked_at("long")

    counts = {caption: len(rows) for caption, rows in tables(found).items()}
    assert counts == {"Not deleted": 12, "Done": 2_000}
    assert "And 288 more: expunge report --csv lists all of them." in found["content"]["text"]
    assert "2300 of 2300 were settled" in found["content"]["text"]
    assert found["folded"] == ["2288 in the order of the run"]
    assert page.stat().st_size < 1_000_000


def test_the_drawing_says_in_words_what_it_shows(looked_at):
    found, _, _ = looked_at("stopped")

    (drawing,) = found["content"]["drawings"]
    assert drawing["role"] == "img"
    assert drawing["words"].startswith("5 of 8 were settled in ")
    assert drawing["words"].endswith("Done: 3; not done: 2.")
