"""An archive that somebody else made is unpacked into its folder, or refused."""

import io
import tarfile

import pytest
from tests.trees import contents

from tree.unpack import UnpackError, unpack


def packed(*members):
    """Return an archive of (name, type, link) in this order; a file holds its own name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            member.size = len(name.encode()) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(name.encode()))
    return buffer.getvalue()


def file(name):
    return (name, tarfile.REGTYPE, "")


def folder(name):
    return (name, tarfile.DIRTYPE, "")


def link(name, target):
    return (name, tarfile.SYMTYPE, target)


def test_files_folders_and_links_that_stay_inside_are_unpacked(tmp_path):
    unpack(
        packed(file("a"), folder("b/c"), file("./b/d/e"), link("b/f", "../a"), link("g", "b/d"), link("h", "nowhere")),
        tmp_path / "new",
    )

    assert (tmp_path / "new/a").read_text() == "a"
    assert (tmp_path / "new/b/c").is_dir()
    assert (tmp_path / "new/g/e").read_text() == "./b/d/e"
    assert (tmp_path / "new/b/f").read_text() == "a"
    assert (tmp_path / "new/h").readlink().name == "nowhere"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param([file("/x")], "'/x', which leads out", id="absolute"),
        pytest.param([file("../x")], "'../x', which leads out", id="parent"),
        pytest.param([file("a/../../x")], "which leads out", id="parent-later"),
        pytest.param([folder("../x")], "which leads out", id="folder"),
        pytest.param([link("../x", "y")], "which leads out", id="link-itself"),
        pytest.param([link("x", "/etc/passwd")], "'x', a link", id="link-absolute"),
        pytest.param([link("x", "..")], "'x', a link", id="link-to-the-parent"),
        pytest.param([link("a/x", "../../y")], "'a/x', a link", id="link-to-the-parents-parent"),
        pytest.param([link("a", "."), link("x", "a/..")], "'x', a link", id="link-through-a-link"),
        pytest.param([link("a", "."), link("a/x", "..")], "'a/x', a link", id="link-below-a-link"),
        pytest.param([file("y"), ("x", tarfile.LNKTYPE, "y")], "'x', which is neither", id="hard-link"),
        pytest.param([("x", tarfile.FIFOTYPE, "")], "'x', which is neither", id="fifo"),
        pytest.param([("x", tarfile.CHRTYPE, "")], "'x', which is neither", id="character-device"),
        pytest.param([("x", tarfile.BLKTYPE, "")], "'x', which is neither", id="block-device"),
    ],
)
def test_whatever_may_leave_the_folder_is_refused(members, words, tmp_path):
    (tmp_path / "in").mkdir()

    with pytest.raises(UnpackError, match=words):
        unpack(packed(*members), tmp_path / "in")

    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert not any(path.is_symlink() and path.name == "x" for path in tmp_path.rglob("*"))


def test_no_file_is_written_through_a_link(tmp_path):
    """The link comes before the file in the archive: where it leads, nothing may appear."""
    (tmp_path / "in").mkdir()

    with pytest.raises((UnpackError, FileExistsError)):
        unpack(packed(link("a", "../out"), file("a/x")), tmp_path / "in")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"no archive", packed(file("a" * 90))[:520]])
def test_a_damaged_archive_is_one_error(content, tmp_path):
    with pytest.raises(UnpackError, match="is damaged"):
        unpack(content, tmp_path)


def test_a_name_that_comes_twice_is_not_overwritten(tmp_path):
    with pytest.raises(FileExistsError):
        unpack(packed(file("a"), file("a")), tmp_path)

    assert list(contents(tmp_path).values()) == [b"a"]
