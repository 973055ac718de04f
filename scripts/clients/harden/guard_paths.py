"""Codemod: each path parameter of a generated endpoint passes the guard `path_segment`.

httpx takes `..` in a path for a step up: `DELETE …/models/m/versions/..` leaves as `DELETE …/models/m`.
"""

from pathlib import Path
from typing import cast

import libcst as cst
import libcst.matchers as m

from expunge._yaml import JSON
from spec.normalised import operations

from .codemods import Codemod, CodemodError, demand, rewrite

GUARD = '''\
"""The guard of every path parameter: what is sent is one segment of the path, and is not empty."""

from urllib.parse import quote


def path_segment(name: str, value: object) -> str:
    """Percent-encode *value* as one segment of a path.

    Raises:
        ValueError: The value is empty, `.` or `..`: it would address another resource.
    """
    text = str(value)
    if text in {"", ".", ".."}:
        raise ValueError(f"{name} is {text!r}, which would change the path of the request")
    return quote(text, safe="")
'''

_IMPORT = cst.ensure_type(cst.parse_statement("from ...._path import path_segment"), cst.SimpleStatementLine)
_QUOTE_IMPORT = m.SimpleStatementLine(
    body=[m.ImportFrom(module=m.Attribute(m.Name("urllib"), m.Name("parse")), names=[m.ImportAlias(m.Name("quote"))])]
)
# The generator's own idiom: quote(str(version_id), safe="").
_SITE = m.Call(
    func=m.Name("quote"),
    args=[
        m.Arg(m.Call(func=m.Name("str"), args=[m.Arg(m.Name())])),
        m.Arg(m.SimpleString('""'), keyword=m.Name("safe")),
    ],
)


def expected_sites(document: dict[str, JSON]) -> int:
    """Count the path parameters over all operations of *document*."""
    return sum(parameter["in"] == "path" for _, _, _, parameters in operations(document) for parameter in parameters)


def guard_paths(package: Path, document: dict[str, JSON]) -> None:
    """Rewrite the endpoints of *package*, generated from *document*."""
    sites = 0
    for path in sorted(package.glob("api/*/*.py")):
        guard = _Guard()
        module = rewrite(path, guard)
        sites += guard.sites
        if m.findall(module, m.Name("quote")):
            raise CodemodError(f"{package.name}: {path.name} quotes something that is no path parameter as it is known")
    demand(package, "path parameters", expected=expected_sites(document), found=sites)


class _Guard(Codemod):
    """Puts the guard in place of the generator's quoting."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802 - libcst's name
        if not m.matches(original_node, _SITE):
            return updated_node
        self.sites += 1
        value = cast("cst.Name", cst.ensure_type(original_node.args[0].value, cst.Call).args[0].value)
        name = cst.SimpleString(f'"{value.value}"')
        return cst.Call(func=cst.Name("path_segment"), args=[cst.Arg(name), cst.Arg(value)])

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        if m.matches(original_node, _QUOTE_IMPORT):
            return _IMPORT
        return updated_node
