"""The shape of the tree: folders that a reader can take in, no room that holds everything, modules of one idea."""

import ast
from pathlib import Path

import pytest
from tests.trees import ROOT

from tree.git import TreeError, git

MOST_MODULES = 18
"""The limit for one folder."""

LARGEST_SHARE = 1 / 5
"""How much of the product's code one folder may hold, by lines, without the folders below it."""

MOST_LINES = 320
"""The length of a module whose docstring does not say why it is longer."""

REASON = "longer than most: "
"""It stands before the reason, in the docstring of a longer module."""

PRODUCT, ALL = ("src", "scripts"), ("src", "scripts", "tests")
NOT_COUNTED = {"__init__.py", "__main__.py", "_version.py"}

TOP = {
    # what is generated, and from what
    "specs", "overlays", "generated", "scripts",
    # the package and its tests
    "src", "tests", "hatch_build.py", "pyproject.toml", "locks",
    # for readers and contributors
    "README.md", "CHANGELOG.md", "changelog.d", "docs", "mkdocs.yml", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md",
    "SECURITY.md", "LICENSE",
    # for programs
    "Makefile", ".ci", ".github", ".gitlab", ".gitattributes", ".gitignore", ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
}  # fmt: skip
"""The top of the repository: a new name needs a place in this list, so no file is committed there by accident."""


def modules(*tops: str) -> list[Path]:
    return [path for top in tops for path in sorted((ROOT / top).rglob("*.py")) if "node_modules" not in path.parts]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def folders(*tops: str) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in modules(*tops):
        found.setdefault(path.parent.relative_to(ROOT).as_posix(), []).append(path)
    return found


def has_reason(path: Path) -> bool:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return REASON in " ".join(docstring.split())


@pytest.mark.parametrize(("folder", "paths"), folders(*ALL).items(), ids=folders(*ALL))
def test_a_folder_has_no_more_modules_than_a_reader_can_take_in(folder, paths):
    names = [path.name for path in paths if path.name not in NOT_COUNTED]

    assert len(names) <= MOST_MODULES, f"{folder} has {len(names)} modules: {', '.join(names)}"


def test_the_top_of_the_repository_has_only_what_belongs_there():
    """A plan and its page, which an example had written, were committed there once."""
    try:
        names = git(ROOT, "ls-files", "-z").decode().split("\0")
    except TreeError:
        pytest.skip("without git, nobody knows which files belong to the project")

    assert {name.partition("/")[0] for name in names if name} == TOP


def test_no_folder_holds_more_than_a_fifth_of_the_code():
    sizes = {folder: sum(map(lines, paths)) for folder, paths in folders(*PRODUCT).items()}
    largest = max(sizes, key=lambda folder: sizes[folder])

    assert sizes[largest] <= LARGEST_SHARE * sum(sizes.values()), f"{largest} has {sizes[largest]} lines"


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in modules(*ALL) if lines(path) > MOST_LINES],
)
def test_a_long_module_says_why(path):
    assert has_reason(path), f"{lines(path)} lines: split it, or write {REASON!r} and the reason in its docstring"


def test_every_folder_of_the_product_is_a_package():
    """The import contracts see no module in a folder without `__init__.py`."""
    tops = {"src", "scripts"}  # of programs, and of the package
    bare = {folder for folder, paths in folders(*PRODUCT).items() if "__init__.py" not in {path.name for path in paths}}

    assert bare <= tops


def test_every_program_runs_when_it_is_called():
    """A program that only defines its functions would succeed, and do nothing."""
    programs = [path for path in (ROOT / "scripts").glob("*.py") if path.name not in NOT_COUNTED]

    assert [
        path.name for path in programs if 'if __name__ == "__main__":' not in path.read_text(encoding="utf-8")
    ] == []
