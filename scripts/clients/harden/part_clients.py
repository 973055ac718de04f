"""Codemod: what `with_headers` and its like give is a client of its own, and the first one stays as it was.

The generator's methods change the first client's open connections, and share its dictionaries with the copy. Its
`get_httpx_client` writes the token into the headers that it was given, which the caller may use for another host.
"""

from pathlib import Path

import libcst as cst
import libcst.matchers as m

from .codemods import Codemod, demand, rewrite

_CHANGED = ("headers", "cookies", "timeout")
_SHARED = ("headers", "cookies", "httpx_args")
# Two classes with three methods each.
_METHODS = 2 * len(_CHANGED)
# `AuthenticatedClient` writes the token for httpx's blocking client and for the other.
_WRITES = 2
# Two classes with three dictionaries each.
_DICTIONARIES = 2 * len(_SHARED)

_METHOD = m.FunctionDef(
    name=m.OneOf(*(m.Name(f"with_{name}") for name in _CHANGED)),
    body=m.IndentedBlock(
        body=[
            m.SimpleStatementLine(body=[m.Expr(m.SimpleString())]),
            m.If(test=m.Comparison(left=m.Attribute(m.Name("self"), m.Name("_client")))),
            m.If(test=m.Comparison(left=m.Attribute(m.Name("self"), m.Name("_async_client")))),
            m.SimpleStatementLine(
                body=[m.Return(m.Call(func=m.Name("evolve"), args=[m.Arg(m.Name("self")), m.Arg(keyword=m.Name())]))]
            ),
        ]
    ),
)
_WRITE = m.SimpleStatementLine(
    body=[
        m.Assign(
            targets=[
                m.AssignTarget(
                    m.Subscript(
                        value=m.Attribute(m.Name("self"), m.Name("_headers")),
                        slice=[m.SubscriptElement(m.Index(m.Attribute(m.Name("self"), m.Name("auth_header_name"))))],
                    )
                )
            ]
        )
    ]
)
_HEADERS = m.Arg(keyword=m.Name("headers"), value=m.Attribute(m.Name("self"), m.Name("_headers")))
_CREATION = m.Call(func=m.Attribute(m.Name("httpx"), m.OneOf(m.Name("Client"), m.Name("AsyncClient"))))
_FACTORY = m.Arg(keyword=m.Name("factory"), value=m.Name("dict"))
_FIELD = m.AnnAssign(annotation=m.Annotation(m.Subscript(value=m.Name("dict"))), value=m.Call(func=m.Name("field")))


def part_clients(package: Path) -> None:
    """Rewrite both classes in the `client.py` of *package*."""
    codemod = _Part()
    rewrite(package / "client.py", codemod)
    demand(package, "methods that copy a client", expected=_METHODS, found=codemod.sites)
    demand(package, "writes of the token into headers", expected=_WRITES, found=codemod.writes)
    demand(package, "uses of headers with the token", expected=_WRITES, found=codemod.uses)
    demand(package, "dictionaries of a client", expected=_DICTIONARIES, found=codemod.dictionaries)


class _Part(Codemod):
    """Parts copies from originals, and the token from the caller's headers."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.uses = 0
        self.dictionaries = 0
        self._credential: cst.BaseExpression | None = None

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: N802 - libcst's name
        self._credential = None
        if not m.matches(original_node, _METHOD):
            return updated_node
        self.sites += 1
        docstring, _, _, give = updated_node.body.body
        line = cst.ensure_type(give, cst.SimpleStatementLine)
        call = cst.ensure_type(cst.ensure_type(line.body[0], cst.Return).value, cst.Call)
        changed = cst.ensure_type(call.args[1].keyword, cst.Name).value
        copies = [
            cst.Arg(
                keyword=cst.Name(name),
                value=cst.parse_expression(f"{{**self._{name}}}"),
                equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
            )
            for name in _SHARED
            if name != changed
        ]
        parted = cst.Return(call.with_changes(args=[*call.args, *copies]))
        return updated_node.with_changes(
            body=updated_node.body.with_changes(body=[docstring, line.with_changes(body=[parted])])
        )

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:  # noqa: N802 - libcst's name
        if m.matches(node, _WRITE):
            self._credential = cst.ensure_type(node.body[0], cst.Assign).value

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        if not m.matches(original_node, _WRITE):
            return updated_node
        self.writes += 1
        return cst.RemoveFromParent()

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802 - libcst's name
        if self._credential is None or not m.matches(original_node, _CREATION):
            return updated_node
        own = cst.ensure_type(cst.parse_expression("{**self._headers, self.auth_header_name: None}"), cst.Dict)
        named = cst.ensure_type(own.elements[1], cst.DictElement).with_changes(value=self._credential)
        headers = own.with_changes(elements=[own.elements[0], named])
        self.uses += sum(m.matches(argument, _HEADERS) for argument in original_node.args)
        return updated_node.with_changes(
            args=[
                argument.with_changes(value=headers) if m.matches(argument, _HEADERS) else argument
                for argument in updated_node.args
            ]
        )

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.AnnAssign:  # noqa: N802 - libcst's name
        """Say what a new dictionary holds, which the checkers of types cannot know from `dict` alone."""
        if not m.matches(original_node, _FIELD):
            return updated_node
        call = cst.ensure_type(updated_node.value, cst.Call)
        self.dictionaries += sum(m.matches(argument, _FACTORY) for argument in call.args)
        kind = updated_node.annotation.annotation
        return updated_node.with_changes(
            value=call.with_changes(
                args=[
                    argument.with_changes(value=kind) if m.matches(argument, _FACTORY) else argument
                    for argument in call.args
                ]
            )
        )
