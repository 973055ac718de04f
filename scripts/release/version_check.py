"""Whether a version may follow what an index has: it is new, the newest, and large enough for what changed."""

import gzip
import io
import tempfile
import zlib
from pathlib import Path

from packaging.version import Version

from tree.unpack import UnpackError, unpack

from .index import Index
from .index_page import IndexFile

_LIMIT = 256 * 1024 * 1024  # bytes of an unpacked sdist; ours has 2 MB

_COMPARED = ("specs", "overlays", "generated/expunge_clients", "src/expunge")


class UnfitVersionError(Exception):
    """The version is taken, too old or too small."""


def check_version(version: Version, tree: Path, index: Index, files: list[IndexFile]) -> str:
    """Say in a phrase why *version* of *tree* may be published beside *files*, which the index has.

    Raises:
        UnfitVersionError: It may not.
        IndexFailure: The release before it cannot be had.
    """
    host = index.address.host
    taken = sorted(file.name for file in files if file.version == version)
    if taken:
        raise UnfitVersionError(f"{host} has version {version} already ({', '.join(taken)}): raise the version")
    newest = max((file.version for file in files), default=None)
    if newest and newest > version:
        raise UnfitVersionError(f"version {version} is older than {newest}, which {host} has: raise the version")
    # A pre-release promises nothing, so only a final release binds.
    base = max((file.version for file in files if not file.version.is_prerelease), default=None)
    if base is None:
        return f"the first release on {host}"
    _check_size(base, version, tree, index, [file for file in files if file.version == base])
    return f"large enough for what changed since {base}"


def _check_size(base: Version, version: Version, tree: Path, index: Index, files: list[IndexFile]) -> None:
    """Refuse a version that the change report calls too small for what changed since *base*."""
    sdist = next((file for file in files if file.is_sdist), None)
    if sdist is None:
        raise UnfitVersionError(
            f"release {base} on {index.address.host} has no sdist to compare with: add it there, or remove that release"
        )
    with tempfile.TemporaryDirectory(prefix="expunge-base-") as folder:
        before = _unpack(index.download(sdist), Path(folder))
        from changed.trees import ChangesError, compare_trees  # noqa: PLC0415 - what reads specs takes a second to load

        try:
            report = compare_trees(before, tree)
        except ChangesError as error:
            raise UnfitVersionError(f"what changed since {base} cannot be told: {error}") from None
    # 2.0.0rc1 is as large a step as the release that it prepares.
    if report.too_small(str(base), version.base_version):
        raise UnfitVersionError(
            f"version {version} is too small: after {base}, what has changed needs "
            f"{report.next_version(str(base))} ({report.lines()[0]})"
        )


def _unpack(content: bytes, into: Path) -> Path:
    """Unpack an sdist and give its one folder."""
    try:
        # Unpacked as a whole first: tarfile takes damage in the middle for the end, and no longer sees the checksum.
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(_LIMIT + 1)
        if len(unpacked) > _LIMIT:
            raise UnfitVersionError(f"the last release's sdist is larger than {_LIMIT >> 20} MiB unpacked")
        unpack(unpacked, into)
        (tree,) = into.iterdir()
        # Against an empty tree everything would count as added, and nothing as broken.
        missing = [name for name in _COMPARED if not (tree / name).is_dir()]
        if missing:
            raise UnfitVersionError(
                f"the last release's sdist has no {', '.join(missing)} to compare with: mend it there"
            )
    except (UnpackError, EOFError, OSError, ValueError, zlib.error) as error:
        raise UnfitVersionError(f"the last release's sdist cannot be read: {error}") from None
    return tree
