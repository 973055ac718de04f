"""Places where a journal cannot be written, or not for long, and a clock that is set back during a run."""

import json
import os
import subprocess
from contextlib import contextmanager
from datetime import timedelta

import pytest
from tests.conftest import SteppedClock
from tests.journal.journals import made, outcomes, rows

import expunge
from expunge.journal.reading import Reading
from expunge.sandbox import Sandbox

REFS = [f"cerebras:acme/gpt-oss-120b@{number}" for number in range(101, 301)]
KIB = 1024


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        for ref in REFS:
            running.add(ref)
        yield running


@contextmanager
def mounted(folder, options):
    """Mount a small file system in memory."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    with mounted(folder, f"size={256 * KIB}") as place:
        yield place


@pytest.fixture
def read_only(tmp_path):
    """A folder with a journal, in which nothing can be created any more; root may write where others may not."""
    folder = tmp_path / "kept"
    folder.mkdir()
    if os.geteuid():
        made(folder / "run.journal")
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    with mounted(folder, f"size={256 * KIB}"):
        made(folder / "run.journal")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        yield folder


def deletes(sandbox):
    return [request.target.rpartition("/")[2] for request in sandbox.requests if request.method == "DELETE"]


def test_a_small_disk_that_fills_stops_the_run_which_goes_on_when_there_is_room(sandbox, small):
    journal, ballast = small / "run.journal", small / "ballast"
    ballast.write_bytes(bytes(144 * KIB))
    got = []

    with expunge.Client.from_env(sandbox.environ) as client:
        with pytest.raises(expunge.JournalFailed, match="the disk is full") as raised:
            got.extend(client.delete_many(REFS, journal=journal, concurrency=4))
        sent = deletes(sandbox)
        known = {each.ref.rpartition("@")[2] for each in (*got, *raised.value.tombstones) if each.attempts}
        ballast.unlink()
        resumed = list(client.resume(journal))

    assert f"expunge resume {journal}" in str(raised.value)
    assert len(sent) < len(REFS)
    assert known == set(sent)
    assert {each.status for each in resumed} == {"deleted"}
    assert outcomes(journal) == dict.fromkeys(REFS, "deleted")
    assert sorted(deletes(sandbox)) == sorted(ref.rpartition("@")[2] for ref in REFS)


def test_a_disk_that_is_full_from_the_beginning_sends_nothing(sandbox, small):
    (small / "ballast").write_bytes(bytes(252 * KIB))

    with (
        expunge.Client.from_env(sandbox.environ) as client,
        pytest.raises((expunge.JournalFailed, expunge.InvalidJournal), match=r"run\.journal .*the disk is full"),
    ):
        list(client.delete_many(REFS, journal=small / "run.journal"))

    assert sandbox.requests == []
    assert [file.name for file in small.iterdir()] == ["ballast"]


def test_a_journal_in_a_folder_that_cannot_be_written_is_read_and_not_resumed(sandbox, read_only):
    journal = read_only / "run.journal"

    with expunge.Client.from_env(sandbox.environ) as client:
        with pytest.raises(expunge.InvalidJournal, match="cannot be opened for writing"):
            client.resume(journal)
        with pytest.raises(expunge.InvalidJournal, match="cannot be created"):
            list(client.delete_many(REFS, journal=read_only / "new.journal"))

    assert sandbox.requests == []
    with Reading(journal) as reading:
        assert reading.history.count == 6


class SetBack(SteppedClock):
    """A clock that is set back by an hour when it was looked at so many times."""

    looks = 0

    def now(self):
        self.looks += 1
        return super().now() - (timedelta(hours=1) if self.looks > 150 else timedelta(0))


def test_a_clock_that_is_set_back_during_a_run_changes_no_result(sandbox, tmp_path):
    journal, clock = tmp_path / "run.journal", SetBack()

    with expunge.Client(expunge.Cerebras.from_env(sandbox.environ), clock=clock) as client:
        got = list(client.delete_many(REFS, journal=journal))

    assert clock.looks > 150
    assert {each.status for each in got} == {"deleted"}
    assert outcomes(journal) == dict.fromkeys(REFS, "deleted")
    times = [json.loads(data)["settled_at"] for _, kind, _, data, _ in rows(journal)["entry"] if kind == "outcome"]
    assert times != sorted(times)
