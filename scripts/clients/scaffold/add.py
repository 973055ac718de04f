"""Add a provider: from the spec of its delete to a first deletion on the sandbox, or to nothing at all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from expunge._yaml import JSON
from overlay.document import read_file
from spec.normalised import normalise, providers
from spec.source import Source, read_source
from tree.replacement import replace_all
from tree.work_folder import ASIDE, settle, work_folder

from ..build import build
from ..update import PROVENANCE, write_provenance
from .operation import ScaffoldError, find_deletion
from .overlay import write_overlay
from .sources import REGISTERED, write_sources

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PACKAGE = Path("src", "expunge")
_TRIAL = """\
import sys
import expunge
from expunge.sandbox import Sandbox
with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ) as client:
    ref = sandbox.examples[sys.argv[1]][0]
    tombstone = client.delete(ref, wait=True)
    assert tombstone.status == "deleted" and not sandbox.holds(ref), tombstone
    print(f"{ref}: {tombstone.status}, {tombstone.detail}")
"""


def add_provider(root: Path, name: str, place: str, operation: str = "") -> str:
    """Add the provider *name* with the spec at *place*; return what its first delete on the sandbox printed.

    Raises:
        ScaffoldError: It cannot be begun with this spec; nothing has changed.
    """
    settle(root)
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f"{name!r} cannot name a provider: write a lower-case name, as of a Python package")
    if name in providers(root):
        raise ScaffoldError(f"{name} is a provider already: take in its new spec with `make update`")
    source = read_source(place)
    with work_folder(root, "update", to_swap=True) as beside:
        tree = beside / "tree"
        _prepare(root, tree, name, source)
        spec = _readable(tree / "specs" / f"{name}.yaml")
        deletion = find_deletion(spec, operation)
        text, reads = write_overlay(name, source.title or source.origin, spec, deletion)
        (tree / "overlays" / f"{name}.overlay.yaml").write_text(text, encoding="utf-8")
        write_sources(tree / _PACKAGE, name, spec, deletion, reads)
        _format(tree, name)
        normalise(name, tree)
        build(tree / "generated", tree)
        printed = _try(tree, name)
        created = [
            Path("overlays", f"{name}.overlay.yaml"),
            Path("specs", f"{name}.yaml"),
            PROVENANCE,
            Path("generated"),
        ]
        created += [_PACKAGE / folder / f"{name}.py" for folder in ("providers", "sandbox")]
        created += [_PACKAGE / module for module in REGISTERED]
        replace_all([(root / path, tree / path) for path in created], beside / ASIDE)
    return printed


def _prepare(root: Path, tree: Path, name: str, source: Source) -> None:
    """Copy what a provider adds to, with the new spec and its provenance."""
    for folder in ("specs", "overlays", _PACKAGE):
        shutil.copytree(root / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "scripts").symlink_to(root / "scripts")
    shutil.copyfile(root / "pyproject.toml", tree / "pyproject.toml")
    (tree / "specs" / f"{name}.yaml").write_bytes(source.content)
    write_provenance(tree, name, source)


def _readable(path: Path) -> dict[str, JSON]:
    spec = read_file(path)
    if not isinstance(spec, dict) or "openapi" not in spec:
        raise ScaffoldError("this is not an OpenAPI document")
    return spec


def _format(tree: Path, name: str) -> None:
    """Format what was written as `make check` demands."""
    registered = [str(_PACKAGE / module) for module in REGISTERED]
    written = [str(_PACKAGE / folder / f"{name}.py") for folder in ("providers", "sandbox")]
    ruff = (sys.executable, "-m", "ruff")
    # The imports of a written module stay as they are: ruff would not find the client, which is generated later.
    for command in (("check", "--fix", "--select", "I,RUF022", *registered), ("format", *registered, *written)):
        done = subprocess.run((*ruff, *command, "--no-cache", "--quiet"), cwd=tree, capture_output=True, check=False)
        if done.returncode:
            raise ScaffoldError(f"ruff refuses what was written: {(done.stdout + done.stderr).decode()}")


def _try(tree: Path, name: str) -> str:
    """Delete a version on the sandbox of *tree*, in another process; return its line."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(tree / part) for part in ("generated", "src"))}
    done = subprocess.run(
        (sys.executable, "-P", "-s", "-B", "-c", _TRIAL, name),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ScaffoldError(f"what was written does not delete on the sandbox: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()
