"""Compare how a call reaches the API: its servers, its alternative credentials, and the schemes that declare these.

A scheme that got another name is the same one: no caller sends that name.
"""

from collections.abc import Iterator, Mapping

from expunge._yaml import JSON
from spec.authorization import PREFIX, key_in_header

from .document import Document, Operation, addresses, demands
from .keywords import Found, lost_and_got
from .normal_form import Schema, as_list, as_object

KINDS = ("servers", "security")
_SCHEME_WORDS = ("description", "bearerFormat")


def of_all(kind: str, before: Document, after: Document) -> tuple[list[str], list[str]]:
    """Return the servers, or the credentials, that each document states for all of its operations."""
    read = addresses if kind == "servers" else demands
    return read(before.document.get(kind)), read(after.document.get(kind))


def of_one(kind: str, old: Operation, new: Operation) -> tuple[list[str], list[str]]:
    """Return the servers, or the credentials, of an operation before and after."""
    return (old.servers, new.servers) if kind == "servers" else (old.security, new.security)


def alternatives(name: str, kind: str, before: list[str], after: list[str]) -> Found:
    """Compare alternative servers or credentials. One more breaks no call, if the first server stays.

    A credential that an operation no longer needs breaks none either: the provider ignores it. If no operation needs
    one, the client has no `connect`.
    """
    if kind == "security" and name != kind and before and not after:
        return "compatible", name, f"{' or '.join(before)} is no longer needed"
    if before and set(before) <= set(after) and (kind == "security" or before[0] == after[0]):
        came = [each for each in after if each not in before]
        return "compatible", name, f"got {' and '.join(came)}" if came else "the order changed"
    return "breaking", name, f"{' or '.join(before) or 'none'} became {' or '.join(after) or 'none'}"


def scheme_changes(one: Document, other: Document) -> Iterator[Found]:
    """Compare the security schemes. One more scope that a flow declares breaks nobody."""
    old, new = (as_object(side.components.get("securitySchemes")) for side in (one, other))
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = one.resolve(old.get(name)), other.resolve(new.get(name))
        path = f"securitySchemes.{name}"
        if not before or not after:
            yield "breaking" if before else "compatible", path, "changed" if before else "added"
        elif _bare(before) != _bare(after):
            yield "breaking", path, "changed"
        elif _prefix(before) != _prefix(after):
            one_prefix, other_prefix = (_prefix(each) or "none" for each in (before, after))
            yield (
                "breaking",
                f"{path}.{PREFIX}",
                f"{one_prefix} became {other_prefix}, which `connect` sends in front of the key",
            )
        elif _scopes(before) != _scopes(after):
            was, now = _scopes(before), _scopes(after)
            yield from lost_and_got(f"{path}.scopes", sorted(was - now), sorted(now - was))
        elif {**before, "scheme": None} != {**after, "scheme": None}:
            yield "documentation", path, "reworded"


def renamed_schemes(before: dict[str, JSON], after: dict[str, JSON]) -> dict[str, str]:
    """Return the new name of each security scheme that has another name, and says the same as before."""
    one, other = Document(before), Document(after)
    old, new = (as_object(side.components.get("securitySchemes")) for side in (one, other))
    come = [name for name in new if name not in old]
    pairs: dict[str, str] = {}
    for name in (name for name in old if name not in new):
        scheme = one.resolve(old[name])
        same = next((it for it in come if _says_the_same(scheme, other.resolve(new[it]))), None)
        if same is not None:
            come.remove(same)
            pairs[name] = same
    return pairs


def with_schemes(document: dict[str, JSON], names: Mapping[str, str]) -> dict[str, JSON]:
    """Return *document* with security schemes called by other *names*, also where calls demand them."""

    def renamed(value: JSON) -> Schema:
        return {names.get(name, name): each for name, each in as_object(value).items()}

    def demanding(holder: Schema) -> Schema:
        alternatives: list[JSON] = [renamed(each) for each in as_list(holder.get("security"))]
        return {**holder, "security": alternatives} if alternatives else holder

    paths: Schema = {
        path: {key: demanding(each) if isinstance(each, dict) else each for key, each in as_object(item).items()}
        for path, item in as_object(document.get("paths")).items()
    }
    components = as_object(document.get("components"))
    schemes = renamed(components.get("securitySchemes"))
    return {**demanding(document), "paths": paths, "components": {**components, "securitySchemes": schemes}}


def connect_changes(before: dict[str, JSON], after: dict[str, JSON]) -> Iterator[Found]:
    """Compare the key that `connect` sends. It may take another one if several suffice."""
    old, new = key_in_header(before), key_in_header(after)
    if old is not None and new is None:
        yield "breaking", "connect", "removed: no key in a header suffices for each operation"
    elif old is not None and new is not None and old != new:
        was, now = (" ".join(each).strip() for each in (old, new))
        yield "breaking", "connect", f"sends the key behind {now}, not behind {was}"


def _says_the_same(old: Schema, new: Schema) -> bool:
    return (_bare(old), _scopes(old), _prefix(old)) == (_bare(new), _scopes(new), _prefix(new))


def _bare(scheme: Schema) -> Schema:
    """Return *scheme* without descriptions and scopes; HTTP ignores letter case in its name."""
    bare = {key: value for key, value in scheme.items() if key not in _SCHEME_WORDS and not key.startswith("x-")}
    for kind, flow in as_object(bare.get("flows")).items():
        bare["flows"] = {**as_object(bare["flows"]), kind: {**as_object(flow), "scopes": None}}
    return {**bare, "scheme": str(bare["scheme"]).lower()} if "scheme" in bare else bare


def _prefix(scheme: Schema) -> str:
    """Return the text that the client sends in front of the key of *scheme*; it has one only in a header."""
    is_sent = scheme.get("type") == "apiKey" and scheme.get("in") == "header"
    return str(scheme.get(PREFIX, "")) if is_sent else ""


def _scopes(scheme: Schema) -> set[str]:
    """Return the scopes that the flows of *scheme* declare, each behind its flow."""
    flows = as_object(scheme.get("flows"))
    return {f"{kind} {scope}" for kind, flow in flows.items() for scope in as_object(as_object(flow).get("scopes"))}
