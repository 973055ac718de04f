"""Parse JSONPath with the library's parser, within bounds; refuse what it accepts and RFC 9535 does not."""

import math
import re
from functools import lru_cache
from typing import cast

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathQuery, JSONPathSyntaxError
from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FloatLiteral,
    IntegerLiteral,
    LogicalExpression,
    PrefixExpression,
)
from jsonpath_rfc9535.parse import Parser
from jsonpath_rfc9535.tokens import Token, TokenStream, TokenType

# No correction needs more, and the library's parser recurses for each level of a query.
_LONGEST = 10_000
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def parse(path: str) -> JSONPathQuery:
    """Parse *path*.

    Raises:
        JSONPathError: It is not JSONPath, or too long.
    """
    if len(path) > _LONGEST:
        raise _error(f"it has {len(path)} characters; the limit is {_LONGEST}", path)
    try:
        return _environment().compile(path)
    except ValueError as error:  # Python does not read numbers of thousands of digits
        raise _error(" ".join(str(error).split()), path) from None


class _Parser(Parser):
    """The library's parser; it reads numbers exactly and refuses comparisons that RFC 9535 does not have."""

    def parse_integer_literal(self, stream: TokenStream) -> Expression:
        """Read a number without a fraction; the library would round it to a float."""
        return _number(stream.current)

    def parse_float_literal(self, stream: TokenStream) -> Expression:
        """Read a number with a fraction or an exponent."""
        return _number(stream.current)

    def parse_infix_expression(self, stream: TokenStream, left: Expression) -> Expression:
        """Read the right side of an operator; only literals, singular queries and functions can be compared."""
        token = stream.current
        expression = super().parse_infix_expression(stream, left)
        if isinstance(expression, ComparisonExpression):
            for side in (expression.left, expression.right):
                if isinstance(side, ComparisonExpression | LogicalExpression | PrefixExpression):
                    raise JSONPathSyntaxError("a logical expression cannot be compared", token=token)
        return expression


class _Environment(JSONPathEnvironment):
    parser_class = _Parser


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    return _Environment()


def _number(token: Token) -> Expression:
    """Return the number in *token*: an integer exactly, any other number as the nearest float."""
    match = _NUMBER.fullmatch(token.value)
    if match is None:
        raise JSONPathSyntaxError(f"{token.value[:40]} is not a number", token=token)
    integer, fraction, exponent = cast("tuple[str, str | None, str | None]", match.groups())
    if fraction is None and exponent is None:
        return IntegerLiteral(token, int(integer))
    value = float(token.value)
    if not math.isfinite(value):
        raise JSONPathSyntaxError(f"{token.value[:40]} is not a number that JSON can hold", token=token)
    return FloatLiteral(token, value)


def _error(problem: str, path: str) -> JSONPathSyntaxError:
    return JSONPathSyntaxError(problem, token=Token(TokenType.ERROR, problem, 0, path))
