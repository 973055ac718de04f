"""Admit code into `generated/` only if the hardened templates are known to write it.

A spec is a stranger's text. Its names, descriptions and defaults must become data in the generated modules and never
code, even if the generator escapes them wrongly. Each statement is compared with a list, and the build stops at the
first one that is not on it. Texts are data; Python ignores comments.
"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter
from textwrap import shorten

from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader

from expunge._yaml import JSON
from spec.normalised import operations

from ..connecting import NAME as CONNECT
from ..connecting import connect_module
from ..harden import hardened_templates, original_templates
from .match import without_docstring
from .names import definitions, wrong_names
from .templates import grammar

# The table of patterns for each kind of module; the first that fits is used.
_TABLES = (
    (re.compile(r"__init__\.py|models/__init__\.py"), "EXPORTS"),
    (re.compile(r"api/__init__\.py|api/\w+/__init__\.py"), "IMPORTS"),
    (re.compile(r"models/\w+\.py"), "MODEL"),
    (re.compile(r"api/\w+/\w+\.py"), "ENDPOINT"),
)
# Specs have no influence on these.
_FIXED = ("client.py", "errors.py", "types.py")
_DATA = frozenset({"rules.json"})
_GENERATOR = "openapi_python_client"
_FIELD = re.compile(r"\{[^{}]*\}")


class RefusedCode(Exception):
    """A generated file holds something that no template writes."""


def check_generated(package: Path, document: dict[str, JSON]) -> None:
    """Check every file of *package*, generated from *document*, against the list.

    Raises:
        RefusedCode: The message names the file, the line and the refused code.
    """
    modules = {path: _parsed(path, package) for path in _files(package)}
    models = {
        name: path.stem
        for path, tree in modules.items()
        if path.parent == package / "models"
        for node in tree.body
        for name in definitions(ast.Module([node], []))
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call))  # each module's own `T`
    }
    for path, tree in modules.items():
        name = path.relative_to(package).as_posix()
        text = connect_module(document) if name == CONNECT else _fixed_modules().get(name)
        if text is not None:
            _check_fixed(tree, text, name, package)
        else:
            table = next((table for pattern, table in _TABLES if pattern.fullmatch(name)), None)
            if table is None:
                raise _refusal(package, name, 1, "the generator writes no file of this name")
            _check_statements(tree, table, name, package)
        for line, reason in (
            wrong_names(tree, list(path.relative_to(package).parts[:-1]), models)
            if name not in (*_FIXED, CONNECT)
            else ()
        ):
            raise _refusal(package, name, line, reason)
    _check_requests(
        {path: tree for path, tree in modules.items() if "_get_kwargs" in definitions(tree)}, package, document
    )


def _files(package: Path) -> list[Path]:
    """Return the modules of *package*, which otherwise holds only data."""
    files = [path for path in sorted(package.rglob("*")) if not path.is_dir() and path.suffix != ".pyc"]
    for path in files:
        name = path.relative_to(package).as_posix()
        if path.is_symlink() or (path.suffix != ".py" and name not in _DATA):
            raise _refusal(package, name, 1, "the generator writes no file of this name")
    return [path for path in files if path.suffix == ".py"]


def _parsed(path: Path, package: Path) -> ast.Module:
    """Return the module at *path*, parsed as Python itself would."""
    source = path.read_bytes()
    name = path.relative_to(package).as_posix()
    try:
        compile(source, name, "exec", dont_inherit=True)
        return ast.parse(source)
    except SyntaxError as error:
        raise _refusal(package, name, error.lineno or 1, f"this is not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise _refusal(package, name, 1, f"this is not Python: {str(error) or type(error).__name__}") from None


def _check_statements(tree: ast.Module, table: str, name: str, package: Path) -> None:
    patterns = grammar()
    refused = patterns.first_refused(table, without_docstring(tree.body))
    if refused is not None:
        raise _refusal(package, name, refused.lineno, f"no template writes {_shown(refused)}")
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Call(keywords=[ast.keyword(value=ast.Constant(value=bound))])):
                if bound not in definitions(tree):
                    raise _refusal(package, name, node.lineno, f"T is bound to {bound!r}, which is not here")
            case _:
                pass


def _check_fixed(tree: ast.Module, text: str, name: str, package: Path) -> None:
    """Check a module against the *text* that it must have, apart from its layout."""
    tree = _without_texts(tree)
    imported, wanted = _wanted(text)
    for statement in tree.body:
        for each in _imports(ast.Module([statement], [])) - imported:
            raise _refusal(package, name, statement.lineno, f"no template writes `{each}`")
    found = [node for node in tree.body if not _binds_modules(node)]
    for statement, (template, dumped) in zip(found, wanted, strict=False):
        if ast.dump(statement) != dumped:
            line = _first_difference(statement, template)
            raise _refusal(package, name, line, "the hardened template does not write this")
    if len(found) != len(wanted):
        last = found[len(wanted)].lineno if len(found) > len(wanted) else 1
        raise _refusal(package, name, last, "the hardened template does not write this")


@cache
def _wanted(text: str) -> tuple[set[str], list[tuple[ast.stmt, str]]]:
    """Return the imports of the module *text*, and each other statement with its form to compare."""
    expected = _without_texts(ast.parse(text))
    return _imports(expected), [(node, ast.dump(node)) for node in expected.body if not _binds_modules(node)]


def _binds_modules(node: ast.stmt) -> bool:
    """Return whether *node* is an import; one from `__future__` changes the meaning of what follows."""
    return isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__")


def _first_difference(found: ast.AST, expected: ast.AST) -> int:
    """Return the line of the first statement in *found* that differs from *expected*."""
    inside = [node for node in ast.iter_child_nodes(found) if isinstance(node, ast.stmt)]
    beside = [node for node in ast.iter_child_nodes(expected) if isinstance(node, ast.stmt)]
    for mine, theirs in zip(inside, beside, strict=False):
        if ast.dump(mine) != ast.dump(theirs):
            return _first_difference(mine, theirs)
    extra = inside[len(beside) :]
    return extra[0].lineno if extra else getattr(found, "lineno", 1)


def _imports(tree: ast.Module) -> set[str]:
    """Return every import of *tree* as a statement of its own."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {ast.unparse(ast.Import([alias])) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {ast.unparse(ast.ImportFrom(node.module, [alias], node.level)) for alias in node.names}
    return found


@cache
def _fixed_modules() -> dict[str, str]:
    """Return the text of each module on which specs have no influence, as the hardened templates make it."""
    environment = Environment(  # noqa: S701 - this is Python, not HTML
        loader=ChoiceLoader([DictLoader(hardened_templates(original_templates())), PackageLoader(_GENERATOR)]),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols"],
    )
    return {name: environment.get_template(f"{name}.jinja").render(config={}) for name in _FIXED}


def _check_requests(endpoints: dict[Path, ast.Module], package: Path, document: dict[str, JSON]) -> None:
    """Check that the endpoints make exactly the requests of the document."""
    expected = Counter((method, _FIELD.sub("{}", path)) for path, method, _, _ in operations(document))
    for path, tree in endpoints.items():
        name = path.relative_to(package).as_posix()
        for node in ast.walk(tree):
            match node:
                case ast.Dict(
                    keys=[ast.Constant(value="method"), ast.Constant(value="url"), *_],
                    values=[ast.Constant(value=str() as method), url, *_],
                ):
                    template, fields = _url(url)
                    parts = list(Formatter().parse(template))
                    shown = [field for _, field, _, _ in parts if field is not None]
                    if sorted(shown) != sorted(fields) or any(form or kind for _, _, form, kind in parts):
                        raise _refusal(package, name, node.lineno, f"{template!r} is not filled with {fields}")
                    request = (method, _FIELD.sub("{}", template))
                    if not expected[request]:
                        raise _refusal(package, name, node.lineno, f"the spec has no {method.upper()} {template}")
                    expected[request] -= 1
                case _:
                    pass
    for method, missing in +expected:
        raise RefusedCode(f"{package.name}: no endpoint makes the request {method.upper()} {missing}")


def _url(node: ast.expr) -> tuple[str, list[str]]:
    """Return the template of a URL, and the names that fill it."""
    match node:
        case ast.Constant(value=str() as text):
            return text, []
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text)), keywords=keywords):
            return text, [keyword.arg or "" for keyword in keywords]
        case _:
            return "", [""]


def _without_texts(tree: ast.Module) -> ast.Module:
    """Drop docstrings from *tree*, because the formatter changes their layout."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = list(without_docstring(node.body))
    return tree


def _shown(node: ast.AST) -> str:
    """Return the first line of *node*'s code, shortened."""
    return f"`{shorten(ast.unparse(node).splitlines()[0], 80, placeholder='…')}`"


def _refusal(package: Path, name: str, line: int, reason: str) -> RefusedCode:
    return RefusedCode(f"{package.name}/{name}:{line}: {reason}")
