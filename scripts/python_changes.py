"""What changed between two trees for those who import them: the generated clients, and the facade.

griffe reads the sources; nothing is imported.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import griffe

from report import Change, Level

_PACKAGES = {"expunge_clients": "generated", "expunge": "src"}
_GRAVITY: dict[Level, int] = {"documentation": 0, "compatible": 1, "breaking": 2}


class PythonChangesError(Exception):
    """A tree that cannot be read."""


def python_changes(before: Path, after: Path) -> list[Change]:
    """Compare what can be imported from two roots, which hold `generated/expunge_clients` and perhaps `src/expunge`."""
    found: list[Change] = []
    for package, folder in _PACKAGES.items():
        old, new = before / folder, after / folder
        if (old / package).is_dir() and (new / package).is_dir() and old.resolve() != new.resolve():
            found += _package_changes(_load(package, old), _load(package, new))
    return found


def unexplained(found: Collection[Change], explained: Collection[Change], only_read: Collection[str]) -> list[Change]:
    """Give the changes of *found* that a spec's changes do not tell already.

    The generator makes a module of each operation and each schema. A change there is told by the line of the spec,
    unless the change in Python is the graver one: then both stand. What building an object asks for counts only
    where people build it: *only_read* are the schemas that come in answers alone.
    """
    told: dict[tuple[str, str], int] = {}
    for change in explained:
        for part in change.name.split(".")[:2]:
            key = (change.provider, _squashed(part))
            told[key] = max(told.get(key, 0), _GRAVITY[change.level])
    readable = {_squashed(name) for name in only_read}
    return [
        change
        for change in found
        if not any(
            told.get((change.provider, subject), -1) >= _GRAVITY[change.level]
            or (subject in readable and "needs it to be built" in change.what)
            for subject in _subjects(change.name)
        )
    ]


def _subjects(name: str) -> set[str]:
    """Give what operation or schema the Python *name* may stand for: its module, or its class."""
    return {_squashed(part) for part in name.split(".")[2:]}


def _squashed(name: str) -> str:
    """Give *name* as it is the same for `ModelManifest`, `model_manifest` and `model manifest`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _load(package: str, folder: Path) -> griffe.Module:
    try:
        loaded = griffe.load(package, search_paths=[folder], allow_inspection=False)
    except (griffe.LoadingError, ImportError, SyntaxError) as error:
        raise PythonChangesError(f"{package} cannot be read: {error}") from None
    if not isinstance(loaded, griffe.Module):
        raise PythonChangesError(f"{package} is no module")
    return loaded


def _package_changes(before: griffe.Module, after: griffe.Module) -> Iterator[Change]:
    old, new = dict(_surface(before)), dict(_surface(after))
    for path in [*old, *(path for path in new if path not in old)]:
        if path not in new:
            if path.rpartition(".")[0] not in old.keys() - new.keys():  # its parent says it for all inside
                yield _change("breaking", path, f"{old[path].kind.value} removed")
        elif path not in old:
            if path.rpartition(".")[0] not in new.keys() - old.keys():
                yield _added(path, new[path])
        else:
            yield from _object_changes(path, old[path], new[path])


def _surface(package: griffe.Module) -> Iterator[tuple[str, griffe.Object]]:
    """Give all that users import: of the clients everything, of the facade what it exports, and its events."""
    if package.name == "expunge_clients":
        yield from _public(package)
        return
    for name in (*(str(each) for each in package.exports or ()), "events"):
        member = package.members.get(name)
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if isinstance(target, griffe.Object):
            path = f"{package.name}.{name}"
            yield path, target
            yield from ((path + inner.removeprefix(target.path), each) for inner, each in _public(target))


def _public(parent: griffe.Object) -> Iterator[tuple[str, griffe.Object]]:
    """Give all that may be imported from *parent*, by its path; where a name is imported again, it is told once."""
    for member in parent.members.values():
        if not isinstance(member, griffe.Object):
            continue
        if not member.name.startswith("_") or member.name == "__init__":
            yield member.path, member
            if member.is_module or member.is_class:
                yield from _public(member)


def _object_changes(path: str, old: griffe.Object, new: griffe.Object) -> Iterator[Change]:
    if old.kind is not new.kind:
        yield _change("breaking", path, f"{old.kind.value} became {new.kind.value}")
    elif isinstance(old, griffe.Function) and isinstance(new, griffe.Function):
        yield from _function_changes(path, old, new)
    elif isinstance(old, griffe.Attribute) and isinstance(new, griffe.Attribute):
        if str(old.annotation) != str(new.annotation):
            yield _change("breaking", path, f"type {old.annotation} became {new.annotation}")
        if _is_needed(new) and not _is_needed(old):
            yield _change("breaking", path, "its class needs it to be built")
        if _is_constant(old) and str(old.value) != str(new.value):
            yield _change("breaking", path, f"value {old.value} became {new.value}")
    elif isinstance(old, griffe.Class) and isinstance(new, griffe.Class):
        bases = [str(base) for base in old.bases if str(base) not in [str(base) for base in new.bases]]
        if bases:
            yield _change("breaking", path, f"no longer a {', '.join(bases)}")


def _function_changes(path: str, old: griffe.Function, new: griffe.Function) -> Iterator[Change]:
    before = {parameter.name: parameter for parameter in old.parameters}
    after = {parameter.name: parameter for parameter in new.parameters}
    for name in before.keys() - after.keys():
        yield _change("breaking", path, f"parameter {name} removed")
    for name, parameter in after.items():
        if name not in before:
            level: Level = "breaking" if parameter.required else "compatible"
            yield _change(level, path, f"{'required ' * parameter.required}parameter {name} added")
        else:
            yield from _parameter_changes(path, before[name], parameter)
    positional = [name for name, parameter in before.items() if _is_positional(parameter)]
    kept = [name for name in after if name in positional and _is_positional(after[name])]
    if kept != positional and positional == [name for name in positional if name in after]:
        yield _change("breaking", path, "its positional parameters are in another order, or keyword-only")
    if str(old.returns) != str(new.returns):
        yield _change("breaking", path, f"returns {new.returns}, not {old.returns}")


def _parameter_changes(path: str, old: griffe.Parameter, new: griffe.Parameter) -> Iterator[Change]:
    if new.required and not old.required:
        yield _change("breaking", path, f"parameter {new.name} became required")
    elif not new.required and str(old.default) != str(new.default) and not old.required:
        yield _change("breaking", path, f"default of {new.name} is {new.default}, not {old.default}")
    if str(old.annotation) != str(new.annotation):
        wider = set(str(old.annotation).split(" | ")) < set(str(new.annotation).split(" | "))
        yield _change("compatible" if wider else "breaking", path, f"parameter {new.name} takes {new.annotation}")


def _is_positional(parameter: griffe.Parameter) -> bool:
    return parameter.kind in {griffe.ParameterKind.positional_only, griffe.ParameterKind.positional_or_keyword}


def _is_needed(attribute: griffe.Object) -> bool:
    """Say whether an attrs class cannot be built without this field."""
    is_field = isinstance(attribute, griffe.Attribute) and isinstance(attribute.parent, griffe.Class)
    return is_field and attribute.annotation is not None and attribute.value is None  # type: ignore[attr-defined]


def _is_constant(attribute: griffe.Attribute) -> bool:
    """Say whether its value is what people use: a member of an enumeration, or a name in capitals."""
    return attribute.name.isupper() and attribute.value is not None


def _added(path: str, added: griffe.Object) -> Change:
    if _is_needed(added):
        return _change("breaking", path, "its class needs it to be built")
    return _change("compatible", path, f"{added.kind.value} added")


def _change(level: Level, path: str, what: str) -> Change:
    package, _, rest = path.partition(".")
    return Change(level, rest.partition(".")[0] if package == "expunge_clients" else package, path, what)
