"""Make one valid OpenAPI document of a provider's published spec and its overlay.

The spec may be the provider's complete one: the overlay's `x-operations` names the operations that are taken from it.
Nothing is fetched. A reference that leaves the document is refused.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from openapi_spec_validator import OpenAPIV31SpecValidator

from expunge._yaml import JSON
from overlay.document import Overlay, apply_overlay, read_file, read_overlay
from overlay.nodes import OverlayError

from .convert import FIELD, convert, is_3_0
from .parameters import unsent_encodings, unsent_forms
from .places import look_alike, shown_place, shown_problem
from .slice import METHODS, cut, places_of_references

_PROVIDER = re.compile(r"[a-z][a-z0-9_]*")
_STATED = ("description", "x-source", "x-expect-matches")
_DIGEST = "x-expect-sha256"


class NormaliseError(Exception):
    """A spec and an overlay that do not make a valid OpenAPI 3.1 document."""


def providers(root: Path) -> list[str]:
    """Return the providers' names: every spec has an overlay, and every overlay a spec."""
    specs = {path.stem for path in (root / "specs").glob("*.yaml")}
    overlays = {path.name.removesuffix(".overlay.yaml") for path in (root / "overlays").glob("*.overlay.yaml")}
    for name in sorted(specs ^ overlays):
        missing = "overlay" if name in specs else "spec"
        raise NormaliseError(f"Provider {name} has no {missing}")
    for name in specs:
        if not _PROVIDER.fullmatch(name):
            raise NormaliseError(f"{name!r} cannot name a provider, because it cannot name a Python package")
    return sorted(specs)


def normalise(provider: str, root: Path, before: Path | None = None) -> dict[str, JSON]:
    """Return the document of *provider*, from the specs and overlays below *root*.

    Args:
        provider: The provider's name.
        root: The tree.
        before: The spec that the overlay was written for, if another is in the tree: a failure names the differences.
    """
    spec_path = root / "specs" / f"{provider}.yaml"
    overlay_path = root / "overlays" / f"{provider}.overlay.yaml"
    try:
        spec = _readable(spec_path)
    except (NormaliseError, OverlayError) as error:
        raise NormaliseError(f"{spec_path.relative_to(root)}: {str(error).removeprefix(f'{spec_path}: ')}") from None
    try:
        overlay = read_overlay(read_file(overlay_path))
        _require_statements(overlay)
        taken = _taken(overlay)
        _require_operations(taken or [], spec)
        spec = _cut(spec, taken, overlay, spec_path.relative_to(root))
        document = apply_overlay(overlay, spec, strict=True, before=_old(before, taken, overlay))
        _require_digests(overlay)
        _require_news(overlay)
    except OverlayError as error:
        raise NormaliseError(
            f"{overlay_path.relative_to(root)}: {str(error).removeprefix(f'{overlay_path}: ')}"
        ) from None
    try:
        return _valid(document)
    except NormaliseError as error:
        raise NormaliseError(f"specs/{provider}.yaml with its overlay: {error}") from None


def operations(document: dict[str, JSON]) -> Iterator[tuple[str, str, dict[str, JSON], list[dict[str, JSON]]]]:
    """Yield path, method, operation and parameters (including those of the path) of each operation."""
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
    """Return the target of the reference *node* in *document*, or *node* itself if it is not a reference."""
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


def _readable(path: Path) -> dict[str, JSON]:
    """Read the spec at *path*, and refuse what is not OpenAPI 3.1 or refers to other documents."""
    spec = read_file(path)
    if not isinstance(spec, dict) or not {"openapi", "swagger"} & spec.keys():
        raise NormaliseError("this is not an OpenAPI document: it has no `openapi` at its top")
    version = str(spec.get("openapi", f"{spec.get('swagger')} (Swagger)"))
    if not version.startswith(("3.1.", "3.0.")):
        raise NormaliseError(f"this is OpenAPI {version}; only 3.1 is accepted, and 3.0 to convert it")
    return spec


def _old(path: Path | None, taken: list[str] | None, overlay: Overlay) -> dict[str, JSON] | None:
    """Return the same slice of the spec at *path*, or None if there is none."""
    try:
        return None if path is None else _cut(_readable(path), taken, overlay, path)
    except (NormaliseError, OverlayError):
        return None


def _cut(spec: dict[str, JSON], taken: list[str] | None, overlay: Overlay, path: Path) -> dict[str, JSON]:
    """Return the slice of *spec* that the overlay takes, converted to OpenAPI 3.1 if the overlay says so."""
    asked = overlay.fields.get(FIELD)
    if asked not in (None, "3.0") or (asked and not is_3_0(spec)):
        raise OverlayError(f"{FIELD!r} asks to convert OpenAPI {asked}; {path} is OpenAPI {spec['openapi']}")
    if is_3_0(spec) and not asked:
        hint = f"to convert it, state {FIELD}: '3.0' in the overlay"
        raise NormaliseError(f"{path}: this is OpenAPI {spec['openapi']}; only 3.1 is accepted; {hint}")
    slice_ = cut(spec, taken, also=[action.fields.get("update") for action in overlay.actions])
    return convert(slice_) if asked else slice_


def _taken(overlay: Overlay) -> list[str] | None:
    """Return the operations that the overlay takes, such as `DELETE /v1/models/{model_id}`; None means all."""
    if "x-operations" not in overlay.fields:
        return None
    taken = overlay.fields["x-operations"]
    if not isinstance(taken, list) or not taken or not all(isinstance(operation, str) for operation in taken):
        raise OverlayError("'x-operations' must list operations of the spec, each as METHOD and path")
    return cast("list[str]", taken)


def _require_operations(taken: list[str], spec: dict[str, JSON]) -> None:
    """Check that the spec has every operation that the overlay takes, and that the generator knows its method."""
    there = {f"{method.upper()} {path}" for path, method in _methods(spec)}
    missing: list[str] = []
    for operation in taken:
        method = operation.partition(" ")[0].lower()
        if method not in METHODS:
            raise OverlayError(
                f"'x-operations' names {operation}; the generator does not know the method {method.upper()}"
            )
        if operation not in there:
            closest = look_alike(operation, sorted(there.difference(taken)))
            hint = f"; {closest} looks like it" if closest else ""
            missing.append(f"'x-operations' names {operation}, which the spec does not have{hint}")
    _refuse(missing)


def _methods(spec: dict[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield path and method of each operation in *spec*. A path that another document describes has none here."""
    for path, declared in cast("dict[str, JSON]", spec.get("paths") or {}).items():
        if isinstance(declared, dict):
            is_elsewhere = not str(declared.get("$ref", "#")).startswith("#")
            item = declared if is_elsewhere else resolve(declared, spec)
            yield from ((path, method) for method in METHODS if method in item)


def _require_statements(overlay: Overlay) -> None:
    """Check that every action states its purpose, its source and the number of matches it expects."""
    failures: list[str] = []
    for action in overlay.actions:
        missing = [key for key in _STATED if key not in action.fields]
        if action.is_removal and _DIGEST not in action.fields:
            missing.append(_DIGEST)
        if missing:
            failures.append(f"{action} does not state {', '.join(missing)}")
    _refuse(failures)


def _require_digests(overlay: Overlay) -> None:
    """Check that every action that has overwritten something states what it expected there."""
    _refuse(
        f"{action} replaces what it finds and does not state {_DIGEST}; if upstream has added this since, "
        "the action may be dropped"
        for action in overlay.replacing
        if _DIGEST not in action.fields
    )


def _require_news(overlay: Overlay) -> None:
    """Check that every action that appends adds something new."""
    _refuse(
        f"{action} appends what is there already; if upstream has fixed this, it may be dropped"
        for action in overlay.repeating
    )


def _refuse(failures: Iterable[str]) -> None:
    """Raise one error that names all *failures*, if there are any."""
    found = "; ".join(failures)
    if found:
        raise OverlayError(found)


def _valid(document: JSON) -> dict[str, JSON]:
    """Return the reached part of *document*, if it is OpenAPI 3.1 without references to other documents."""
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1."):
        raise NormaliseError("this is not an OpenAPI 3.1 document")
    document = cut(document)
    for place, reference in places_of_references(document):
        if not reference.startswith("#"):
            raise NormaliseError(
                f"reference {reference!r} of {shown_place(place)} leaves the document, and nothing is fetched"
            )
        try:
            resolve({"$ref": reference}, document)
        except NormaliseError as error:
            raise NormaliseError(f"{shown_place(place)}: {error}") from None
    for problem in OpenAPIV31SpecValidator(cast("dict[str, object]", document)).iter_errors():
        where = shown_problem(document, tuple(problem.absolute_path), problem.instance)
        raise NormaliseError(f"not valid: {where}: {_first_line(problem.message)[:300]}")
    _require_known_forms(document)
    seen: set[str] = set()
    for path, method, operation, _ in operations(document):
        identity = operation.get("operationId")
        if not isinstance(identity, str) or identity in seen:
            raise NormaliseError(f"{method.upper()} {path} has no operationId of its own")
        seen.add(identity)
    _require_schemes(document)
    return document


def _first_line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "")


def _require_known_forms(document: dict[str, JSON]) -> None:
    """Refuse each parameter that the generated client would send in another form than the spec says."""
    wrong: list[str] = []
    for path, method, operation, parameters in operations(document):
        for parameter in parameters:
            schema = resolve(cast("dict[str, JSON]", parameter.get("schema") or {}), document)
            members = [
                resolve(each, document)
                for key in ("anyOf", "oneOf", "allOf")
                for each in cast("list[dict[str, JSON]]", schema.get(key) or [])
            ]
            wrong += [
                f"{method.upper()} {path}: the {parameter['in']} parameter {parameter['name']!r} has {form}"
                for form in unsent_forms(parameter, schema, members)
            ]
        body = resolve(cast("dict[str, JSON]", operation.get("requestBody") or {}), document)
        wrong += [
            f"{method.upper()} {path}: the property {name!r} of the body {kind} has an encoding of its own"
            for kind, name in unsent_encodings(cast("dict[str, JSON]", body.get("content") or {}))
        ]
    if wrong:
        raise NormaliseError(
            f"{'; '.join(wrong)}. The generated client would send another form: correct it by an action"
        )


def _require_schemes(document: dict[str, JSON]) -> None:
    """Refuse a security requirement that nothing declares: a spec that was cut short lacks its last schemes."""
    components = cast("dict[str, dict[str, JSON]]", document.get("components", {}))
    holders = [document, *(operation for _, _, operation, _ in operations(document))]
    for holder in holders:
        for requirement in cast("list[dict[str, JSON]]", holder.get("security", [])):
            for name in requirement:
                if name not in components.get("securitySchemes", {}):
                    raise NormaliseError(f"the security scheme {name!r} is declared nowhere: is the spec cut short?")
