"""A journal that is not as it was written: it is found out, or it reads as it was; nothing is lost silently."""

import os
import subprocess
import sys

import pytest
from tests.journal.journals import change, create, made, refs, rows
from tests.trees import ROOT

from expunge import InvalidJournal
from expunge._flow import Clock
from expunge.journal import writer
from expunge.journal.journal import Journal
from expunge.journal.reading import Reading


@pytest.fixture
def path(tmp_path):
    return made(tmp_path / "run.journal")


@pytest.fixture
def small(tmp_path):
    """A journal in small pages: nearly every byte of it matters."""
    path = made(tmp_path / "small.journal", 3, 2)
    change(path, "PRAGMA page_size = 512", "VACUUM")
    return path


def contents(path):
    """Return all that is read from the journal at *path*, or None if it is refused in one line that names it."""
    try:
        with Reading(path) as reading:
            return reading.history.run, reading.history.parts, list(reading.references())
    except InvalidJournal as error:
        said = str(error)
    assert str(path) in said
    assert len(said.splitlines()) == 1
    return None


@pytest.mark.slow
def test_each_flipped_byte_is_found_out_or_changes_nothing(small):
    complete, before = small.read_bytes(), contents(small)
    flipped = small.with_name("flipped")

    found_out = 0
    for place in range(len(complete)):
        flipped.write_bytes(complete[:place] + bytes([complete[place] ^ 0xFF]) + complete[place + 1 :])
        after = contents(flipped)
        assert after is None or after == before, place
        found_out += after is None

    assert found_out > len(complete) / 2


@pytest.mark.slow
def test_each_cut_is_found_out(small):
    complete, cut = small.read_bytes(), small.with_name("cut")

    for length in range(len(complete)):
        cut.write_bytes(complete[:length])
        assert contents(cut) is None, length
    assert cut.read_bytes() == complete[:-1]


CHANGES = [
    ("UPDATE item SET ref = 'cerebras:acme/gpt-oss-120b@9' WHERE n = 3", "item 3 was changed"),
    ("DELETE FROM item WHERE n = 2", "item 2 was removed"),
    ("DELETE FROM item WHERE n = 6", "item 6 was removed"),
    ("INSERT INTO item SELECT 7, ref, chain FROM item WHERE n = 6", "item 7 was changed"),
    ("INSERT INTO item SELECT 0, ref, chain FROM item WHERE n = 6", "item 0 was added"),
    ("UPDATE item SET chain = NULL WHERE n = 1", "item 1 was changed"),
    ("UPDATE entry SET data = data || ' ' WHERE seq = 4", "entry 4 was changed"),
    ("UPDATE entry SET n = 5 WHERE seq = 4", "entry 4 was changed"),
    ("UPDATE entry SET kind = 'doubt' WHERE seq = 4", "entry 4 was changed"),
    ("UPDATE entry SET chain = zeroblob(32) WHERE seq = 4", "entry 4 was changed"),
    ("DELETE FROM entry WHERE seq = 1", "entry 1 was removed"),
    ("DELETE FROM entry WHERE seq = 5", "entry 5 was removed"),
    ("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)", "was removed"),
    ("INSERT INTO entry SELECT -3, kind, n, data, chain FROM entry WHERE seq = 4", "entry -3 was added"),
    ("INSERT INTO entry SELECT 99, kind, n, data, chain FROM entry WHERE seq = 4", "was removed"),
    ("INSERT INTO entry SELECT seq + 1, kind, n, data, chain FROM entry ORDER BY seq DESC LIMIT 1", "was added"),
    ("UPDATE head SET entries = 3", "entry 4 was added after the journal's end"),
    ("UPDATE head SET entries = 99", "was removed"),
    ("UPDATE head SET chain = zeroblob(32)", "its head was changed"),
    ("DELETE FROM head", "entry 1 was added after the journal's end"),
    ("CREATE TABLE more (x)", "its tables are not those of a journal"),
    ("DROP TABLE item", "its tables are not those of a journal"),
    ("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM item; END", "its tables are not those of a journal"),
]


@pytest.mark.parametrize(("statement", "words"), CHANGES, ids=[statement for statement, _ in CHANGES])
def test_the_first_row_that_was_changed_is_named(path, statement, words):
    change(path, statement)

    with pytest.raises(InvalidJournal, match=words) as raised:
        Reading(path)
    assert len(str(raised.value).splitlines()) == 1
    with pytest.raises(InvalidJournal, match=words):
        Journal.open(path, Clock())


LONG = {
    "changed": ("UPDATE entry SET data = data || ' ' WHERE seq = 3", "entry 3 was changed"),
    "cut": ("UPDATE entry SET data = substr(data, 2) WHERE seq = 4", "entry 4 was changed"),
    "first-one-removed": ("DELETE FROM entry WHERE seq = 2", "entry 2 was removed"),
    "removed": ("DELETE FROM entry WHERE seq = 3", "entry 3 was removed"),
    "closed-up": ("DELETE FROM entry WHERE seq = 3; UPDATE entry SET seq = 3 WHERE seq = 4", "entry 3 was changed"),
    "swapped": (
        "UPDATE entry SET seq = seq - 9 WHERE seq IN (3, 4); UPDATE entry SET seq = -2 - seq WHERE seq < 0",
        "entry 3 was changed",
    ),
    "added": ("INSERT INTO entry SELECT 5, kind, n, data, chain FROM entry WHERE seq = 4", "entry 5 was added"),
}


@pytest.mark.parametrize(("statements", "words"), LONG.values(), ids=LONG)
def test_each_entry_of_a_long_plan_is_verified(statements, words, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_LONGEST_DATA", 8)
    path = tmp_path / "run.journal"
    create(path, refs(2), plan=['{"a": 1,', '"b": 2, ', '"c": 3}'])._connection.close()  # as a killed process leaves it
    with Reading(path) as reading:
        assert reading.history.plan == {"a": 1, "b": 2, "c": 3}
    change(path, *statements.split(";"))

    with pytest.raises(InvalidJournal, match=words):
        Reading(path)


@pytest.mark.parametrize("text", ["null", "[]", '"a plan"', "{", ""])
def test_a_plan_that_is_not_an_object_is_refused_although_its_hash_fits(text, tmp_path):
    """Null would pass for a run without a plan, whose versions are not checked again."""
    path = tmp_path / "run.journal"
    create(path, refs(2), plan=[text]).close()

    with pytest.raises(InvalidJournal, match="do not have the form"):
        Reading(path)


FOREIGN = {
    "empty": b"",
    "text": b"cerebras:acme/gpt-oss-120b@1\n" * 200,
    "zeros": bytes(8192),
    "half-a-header": b"SQLite format 3\0",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_refused_and_stays_as_it_is(tmp_path, kind):
    foreign = tmp_path / "foreign"
    foreign.write_bytes(FOREIGN[kind])

    assert contents(foreign) is None
    with pytest.raises(InvalidJournal):
        Journal.open(foreign, Clock())

    assert foreign.read_bytes() == FOREIGN[kind]
    assert [file.name for file in tmp_path.iterdir()] == ["foreign"]


def test_a_database_of_another_program_is_refused(tmp_path):
    change(tmp_path / "other", "CREATE TABLE entry (seq INTEGER)")

    with pytest.raises(InvalidJournal, match="is not a journal of expunge"):
        Reading(tmp_path / "other")


@pytest.mark.parametrize("place", ["", "none"])
def test_what_is_not_a_file_is_refused(tmp_path, place):
    with pytest.raises(InvalidJournal, match="is not a journal: it"):
        Reading(tmp_path / place)


FULL = """
import resource, sys
from tests.journal.journals import create, refs, tombstone
from expunge import JournalFailed

journal = create(sys.argv[1], refs(2_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
intended = 0
try:
    for n, ref in enumerate(refs(2_000), 1):
        journal.intend([n])
        intended = n
        journal.settle(n, tombstone(ref))
except JournalFailed as error:
    print(error)
try:
    journal.close()
except JournalFailed as error:
    print(error)
print(intended)
"""


def test_a_disk_that_fills_stops_the_run_and_leaves_a_good_journal(tmp_path):
    place = tmp_path / "run.journal"
    said = subprocess.run(
        [sys.executable, "-c", FULL, place, str(300_000)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout.splitlines()

    assert all("cannot be written" in line and f"expunge resume {place}" in line for line in said[:-1])
    assert len(said) == 3
    with Reading(place) as reading:
        intents = {n for n, _ in reading.entries("intent")}
        count = reading.history.count
    assert count == 2_000
    assert int(said[-1]) <= len(intents) < 2_000
    assert set(rows(place)) == {"item", "entry", "head"}
