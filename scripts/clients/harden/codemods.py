"""What all codemods share: each counts the sites that it changes, and another number stops the build."""

from pathlib import Path

import libcst as cst


class CodemodError(Exception):
    """The generator's output has moved: a codemod does not find what the spec says is there."""


class Codemod(cst.CSTTransformer):
    """A change of one kind of site, which counts what it has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.sites: int = 0


def rewrite(path: Path, codemod: Codemod) -> cst.Module:
    """Apply *codemod* to the module at *path*, and give what it is now."""
    try:
        module = cst.parse_module(path.read_text(encoding="utf-8")).visit(codemod)
    except cst.ParserSyntaxError as error:
        reason = " ".join(str(error).split())
        raise CodemodError(f"{path.parent.name}/{path.name} is no Python: {reason}") from None
    if codemod.sites:
        path.write_text(module.code, encoding="utf-8")
    return module


def demand(package: Path, what: str, *, expected: int, found: int) -> None:
    """Stop the build unless as many sites were found as there must be."""
    if found != expected:
        raise CodemodError(
            f"{package.name}: {found} {what} found, {expected} expected; the generator's output has moved"
        )
