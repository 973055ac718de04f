"""Check that every name of a generated module means what the generator's templates mean by it.

A name is bound once. The names that the templates use have their usual origin. No schema, property or parameter of a
spec takes their place. No name is used without being bound.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

# The origin of each name that the templates use; a leading dot means the package itself.
_ORIGINS = {
    "annotations": "__future__",
    "Mapping": "collections.abc",
    "BytesIO": "io",
    **dict.fromkeys(("Any", "Literal", "TYPE_CHECKING", "TypeVar", "cast"), "typing"),
    "UUID": "uuid",
    **dict.fromkeys(("_attrs_define", "_attrs_field"), "attrs"),
    "httpx": "..",
    "path_segment": ".._path",
    **dict.fromkeys(("is_documented", "status_of"), ".._status"),
    "connect": "._connect",
    **dict.fromkeys(("AuthenticatedClient", "Client"), ".client"),
    **dict.fromkeys(("File", "FileTypes", "Response", "UNSET", "Unset"), ".types"),
    **dict.fromkeys(("errors", "types"), "."),
}
_RENAMED = {"_attrs_define": "define", "_attrs_field": "field", "httpx": "_httpx"}
_MODULES = frozenset({"datetime", "json"})
_BUILTINS = frozenset(
    {"AttributeError", "KeyError", "TypeError", "ValueError", "bool", "bytes", "classmethod", "dict", "float", "int"}
    | {"isinstance", "list", "object", "property", "str", "tuple", "type"}
)
# Names that a model's methods use; a property of that name would replace one of them, or be lost.
_OF_MODELS = frozenset(
    {"additional_keys", "additional_properties", "cls", "d", "field_dict", "from_dict", "prop", "prop_dict"}
    | {"prop_name", "self", "src_dict", "to_dict", "to_multipart"}
)
_OWN_FIELD = "additional_properties"
# Properties and parameters may have these names: no function that binds them uses the templates' own.
_HARMLESS = frozenset({"annotations", "errors", "json", "types"})
_TAKEN = (_BUILTINS | _MODULES | _ORIGINS.keys()) - _HARMLESS


def wrong_names(tree: ast.Module, folder: list[str], models: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield line and reason for each wrong name in the module *tree*.

    Args:
        tree: The module.
        folder: Its folder in the package, such as `["api", "tag"]`.
        models: The module in `models/` that defines each name.
    """
    nodes = _inside(tree)
    bindings = list(_bindings(tree.body))
    names = frozenset(name for name, _ in bindings)
    yield from _wrong_imports(nodes, folder, models)
    yield from _bound_twice(bindings, "the module")
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _wrong_class(node, names)
    yield from _wrong_parameters(tree, names)
    yield from _unbound(tree, [_BUILTINS])


def definitions(tree: ast.Module) -> set[str]:
    """Return the names of the classes, functions and values that the module *tree* defines."""
    return {name for name, node in _bindings(tree.body) if not isinstance(node, ast.Import | ast.ImportFrom)}


def _children(node: ast.AST) -> list[ast.AST]:
    """Return the children of *node*, except the notes on how a name is used: faster than `ast.iter_child_nodes`."""
    found: list[ast.AST] = []
    for field in node._fields:
        value: object = getattr(node, field, None)
        if isinstance(value, list):
            found += [each for each in cast("list[object]", value) if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST) and field != "ctx":
            found.append(value)
    return found


def _inside(node: ast.AST) -> list[ast.AST]:
    """Return *node* and its descendants, as `ast.walk` does."""
    found = [node]
    for each in found:
        found += _children(each)
    return found


def _wrong_imports(nodes: Iterable[ast.AST], folder: list[str], models: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name not in _MODULES or alias.asname:
                    yield node.lineno, f"no template imports {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, folder)
            for alias in node.names:
                name = alias.asname or alias.name
                if name in _ORIGINS:
                    if (source, alias.name) != (_ORIGINS[name], _RENAMED.get(name, name)):
                        yield node.lineno, f"{name} is a name of the generator's own, used for something else"
                elif alias.asname or source != f".models.{models.get(name)}":
                    yield node.lineno, f"no template imports {alias.name} from {source}"


def _source(node: ast.ImportFrom, folder: list[str]) -> str:
    """Return the module that *node* imports from: one dot stands for the package, two for the folder above it."""
    up = node.level - 1
    if node.level == 0 or up > len(folder) + 1:
        return node.module or ""
    steps = [] if up > len(folder) else folder[: len(folder) - up]
    start = ".." if up > len(folder) else "."
    return start + ".".join([*steps, *([node.module] if node.module else [])])


def _bindings(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yield each name that *statements* bind in their own scope, with the statement."""
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, statement
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names:
                    yield alias.asname or alias.name, statement
            case _:
                for node in _of_this_scope(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        yield node.id, statement
                    elif isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef):
                        yield from _bindings([node])


def _of_this_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield *node* and its descendants, except the inside of functions, classes and comprehensions."""
    left = [node]
    while left:
        found = left.pop()
        yield found
        if found is node or not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            left += [child for child in reversed(_children(found)) if not isinstance(child, ast.DictComp)]


def _bound_twice(bindings: Iterable[tuple[str, ast.stmt]], where: str) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for name, node in bindings:
        if name in seen:
            yield node.lineno, f"{name} is bound twice in {where}"
        seen.add(name)
        if name in _ORIGINS and not isinstance(node, ast.Import | ast.ImportFrom):
            yield node.lineno, f"{name} is a name of the generator's own, used for something else"


def _wrong_class(node: ast.ClassDef, module: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Check that the fields of a model, which become variables of its methods, have names of their own."""
    fields = dict(_fields(node))
    counted = Counter(name for name, _ in _bindings(node.body))
    for name, times in counted.items():
        if times > 1:
            yield fields.get(name, node.lineno), f"{name} is bound twice in {node.name}"
    taken = _TAKEN | _OF_MODELS | (module - _HARMLESS)
    for name, line in fields.items():
        if name in taken and not _is_own_field(name, node):
            yield line, f"the property {name} of {node.name} has a name that its methods need"
    for loop in _inside(node):
        if isinstance(loop, ast.For):
            for inner in _inside(loop):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.id in fields:
                    yield inner.lineno, f"the property {inner.id} of {node.name} has a name that a loop needs"


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.lineno


def _is_own_field(name: str, node: ast.ClassDef) -> bool:
    """Return whether *name* is the template's own dictionary of additional properties."""
    return name == _OWN_FIELD and any(
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.target.id == name
        and isinstance(statement.value, ast.Call)
        for statement in node.body
    )


def _wrong_parameters(tree: ast.Module, module: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Check that the parameters of an endpoint have names that its functions do not use otherwise."""
    taken = _TAKEN | (module - _HARMLESS)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = _parameters(function)
            for name in sorted(names & taken):
                yield function.lineno, f"the parameter {name} has a name that the module needs"
            for name, node in _bindings(function.body):
                if name in names:
                    yield node.lineno, f"the parameter {name} has a name that the function needs"


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {parameter.arg for parameter in [*function.args.args, *function.args.kwonlyargs]}


def _unbound(node: ast.AST, scopes: list[frozenset[str]]) -> Iterator[tuple[int, str]]:
    """Yield each name that *node* uses without being bound there or in the *scopes* around it."""
    inner = scopes
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        own = {name for name, _ in _bindings(node.body)}
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own |= _parameters(node)
        inner = [*scopes, frozenset(own)]
    elif isinstance(node, ast.DictComp):
        bound = {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        inner = [*scopes, frozenset(bound)]
    for child in _children(node):
        if (
            isinstance(child, ast.Name)
            and isinstance(child.ctx, ast.Load)
            and not any(child.id in each for each in inner)
        ):
            kind = "a builtin that no template uses" if hasattr(builtins, child.id) else "bound nowhere"
            yield child.lineno, f"{child.id} is {kind}"
        if not isinstance(child, ast.Name | ast.Constant):
            yield from _unbound(child, inner)
