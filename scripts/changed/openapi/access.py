"""Compare how a call reaches the API: its servers, its alternative credentials, and the schemes that declare these."""

from collections.abc import Iterator

from .client_facts import PREFIX
from .document import Document, Operation, addresses, demands
from .keywords import Found, lost_and_got
from .normal_form import Schema, as_object

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
    """Compare alternative servers or credentials. One more breaks no call, if the first server stays."""
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
            words = " became ".join(_prefix(each) or "none" for each in (before, after))
            yield "breaking", f"{path}.{PREFIX}", f"{words}, which `connect` sends in front of the key"
        elif _scopes(before) != _scopes(after):
            was, now = _scopes(before), _scopes(after)
            yield from lost_and_got(f"{path}.scopes", sorted(was - now), sorted(now - was))
        elif {**before, "scheme": None} != {**after, "scheme": None}:
            yield "documentation", path, "reworded"


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
