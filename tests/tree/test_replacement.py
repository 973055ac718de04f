"""Several paths are replaced together, or none is, even where the process is killed between."""

import signal
import subprocess
import sys

import pytest
from tests.trees import ROOT

from tree.replacement import recover, replace_all

# Kills itself before the n-th time that it renames or removes a file.
KILLED = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT / "scripts")!r})
from tree.replacement import recover, replace_all
folder, left = Path(sys.argv[2]), int(sys.argv[3])
def count(event, _):
    global left
    if event in {{"os.rename", "os.remove"}}:
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
sys.addaudithook(count)
if sys.argv[1] == "swap":
    pairs = [("old", "new"), ("absent.txt", "new.txt"), ("old.json", "new.json"), ("removed.md", None)]
    replace_all([(folder / old, new and folder / new) for old, new in pairs], folder / "aside")
else:
    recover(folder / "aside")
"""
RENAMES = 6  # of four pairs, one without an old path, one without a new one
AFTER = {"old/file": "new", "absent.txt": "new", "old.json": "new"}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a folder and two files, and a new one of each."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        for path in (tmp_path / name / "file", tmp_path / f"{name}.txt", tmp_path / f"{name}.json"):
            path.write_text(name, encoding="utf-8")
    (tmp_path / "removed.md").write_text("old", encoding="utf-8")
    return tmp_path


def state(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and "aside" not in path.parts and path.name != "old.txt"
    }


def killed(what, folder, at):
    """Kill *what* at its *at*-th rename or removal; say whether there was one."""
    done = subprocess.run([sys.executable, "-c", KILLED, what, folder, str(at)], check=False, capture_output=True)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0


def test_all_new_ones_take_their_places(folder):
    replace_all([(folder / "old", folder / "new"), (folder / "old.json", folder / "new.json")], folder / "aside")

    assert state(folder) == {"old/file": "new", "old.json": "new", "new.txt": "new", "removed.md": "old"}


def test_what_was_not_there_is_put_there(folder):
    replace_all([(folder / "absent.txt", folder / "new.txt")], folder / "aside")

    assert state(folder)["absent.txt"] == "new"


@pytest.mark.parametrize("name", ["removed.md", "old", "absent.txt"])
def test_a_path_without_a_new_one_is_removed(name, folder):
    replace_all([(folder / name, None)], folder / "aside")

    assert not (folder / name).exists()


def test_when_one_cannot_be_moved_all_are_back(folder):
    before = state(folder)

    with pytest.raises(FileNotFoundError):
        replace_all(
            [
                (folder / "old", folder / "new"),
                (folder / "absent.txt", folder / "new.txt"),
                (folder / "removed.md", None),
                (folder / "old.json", folder / "missing.json"),
            ],
            folder / "aside",
        )

    assert state(folder) == before


@pytest.mark.parametrize("at", range(RENAMES + 1))
def test_a_swap_that_was_killed_is_undone_or_finished(at, folder):
    """Before the last rename all old ones are back; after it, all new ones are there."""
    before = state(folder)
    assert killed("swap", folder, at)

    assert recover(folder / "aside")
    assert state(folder) == (before if at < RENAMES else AFTER)
    assert not recover(folder / "aside")


@pytest.mark.parametrize("at", range(1, RENAMES))
def test_recovering_may_be_killed_too(at, folder):
    """However often it is, at whatever place, the next one ends at the same."""
    before = state(folder)
    killed("swap", folder, at)
    place = 0

    while killed("recover", folder, place):
        place += 1

    assert place
    assert state(folder) == before


def test_what_somebody_has_put_back_by_hand_stays(folder):
    killed("swap", folder, 1)
    (folder / "old").mkdir()
    (folder / "old" / "file").write_text("mine", encoding="utf-8")

    recover(folder / "aside")

    assert state(folder)["old/file"] == "mine"
    assert state(folder)["old.json"] == "old"


def test_a_journal_that_is_cut_tells_that_nothing_was_moved(folder):
    before = state(folder)
    (folder / "aside").mkdir()
    (folder / "aside" / "journal.json").write_text('[["old", "n', encoding="utf-8")

    assert not recover(folder / "aside")
    assert state(folder) == before
