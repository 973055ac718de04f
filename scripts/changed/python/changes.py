"""Compare two trees for users who import them: the generated clients and the facade."""

import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import griffe

from ..openapi.messages import DOCUMENTED
from ..report import SERIOUSNESS, Change, Level
from .renames import Renames, renames
from .surface import CLIENTS, Surface, is_call, surface

_PACKAGES = {CLIENTS: "generated", "expunge": "src"}
_VERSION = "_version.py"
"""The module that holds a number only."""
# Endings that the generator adds to a schema's name for a class of one of its parts.
_PART = re.compile(r"(type\d+|item|additionalproperty)+$")
_PLAIN = frozenset({"str", "int", "float", "bool", "None"})
_RENAMED = "renamed to "
_TYPED = "returns a type now: "
_UNTYPED = frozenset({"Any"})
_UNNAMED = {"responses": "response", "requestBody": "body", "parameters": ""}


def python_changes(before: Path, after: Path) -> list[Change]:
    """Compare the importable names of two roots, which hold `generated/expunge_clients` and perhaps `src/expunge`."""
    found: list[Change] = []
    for package, folder in _PACKAGES.items():
        old, new = before / folder / package, after / folder / package
        if not (old.is_dir() and new.is_dir()):
            continue
        was, now = _sources(old), _sources(new)
        differing = {path.parts[0] for path in was.keys() | now.keys() if was.get(path) != now.get(path)}
        if differing - {_VERSION}:
            shared = (
                {path.parts[0] for path in was.keys() & now.keys()} - differing if package == CLIENTS else set[str]()
            )
            first, second = _surface(package, was, shared), _surface(package, now, shared)
            found += _Comparison(first, second, renames(first, second)).changes()
    return found


def _sources(package: Path) -> dict[Path, bytes]:
    """Read the modules of *package*: those that are equal need no comparison, which takes a second."""
    return {path.relative_to(package): path.read_bytes() for path in package.rglob("*.py")}


def _surface(package: str, sources: Mapping[Path, bytes], shared: Collection[str]) -> Surface:
    """Read *sources* without the clients that are *shared* by both trees: to read them takes most of the time."""
    with tempfile.TemporaryDirectory(prefix="expunge-changes-") as folder:
        for path, content in sources.items():
            if len(path.parts) == 1 or path.parts[0] not in shared:
                copy = Path(folder, package, path)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
        return surface(package, Path(folder))


def unexplained(found: Collection[Change], explained: Collection[Change]) -> list[Change]:
    """Return the changes of *found* that the spec's changes do not report already.

    The generator writes a module for each operation, each schema, and each object inside one. The spec's line reports a
    change there, unless the change in Python is more serious: then both stay. A class that its title renamed has no
    line in the spec. An answer that got a type because its body is documented now is less serious than it looks.
    """
    reported: dict[tuple[str, str, str], int] = {}
    documented: set[tuple[str, str, str]] = set()
    for change in explained:
        for kind, subject in (subject for name in change.places or (change.name,) for subject in _subjects(name)):
            key = (change.provider, kind, subject)
            reported[key] = max(reported.get(key, 0), SERIOUSNESS[change.level])
            if change.what.startswith(DOCUMENTED):
                documented.add(key)

    def is_explained(change: Change) -> bool:
        if change.what.startswith(_RENAMED):
            return _is_renamed_in_spec(change, explained)
        keys = [(change.provider, *subject) for subject in _modules(change.name)]
        is_documented = change.what.startswith(_TYPED) and not documented.isdisjoint(keys)
        return is_documented or any(reported.get(key, -1) >= SERIOUSNESS[change.level] for key in keys)

    return [change for change in found if not is_explained(change)]


def without_titles(explained: Collection[Change], found: Collection[Change]) -> list[Change]:
    """Return *explained* without the titles that renamed a class: *found* reports those as more serious."""
    renamed = {
        (change.provider, "models", _squashed(name))
        for change in found
        if change.what.startswith(_RENAMED)
        for name in (change.name.rpartition(".")[2], change.what.removeprefix(_RENAMED))
    }
    return [
        change
        for change in explained
        if not change.name.endswith(".title")
        or not any((change.provider, *it) in renamed for it in _subjects(change.name.removesuffix(".title")))
    ]


def _is_renamed_in_spec(change: Change, explained: Collection[Change]) -> bool:
    """Return whether a renamed schema explains the renamed class, or that of an object inside it."""
    old, new = change.name.rpartition(".")[2], change.what.removeprefix(_RENAMED)
    return any(
        old.startswith(was) and new.startswith(now) and old.removeprefix(was) == new.removeprefix(now)
        for line in explained
        if line.provider == change.provider
        for was, now in line.renamed
    )


def _subjects(name: str) -> Iterator[tuple[str, str]]:
    """Return the names that a spec's line may cover: an operation or schema, and the modules of its parts."""
    first, *rest = name.split(".")
    if first != "schemas":
        yield "api", _squashed(first)
    joined = "" if first == "schemas" else first
    for part in rest:
        joined += _UNNAMED.get(part, part)
        yield "models", _squashed(joined)


def _modules(name: str) -> Iterator[tuple[str, str]]:
    """Return the module of an operation or schema that holds the Python *name*."""
    match name.split("."):
        case [_, _, "api", _, operation, *_]:
            yield "api", _squashed(operation)
        case [_, _, "models", module, *_]:
            yield "models", _squashed(module)
            yield "models", _PART.sub("", _squashed(module))
        case _:
            return


def _squashed(name: str) -> str:
    """Return a form of *name* that is the same for `ModelManifest`, `model_manifest` and `model manifest`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True)
class _Comparison:
    """Compares importable names. Users do not build objects of a model that only comes in answers."""

    before: Surface
    after: Surface
    renames: Renames

    def changes(self) -> Iterator[Change]:
        old, new = self.before.objects, self.after.objects
        for path, renamed in self.renames.paths.items():
            yield _change("breaking", path, f"{_RENAMED}{renamed.rpartition('.')[2]}")
        modules = self.renames.modules()
        old, new = (
            {path: it for path, it in side.items() if ".".join(path.split(".")[:4]) not in modules}
            for side in (old, new)
        )
        gone, come = old.keys() - new.keys(), new.keys() - old.keys()
        for path in [*old, *(path for path in new if path not in old)]:
            parent = path.rpartition(".")[0]
            if path in gone and parent not in gone:  # else its parent reports it for everything inside
                yield _change("breaking", path, f"{old[path].kind.value} removed")
            elif path in come and parent not in come:
                yield self._added(path, new[path])
            elif path in old and path in new:
                yield from self._object(path, old[path], new[path])

    def _added(self, path: str, added: griffe.Object) -> Change:
        if _is_needed(added) and self._is_built(path):
            return _change("breaking", path, "its class needs it to be built")
        return _change("compatible", path, f"{added.kind.value} added")

    def _object(self, path: str, old: griffe.Object, new: griffe.Object) -> Iterator[Change]:
        if old.kind is not new.kind:
            yield _change("breaking", path, f"{old.kind.value} became {new.kind.value}")
        elif isinstance(old, griffe.Function) and isinstance(new, griffe.Function):
            yield from self._function(path, old, new)
        elif isinstance(old, griffe.Attribute) and isinstance(new, griffe.Attribute):
            yield from self._attribute(path, old, new)
        elif isinstance(old, griffe.Class) and isinstance(new, griffe.Class):
            kept = [self.renames.as_before(path, base) for base in new.bases]
            bases = [str(base) for base in old.bases if str(base) not in kept]
            if bases:
                yield _change("breaking", path, f"no longer a {', '.join(bases)}")

    def _attribute(self, path: str, old: griffe.Attribute, new: griffe.Attribute) -> Iterator[Change]:
        if _is_needed(new) and not _is_needed(old) and self._is_built(path):
            yield _change("breaking", path, "its class needs it to be built")
        elif any(_differences(str(old.annotation), self.renames.as_before(path, new.annotation))):
            yield _change(self._type(path, old, new), path, f"type {old.annotation} became {new.annotation}")
        if _is_member(old) and str(old.value) != str(new.value):
            yield _change("breaking", path, f"value {old.value} became {new.value}")
        was, now = _words_of(old), _words_of(new)
        yield from (_change("breaking", path, f"lost {word}") for word in sorted(was - now) if now)
        yield from (_change("compatible", path, f"got {word}") for word in sorted(now - was) if was)

    def _type(self, path: str, old: griffe.Attribute, new: griffe.Attribute) -> Level:
        """Return the level of another type: users who build objects must pass it, readers of answers get it."""
        gone, come = _differences(str(old.annotation), self.renames.as_before(path, new.annotation))
        if not come:
            return "breaking" if self._is_built(path) else "compatible"
        if not gone:
            # One more model among others is one more variant, like a new value of an enumeration.
            had_model = not self.before.models.isdisjoint(re.findall(r"\w+", str(old.annotation)))
            is_variant = come <= self.after.models and had_model
            return "breaking" if self._is_read(path) and not is_variant else "compatible"
        # Plain values come as they are, and code that took any value takes these.
        is_plainer = gone == _UNTYPED and come <= _PLAIN and not self._is_built(path)
        return "compatible" if is_plainer else "breaking"

    def _function(self, path: str, old: griffe.Function, new: griffe.Function) -> Iterator[Change]:
        before = {parameter.name: parameter for parameter in old.parameters}
        after = {parameter.name: parameter for parameter in new.parameters}
        for name in (name for name in before if name not in after):
            yield _change("breaking", path, f"parameter {name} removed")
        for name, parameter in after.items():
            if name not in before:
                level: Level = "breaking" if parameter.required else "compatible"
                yield _change(level, path, f"{'required ' * parameter.required}parameter {name} added")
            else:
                yield from self._parameter(path, before[name], parameter)
        positional = [name for name, parameter in before.items() if _is_positional(parameter)]
        # One more required parameter breaks every call by its own line, and so does one that is removed.
        now = [name for name, it in after.items() if _is_positional(it) and (name in before or not it.required)]
        if now[: len(positional)] != positional and after.keys() >= set(positional):
            yield _change("breaking", path, "its positional parameters are in another order, or keyword-only")
        if str(old.returns) != self.renames.as_before(path, new.returns):
            # A generated call returns one alternative for each documented answer. Another alternative means another
            # status, and only the spec shows whether that is an error or a success.
            gone, come = _differences(str(old.returns), self.renames.as_before(path, new.returns))
            if is_call(path) and gone == _UNTYPED and come:
                yield _change("breaking", path, f"{_TYPED}{new.returns}")
            elif gone or come:
                is_status = is_call(path) and not (gone and come)
                yield _change(
                    "compatible" if is_status else "breaking", path, f"returns {new.returns}, not {old.returns}"
                )

    def _parameter(self, path: str, old: griffe.Parameter, new: griffe.Parameter) -> Iterator[Change]:
        if new.required and not old.required:
            yield _change("breaking", path, f"parameter {new.name} became required")
        elif not new.required and str(old.default) != str(new.default) and not old.required:
            yield _change("breaking", path, f"default of {new.name} is {new.default}, not {old.default}")
        gone, come = _differences(str(old.annotation), self.renames.as_before(path, new.annotation))
        if gone or come:
            yield _change("breaking" if gone else "compatible", path, f"parameter {new.name} takes {new.annotation}")

    def _is_built(self, path: str) -> bool:
        """Return whether users build objects of the class of the attribute *path*; they may build the facade's."""
        owner = path.rpartition(".")[0]
        return not owner.startswith(f"{CLIENTS}.") or owner in self.before.sent | self.after.sent

    def _is_read(self, path: str) -> bool:
        owner = path.rpartition(".")[0]
        only_sent = (self.before.sent | self.after.sent) - self.before.received - self.after.received
        return owner not in only_sent


def _differences(old: str, new: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the removed and the added alternatives, for a list or a mapping those of its items."""
    was, now = _alternatives(old), _alternatives(new)
    gone, come = was - now, now - was
    if {*gone, *come} == {"int", "float"}:  # each int is a float, too
        return gone - {"int"}, come - {"int"}
    if len(gone) == len(come) == 1:
        (head, bracket, inner), (other, _, held) = (next(iter(each)).partition("[") for each in (gone, come))
        if bracket and held and head == other:
            # The keys of a mapping are always text.
            return _differences(inner[:-1].removeprefix("str, "), held[:-1].removeprefix("str, "))
    return gone, come


def _alternatives(annotation: str) -> frozenset[str]:
    """Split a union of types at its own bars, not at those inside brackets."""
    parts, depth = [""], 0
    for letter in annotation:
        depth += (letter == "[") - (letter == "]")
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return frozenset(part.strip() for part in parts)


def _is_positional(parameter: griffe.Parameter) -> bool:
    return parameter.kind in {griffe.ParameterKind.positional_only, griffe.ParameterKind.positional_or_keyword}


def _is_needed(attribute: griffe.Object) -> bool:
    """Return whether an attrs class cannot be built without this field."""
    is_field = isinstance(attribute, griffe.Attribute) and isinstance(attribute.parent, griffe.Class)
    return is_field and attribute.annotation is not None and attribute.value is None  # type: ignore[attr-defined]


def _is_member(attribute: griffe.Attribute) -> bool:
    """Return whether it is a member of an enumeration, because users compare with its value."""
    owner = attribute.parent
    return isinstance(owner, griffe.Class) and any(str(base).endswith("Enum") for base in owner.bases)


def _words_of(attribute: griffe.Attribute) -> set[str]:
    """Return the words of a `Literal`; empty if it is not one."""
    value = str(attribute.value)
    return set(re.findall(r"'[^']*'|\"[^\"]*\"", value)) if value.startswith("Literal[") else set()


def _change(level: Level, path: str, what: str) -> Change:
    package, _, rest = path.partition(".")
    return Change(level, rest.partition(".")[0] if package == CLIENTS else package, path, what)
