"""Several paths are replaced together, or none is, even where the process is killed between."""

import json
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


def test_what_lies_in_another_replaced_path_is_put_back_before_it(folder):
    """In the other order the old part would land in the new folder, and be lost with it."""
    (folder / "new" / "part").write_text("new", encoding="utf-8")
    (folder / "old" / "part").write_text("old", encoding="utf-8")
    (folder / "part").write_text("newest", encoding="utf-8")
    before = state(folder)

    with pytest.raises(FileNotFoundError):
        replace_all(
            [
                (folder / "old", folder / "new"),
                (folder / "old" / "part", folder / "part"),
                (folder / "old.json", folder / "missing.json"),
            ],
            folder / "aside",
        )

    assert state(folder) == before


def test_a_link_to_nothing_is_there_too_and_is_put_back(folder):
    (folder / "link").symlink_to("nowhere")

    with pytest.raises(FileNotFoundError):
        replace_all(
            [(folder / "link", folder / "new.txt"), (folder / "old.json", folder / "missing.json")], folder / "aside"
        )

    assert str((folder / "link").readlink()) == "nowhere"


def journal(folder, *rows):
    """Write the journal of a swap that was killed: old, new and kept, below *folder*, and whether old existed."""
    (folder / "aside").mkdir()
    text = json.dumps([[f"../{old}", new and f"../{new}", f"../aside/{kept}", had] for old, new, kept, had in rows])
    (folder / "aside" / "journal.json").write_text(text, encoding="utf-8")


def test_a_link_to_nothing_that_was_not_removed_yet_is_no_finished_swap(folder):
    """Else the swap would count as finished, with the link still there and the other path replaced."""
    (folder / "link").symlink_to("nowhere")
    journal(folder, ("old.json", "new.json", "0", True), ("link", None, "1", True))
    (folder / "old.json").rename(folder / "aside" / "0")
    (folder / "new.json").rename(folder / "old.json")

    assert recover(folder / "aside")

    assert str((folder / "link").readlink()) == "nowhere"
    assert (folder / "old.json").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("is_put_back", [False, True])
def test_a_link_is_put_back_and_its_target_is_left_alone(is_put_back, folder):
    (folder / "target").mkdir()
    (folder / "target" / "file").write_text("mine", encoding="utf-8")
    journal(folder, ("link", "new", "0", True), ("old.json", "new.json", "1", True))
    (folder / "aside" / "0").symlink_to("../target")
    (folder / "link").symlink_to("target")
    if not is_put_back:
        (folder / "link").unlink()
        (folder / "new").rename(folder / "link")

    assert recover(folder / "aside")

    assert (folder / "target" / "file").read_text(encoding="utf-8") == "mine"
    assert (folder / "link").is_symlink()
    assert (folder / "new" / "file").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("at", range(RENAMES + 1))
def test_a_swap_that_was_killed_is_undone_or_finished(at, folder):
    """Before the last rename all old ones are back; after it, all new ones are there."""
    before = state(folder)
    assert killed("swap", folder, at)

    assert recover(folder / "aside")
    assert state(folder) == (before if at < RENAMES else AFTER)
    assert not recover(folder / "aside")


@pytest.mark.slow
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
