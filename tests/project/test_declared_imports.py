"""Every package that our code imports is declared in pyproject.toml, in the part that installs it."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.trees import ROOT

PACKAGE = ROOT / "src" / "expunge"
# `_yaml.py` reads manifests and policies for commands, and specs for the scripts; the library never imports it.
OF_COMMANDS = {PACKAGE / "_yaml.py"}
# pytest loads the plugin, so nobody imports it without pytest.
PLUGIN = PACKAGE / "testing" / "pytest_plugin.py"
# Programs of `make fuzz` and `make mutants`, which have locks of their own; no test imports them.
OF_PROGRAMS = {ROOT / "tests" / path for path in ("fuzz/run.py", "mutants/run.py", "mutants/making.py")}
OURS = {"expunge", "expunge_clients", "tests"} | {path.stem for path in (ROOT / "scripts").iterdir()}


def declared(*extras, groups=()):
    """Return the names that pyproject.toml declares at run time, for *extras* and for *groups* of development."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = configuration["project"]
    texts = [*project["dependencies"]]
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    for group in groups:
        texts += configuration["dependency-groups"][group]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def modules(part):
    """Return the modules of one part of the repository."""
    inside = {
        "cli": {*PACKAGE.glob("cli/**/*.py"), *OF_COMMANDS},
        "sandbox": set(PACKAGE.glob("sandbox/**/*.py")),
        "scripts": set((ROOT / "scripts").rglob("*.py")),
        "tests": set((ROOT / "tests").rglob("*.py")) - OF_PROGRAMS,
    }
    library = {*PACKAGE.rglob("*.py"), *(ROOT / "generated").rglob("*.py")}
    inside["plugin"] = {PLUGIN}
    inside["library"] = library - inside["cli"] - inside["sandbox"] - inside["plugin"]
    return sorted(inside[part])


def imports(source) -> Iterator[str]:
    """Find the name of each top-level package that *source* imports anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@cache
def distributions():
    """Return the distributions that provide each importable name here."""
    return {name: {canonicalize_name(each) for each in them} for name, them in packages_distributions().items()}


def undeclared(sources, allowed):
    """Return a line for each import in *sources*, texts by path, that no distribution in *allowed* provides."""
    return sorted(
        f"{path.relative_to(ROOT)} imports {name}"
        for path, source in sources.items()
        for name in set(imports(source))
        if name not in sys.stdlib_module_names | OURS and not distributions().get(name, set()) & allowed
    )


PARTS = [
    pytest.param("library", declared(), id="library"),
    pytest.param("cli", declared("cli"), id="cli"),
    pytest.param("sandbox", declared("sandbox"), id="sandbox"),
    pytest.param("plugin", declared() | {"pytest"}, id="plugin"),
    pytest.param("scripts", declared("cli", "sandbox", groups=["dev"]), id="scripts"),
    pytest.param("tests", declared("cli", "sandbox", groups=["dev"]), id="tests"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("part", "allowed"), PARTS)
def test_every_import_is_declared(part, allowed):
    sources = {path: path.read_bytes() for path in modules(part)}

    assert sources
    assert undeclared(sources, allowed) == []


@pytest.mark.parametrize(
    ("line", "part"),
    [
        pytest.param("import typer", "library", id="extra-in-the-library"),
        pytest.param("from rich.table import Table", "sandbox", id="other-extra"),
        pytest.param("import starlette.routing", "cli", id="other-extra-by-dots"),
        pytest.param("def f():\n    import hypothesis", "cli", id="development-inside-a-function"),
        pytest.param("import sniffio", "scripts", id="dependency-of-a-dependency"),
        pytest.param("import nowhere_at_all", "tests", id="not-installed"),
    ],
)
def test_an_undeclared_import_is_found(line, part):
    (allowed,) = [row.values[1] for row in PARTS if row.id == part]
    name = re.search(r"(?:from|import) (\w+)", line)[1]

    assert undeclared({ROOT / "new.py": line}, allowed) == [f"new.py imports {name}"]


def untried(tree):
    """Yield the nodes below *tree*, without those in a `try` that catches a missing module."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Try) and any(
            ast.unparse(each.type or node) == "ModuleNotFoundError" for each in node.handlers
        ):
            continue
        yield node
        yield from untried(node)


def test_the_library_imports_no_module_of_the_commands():
    """Or else the packages of the extra would be needed without it. An import may be tried, and its failure caught."""
    found = [
        path.name
        for path in modules("library")
        for node in untried(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.level and "_yaml" in {node.module, *(it.name for it in node.names)}
    ]

    assert found == []
