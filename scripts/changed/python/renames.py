"""Find generated classes that were only renamed: a schema's title or name is the class's name."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import griffe

from ..renamed_families import paired
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

    If several removed or added classes are alike, the way in which other names changed decides. If it does not, they
    count as removed and added.
    """
    gone, come = _models(before, after), _models(after, before)
    found: dict[str, str] = {}
    for provider in gone:
        old, new = gone[provider], come.get(provider, {})
        names = {*old, *new}
        pairs = paired(old, new, _content(before, old, names), _content(after, new, names))
        found |= {old[one]: new[other] for one, other in pairs.items()}
    return Renames(found)


def _models(one: Surface, other: Surface) -> dict[str, dict[str, str]]:
    """Return the path of each model of *one* whose module *other* lacks, by provider and name.

    Each is the only class in its module.
    """
    classes: dict[str, list[str]] = defaultdict(list)
    for path, found in one.objects.items():
        steps = path.split(".")
        is_model = len(steps) == _PARTS_OF_A_MODEL and (steps[0], steps[2]) == (CLIENTS, "models")
        if is_model and isinstance(found, griffe.Class) and _module(path) not in other.objects:
            classes[_module(path)].append(path)
    models: dict[str, dict[str, str]] = defaultdict(dict)
    for path in (paths[0] for paths in classes.values() if len(paths) == 1):
        models[_provider(path)][_name(path)] = path
    return models


def _content(surface: Surface, paths: Mapping[str, str], names: set[str]) -> Callable[[str, Mapping[str, str]], str]:
    """Return a function that writes a class, with the renamed *names* in it as a mapping has them, or as `?`."""
    parts: dict[str, list[str]] = {name: [] for name in paths}
    for inner in surface.objects:
        steps = inner.split(".")
        name = steps[_PARTS_OF_A_MODEL - 1] if len(steps) >= _PARTS_OF_A_MODEL else ""
        if name in parts and (inner == paths[name] or inner.startswith(f"{paths[name]}.")):
            parts[name].append(inner)

    def written(name: str, known: Mapping[str, str]) -> str:
        lines = sorted(_facts(surface.objects[inner], inner.removeprefix(paths[name])) for inner in parts[name])
        return _WORD.sub(lambda word: known.get(word[0], "?") if word[0] in names else word[0], "\n".join(lines))

    return written


def _facts(found: griffe.Object, inner: str) -> str:
    """Return a description of the public object *found*, called *inner* in its class."""
    facts: list[object] = [inner, found.kind.value]
    if isinstance(found, griffe.Attribute):
        facts += [found.annotation, found.value]
    elif isinstance(found, griffe.Function):
        facts += [found.returns, *((each.name, str(each.annotation), each.default) for each in found.parameters)]
    elif isinstance(found, griffe.Class):
        facts += [str(base) for base in found.bases]
    return " ".join(map(str, facts))


def _provider(path: str) -> str:
    return path.split(".")[1]


def _module(path: str) -> str:
    return path.rpartition(".")[0]


def _name(path: str) -> str:
    return path.rpartition(".")[2]
