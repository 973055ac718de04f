"""Check that a version may follow those of an index: it is new, the newest, and large enough for the changes."""

import gzip
import io
import tempfile
import zlib
from pathlib import Path

from packaging.version import Version

from tree.unpack import UnpackError, unpack

from .index import Index
from .index_page import IndexFile

_LIMIT = 256 * 1024 * 1024  # bytes of an unpacked sdist; ours has about 2 MB

_COMPARED = ("specs", "overlays", "generated/expunge_clients", "src/expunge")


class UnfitVersionError(Exception):
    """The version exists already, or is too old or too small."""


def check_version(version: Version, tree: Path, index: Index, files: list[IndexFile]) -> str:
    """Return a phrase on why *version* of *tree* may be published beside *files*, which the index has.

    Raises:
        UnfitVersionError: It may not be published.
        IndexFailure: The previous release cannot be downloaded.
    """
    host = index.address.host
    taken = sorted(file.name for file in files if file.version == version)
    if taken:
        raise UnfitVersionError(f"{host} already has version {version} ({', '.join(taken)}): raise the version")
    newest = max((file.version for file in files), default=None)
    if newest and newest > version:
        raise UnfitVersionError(f"version {version} is older than {newest}, which {host} has: raise the version")
    # A pre-release promises nothing, so only a final release binds.
    base = max((file.version for file in files if not file.version.is_prerelease), default=None)
    if base is None:
        return f"the first release on {host}"
    _check_size(base, version, tree, index, [file for file in files if file.version == base])
    return f"large enough for the changes since {base}"


def _check_size(base: Version, version: Version, tree: Path, index: Index, files: list[IndexFile]) -> None:
    """Refuse a version that is too small for the changes since *base*, by the change report."""
    sdist = next((file for file in files if file.is_sdist), None)
    if sdist is None:
        raise UnfitVersionError(
            f"release {base} on {index.address.host} has no sdist to compare with: add it there, or remove that release"
        )
    with tempfile.TemporaryDirectory(prefix="expunge-base-") as folder:
        before = _unpack(index.download(sdist), Path(folder))
        from changed.trees import ChangesError, compare_trees  # noqa: PLC0415 - it takes a second to load

        try:
            report = compare_trees(before, tree)
        except ChangesError as error:
            raise UnfitVersionError(f"the changes since {base} cannot be determined: {error}") from None
    # 2.0.0rc1 is as large a step as the release that it prepares.
    if report.too_small(str(base), version.base_version):
        raise UnfitVersionError(
            f"version {version} is too small: the changes since {base} need "
            f"{report.next_version(str(base))} ({report.lines()[0]})"
        )


def _unpack(content: bytes, into: Path) -> Path:
    """Unpack an sdist and return its top folder."""
    try:
        # Decompress all of it first: tarfile mistakes damage in the middle for the end, and never checks the checksum.
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(_LIMIT + 1)
        if len(unpacked) > _LIMIT:
            raise UnfitVersionError(f"the last release's sdist is larger than {_LIMIT >> 20} MiB unpacked")
        unpack(unpacked, into)
        (tree,) = into.iterdir()
        # Compared with an empty tree, all would count as added and nothing as broken.
        missing = [name for name in _COMPARED if not (tree / name).is_dir()]
        if missing:
            raise UnfitVersionError(
                f"the last release's sdist has no {', '.join(missing)} to compare with: upload a complete one"
            )
    except (UnpackError, EOFError, OSError, ValueError, zlib.error) as error:
        raise UnfitVersionError(f"the last release's sdist cannot be read: {error}") from None
    return tree
