"""Find the tree to compare an update with: the one in which the provider's overlay fits its spec of today.

An overlay may be made ready for a new spec first, and may be committed before that spec is taken in. It then fits the
new spec only, so the overlay to compare with is the newest committed one that fits the spec in the tree.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from spec.normalised import NormaliseError, normalise
from tree.git import TreeError, git


class BaseError(Exception):
    """There is nothing to compare with."""


def base_tree(root: Path, provider: str, folder: Path) -> Path:
    """Return the tree before the update of *provider*: *root*, or a copy of its inputs in *folder*.

    A provider whose client was never generated is left out of the copy: it is new.

    Raises:
        BaseError: No version of the overlay, committed or not, fits the spec in the tree.
    """
    overlay = Path("overlays", f"{provider}.overlay.yaml")
    if not (root / "generated" / "expunge_clients" / provider).is_dir():
        _copy(root, folder)
        (folder / overlay).unlink()
        (folder / "specs" / f"{provider}.yaml").unlink()
        return folder
    try:
        normalise(provider, root)
    except NormaliseError as error:
        _copy(root, folder)
        for text in _committed(root, overlay):
            (folder / overlay).write_bytes(text)
            if _fits(provider, folder):
                return folder
        raise BaseError(
            f"there is nothing to compare with: no version of {overlay}, committed or not, fits "
            f"specs/{provider}.yaml as it is now ({error}). If this clone is shallow, run `git fetch --unshallow`"
        ) from None
    return root


def _copy(root: Path, folder: Path) -> None:
    """Lay out in *folder* what a comparison reads of *root*."""
    folder.mkdir(parents=True)
    for name in ("specs", "overlays"):
        shutil.copytree(root / name, folder / name)
    for name in ("generated", "src"):
        (folder / name).symlink_to(root / name)  # only read


def _committed(root: Path, path: Path) -> Iterator[bytes]:
    """Yield the committed versions of *path*, the newest first; none without a repository."""
    with suppress(TreeError):
        for commit in git(root, "log", "--format=%H", "--", path.as_posix()).decode().split():
            with suppress(TreeError):  # a commit that removed it
                yield git(root, "show", f"{commit}:./{path.as_posix()}")


def _fits(provider: str, tree: Path) -> bool:
    try:
        normalise(provider, tree)
    except NormaliseError:
        return False
    return True
