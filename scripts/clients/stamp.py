"""The stamp of a generated tree: hashes of all that went in and of what came out.

It stands in `generated/stamp.json`, under version control: where it fits, there is nothing to generate; where it does
not, it tells which input has changed. Reading it costs milliseconds, so nothing here imports what generating needs.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

NAME = "stamp.json"
# What writes bytes of the tree. Another release of one of them may write others.
_TOOLS = ("libcst", "openapi-python-client", "ruff")


@dataclass(frozen=True)
class Stamp:
    """Hashes (SHA-256, hexadecimal) of inputs by path and of the whole output; versions of tools by name."""

    inputs: dict[str, str]
    tools: dict[str, str]
    output: str

    def text(self) -> str:
        """Give the stamp as it stands in its file."""
        return json.dumps({"inputs": self.inputs, "tools": self.tools, "output": self.output}, indent=1) + "\n"

    def changes_since(self, other: "Stamp") -> list[str]:
        """Name, a line an input, what has changed, come or gone since *other*."""
        mine, theirs = {**self.inputs, **self.tools}, {**other.inputs, **other.tools}
        return [
            f"{'changed' if name in mine and name in theirs else 'new' if name in mine else 'gone'}: {name}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]


def stamp_of(root: Path, generated: Path) -> Stamp:
    """Make the stamp of the tree *generated*, as it would be made of the inputs below *root*."""
    inputs = {path.relative_to(root).as_posix(): _hash(path) for path in _inputs(root)}
    return Stamp(inputs, {name: version(name) for name in _TOOLS}, _hash_tree(generated))


def read_stamp(generated: Path) -> Stamp | None:
    """Read the stamp of the tree *generated*, or give None where there is none that can be read."""
    try:
        found = json.loads((generated / NAME).read_text(encoding="utf-8"))
        return Stamp(found["inputs"], found["tools"], found["output"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def files_below(root: Path) -> list[str]:
    """Name the files below *root*, sorted, without what Python itself leaves there."""
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if not ("__pycache__" in path.parts and path.suffix == ".pyc"))


def _inputs(root: Path) -> Iterator[Path]:
    """Give every file that decides what is generated."""
    yield from sorted((root / "overlays").glob("*.overlay.yaml"))
    yield from _programs(root)
    yield from sorted((root / "specs").glob("*.yaml"))
    yield root / "specs" / "provenance.json"


def _programs(root: Path) -> list[Path]:
    """Return the modules that generating imports, directly or through others, as far as they are ours."""
    roots = (root / "scripts", root / "src")
    found: set[Path] = set()
    waiting = ["generate"]
    while waiting:
        name = waiting.pop()
        for source in roots:
            path = source / name.replace(".", "/")
            for file in (path.with_suffix(".py"), path / "__init__.py"):
                if file.is_file() and file not in found:
                    found.add(file)
                    waiting.extend(_imports(file, source))
    return sorted(found)


def _imports(path: Path, source: Path) -> Iterator[str]:
    """Name what the module at *path* may import, anywhere in it; its own name counts from the folder *source*."""
    package = path.parent.relative_to(source).parts
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*base, *([node.module] if node.module else ())))
            yield name
            # `from .harden import templates` may name a module as well.
            yield from (f"{name}.{alias.name}" for alias in node.names)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def _hash_tree(root: Path) -> str:
    """Hash names and bytes of all files below *root*, save the stamp itself."""
    names = {name: _hash(root / name) for name in files_below(root) if name != NAME}
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()
