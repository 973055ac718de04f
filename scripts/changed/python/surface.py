"""The public surface of a package: all generated clients, and the facade's exports.

griffe reads the sources; nothing is imported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import griffe

CLIENTS = "expunge_clients"
_WORD = re.compile(r"\w+")


class PythonChangesError(Exception):
    """A tree that cannot be read."""


@dataclass(frozen=True)
class Surface:
    """All importable names of one package, by path; `sent` and `received` are the models that go that way."""

    objects: dict[str, griffe.Object]
    models: frozenset[str] = frozenset()
    sent: set[str] = field(default_factory=set[str])
    received: set[str] = field(default_factory=set[str])


def surface(package: str, folder: Path) -> Surface:
    """Read the importable names of *package* in *folder*.

    Raises:
        PythonChangesError: It cannot be read as Python.
    """
    try:
        loaded = griffe.load(package, search_paths=[folder], allow_inspection=False)
    except (griffe.LoadingError, ImportError, SyntaxError) as error:
        raise PythonChangesError(f"{package} cannot be read: {error}") from None
    if not isinstance(loaded, griffe.Module):
        raise PythonChangesError(f"{package} is not a module")
    if package != CLIENTS:
        return Surface(dict(_exported(loaded)))
    objects = dict(_public(loaded, loaded.path))
    models = {
        (path.split(".")[1], found.name): path
        for path, found in objects.items()
        if isinstance(found, griffe.Class) and path.split(".")[2] == "models"
    }
    read = Surface(objects, frozenset(name for _, name in models))
    for path, found in objects.items():
        if isinstance(found, griffe.Function) and is_call(path):
            provider = path.split(".")[1]
            taken = " ".join(str(each.annotation) for each in found.parameters)
            _reach(provider, taken, models, objects, read.sent)
            _reach(provider, str(found.returns), models, objects, read.received)
    return read


def is_call(path: str) -> bool:
    """Return whether *path* is that of an operation, or inside one."""
    return path.startswith(f"{CLIENTS}.") and path.split(".")[2:3] == ["api"]


def _exported(package: griffe.Module) -> Iterator[tuple[str, griffe.Object]]:
    """Return the facade's exports and its events."""
    for name in (*(str(each) for each in package.exports or ()), "events"):
        member = package.members.get(name)
        target = _target(member) if member else None
        if target:
            path = f"{package.name}.{name}"
            yield path, target
            yield from _public(target, path)


def _public(parent: griffe.Object, path: str) -> Iterator[tuple[str, griffe.Object]]:
    """Return all public names of *parent* at *path*. A name that is imported again counts once."""
    inherited = parent.inherited_members if isinstance(parent, griffe.Class) else {}
    for name, member in {**inherited, **parent.members}.items():
        found = _target(member) if name in inherited and name not in parent.members else member
        if not isinstance(found, griffe.Object) or (name.startswith("_") and name != "__init__"):
            continue
        inner = f"{path}.{name}"
        # A group of operations holds nothing of its own.
        if not (is_call(inner) and isinstance(found, griffe.Module) and found.is_subpackage):
            yield inner, found
        if found.is_module or found.is_class:
            yield from _public(found, inner)


def _target(member: griffe.Object | griffe.Alias) -> griffe.Object | None:
    """Return the target of *member*; None if it belongs to another package."""
    if isinstance(member, griffe.Object):
        return member
    try:
        found = member.final_target
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None
    return found


def _reach(
    provider: str,
    annotation: str,
    models: dict[tuple[str, str], str],
    objects: dict[str, griffe.Object],
    reached: set[str],
) -> None:
    """Add the paths of the models that *annotation* names to *reached*, and of those that their fields name."""
    waiting = _WORD.findall(annotation)
    while waiting:
        path = models.get((provider, waiting.pop()))
        if path and path not in reached:
            reached.add(path)
            for member in objects[path].members.values():
                if isinstance(member, griffe.Attribute):
                    waiting.extend(_WORD.findall(str(member.annotation)))
