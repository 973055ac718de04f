"""Match syntax trees against patterns that are written as Python.

A pattern is Python text in which some names are holes. `NAME` stands for any identifier, also as a part of one
(`_parse_NAME`); `TEXT`, `INTEGER` and `LITERAL` for constants, `TEXTS` for a list of texts, `LITERALS` for constants
between commas, `RANGES` for pairs of integers; `TYPE` for a type; `MESSAGE` for an f-string that shows one name.
`f(**SAME)` stands for any number of `name=name`, `f(**SEGMENTS)` for `name=path_segment("name", name)`, `{**TEXTS}` for
a dictionary from texts to names, and the parameter `PARAMETERS` for any with types. Every other hole is a key of the
grammar: one expression of those listed there or, standing as a statement, any number of statements.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import cast

_IDENTIFIER = r"(?!__)[^\W\d]\w*"
_GENERIC_TYPES = frozenset({"dict", "list", "tuple", "Response"})
_TYPES_OF_MODULES = frozenset({"datetime.date", "datetime.datetime", "httpx.Response", "types.RequestFiles"})
# Fields that are notes of the parser, not code.
_NOT_COMPARED = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


class Grammar:
    """Patterns by the name of their hole: texts of the statements or expressions that are allowed there."""

    def __init__(self, statements: Mapping[str, str], expressions: Mapping[str, Sequence[str]]) -> None:
        self._statements = {hole: ast.parse(text).body for hole, text in statements.items()}
        self._expressions = {hole: [_expression(text) for text in texts] for hole, texts in expressions.items()}
        self._judged: dict[tuple[str, int], bool] = {}
        self._deepest: ast.stmt | None = None

    def first_refused(self, hole: str, statements: Sequence[ast.stmt]) -> ast.stmt | None:
        """Return the innermost statement in *statements* that the table *hole* does not allow, or None."""
        self._judged.clear()
        self._deepest = None
        return None if self._all_allowed(hole, statements) else self._deepest

    def _all_allowed(self, hole: str, statements: Sequence[ast.stmt]) -> bool:
        # `names.py` judges every import, wherever it stands.
        return all(
            isinstance(statement, ast.Import | ast.ImportFrom) or self._is_allowed(hole, statement)
            for statement in statements
        )

    def _is_allowed(self, hole: str, statement: ast.stmt) -> bool:
        key = (hole, id(statement))  # remembered, because each `elif` of a chain is nested in the one before
        if key not in self._judged:
            self._judged[key] = any(self._fits(pattern, statement) for pattern in self._statements[hole])
            if not self._judged[key] and (self._deepest is None or statement.lineno > self._deepest.lineno):
                self._deepest = statement
        return self._judged[key]

    def _fits(self, pattern: object, found: object) -> bool:  # noqa: PLR0911 - a case a line
        """Return whether *found* (a node, a list of nodes or a plain value) fits *pattern*."""
        if isinstance(pattern, ast.Name):
            return self._fits_name(pattern.id, found)
        if isinstance(pattern, list):
            return isinstance(found, list) and self._fits_list(
                cast("list[object]", pattern), cast("list[object]", found)
            )
        if isinstance(pattern, str):
            return isinstance(found, str) and _fits_identifier(pattern, found)
        if not isinstance(pattern, ast.AST):
            return type(pattern) is type(found) and pattern == found
        if type(pattern) is not type(found):
            return False
        if isinstance(pattern, ast.Constant) and isinstance(found, ast.Constant):
            return type(pattern.value) is type(found.value) and pattern.value == found.value
        if isinstance(pattern, ast.arguments) and isinstance(found, ast.arguments) and _takes_any(pattern):
            return self._fits_parameters(found)
        if isinstance(pattern, ast.Call) and isinstance(found, ast.Call) and _repeated(pattern):
            return (
                self._fits(pattern.func, found.func)
                and not found.args
                and all(_fits_keyword(_repeated(pattern), keyword) for keyword in found.keywords)
            )
        if isinstance(pattern, ast.Dict) and isinstance(found, ast.Dict) and pattern.keys == [None]:
            return all(_is_text(key) and _is_name(value) for key, value in zip(found.keys, found.values, strict=True))
        return all(
            self._fits(getattr(pattern, field, None), getattr(found, field, None))
            for field in pattern._fields
            if field not in _NOT_COMPARED
        )

    def _fits_list(self, pattern: list[object], found: list[object]) -> bool:
        match pattern:
            case [ast.Expr(value=ast.Name(id=hole))] if hole in self._statements:
                return self._all_allowed(hole, without_docstring(cast("list[ast.stmt]", found)))
            case [ast.stmt(), *_]:
                found = list(without_docstring(cast("list[ast.stmt]", found)))
            case _:
                pass
        return len(pattern) == len(found) and all(map(self._fits, pattern, found))

    def _fits_name(self, hole: str, found: object) -> bool:  # noqa: PLR0911 - a case a line
        match hole:
            case "TEXT":
                return _is_text(found)
            case "INTEGER":
                return isinstance(found, ast.Constant) and type(found.value) is int
            case "LITERAL":
                return _is_literal(found)
            case "TYPE":
                return _is_type(found)
            case "LITERALS":
                return all(map(_is_literal, found.elts if isinstance(found, ast.Tuple) else [found]))
            case "RANGES":
                return isinstance(found, ast.Tuple) and all(map(_is_range, found.elts))
            case "TEXTS":
                return isinstance(found, ast.Tuple | ast.List) and all(map(_is_text, found.elts))
            case "MESSAGE":
                return _is_message(found)
            case _ if hole in self._expressions:
                return any(self._fits(pattern, found) for pattern in self._expressions[hole])
            case _:
                return isinstance(found, ast.Name) and _fits_identifier(hole, found.id)

    def _fits_parameters(self, found: ast.arguments) -> bool:
        """Return whether every parameter has a type, and every default is one that `DEFAULT` allows."""
        each = [*found.args, *found.kwonlyargs]
        defaults = [*found.defaults, *(default for default in found.kw_defaults if default is not None)]
        return (
            not (found.posonlyargs or found.vararg or found.kwarg)
            and all(_is_type(parameter.annotation) for parameter in each)
            and all(_fits_identifier("NAME", parameter.arg) for parameter in each)
            and all(self._fits_name("DEFAULT", default) for default in defaults)
        )


def without_docstring(statements: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """Return *statements* without a leading docstring."""
    match statements:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return statements


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@cache
def _identifier(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace("NAME", _IDENTIFIER if pattern == "NAME" else r"\w+"))


def _fits_identifier(pattern: str, found: str) -> bool:
    return _identifier(pattern).fullmatch(found) is not None if "NAME" in pattern else pattern == found


def _takes_any(pattern: ast.arguments) -> bool:
    return [parameter.arg for parameter in pattern.args] == ["PARAMETERS"]


def _repeated(pattern: ast.Call) -> str:
    """Return `SAME` or `SEGMENTS` if *pattern* is a call with one of them, else an empty text."""
    match pattern.keywords:
        case [ast.keyword(arg=None, value=ast.Name(id=("SAME" | "SEGMENTS") as hole))]:
            return hole
        case _:
            return ""


def _fits_keyword(hole: str, keyword: ast.keyword) -> bool:
    match hole, keyword.value:
        case "SAME", ast.Name(id=name):
            return name == keyword.arg
        case "SEGMENTS", ast.Call(
            func=ast.Name(id="path_segment"), args=[ast.Constant(value=text), ast.Name(id=name)], keywords=[]
        ):
            return text == name == keyword.arg
        case _:
            return False


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_name(node: object) -> bool:
    return isinstance(node, ast.Name) and _fits_identifier("NAME", node.id)


def _is_literal(node: object) -> bool:
    match node:
        case ast.Constant(value=value):
            return value is None or isinstance(value, str | int | float)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return False


def _is_range(node: object) -> bool:
    return isinstance(node, ast.Tuple) and all(
        isinstance(each, ast.Constant) and type(each.value) is int for each in node.elts
    )


def _is_message(node: object) -> bool:
    """Return whether *node* is an f-string of text and one plain name."""
    if not isinstance(node, ast.JoinedStr):
        return False
    shown = [part for part in node.values if not _is_text(part)]
    return len(shown) == 1 and all(
        isinstance(part, ast.FormattedValue) and part.conversion == -1 and not part.format_spec and _is_name(part.value)
        for part in shown
    )


def _is_type(node: object) -> bool:  # noqa: PLR0911 - a case a line
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Constant(value=str() as text):
            try:
                return _is_type(_expression(text))
            except SyntaxError:
                return False
        case ast.Name():
            return _is_name(node)
        case ast.Attribute():
            return ast.unparse(node) in _TYPES_OF_MODULES
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_type(left) and _is_type(right)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choice):
            return all(map(_is_literal, choice.elts if isinstance(choice, ast.Tuple) else [choice]))
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in _GENERIC_TYPES:
            return all(map(_is_type, inner.elts if isinstance(inner, ast.Tuple) else [inner]))
        case _:
            return False
