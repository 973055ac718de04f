"""One YAML or JSON text, read as JSON data: YAML 1.2 core-schema scalars, string keys, no surprises.

PyYAML follows YAML 1.1, where `on` is true, `012` is ten and a date is not text; only its parser is used here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import yaml

from ._json import JSON, NotJson, Place, RepeatedKey, finite, integer, read_json

__all__ = ["JSON", "YamlError", "load", "load_with_lines"]

_FLOAT = r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
_CORE = "tag:yaml.org,2002:"
# YAML 1.2.2, section 10.3.2, "Tag Resolution": the patterns in their order.
_PATTERNS = {
    "null": re.compile(r"(?:~|null|Null|NULL|)\Z"),
    "bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    "int": re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    "float": re.compile(_FLOAT),
}
# The first characters of a scalar that is not text; the empty text is for an empty scalar.
_FIRST = frozenset(["", *"~nNtTfF-+.0123456789"])
# An alias may stand for a large tree: limits the nodes that a document of n nodes may grow to.
_GROWTH, _SLACK = 10, 10_000
# Far more than any spec or manifest has, and far less than the stack can hold.
_DEEPEST = 200
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


def load(text: str) -> JSON:
    """Read *text*, one YAML 1.2 or JSON document, as plain data with string keys.

    Raises:
        YamlError: The text is malformed, holds several documents, a duplicate or composite key, a merge key,
            a tag outside the core schema, a number that JSON cannot hold, or aliases that grow beyond measure.
    """
    text = text.removeprefix("\ufeff")
    duplicate: RepeatedKey | None = None
    try:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return _load_json(text)
            except RepeatedKey as found:
                duplicate = found  # read it as YAML, for the line and the column
            except json.JSONDecodeError:
                pass  # flow-style YAML, or an error that the YAML parser reports with its place
        data = _load_yaml(text)
    except RecursionError:
        raise YamlError("The document is nested too deeply") from None
    except NotJson as error:
        raise YamlError(str(error)) from None
    if duplicate is not None:
        raise YamlError(str(duplicate))
    return data


def load_with_lines(text: str) -> tuple[JSON, Mapping[Place, int]]:
    """Read *text* as `load()` does; return also the lines, from 1, of all keys and items that are written there.

    A value that an alias stands for has the line of the alias.

    Raises:
        YamlError: As in `load()`.
    """
    lines: dict[Place, int] = {}
    try:
        return _load_yaml(text.removeprefix("\ufeff"), lines), lines
    except RecursionError:
        raise YamlError("The document is nested too deeply") from None


def _load_json(text: str) -> JSON:
    """Read *text* as JSON, which the standard library does a hundred times faster than YAML."""
    data = read_json(text)
    if _SURROGATE.search(text):
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise YamlError("Half of a surrogate pair is not a character") from None
    return data


def _load_yaml(text: str, lines: dict[Place, int] | None = None) -> JSON:
    """Parse *text* with PyYAML and build the data ourselves; put the line of each key and item into *lines*."""
    # libyaml reads a large spec some ten times faster; both parsers give the same events.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(lines).read(yaml.parse(text, Loader=loader))
    except yaml.reader.ReaderError as error:
        # libyaml counts bytes, and PyYAML's own parser characters.
        is_in_bytes = loader is not yaml.SafeLoader
        before = text.encode()[: error.position].decode() if is_in_bytes else text[: error.position]
        problem = f"Character U+{ord(text[len(before)]):04X} is not allowed"
        raise YamlError(problem, before.count("\n") + 1, len(before) - before.rfind("\n")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part) or "This is not YAML"
        raise YamlError(problem, *_place(mark)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlError(" ".join(str(error).split())) from None


class _Mark(Protocol):
    """A place as both of PyYAML's parsers report it, counted from 0."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def _place(mark: _Mark | None) -> tuple[int, int] | tuple[None, None]:
    """Return the line and the column of *mark*, counted from 1."""
    return (None, None) if mark is None else (mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Open:
    """An object or array that has begun and not ended; `key` waits for its value, and `step` led to the last one."""

    data: dict[str, JSON] | list[JSON]
    anchor: str | None
    key: str | None = None
    step: str | int = 0


class _Builder:
    """Builds data from the parser's events, copies each alias, and counts the nodes.

    PyYAML's own composer calls itself for each level, and a text of a hundred thousand dashes overruns the stack.
    """

    def __init__(self, lines: dict[Place, int] | None = None) -> None:
        self._lines = lines
        self._root: JSON = None
        self._open: list[_Open] = []
        self._anchors: dict[str, JSON | _Open] = {}
        self._written = 0
        self._copied = 0

    def read(self, events: Iterator[yaml.Event]) -> JSON:
        """Return the data of the one document in *events*."""
        documents = 0
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._put(self._copy_of(event), event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _error("Only a single document can be read", event)
        return self._root

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        value = _value(event)
        holder = self._open[-1] if self._open else None
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        if holder is not None and isinstance(holder.data, dict) and holder.key is None:
            holder.key = _key(event, holder.data)
            self._note_line(holder, holder.key, event)
        else:
            self._put(value, event)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"{_CORE}map" if is_map else f"{_CORE}seq"):
            raise _error(f"Tag {event.tag} is not known", event)
        if len(self._open) >= _DEEPEST:
            raise _error("The document is nested too deeply", event)
        data: dict[str, JSON] | list[JSON] = {} if is_map else []
        self._put(data, event)
        self._open.append(_Open(data, event.anchor))
        if event.anchor is not None:
            self._anchors[event.anchor] = self._open[-1]

    def _end(self) -> None:
        closed = self._open.pop()
        if closed.anchor is not None:
            self._anchors[closed.anchor] = closed.data

    def _put(self, value: JSON, event: yaml.Event) -> None:
        """Put *value* where the innermost open object or array expects it."""
        self._written += 1
        if not self._open:
            self._root = value
            return
        holder = self._open[-1]
        if isinstance(holder.data, list):
            self._note_line(holder, len(holder.data), event)
            holder.data.append(value)
        elif holder.key is None:
            raise _error("A key must be a single word or text", event)
        else:
            holder.data[holder.key] = value
            holder.key = None

    def _note_line(self, holder: _Open, step: str | int, event: yaml.Event) -> None:
        """Note the line of a key or an item of *holder*, which is open."""
        holder.step = step
        if self._lines is not None and event.start_mark is not None:
            self._lines[tuple(each.step for each in self._open)] = event.start_mark.line + 1

    def _copy_of(self, event: yaml.AliasEvent) -> JSON:
        name = str(event.anchor)
        if name not in self._anchors:
            raise _error(f"Alias {name!r} names nothing that was written before", event)
        anchored = self._anchors[name]
        if isinstance(anchored, _Open):
            raise _error("An alias stands inside what it names", event)
        return self._copy(anchored, event)

    def _copy(self, value: JSON, event: yaml.AliasEvent) -> JSON:
        self._copied += 1
        if self._copied > _GROWTH * self._written + _SLACK:
            raise _error("Aliases make the document grow beyond measure", event)
        if isinstance(value, dict):
            return {key: self._copy(child, event) for key, child in value.items()}
        if isinstance(value, list):
            return [self._copy(child, event) for child in value]
        return value


def _key(event: yaml.ScalarEvent, data: dict[str, JSON]) -> str:
    """Return a key as it is written: `200:` is the text 200."""
    if event.value == "<<" and event.style not in _QUOTED:
        raise _error("Merge keys (<<) are not part of YAML 1.2", event)
    if event.value in data:
        raise _error(f"Key {event.value!r} is there twice", event)
    return event.value


def _value(event: yaml.ScalarEvent) -> JSON:
    """Return the value of one scalar: by its tag, or by its pattern if it is plain."""
    text = event.value
    if event.tag in (None, "!"):
        kind = _look(text) if event.tag is None and event.implicit[0] else "str"
    else:
        kind = str(event.tag).removeprefix(_CORE)
    if kind == "str":
        return text
    if kind not in _PATTERNS:
        raise _error(f"Tag {event.tag} is not known", event)
    if _PATTERNS[kind].match(text) is None:
        raise _error(f"{text[:40]!r} is not a valid {kind}", event)
    try:
        return _typed(kind, text)
    except NotJson as error:
        raise _error(str(error), event) from None


def _look(text: str) -> str:
    """Return the kind of a plain scalar, in the order of the core schema."""
    if text[:1] in _FIRST:
        for kind, pattern in _PATTERNS.items():
            if pattern.match(text):
                return kind
    return "str"


def _typed(kind: str, text: str) -> JSON:
    """Read *text*, which matches the pattern of *kind*."""
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return integer(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    return finite(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _error(problem: str, event: yaml.Event) -> YamlError:
    """Make an error that points to *event*."""
    return YamlError(problem, *_place(event.start_mark))
