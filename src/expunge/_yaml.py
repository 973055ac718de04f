"""One YAML or JSON text, read as JSON data: YAML 1.2 core-schema scalars, string keys, no surprises.

PyYAML follows YAML 1.1, where `on` is true, `012` is ten and a date is no text; only its parser is used here.
"""

import json
import math
import re
from typing import TYPE_CHECKING, TypeAlias, cast

import yaml

JSON: TypeAlias = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None

_FLOAT = r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
_CORE = "tag:yaml.org,2002:"
# YAML 1.2.2, section 10.3.2, "Tag Resolution": pattern and the characters with which a match can begin.
_SCALARS: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ("~", "n", "N", "")),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), tuple("tTfF")),
    ("int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), tuple("-+0123456789")),
    ("float", re.compile(_FLOAT), tuple("-+.0123456789")),
)
# An alias is written once and stands for a whole tree: so many nodes may come of a document of n nodes.
_GROWTH, _SLACK = 10, 10_000
_QUOTED = ("'", '"', "|", ">")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class YamlError(ValueError):
    """A text that is not one clean YAML or JSON document; `line` and `column` start at 1, or are None."""

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        where = "" if line is None else f" (line {line}, column {column})"
        super().__init__(f"{problem}{where}")
        self.problem = problem
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[type["YamlError"], tuple[str, int | None, int | None]]:
        return type(self), (self.problem, self.line, self.column)


class _Duplicate(ValueError):
    """An object of a JSON text names one key twice."""


if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    # libyaml reads a large spec some ten times faster; both parsers build the same nodes.
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """PyYAML's parser with the core schema in place of its own."""


_Loader.yaml_implicit_resolvers = {
    first: [(f"{_CORE}{name}", pattern) for name, pattern, starts in _SCALARS if first in starts]
    for first in {first for _, _, starts in _SCALARS for first in starts}
}


def load(text: str) -> JSON:
    """Read *text*, one YAML 1.2 or JSON document, as plain data with string keys.

    Raises:
        YamlError: The text is malformed, holds several documents, a duplicate or composite key, a merge key,
            a tag outside the core schema, a number that JSON cannot hold, or aliases that grow beyond measure.
    """
    text = text.removeprefix("\ufeff")
    duplicate: _Duplicate | None = None
    try:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return _load_json(text)
            except _Duplicate as found:
                duplicate = found  # read it as YAML, for the line and the column
            except json.JSONDecodeError:
                pass  # flow-style YAML, or an error that the YAML parser tells with its place
        data = _load_yaml(text)
    except RecursionError:
        raise YamlError("The document is nested too deeply") from None
    if duplicate is not None:
        raise YamlError(str(duplicate))
    return data


def _load_json(text: str) -> JSON:
    """Read *text* as JSON, which the standard library does a hundred times faster than YAML."""
    data = json.loads(
        text, object_pairs_hook=_object, parse_constant=_not_json, parse_float=_finite, parse_int=_integer
    )
    if _SURROGATE.search(text):
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise YamlError("Half of a surrogate pair is no character") from None
    return cast("JSON", data)


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    """Make an object of *pairs*, refusing a key that comes twice."""
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Duplicate(f"Key {key!r} is there twice")
            seen.add(key)
    return result


def _not_json(word: str) -> JSON:
    """Refuse NaN and Infinity, which Python's JSON reader would take."""
    raise YamlError(f"{word} is no JSON number")


def _finite(digits: str) -> float:
    """Read a float, refusing one that is too large to be held."""
    value = float(digits)
    if not math.isfinite(value):
        raise YamlError(f"{digits[:40]} is no number that JSON can hold")
    return value


def _integer(digits: str, base: int = 10) -> int:
    """Read an integer, refusing one of thousands of digits (Python's own limit)."""
    try:
        return int(digits, base)
    except ValueError:
        raise YamlError(f"A number of {len(digits)} digits is too long") from None


def _load_yaml(text: str) -> JSON:
    """Parse *text* with PyYAML and build the data ourselves."""
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part) or "This is no YAML"
        raise YamlError(problem, *_place(mark)) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        problem = f"Character U+{ord(text[error.position]):04X} is not allowed"
        raise YamlError(problem, before.count("\n") + 1, len(before) - before.rfind("\n")) from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(" ".join(str(error).split())) from None
    return None if root is None else _Builder(root).build(root)


def _place(mark: yaml.Mark | None) -> tuple[int, int] | tuple[None, None]:
    """Give the line and the column of *mark*, counted from 1."""
    return (None, None) if mark is None else (mark.line + 1, mark.column + 1)


class _Builder:
    """Turns nodes into data, each alias into a copy of its own, and counts as it goes."""

    def __init__(self, root: yaml.Node) -> None:
        self._open: set[int] = set()
        self._left = _GROWTH * _count(root) + _SLACK

    def build(self, node: yaml.Node) -> JSON:
        """Give the data that *node* stands for."""
        self._left -= 1
        if self._left < 0:
            raise _error("Aliases make the document grow beyond measure", node)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise _error("An alias stands inside what it names", node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node)
            return self._mapping(cast("yaml.MappingNode", node))
        finally:
            self._open.discard(id(node))

    def _sequence(self, node: yaml.SequenceNode) -> JSON:
        if node.tag != f"{_CORE}seq":
            raise _error(f"Tag {node.tag} is not known", node)
        return [self.build(child) for child in node.value]

    def _mapping(self, node: yaml.MappingNode) -> JSON:
        if node.tag != f"{_CORE}map":
            raise _error(f"Tag {node.tag} is not known", node)
        result: dict[str, JSON] = {}
        for key_node, value_node in node.value:
            key = _key(key_node)
            if key in result:
                raise _error(f"Key {key!r} is there twice", key_node)
            result[key] = self.build(value_node)
        return result


def _count(root: yaml.Node) -> int:
    """Count the nodes as they are written, each anchor once."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            stack.extend(part for pair in node.value for part in pair)
    return len(seen)


def _key(node: yaml.Node) -> str:
    """Give a key as it is written: `200:` is the text 200."""
    if not isinstance(node, yaml.ScalarNode):
        raise _error("A key must be a single word or text", node)
    if node.value == "<<" and node.style not in _QUOTED:
        raise _error("Merge keys (<<) are not part of YAML 1.2", node)
    _scalar(node)  # an unknown tag is refused on a key too
    return cast("str", node.value)


def _scalar(node: yaml.ScalarNode) -> JSON:
    """Give the value of one scalar by its tag, which the core schema or the author has set."""
    text = cast("str", node.value)
    kind = node.tag.removeprefix(_CORE)
    if kind == "str":
        return text
    pattern = next((pattern for name, pattern, _ in _SCALARS if name == kind), None)
    if pattern is None:
        raise _error(f"Tag {node.tag} is not known", node)
    if pattern.match(text) is None:
        raise _error(f"{text[:40]!r} is no {kind}", node)
    try:
        return _typed(kind, text)
    except YamlError as error:
        raise _error(error.problem, node) from None


def _typed(kind: str, text: str) -> JSON:
    """Read *text*, which matches the pattern of *kind*."""
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return _integer(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    return _finite(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _error(problem: str, node: yaml.Node) -> YamlError:
    """Make an error that points to *node*."""
    return YamlError(problem, *_place(cast("yaml.Mark | None", node.start_mark)))
