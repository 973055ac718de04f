"""Build the wheel and the sdist: the same bytes in any folder, at any time, from what git tracks.

The tracked files are copied aside first, so untracked files cannot get in. The results are checked before they reach
dist/; a failure leaves nothing there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tree.git import source_files

from .contents import flaws

# hatchling's own constant: a build with only hatchling makes the same bytes. A commit's date is not known in an
# unpacked sdist.
_EPOCH = "1580601600"
_FIXED = {"SOURCE_DATE_EPOCH": _EPOCH, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


class DistError(Exception):
    """No wheel and sdist can be built from this tree."""


def build_distributions(root: Path, into: Path) -> list[Path]:
    """Build the tree at *root*, check the results, and put them into the folder *into*.

    Returns:
        The sdist and the wheel.

    Raises:
        DistError: The build failed or a check did; the message is one line.
        TreeError: Git cannot list the tracked files.
    """
    names = source_files(root)
    with tempfile.TemporaryDirectory(prefix="expunge-dist-") as beside:
        tree, out = Path(beside, "tree"), Path(beside, "out")
        _copy(root, names, tree)
        # The wheel is built from the sdist, so others who build from the sdist get the same wheel.
        _run("build", "--no-isolation", "--outdir", str(out), str(tree), folder=tree)
        (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
        found = flaws(wheel, sdist, tree, names)
        if found:
            raise DistError("; ".join(found[:5]))
        _run("twine", "check", "--strict", str(wheel), str(sdist), folder=tree)
        _run("check_wheel_contents", "--config", str(tree / "pyproject.toml"), str(wheel), folder=tree)
        return [Path(shutil.copyfile(path, into / path.name)) for path in (sdist, wheel)]


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file at *path*, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _copy(root: Path, names: list[str], tree: Path) -> None:
    """Copy the files *names* from *root* to *tree*, all with the same mode."""
    for name in names:
        source, copy = root / name, tree / name
        if source.is_symlink():
            raise DistError(f"{name} is a symbolic link, which may lead out of the tree: put the file itself there")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        copy.chmod(0o644)  # archives keep the executable bit, which depends on umask and disk


def _run(module: str, *arguments: str, folder: Path) -> None:
    """Run the program of *module* in *folder*, without variables of the user that would change its output."""
    foreign = ("PYTHON", "HATCH", "TWINE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        (sys.executable, "-P", "-m", module, *arguments),
        cwd=folder,
        env={**environment, **_FIXED},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = " ".join((done.stdout + done.stderr).split())
        raise DistError(f"{module} failed: {said[-600:]}")
