"""The key that a call sends in a header, as the security of a document states it."""

from typing import cast

from expunge._yaml import JSON

from .normalised import resolve
from .slice import METHODS

PREFIX = "x-prefix"
"""An overlay states it for a key in a header, because OpenAPI has no field for it."""

Security = list[dict[str, JSON]]


def key_in_header(document: dict[str, JSON]) -> tuple[str, str] | None:
    """Return header and prefix of the first key that suffices, without another one, for each operation of *document*.

    None means that no key in a header does.
    """
    components = cast("dict[str, dict[str, dict[str, JSON]]]", document.get("components", {}))
    of_all = cast("Security", document.get("security") or [])
    items = [
        resolve(item, document) for item in cast("dict[str, dict[str, JSON]]", document.get("paths") or {}).values()
    ]
    holders = [cast("dict[str, JSON]", item[method]) for item in items for method in METHODS if method in item]
    demanded = [cast("Security", each.get("security", of_all)) for each in holders]
    demanded = [alternatives for alternatives in (demanded or [of_all]) if alternatives and {} not in alternatives]
    for alternative in demanded[0] if demanded else of_all:
        if len(alternative) == 1 and all(_suffices(alternative, each) for each in demanded):
            found = _key(components.get("securitySchemes", {}).get(next(iter(alternative)), {}))
            if found is not None:
                return found
    return None


def _suffices(alternative: dict[str, JSON], demanded: Security) -> bool:
    return any(each.keys() == alternative.keys() for each in demanded)


def _key(scheme: dict[str, JSON]) -> tuple[str, str] | None:
    match scheme:
        case {"type": "http", "scheme": str() as kind} if kind.lower() == "bearer":
            return "Authorization", "Bearer"
        case {"type": "apiKey", "in": "header", "name": str() as header, **rest}:
            return header, str(rest.get(PREFIX, ""))
        case _:
            return None
