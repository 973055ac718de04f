"""State where a wheel and an sdist come from: an in-toto statement with SLSA provenance, which nobody has signed.

It is a function of the tree and of the tools: it has no date, so two builders of one commit may compare theirs.
"""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tree.git import TreeError, git

from .build import sha256

PREDICATE = "https://slsa.dev/provenance/v1"
_STATEMENT = "https://in-toto.io/Statement/v1"
# docs/maintainers/publishing.md describes both; a URN promises no page on the web.
_BUILD = "urn:expunge:make-dist:v1"
_BUILDER = "urn:expunge:builder:local"
_BUILD_TOOLS = ("build", "hatchling")
_INPUTS = ("locks/dev.txt", "overlays/*.overlay.yaml", "specs/*.yaml")

Node = dict[str, Any]


def write_statement(root: Path, distributions: Sequence[Path], into: Path) -> Path:
    """Write the statement on *distributions*, which were built from the tree at *root*, into the folder *into*.

    Returns:
        Its path: the name of the sdist, with another ending.
    """
    sdist = next(path for path in distributions if path.name.endswith(".tar.gz"))
    path = into / f"{sdist.name.removesuffix('.tar.gz')}.intoto.json"
    text = json.dumps(statement(root, distributions), indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def statement(root: Path, distributions: Sequence[Path]) -> Node:
    """Return the statement on *distributions*, which were built from the tree at *root*."""
    commit = committed(root)
    return {
        "_type": _STATEMENT,
        "subject": [{"name": path.name, "digest": {"sha256": sha256(path)}} for path in sorted(distributions)],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD,
                "externalParameters": {"command": "make dist", "commit": commit},
                "internalParameters": {"python": platform.python_version()},
                "resolvedDependencies": [*_source(commit), *_files(root), *_generators(root)],
            },
            "runDetails": {
                "builder": {"id": _BUILDER, "version": {name: version(name) for name in _BUILD_TOOLS}},
            },
        },
    }


def committed(root: Path) -> str | None:
    """Return the commit that the tree at *root* is equal to; None if it differs, or if there is no git."""
    try:
        if git(root, "rev-parse", "--show-prefix").strip():  # a folder of another repository
            return None
        if git(root, "status", "--porcelain", "-z", "--untracked-files=no"):
            return None
        return git(root, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()
    except TreeError:
        return None


def _source(commit: str | None) -> list[Node]:
    return [{"name": "source", "digest": {"gitCommit": commit}}] if commit else []


def _files(root: Path) -> list[Node]:
    """Return the specs and overlays, which the clients were made from, and the lock file of the tools."""
    paths = sorted(path for pattern in _INPUTS for path in root.glob(pattern))
    return [{"name": path.relative_to(root).as_posix(), "digest": {"sha256": sha256(path)}} for path in paths]


def _generators(root: Path) -> list[Node]:
    """Return the programs that wrote the clients, with their versions."""
    tools = json.loads((root / "generated" / "stamp.json").read_text(encoding="utf-8"))["tools"]
    return [{"name": name, "uri": f"pkg:pypi/{name}@{number}"} for name, number in sorted(tools.items())]
