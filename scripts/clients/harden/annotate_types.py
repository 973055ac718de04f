"""Codemod: annotate the types that checkers cannot infer in generated code, so all their rules stay on.

It changes nothing that runs. No number of sites is expected, because the type checkers report any site that is missed.
"""

import re
from pathlib import Path

import libcst as cst
import libcst.matchers as m

from .codemods import Codemod, rewrite

# In a union, `data` is known to be a `dict` or a `list`, and nothing more.
_MODEL = m.Call(func=m.Attribute(attr=m.Name("from_dict")), args=[m.Arg(m.Name("data"))])
_LIST = m.Assign(targets=[m.AssignTarget(m.Name())], value=m.Name("data"))
_ANYTHING = cst.parse_expression('cast("Any", data)')
_DICTIONARY = cst.parse_expression('cast("dict[str, Any]", data)')
_EMPTY = m.Assign(targets=[m.AssignTarget(m.Name())], value=m.OneOf(m.List([]), m.Dict([])))
_FIELD = m.AnnAssign(target=m.Name("additional_properties"), value=m.Call(func=m.Name("_attrs_field")))
_FACTORY = m.Arg(keyword=m.Name("factory"), value=m.Name("dict"))
_DECLARATION = m.AnnAssign(target=m.Name())


def annotate_types(package: Path) -> None:
    """Rewrite the models and endpoints of *package*."""
    for path in sorted([*package.glob("api/*/*.py"), *package.glob("models/*.py")]):
        rewrite(path, _Annotate())


class _Annotate(Codemod):
    """Annotates values that are read from a union, and new lists and dictionaries."""

    hint = re.compile(r"\bfrom_dict\(\s*data\b|=\s*(data\b|\[\s*\]|\{\s*\})|\b_attrs_field\(")

    def __init__(self) -> None:
        super().__init__()
        self._functions: list[cst.FunctionDef] = []
        self._declared: dict[int, set[str]] = {0: set()}

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802 - libcst's name
        """Note the function, whose declarations may be asked for."""
        self._functions.append(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: ARG002, N802 - libcst's name
        self._declared.pop(len(self._functions), None)
        self._functions.pop()
        return updated_node

    def _declarations(self) -> set[str]:
        """Return the names declared in the function that is walked over, because a variable has only one type."""
        depth = len(self._functions)
        if depth not in self._declared:
            found = m.findall(self._functions[-1].body, _DECLARATION)
            targets = [cst.ensure_type(each, cst.AnnAssign).target for each in found]
            self._declared[depth] = {target.value for target in targets if isinstance(target, cst.Name)}
        return self._declared[depth]

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802 - libcst's name
        if not m.matches(original_node, _MODEL):
            return updated_node
        self.sites += 1
        return updated_node.with_changes(args=[cst.Arg(_DICTIONARY)])

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign | cst.AnnAssign:  # noqa: N802 - libcst's name
        if m.matches(original_node, _LIST):
            self.sites += 1
            return updated_node.with_changes(value=_ANYTHING)
        if not m.matches(original_node, _EMPTY):
            return updated_node
        name = cst.ensure_type(original_node.targets[0].target, cst.Name)
        if name.value in self._declarations():
            return updated_node
        self._declarations().add(name.value)
        self.sites += 1
        kind = "list[Any]" if isinstance(original_node.value, cst.List) else "dict[str, Any]"
        return cst.AnnAssign(
            target=name, annotation=cst.Annotation(cst.parse_expression(kind)), value=updated_node.value
        )

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.AnnAssign:  # noqa: N802 - libcst's name
        if not m.matches(original_node, _FIELD):
            return updated_node
        self.sites += 1
        call = cst.ensure_type(updated_node.value, cst.Call)
        return updated_node.with_changes(
            value=call.with_changes(
                args=[
                    argument.with_changes(value=_runnable(updated_node.annotation.annotation))
                    if m.matches(argument, _FACTORY)
                    else argument
                    for argument in call.args
                ]
            )
        )


def _runnable(kind: cst.BaseExpression) -> cst.BaseExpression:
    """Return *kind*, `dict[str, T]`, with T quoted, because models import T for checkers only."""
    elements = cst.ensure_type(kind, cst.Subscript).slice
    value = cst.ensure_type(elements[1].slice, cst.Index).value
    if m.matches(value, m.Name("Any")):
        return kind
    quoted = cst.SimpleString(repr(cst.Module([]).code_for_node(value)))
    return kind.with_changes(slice=[elements[0], elements[1].with_changes(slice=cst.Index(quoted))])
