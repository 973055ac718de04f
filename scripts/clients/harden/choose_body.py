"""Codemod: an endpoint that takes bodies of several content types sends the one that it is given.

The generator does not import the `Unset` that it writes into the type, and asks `isinstance` of types that have items.
If two content types have one schema, it sends both at once; the codemod sends the one that the spec declares first.
"""

import re
from itertools import groupby
from pathlib import Path
from typing import cast

import libcst as cst
import libcst.matchers as m

from expunge._yaml import JSON
from spec.normalised import operations, resolve

from .codemods import Codemod, demand, rewrite

_TYPES = m.ImportFrom(module=m.Name("types"), names=[m.ImportAlias(m.Name("Response")), m.ImportAlias(m.Name("UNSET"))])
_UNSET_IMPORT = m.ImportFrom(
    module=m.Name("types"), names=[m.ZeroOrMore(), m.ImportAlias(m.Name("Unset")), m.ZeroOrMore()]
)
_CHOICE = m.If(test=m.Call(func=m.Name("isinstance"), args=[m.Arg(m.Name("body")), m.Arg(m.DoNotCare())]), orelse=None)


def expected_sites(document: dict[str, JSON]) -> int:
    """Count the operations of *document* whose body may have one of several content types."""
    bodies = [cast("dict[str, JSON]", operation.get("requestBody", {})) for _, _, operation, _ in operations(document)]
    contents = [cast("dict[str, JSON]", resolve(body, document).get("content", {})) for body in bodies]
    return sum(len(content) > 1 for content in contents)


def choose_body(package: Path, document: dict[str, JSON]) -> None:
    """Rewrite the endpoints of *package*, generated from *document*."""
    sites = 0
    for path in sorted(package.glob("api/*/*.py")):
        codemod = _Choose()
        rewrite(path, codemod)
        sites += codemod.sites
    demand(package, "choices of a body", expected=expected_sites(document), found=sites)


class _Choose(Codemod):
    """Joins the questions which body was given into one chain, and imports the types that it names."""

    hint = re.compile(r"\bif isinstance\(\s*body\b.*\bif isinstance\(\s*body\b", re.DOTALL)

    def __init__(self) -> None:
        super().__init__()
        self._lacks_unset = False

    def visit_Module(self, node: cst.Module) -> None:  # noqa: N802 - libcst's name
        """Note whether the module needs an import."""
        self._lacks_unset = bool(m.findall(node, m.Name("Unset"))) and not m.findall(node, _UNSET_IMPORT)

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:  # noqa: N802 - libcst's name
        if not self._lacks_unset or not m.matches(original_node, _TYPES):
            return updated_node
        names = [cst.ImportAlias(cst.Name(name)) for name in ("UNSET", "Response", "Unset")]
        return updated_node.with_changes(names=names)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: N802 - libcst's name
        if original_node.name.value != "_get_kwargs":
            return updated_node
        statements: list[cst.BaseStatement] = []
        body = cst.ensure_type(updated_node.body, cst.IndentedBlock)
        for is_choice, group in groupby(body.body, key=lambda statement: m.matches(statement, _CHOICE)):
            found = list(group)
            if is_choice and len(found) > 1:
                self.sites += 1
                statements.append(_chain([cst.ensure_type(each, cst.If) for each in found]))
            else:
                statements.extend(found)
        return updated_node.with_changes(body=body.with_changes(body=statements))


def _chain(choices: list[cst.If]) -> cst.If:
    """Return `if … elif …` of *choices*, each type asked for once."""
    by_type: dict[str, cst.If] = {}
    for choice in choices:
        test = cst.ensure_type(choice.test, cst.Call)
        bare = _without_items(test.args[1].value)
        asked = test.with_changes(args=[test.args[0], test.args[1].with_changes(value=bare)])
        by_type.setdefault(cst.Module([]).code_for_node(bare), choice.with_changes(test=asked))
    first, *others = by_type.values()
    chain: cst.If | None = None
    for choice in reversed(others):
        chain = choice.with_changes(orelse=chain, leading_lines=[])
    return first.with_changes(orelse=chain)


def _without_items(kind: cst.BaseExpression) -> cst.BaseExpression:
    """Return *kind* as `isinstance` takes it: `list` for `list[Part]`."""
    if isinstance(kind, cst.Subscript):
        return kind.value
    if isinstance(kind, cst.BinaryOperation):
        return kind.with_changes(left=_without_items(kind.left), right=_without_items(kind.right))
    return kind
