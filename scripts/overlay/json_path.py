"""Evaluate JSONPath (RFC 9535): a library parses the query, and this module evaluates the result.

The library's own evaluation confuses 9007199254740993 with its neighbour and `[true]` with `[1]`. It loses `$` in a
filter within a filter, `?@` is false for a `0`, and some queries end the process. Here every query ends with nodes or
with an error of one line.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias, cast

from jsonpath_rfc9535 import JSONPathError, JSONPathQuery
from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FilterExpression,
    FilterExpressionLiteral,
    FilterQuery,
    FunctionExtension,
    LogicalExpression,
    PrefixExpression,
    RelativeFilterQuery,
)
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import (
    FilterSelector,
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
    WildcardSelector,
)

from expunge._yaml import JSON

from .iregexp import Matcher, RegexError
from .json_path_parser import parse

Location: TypeAlias = tuple[str | int, ...]

# A large public spec has about 500,000 nodes.
_MOST_VISITS = 3_000_000


class PathError(Exception):
    """A query is not JSONPath, or costs too much."""


def locations(path: str, document: JSON) -> list[Location]:
    """Return the locations of the distinct nodes that *path* selects in *document*, in no particular order.

    Raises:
        PathError: The query is not JSONPath, or costs more than any correction needs.
    """
    try:
        found = _Evaluation(document).select(parse(path), document)
    except JSONPathError as error:
        raise PathError(str(error.args[0])) from None
    except RegexError as error:
        raise PathError(str(error)) from None
    except RecursionError:
        raise PathError("it is nested too deeply") from None
    return list(dict.fromkeys(node.location for node in found))


def is_equal(one: object, other: object) -> bool:
    """Compare as JSON does, at any depth: 1 equals 1.0, and true does not equal 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        mine, theirs = cast("dict[str, JSON]", one), cast("dict[str, JSON]", other)
        return mine.keys() == theirs.keys() and all(is_equal(value, theirs[key]) for key, value in mine.items())
    if isinstance(one, list) and isinstance(other, list):
        items, others = cast("list[JSON]", one), cast("list[JSON]", other)
        return len(items) == len(others) and all(map(is_equal, items, others))
    # Python compares an integer with a float exactly, at any size.
    return isinstance(one, bool) == isinstance(other, bool) and one == other


class _Nothing:
    """The result of a singular query without a node; it equals itself and no value."""


_NOTHING: Final = _Nothing()


class _Found:
    """A node and the one that holds it; a location in each node would cost memory for its depth."""

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: JSON, parent: "_Found | None" = None, key: str | int = 0) -> None:
        self.value = value
        self._parent = parent
        self._key = key

    @property
    def location(self) -> Location:
        """The names and indices on the way from the root to here."""
        steps: list[str | int] = []
        node = self
        while node._parent is not None:
            steps.append(node._key)
            node = node._parent
        return tuple(reversed(steps))


class _Evaluation:
    """One evaluation of one query; it counts the visited nodes."""

    def __init__(self, root: JSON) -> None:
        self._root = root
        self._visits = 0
        self._matcher = Matcher()

    def select(self, query: JSONPathQuery, start: JSON) -> list[_Found]:
        """Return the nodes that *query* selects, starting at *start*."""
        nodes = [_Found(start)]
        # Lists, because nested generators end the process if a query has many segments.
        for segment in query.segments:
            if isinstance(segment, JSONPathRecursiveDescentSegment):
                nodes = [each for node in nodes for each in self._descendants(node)]
            nodes = [each for node in nodes for selector in segment.selectors for each in self._chosen(selector, node)]
        return nodes

    def _node(self, parent: _Found, key: str | int, value: JSON) -> _Found:
        self._visits += 1
        if self._visits > _MOST_VISITS:
            raise PathError(f"it visits more than {_MOST_VISITS:,} nodes")
        return _Found(value, parent, key)

    def _children(self, node: _Found) -> Iterator[_Found]:
        value = node.value
        if isinstance(value, dict):
            for name, child in value.items():
                yield self._node(node, name, child)
        elif isinstance(value, list):
            for index, child in enumerate(value):
                yield self._node(node, index, child)

    def _descendants(self, node: _Found) -> Iterator[_Found]:
        """Yield *node* and all nodes below it."""
        waiting = [node]
        while waiting:
            each = waiting.pop()
            yield each
            waiting.extend(self._children(each))

    def _chosen(self, selector: JSONPathSelector, node: _Found) -> Iterator[_Found]:
        """Yield the children of *node* that *selector* selects."""
        value = node.value
        match selector:
            case NameSelector(name=name):
                if isinstance(value, dict) and name in value:
                    yield self._node(node, name, value[name])
            case IndexSelector(index=index):
                if isinstance(value, list) and -len(value) <= index < len(value):
                    index %= len(value)
                    yield self._node(node, index, value[index])
            case SliceSelector(slice=chosen):
                if isinstance(value, list) and chosen.step != 0:
                    for index in range(*chosen.indices(len(value))):
                        yield self._node(node, index, value[index])
            case WildcardSelector():
                yield from self._children(node)
            case FilterSelector(expression=expression):
                yield from (child for child in self._children(node) if self._holds(expression, child.value))
            case _:
                raise PathError(f"{selector} is not a known selector")

    def _holds(self, expression: Expression, current: JSON) -> bool:
        """Return whether *expression* is true for *current*."""
        match expression:
            case FilterExpression(expression=inner):
                return self._holds(inner, current)
            case LogicalExpression(left=left, operator=operator, right=right):
                # The left side decides if it is true before `||`, or false before `&&`.
                is_left = self._holds(left, current)
                return is_left if is_left == (operator == "||") else self._holds(right, current)
            case PrefixExpression(right=right):
                return not self._holds(right, current)
            case ComparisonExpression(left=left, operator=operator, right=right):
                return _compared(self._value(left, current), operator, self._value(right, current))
            case FilterQuery():
                return bool(self._nodes(expression, current))
            case FunctionExtension(name="match" | "search" as name, args=[text, pattern]):
                values = self._value(text, current), self._value(pattern, current)
                return self._matcher.is_match(*values, complete=name == "match")
            case _:
                raise PathError(f"{expression} must be compared with something")

    def _value(self, expression: Expression, current: JSON) -> object:
        """Return the one value of *expression*, or `_NOTHING`."""
        match expression:
            case FilterExpressionLiteral():
                return cast("object", expression.value)  # pyright: ignore[reportUnknownMemberType]
            case FilterQuery():
                return self._only(expression, current)
            case FunctionExtension(name="value", args=[query]):
                return self._only(query, current)
            case FunctionExtension(name="count", args=[query]):
                return len(self._nodes(query, current))
            case FunctionExtension(name="length", args=[argument]):
                value = self._value(argument, current)
                return len(cast("str", value)) if isinstance(value, str | list | dict) else _NOTHING
            case _:
                raise PathError(f"{expression} has no value to compare")

    def _only(self, query: Expression, current: JSON) -> object:
        nodes = self._nodes(query, current)
        return nodes[0].value if len(nodes) == 1 else _NOTHING

    def _nodes(self, query: Expression, current: JSON) -> list[_Found]:
        if not isinstance(query, FilterQuery):
            raise PathError(f"{query} is not a query")
        return self.select(query.query, current if isinstance(query, RelativeFilterQuery) else self._root)


def _compared(one: object, operator: str, other: object) -> bool:
    match operator:
        case "==":
            return is_equal(one, other)
        case "!=":
            return not is_equal(one, other)
        case "<":
            return _is_less(one, other)
        case ">":
            return _is_less(other, one)
        case "<=":
            return _is_less(one, other) or is_equal(one, other)
        case _:
            return _is_less(other, one) or is_equal(one, other)


def _is_less(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one < other
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    return isinstance(one, int | float) and isinstance(other, int | float) and one < other
