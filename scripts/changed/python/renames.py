"""Find generated classes that were only renamed: a schema's title or name is the class's name."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import griffe

from .surface import CLIENTS, Surface

_WORD = re.compile(r"\w+")
_PARTS_OF_A_MODEL = 5  # expunge_clients.provider.models.module.Class


@dataclass(frozen=True)
class Renames:
    """The new path of each renamed class by its old one."""

    paths: dict[str, str]

    def as_before(self, path: str, text: object) -> str:
        """Return *text*, from *path* in the later tree, with the names of the earlier one."""
        names = {_name(new): _name(old) for old, new in self.paths.items() if _provider(old) == _provider(path)}
        return _WORD.sub(lambda word: names.get(word[0], word[0]), str(text))

    def modules(self) -> set[str]:
        """Return the modules of renamed classes, by their old and their new names."""
        return {_module(path) for pair in self.paths.items() for path in pair}


def renames(before: Surface, after: Surface) -> Renames:
    """Find each class that went with its module, and came back unchanged in another one.

    If two removed or two added classes are alike, they cannot be matched, so they count as removed and added.
    """
    gone, come = _models(before, after), _models(after, before)
    names = {_name(path) for path in (*gone, *come)}
    old, new = _by_shape(gone, before, names), _by_shape(come, after, names)
    return Renames(
        {old[shape][0]: new[shape][0] for shape in old if len(old[shape]) == 1 and len(new.get(shape, [])) == 1}
    )


def _models(one: Surface, other: Surface) -> list[str]:
    """Return the paths of the models of *one* whose modules *other* lacks, each the only class in its module."""
    classes: dict[str, list[str]] = defaultdict(list)
    for path, found in one.objects.items():
        steps = path.split(".")
        is_model = len(steps) == _PARTS_OF_A_MODEL and (steps[0], steps[2]) == (CLIENTS, "models")
        if is_model and isinstance(found, griffe.Class) and _module(path) not in other.objects:
            classes[_module(path)].append(path)
    return [paths[0] for paths in classes.values() if len(paths) == 1]


def _by_shape(paths: list[str], surface: Surface, names: set[str]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in paths:
        found[(_provider(path), *sorted(_shape(path, surface, names)))].append(path)
    return found


def _shape(path: str, surface: Surface, names: set[str]) -> Iterator[str]:
    """Return a description of the public parts of the class at *path*, which is independent of renamed names."""
    for inner, found in surface.objects.items():
        if inner != path and not inner.startswith(f"{path}."):
            continue
        facts: list[object] = [inner.removeprefix(path), found.kind.value]
        if isinstance(found, griffe.Attribute):
            facts += [found.annotation, found.value]
        elif isinstance(found, griffe.Function):
            facts += [found.returns, *((each.name, str(each.annotation), each.default) for each in found.parameters)]
        elif isinstance(found, griffe.Class):
            facts += [str(base) for base in found.bases]
        yield _WORD.sub(lambda word: "?" if word[0] in names else word[0], " ".join(map(str, facts)))


def _provider(path: str) -> str:
    return path.split(".")[1]


def _module(path: str) -> str:
    return path.rpartition(".")[0]


def _name(path: str) -> str:
    return path.rpartition(".")[2]
