"""Unpack a tar archive that somebody else made: nothing leaves the folder, on any Python.

`tarfile` has a filter for this only from Python 3.11.4 on.
"""

import io
import shutil
import tarfile
from itertools import takewhile
from pathlib import Path, PurePosixPath


class UnpackError(Exception):
    """The archive is damaged, or holds something that was not unpacked."""


def unpack(content: bytes, into: Path) -> None:
    """Unpack the uncompressed archive *content* into the folder *into*, which is new or empty.

    Files, folders and symbolic links that stay inside are unpacked, without their modes and times.

    Raises:
        UnpackError: Anything else is in it. Earlier entries of the archive may have been unpacked.
    """
    links: dict[PurePosixPath, str] = {}
    into.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                name = _inside(member.name)
                if member.issym():
                    links[name] = member.linkname
                elif member.isdir():
                    (into / name).mkdir(parents=True, exist_ok=True)
                else:
                    _write(archive, member, into / name)
    except (tarfile.TarError, ValueError) as error:
        raise UnpackError(f"the archive is damaged: {error}") from None
    _link(links, into)


def _inside(name: str) -> PurePosixPath:
    """Return *name* as a path, which stays in the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise UnpackError(f"the archive holds {name!r}, which leads out of the folder")
    return path


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if file is None:
        raise UnpackError(f"the archive holds {member.name!r}, which is neither a file nor a folder nor a link")
    path.parent.mkdir(parents=True, exist_ok=True)
    with file, path.open("xb") as written:
        shutil.copyfileobj(file, written)


def _link(links: dict[PurePosixPath, str], into: Path) -> None:
    """Make the links, after all files: so no file is written through one."""
    for name, target in links.items():
        if _leads_out(name, PurePosixPath(target)) or not links.keys().isdisjoint(name.parents):
            raise UnpackError(f"the archive holds {str(name)!r}, a link that may lead out of the folder")
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).symlink_to(target)


def _leads_out(name: PurePosixPath, target: PurePosixPath) -> bool:
    """Return whether a link leads out, or goes up after it went down: that may be through another link."""
    ups = len(list(takewhile(lambda part: part == "..", target.parts)))
    return target.is_absolute() or ups > len(name.parts) - 1 or ".." in target.parts[ups:]
