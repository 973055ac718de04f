"""Parameters that the generator would send in another form than the spec says, without a word.

It knows one form for each place: texts and numbers as they are, and in a query lists as `a=1&a=2` and the members of an
object as parameters of their own.
"""

from collections.abc import Iterator
from typing import cast

from expunge._yaml import JSON

_USUAL = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_PLAIN_STYLES = frozenset({"form", "simple"})
_PLAIN_TYPES = frozenset({"string", "number", "integer", "boolean", "null"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def unsent_forms(parameter: dict[str, JSON], schema: dict[str, JSON], members: list[dict[str, JSON]]) -> Iterator[str]:
    """Yield each form that *parameter* asks for and that the generated client would not send.

    Args:
        parameter: The parameter.
        schema: Its schema, resolved.
        members: The resolved members of the schema's unions, or the schema itself.
    """
    place = cast("str", parameter["in"])
    if "content" in parameter:
        yield f"content {', '.join(cast('dict[str, JSON]', parameter['content']))}"
        return
    style = parameter.get("style", _USUAL[place])
    is_plain = all(_is_plain(member) for member in members or [schema])
    if style != _USUAL[place] and not (is_plain and style in _PLAIN_STYLES):
        yield f"style: {style}"
    explode = parameter.get("explode", style == "form")
    if place in {"query", "cookie"} and style == "form" and explode is False and not is_plain:
        yield "explode: false"


def unsent_encodings(content: dict[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield content type and property of each form body in *content* whose `encoding` asks for a form of its own."""
    for kind in _FORMS:
        media = content.get(kind)
        encoding = media.get("encoding") if isinstance(media, dict) else None
        for name, each in encoding.items() if isinstance(encoding, dict) else ():
            if isinstance(each, dict) and each.keys() & {"style", "explode", "allowReserved"}:
                yield kind, name


def _is_plain(schema: dict[str, JSON]) -> bool:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list):
        return not any(isinstance(value, dict | list) for value in values)
    named = schema.get("type")
    types = named if isinstance(named, list) else [named]
    return set(types) <= _PLAIN_TYPES
