"""Several paths are replaced together, or none is."""

import pytest

from swap import swap


@pytest.fixture
def folder(tmp_path):
    """Give a folder with a file, a folder, and a new one of each."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="utf-8")
        (tmp_path / f"{name}.txt").write_text(name, encoding="utf-8")
    return tmp_path


def state(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and "aside" not in path.parts
    }


def test_all_new_ones_take_their_places(folder):
    swap(
        [(folder / "old", folder / "new"), (folder / "old.txt", folder / "new.txt")],
        folder / "aside",
    )

    assert state(folder) == {"old/file": "new", "old.txt": "new"}


def test_what_was_not_there_is_put_there(folder):
    swap([(folder / "absent.txt", folder / "new.txt")], folder / "aside")

    assert state(folder)["absent.txt"] == "new"


def test_when_one_cannot_be_moved_all_old_ones_are_back(folder):
    before = state(folder)

    with pytest.raises(FileNotFoundError):
        swap(
            [
                (folder / "old", folder / "new"),
                (folder / "absent.txt", folder / "new.txt"),
                (folder / "old.txt", folder / "missing.txt"),
            ],
            folder / "aside",
        )

    assert state(folder) == {name: text for name, text in before.items() if not name.startswith("new")}
