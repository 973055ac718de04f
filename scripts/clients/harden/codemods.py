"""The parts that all codemods share: each counts the sites that it changes, and another number stops the build."""

import ast
import re
from pathlib import Path
from typing import ClassVar

import libcst as cst

from ..errors import BuildError

# Most nodes lie within one of these, and no site does.
_WITHOUT_SITES = (
    *(cst.Annotation, cst.Attribute, cst.Comma, cst.Decorator, cst.ImportFrom, cst.Parameters),
    *(cst.EmptyLine, cst.TrailingWhitespace),
)


class Codemod(cst.CSTTransformer):
    """A change of one kind of site, which counts its changes.

    A module without the text `hint` has no site. So it is not walked over, which takes most of the time.
    """

    hint: ClassVar[re.Pattern[str]]

    def __init__(self) -> None:
        super().__init__()
        self.sites: int = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Return whether a site may lie within *node*."""
        return not isinstance(node, _WITHOUT_SITES) and super().on_visit(node)


def rewrite(path: Path, codemod: Codemod) -> None:
    """Apply *codemod* to the module at *path*.

    Raises:
        BuildError: The module is not Python.
    """
    text = path.read_text(encoding="utf-8")
    try:
        if not codemod.hint.search(text):
            ast.parse(text)  # which takes a tenth of the time
            return
        module = cst.parse_module(text).visit(codemod)
    except (cst.ParserSyntaxError, SyntaxError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BuildError(f"{path.parent.name}/{path.name} is not Python: {reason}") from None
    if codemod.sites:
        path.write_text(module.code, encoding="utf-8")


def demand(package: Path, what: str, *, expected: int, found: int) -> None:
    """Stop the build unless as many sites were found as there must be."""
    if found != expected:
        raise BuildError(f"{package.name}: {found} {what} found, {expected} expected; the generator's output has moved")
