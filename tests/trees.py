"""Copies of what generating needs, for tests that change a spec, an overlay, a script or what was generated."""

import os
import shutil
from pathlib import Path

from tests.forks import PROGRAMS, start

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("specs", "overlays", "scripts", "generated", "src/expunge")


def copy_tree(target, providers=None):
    """Copy what generating needs, with the named providers only."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    if providers is not None:
        for path in (target / "specs").glob("*.yaml"):
            if path.stem not in providers:
                path.unlink()
                (target / "overlays" / f"{path.stem}.overlay.yaml").unlink()
                shutil.rmtree(target / "generated" / "expunge_clients" / path.stem)
    return target


def one_provider(target, provider="baseten"):
    """Make a tree with one provider, which is quick to generate, and generated."""
    copy_tree(target, {provider})
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
