"""Copies of what generating needs, for tests that change a spec, an overlay, a script or what was generated.

Tests of the pipeline work on the specs and overlays in tests/frozen, which no update changes: those of the tree move
with the providers, and a test that knows their texts would fail after each update.
"""

import os
import shutil
from pathlib import Path

from tests.forks import PROGRAMS, start

ROOT = Path(__file__).resolve().parents[1]
FROZEN = ROOT / "tests" / "frozen"
FOLDERS = ("specs", "overlays", "scripts", "generated", "src/expunge")


def copy_tree(target):
    """Copy what generating needs, as it is now, and what was generated."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def complete_tree(target):
    """Copy all that a test of the copy needs, its own tests too."""
    for folder in ("src", "generated", "specs", "overlays", "scripts", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / folder, target / folder, ignore=ignored)
    shutil.copyfile(ROOT / "pyproject.toml", target / "pyproject.toml")
    return target


def frozen_tree(target, provider="baseten"):
    """Make a tree of the programs as they are now and of the frozen inputs of one provider; nothing is generated."""
    for folder in ("scripts", "src/expunge"):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (f"specs/{provider}.yaml", "specs/provenance.json", f"overlays/{provider}.overlay.yaml"):
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(FROZEN / name, target / name)
    return target


def one_provider(target, provider="baseten"):
    """Make a frozen tree with one provider, which is quick to generate, and generated."""
    frozen_tree(target, provider)
    done = program(target, "generate")
    assert done.returncode == 0, done.stderr
    return target


def program(root, name, *arguments, run=PROGRAMS.run, **environment):
    """Run the program *name* of the copy at *root*, from another folder: its packages are those of the repository."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    command = [root / "scripts" / f"{name}.py", *arguments]
    return run(command, cwd=root.parent, env={**kept, **environment})


def own_program(root, name, *arguments, **environment):
    """Run the program *name* of the copy at *root*, with the packages of the copy, by an interpreter of its own."""
    return program(root, name, *arguments, run=start, **environment)


def change(path, old, new):
    """Replace *old*, which must be there, in the file at *path*."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def contents(root):
    """Read all files below *root*."""
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
