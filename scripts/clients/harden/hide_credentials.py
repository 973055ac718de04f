"""Codemod: the `repr` of a generated client shows no credential.

The token is one; headers, cookies and httpx's arguments may hold one; and so may the clients that a used one keeps.
"""

from pathlib import Path

import libcst as cst
import libcst.matchers as m

from .codemods import Codemod, demand, rewrite

_FIELDS = ("_cookies", "_headers", "_httpx_args", "_client", "_async_client")
# Those of `Client`, and those of `AuthenticatedClient` with its token.
_EXPECTED = len(_FIELDS) + len(_FIELDS) + 1
_FIELD = m.AnnAssign(
    target=m.OneOf(*(m.Name(name) for name in _FIELDS)), value=m.Call(func=m.Name("field"), args=[m.AtLeastN(n=1)])
)
_TOKEN = m.AnnAssign(target=m.Name("token"), annotation=m.Annotation(m.Name("str")), value=None)
_REPR = cst.ensure_type(cst.parse_expression("field(repr=False)"), cst.Call)


def hide_credentials(package: Path) -> None:
    """Rewrite both classes in the `client.py` of *package*."""
    codemod = _Hide()
    rewrite(package / "client.py", codemod)
    demand(package, "fields that may hold a credential", expected=_EXPECTED, found=codemod.sites)


class _Hide(Codemod):
    """Takes a field out of the `repr`."""

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.AnnAssign:  # noqa: N802 - libcst's name
        if m.matches(original_node, _TOKEN):
            self.sites += 1
            return updated_node.with_changes(value=_REPR, equal=cst.AssignEqual())
        if m.matches(original_node, _FIELD):
            self.sites += 1
            call = cst.ensure_type(updated_node.value, cst.Call)
            return updated_node.with_changes(value=call.with_changes(args=[*call.args, *_REPR.args]))
        return updated_node
