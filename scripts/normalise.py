"""Make one valid OpenAPI document of a provider's published spec and its overlay.

    python scripts/normalise.py PROVIDER

prints the document as JSON. Nothing is fetched: a reference that leaves the document is refused.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from openapi_spec_validator import OpenAPIV31SpecValidator

from apply_overlay import Overlay, apply_overlay, read_file, read_overlay
from expunge._yaml import JSON
from overlay_nodes import OverlayError

ROOT = Path(__file__).resolve().parent.parent
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PROVIDER = re.compile(r"[a-z][a-z0-9_]*")
_STATED = ("description", "x-source", "x-expect-matches")


class NormaliseError(Exception):
    """A spec and an overlay that do not make a valid OpenAPI 3.1 document."""


def main(arguments: list[str] | None = None) -> int:
    """Run the program and give its exit code."""
    parser = argparse.ArgumentParser(description="Print a provider's spec, corrected by its overlay, as JSON.")
    parser.add_argument("provider", metavar="PROVIDER", choices=providers(ROOT))
    options = parser.parse_args(arguments)
    try:
        document = normalise(options.provider, ROOT)
    except NormaliseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


def providers(root: Path) -> list[str]:
    """Name the providers: every spec has an overlay, and every overlay a spec."""
    specs = {path.stem for path in (root / "specs").glob("*.yaml")}
    overlays = {path.name.removesuffix(".overlay.yaml") for path in (root / "overlays").glob("*.overlay.yaml")}
    for name in sorted(specs ^ overlays):
        missing = "overlay" if name in specs else "spec"
        raise NormaliseError(f"Provider {name} has no {missing}")
    for name in specs:
        if not _PROVIDER.fullmatch(name):
            raise NormaliseError(f"{name!r} is no name for a provider: its package is called by it")
    return sorted(specs)


def normalise(provider: str, root: Path) -> dict[str, JSON]:
    """Give the document of *provider*, from the specs and overlays below *root*."""
    overlay_path = root / "overlays" / f"{provider}.overlay.yaml"
    try:
        overlay = read_overlay(read_file(overlay_path))
        _require_statements(overlay)
        document = apply_overlay(overlay, read_file(root / "specs" / f"{provider}.yaml"), strict=True)
    except OverlayError as error:
        raise NormaliseError(f"{overlay_path.relative_to(root)}: {error}") from None
    try:
        return _valid(document)
    except NormaliseError as error:
        raise NormaliseError(f"specs/{provider}.yaml with its overlay: {error}") from None


def operations(document: dict[str, JSON]) -> Iterator[tuple[str, str, dict[str, JSON], list[dict[str, JSON]]]]:
    """Give path, method, operation and parameters (those of the path included) of each operation."""
    for path, declared in cast("dict[str, dict[str, JSON]]", document.get("paths", {})).items():
        item = resolve(declared, document)
        shared = _parameters(item, document)
        for method in METHODS:
            if method in item:
                operation = cast("dict[str, JSON]", item[method])
                own = _parameters(operation, document)
                names = {(parameter["name"], parameter["in"]) for parameter in own}
                inherited = [each for each in shared if (each["name"], each["in"]) not in names]
                yield path, method, operation, inherited + own


def resolve(node: dict[str, JSON], document: dict[str, JSON]) -> dict[str, JSON]:
    """Give what *node* refers to in *document*, or *node* itself."""
    followed: list[str] = []
    while "$ref" in node:
        reference = str(node["$ref"])
        target: JSON = None if reference in followed else document
        for step in reference.removeprefix("#/").split("/"):
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(target, list):
                target = target[int(name)] if name.isdecimal() and int(name) < len(target) else None
            else:
                target = target.get(name) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            raise NormaliseError(f"reference {reference!r} leads nowhere")
        followed.append(reference)
        node = target
    return node


def _parameters(holder: dict[str, JSON], document: dict[str, JSON]) -> list[dict[str, JSON]]:
    declared = cast("list[dict[str, JSON]]", holder.get("parameters", []))
    return [resolve(parameter, document) for parameter in declared]


def _require_statements(overlay: Overlay) -> None:
    """Hold every action to saying what it mends, by which source, and what it expects to find."""
    for action in overlay.actions:
        missing = [key for key in _STATED if key not in action.fields]
        replaces = action.is_removal or not isinstance(action.fields.get("update", {}), dict | list)
        if replaces and "x-expect-sha256" not in action.fields:
            missing.append("x-expect-sha256")
        if missing:
            raise OverlayError(f"{action} does not state {', '.join(missing)}")


def _valid(document: JSON) -> dict[str, JSON]:
    """Give *document* if it is OpenAPI 3.1 that stands alone."""
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1."):
        raise NormaliseError("this is no OpenAPI 3.1 document")
    for reference in _references(document):
        if not reference.startswith("#/"):
            raise NormaliseError(f"reference {reference!r} leaves the document")
        resolve({"$ref": reference}, document)
    for problem in OpenAPIV31SpecValidator(cast("dict[str, object]", document)).iter_errors():
        where = "/".join(str(step) for step in problem.absolute_path)
        raise NormaliseError(f"not valid at /{where}: {' '.join(problem.message.split())[:300]}")
    seen: set[str] = set()
    for path, method, operation, _ in operations(document):
        identity = operation.get("operationId")
        if not isinstance(identity, str) or identity in seen:
            raise NormaliseError(f"{method.upper()} {path} has no operationId of its own")
        seen.add(identity)
    return document


def _references(value: JSON) -> Iterator[str]:
    """Give every `$ref` in *value*."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


if __name__ == "__main__":
    sys.exit(main())
