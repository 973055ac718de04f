"""Read `neighbours.yaml`: each real change as two documents and a verdict."""

from pathlib import Path

from tests.changed.test_schema_meaning import document
from tests.changed.test_shared_parts import api

from expunge._yaml import load

_FACTS = Path(__file__).with_suffix(".yaml")


def neighbours():
    """Return `(name, before, after, verdict)` for each change; the verdict may be `value`."""
    found = []
    for versions, changes in load(_FACTS.read_text(encoding="utf-8")).items():
        for number, fact in enumerate(changes):
            both = (_document(fact[side], fact) for side in ("before", "after"))
            found.append((f"{versions}, {number}: {fact['what']}", *both, fact["verdict"]))
    return found


def _document(content, fact):
    if fact["kind"] in {"sent", "received"}:
        return document(content, fact["kind"], **fact.get("named", {}))
    if fact["kind"] == "operation":
        return api(do=content)
    if fact["kind"] == "document":
        return {**api(do={}), **content}
    paths = {}
    for operation in content:
        method, path = operation.split(" ", 1)
        paths.setdefault(path, {})[method.lower()] = {"responses": {"200": {"description": "d"}}}
    return {**api(), "paths": paths}
