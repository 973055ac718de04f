"""What all codemods share: each counts the sites that it changes, and another number stops the build."""

import ast
import warnings
from pathlib import Path

import libcst as cst


class CodemodError(Exception):
    """The generator's output has moved: a codemod does not find what the spec says is there."""


class Codemod(cst.CSTTransformer):
    """A change of one kind of site, which counts what it has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.sites: int = 0


def rewrite(path: Path, codemod: Codemod) -> ast.Module:
    """Apply *codemod* to the module at *path*, and give the tree of what it is now."""
    try:
        text = cst.parse_module(path.read_text(encoding="utf-8")).visit(codemod).code
        with warnings.catch_warnings(category=SyntaxWarning, action="ignore"):  # the generator writes `3and`
            tree = ast.parse(text)
    except (cst.ParserSyntaxError, SyntaxError) as error:
        raise CodemodError(f"{path.parent.name}/{path.name} is no Python: {one_line(error)}") from None
    if codemod.sites:
        path.write_text(text, encoding="utf-8")
    return tree


def one_line(error: Exception) -> str:
    """Give what *error* says, on one line."""
    return " ".join(str(error).split())


def demand(package: Path, what: str, *, expected: int, found: int) -> None:
    """Stop the build unless as many sites were found as there must be."""
    if found != expected:
        raise CodemodError(
            f"{package.name}: {found} {what} found, {expected} expected; the generator's output has moved"
        )
