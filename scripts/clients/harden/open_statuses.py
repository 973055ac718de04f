"""Codemod: an answer with a status that Python has no name for keeps its number.

The generator writes `HTTPStatus(response.status_code)`, which raises `ValueError` for 520 and its like.
"""

from pathlib import Path

import libcst as cst
import libcst.matchers as m

from expunge._yaml import JSON
from spec.normalised import operations

from .codemods import Codemod, demand, rewrite

STATUS = '''\
"""The status of every answer: by its name where it has one, else as the number that came."""

from http import HTTPStatus


def status_of(code: int) -> HTTPStatus | int:
    """Give the `HTTPStatus` of *code*, or *code* itself where there is none, as for 520."""
    try:
        return HTTPStatus(code)
    except ValueError:
        return code
'''

_IMPORT = cst.ensure_type(cst.parse_statement("from ...._status import status_of"), cst.SimpleStatementLine)
_STATUS_IMPORT = m.SimpleStatementLine(
    body=[m.ImportFrom(module=m.Name("http"), names=[m.ImportAlias(m.Name("HTTPStatus"))])]
)
_SITE = m.Call(func=m.Name("HTTPStatus"), args=[m.Arg(m.Attribute(m.Name("response"), m.Name("status_code")))])
_FIELD = m.AnnAssign(target=m.Name("status_code"), annotation=m.Annotation(m.Name("HTTPStatus")), value=None)


def open_statuses(package: Path, document: dict[str, JSON]) -> None:
    """Rewrite the endpoints of *package*, generated from *document*, and the type of an answer."""
    sites = left = 0
    for path in sorted(package.glob("api/*/*.py")):
        codemod = _Endpoint()
        left += len(m.findall(rewrite(path, codemod), m.Name("HTTPStatus")))
        sites += codemod.sites
    demand(package, "reads of a status", expected=len(list(operations(document))), found=sites)
    demand(package, "other uses of HTTPStatus", expected=0, found=left)
    answer = _Answer()
    rewrite(package / "types.py", answer)
    demand(package, "statuses in types.py", expected=1, found=answer.sites)


class _Endpoint(Codemod):
    """Puts `status_of` in place of `HTTPStatus`."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802 - libcst's name
        if not m.matches(original_node, _SITE):
            return updated_node
        self.sites += 1
        return updated_node.with_changes(func=cst.Name("status_of"))

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        return _IMPORT if m.matches(original_node, _STATUS_IMPORT) else updated_node


class _Answer(Codemod):
    """Widens the type of `Response.status_code`."""

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.AnnAssign:  # noqa: N802 - libcst's name
        if not m.matches(original_node, _FIELD):
            return updated_node
        self.sites += 1
        return updated_node.with_changes(annotation=cst.Annotation(cst.parse_expression("HTTPStatus | int")))
