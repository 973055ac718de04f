"""A journal: what is written down before a delete leaves and after it, and what another process finds."""

import json
import resource
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from tests.journal.journals import FACTS, change, create, killed, made, outcomes, refs, rows, tombstone

from expunge import InvalidJournal, JournalFailed
from expunge._flow import Clock
from expunge.journal.journal import Journal
from expunge.journal.reading import Reading


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.journal"


def test_an_intent_is_on_the_disk_when_the_run_goes_on(path, tmp_path):
    journal = create(path, refs(20))

    for first in range(1, 21, 4):
        journal.intend(range(first, first + 4))
        with Reading(killed(path, tmp_path / "copy")) as reading:
            assert [n for n, _ in reading.entries("intent")] == list(range(1, first + 4))
        (tmp_path / "copy").unlink()
    journal.close()


def test_another_process_goes_on_where_it_was(path, tmp_path):
    journal = create(path, refs(10))
    journal.intend([1, 2, 3, 4, 5])
    journal.settle(1, tombstone(refs(10)[0]))
    journal.withdraw([3])
    journal.doubt(4, tombstone(refs(10)[3], "unknown"))
    journal.wait_for(journal.resolve(2, "cerebras:acme/gpt-oss-120b@77"))
    killed(path, tmp_path / "copy")
    journal.close()

    resumed = Journal.open(tmp_path / "copy", Clock())
    left = list(resumed.left())
    under_way = [each.n for each in left if resumed.was_under_way(each.n)]
    resumed.resume()
    resumed.intend([each.n for each in left])
    for each in left:
        resumed.settle(each.n, tombstone(each.ref))
    resumed.close()

    assert [each.n for each in left] == [2, 4, 5, 3, 6, 7, 8, 9, 10]
    assert under_way == [2, 4, 5]
    assert [each.resolved for each in left if each.resolved] == ["cerebras:acme/gpt-oss-120b@77"]
    assert outcomes(tmp_path / "copy") == dict.fromkeys(refs(10), "deleted")


def test_what_a_provider_works_on_is_kept_apart_from_a_doubt(path):
    journal = create(path, refs(3))
    journal.intend([1, 2, 3])
    journal.accept(2, tombstone(refs(3)[1], "accepted"))
    journal.doubt(2, tombstone(refs(3)[1], "unknown"))
    journal.close("stopped")

    resumed = Journal.open(path, Clock())
    left = [(each.n, resumed.was_accepted(each.n)) for each in resumed.left()]
    resumed.close()

    assert left == [(1, False), (3, False), (2, True)]


def test_a_journal_that_is_only_opened_stays_as_it_is(path):
    made(path)
    before = rows(path)

    Journal.open(path, Clock()).close()

    assert rows(path) == before


def test_a_long_journal_is_read_in_parts(path):
    create(path, refs(2_345)).close()

    journal = Journal.open(path, Clock())
    left = [each.ref for each in journal.left()]
    journal.close()

    assert left == refs(2_345)


def test_a_journal_says_who_began_it_when_where_and_with_what(path):
    made(path)

    with Reading(path) as reading:
        run, parts = reading.history.run, reading.history.parts

    assert {"at", "user", "host", "pid", "tool"} <= set(run)
    assert (run["command"], run["origins"], run["options"], run["items"]) == (*FACTS.values(), 6)
    assert [(part.user, part.end) for part in parts] == [(run["user"], "stopped")]


def test_a_long_plan_continues_in_the_next_entries(path):
    """It is never in memory completely while it is written."""
    text = json.dumps({"models": ["x" * 99_999] * 12})

    create(path, refs(2), plan=(text[place : place + 1_000] for place in range(0, len(text), 1_000))).close()

    assert [kind for _, kind, *_ in rows(path)["entry"]].count("plan") == 5
    with Reading(path) as reading:
        assert reading.history.plan == json.loads(text)
    change(path, "DELETE FROM entry WHERE seq = 4")
    with pytest.raises(InvalidJournal, match="entry 4 was removed"):
        Reading(path)


def test_a_plan_that_the_disk_cannot_hold_leaves_nothing(path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(JournalFailed):
            create(path, refs(2), plan=["x" * 100_000] * 60)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert list(path.parent.iterdir()) == []


def test_only_its_owner_may_read_it(path):
    journal = create(path, refs(1))

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    journal.close()

    assert set(modes.values()) == {0o600}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_existing_file_is_never_overwritten(path):
    path.write_text("mine")

    with pytest.raises(InvalidJournal, match="exists"):
        create(path, refs(1))

    assert path.read_text() == "mine"


def test_references_that_cannot_be_read_leave_no_file(path):
    def source():
        yield "cerebras:acme/gpt-oss-120b@1"
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        create(path, source())

    assert list(path.parent.iterdir()) == []


def test_a_text_that_utf_8_cannot_hold_is_written_down(path):
    create(path, ["\ud800", "\0", "ö"]).close()

    assert [ref for _, ref, _ in rows(path)["item"]] == ["\\ud800", "\0", "ö"]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidJournal, match=r"none/run\.journal cannot be created"):
        create(tmp_path / "none" / "run.journal", refs(1))


def test_a_clock_that_jumps_back_changes_no_order(path):
    class Back(Clock):
        def now(self):
            times.append(times[-1].replace(year=times[-1].year - 1))
            return times[-1]

    times = [datetime(2026, 1, 1, tzinfo=UTC)]
    journal = create(path, refs(5), clock=Back())
    for n, ref in enumerate(refs(5), 1):
        journal.intend([n])
        journal.settle(n, tombstone(ref))
    journal.close()

    assert outcomes(path) == dict.fromkeys(refs(5), "deleted")


@pytest.mark.parametrize("opened", [lambda path: Journal.open(path, Clock()), Reading], ids=["to-resume", "to-report"])
def test_a_second_process_is_refused_and_the_first_is_named(path, opened):
    hold = (
        "import sys; from pathlib import Path; from expunge.journal.journal import Journal; "
        "from expunge._flow import Clock; journal = Journal.open(sys.argv[1], Clock()); "
        "print('open', flush=True); sys.stdin.read()"
    )
    made(path)
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"open\n"

        with pytest.raises(InvalidJournal) as raised:
            opened(path)

        holder.kill()
        holder.wait()

    assert str(raised.value).startswith(f"{path} is in use by process {holder.pid} of ")
    with Reading(path) as reading:  # the lock of a killed process is gone
        assert reading.history.count == 6


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the program sqlite3 is not installed")
def test_the_program_sqlite3_can_read_it(path):
    made(path)

    said = subprocess.run(
        ["sqlite3", path, "SELECT data FROM entry WHERE kind = 'outcome'"], capture_output=True, text=True, check=True
    ).stdout

    assert [json.loads(line)["ref"] for line in said.splitlines()] == refs(4)


def test_a_format_of_another_version_is_refused(path):
    made(path)
    change(path, "PRAGMA user_version = 2")

    with pytest.raises(InvalidJournal, match="has format 2; this version of expunge reads 1"):
        Journal.open(path, Clock())
