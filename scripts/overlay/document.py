"""Read and check an OpenAPI Overlay 1.0 or 1.1 document, and apply it to a document.

In strict mode, a target that matches nothing is an error. So is an action that changes nothing, or that finds something
else than it expects (`x-expect-matches`, `x-expect-sha256`).
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from expunge._yaml import JSON, YamlError, load

from .differences import pointer, shown_differences
from .nodes import Effect, Node, OverlayError, append_or_merge, kind_of, plain_copy, remove_all, select, shown

_VERSION = re.compile(r"1\.([01])\.\d+", re.ASCII)
_FIELDS = {"overlay", "info", "extends", "actions"}
_INFO_FIELDS = {0: {"title", "version"}, 1: {"title", "version", "description"}}
_ACTION_FIELDS = {
    0: {"target", "description", "update", "remove"},
    1: {"target", "description", "update", "copy", "remove"},
}
_MOST = 6
_HINT = "if upstream has fixed this, drop the action"


@dataclass(frozen=True)
class Action:
    """One correction: `number` counts from 1; `minor` is 0 for Overlay 1.0 and 1 for 1.1."""

    number: int
    minor: int
    target: str
    fields: dict[str, JSON]

    @property
    def is_removal(self) -> bool:
        """Whether the action removes the selected nodes; `update` and `copy` then have no effect."""
        return self.fields.get("remove") is True

    def __str__(self) -> str:
        return f"action {self.number} (target {shown(self.target)})"


@dataclass(frozen=True)
class Overlay:
    """A checked document of corrections.

    `fields` are the document's fields. Applying it fills three lists: `warnings`; `replacing`, the actions that have
    overwritten a value, which the action itself does not show; `repeating`, those that appended a value already there.
    """

    minor: int
    fields: dict[str, JSON]
    actions: tuple[Action, ...]
    warnings: list[str] = field(default_factory=list[str])
    replacing: list[Action] = field(default_factory=list["Action"])
    repeating: list[Action] = field(default_factory=list["Action"])


def read_file(path: Path) -> JSON:
    """Read the YAML or JSON document at *path*."""
    try:
        return load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OverlayError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OverlayError(f"{path} is not UTF-8") from None
    except YamlError as error:
        raise OverlayError(f"{path}: {error}") from None


def read_overlay(document: JSON) -> Overlay:
    """Check that *document* is an Overlay 1.0 or 1.1 document, and return it with its actions in order."""
    root = _object(document, "the overlay")
    version = root.get("overlay")
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        raise OverlayError(f"'overlay' must be the version 1.0.x or 1.1.x as text, not {_shown(version)}")
    minor = int(match[1])
    _refuse_unknown(root, _FIELDS, "the overlay")
    info = _object(root.get("info"), "'info'")
    for name in ("title", "version"):
        if not isinstance(info.get(name), str):
            raise OverlayError(f"'info.{name}' must be text, not {_shown(info.get(name))}")
    _refuse_unknown(info, _INFO_FIELDS[minor], "'info'")
    if not isinstance(info.get("description", ""), str):
        raise OverlayError(f"'info.description' must be text, not {_shown(info['description'])}")
    if "extends" in root and not isinstance(root["extends"], str):
        raise OverlayError(f"'extends' must be a URI reference, not {_shown(root['extends'])}")
    actions = root.get("actions")
    if not isinstance(actions, list) or not actions:
        raise OverlayError("'actions' must be an array with at least one action")
    return Overlay(minor, root, tuple(_read_action(item, n, minor) for n, item in enumerate(actions, start=1)))


def apply_overlay(overlay: Overlay, document: JSON, *, strict: bool = False, before: JSON = None) -> JSON:
    """Apply the actions of *overlay* in order to a copy of *document*, and return the copy.

    Args:
        overlay: The overlay.
        document: The document to correct.
        strict: Whether each action must find what it expects, and change something.
        before: The document that the overlay was written for, if it is known: a failure then names the differences.

    Raises:
        OverlayError: An action cannot be applied. In strict mode, the message names all of them; a later one may fail
            only because of an earlier one.
    """
    root: list[JSON] = [plain_copy(document)]
    old: list[JSON] | None = None if before is None else [plain_copy(before)]
    of_old = replace(overlay, warnings=[], replacing=[], repeating=[])
    failures: list[str] = []
    for action in overlay.actions:
        try:
            _apply(action, root, overlay, strict=strict, old=old)
        except OverlayError as error:
            failures.append(f"{action}: {error}")
        except RecursionError:
            failures.append(f"{action}: the document is nested too deeply")
        if failures and not strict:
            break
        if old is not None:
            with suppress(OverlayError, RecursionError):
                _apply(action, old, of_old, strict=False)
    if failures:
        raise OverlayError("; ".join(failures))
    return root[0]


def digest(values: list[JSON]) -> str:
    """Return the SHA-256 of the canonical JSON of *values*, as in `x-expect-sha256`."""
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read_action(item: JSON, number: int, minor: int) -> Action:
    """Check one action of the list."""
    name = f"action {number}"
    fields = _object(item, name)
    target = fields.get("target")
    if not isinstance(target, str):
        raise OverlayError(f"{name}: 'target' must be a JSONPath as text, not {_shown(target)}")
    _refuse_unknown(fields, _ACTION_FIELDS[minor], name)
    for key in ("description", "copy"):
        if key in fields and not isinstance(fields[key], str):
            raise OverlayError(f"{name}: '{key}' must be text, not {_shown(fields[key])}")
    if not isinstance(fields.get("remove", False), bool):
        raise OverlayError(f"{name}: 'remove' must be true or false, not {_shown(fields['remove'])}")
    action = Action(number, minor, target, fields)
    if not action.is_removal and "update" in fields and "copy" in fields:
        # In the standard each cancels the other; an author who writes both means one of them.
        raise OverlayError(f"{name}: 'update' and 'copy' exclude each other")
    return action


def _apply(action: Action, root: list[JSON], overlay: Overlay, *, strict: bool, old: list[JSON] | None = None) -> None:
    """Apply one action to the document that *root* holds; *old* holds the one that it was written for."""
    nodes = select(action.target, root)
    if strict:
        _hold_to_expectation(action, nodes, [] if old is None else select(action.target, old))
    if not nodes:
        if strict:
            raise OverlayError("the target matches nothing")
        overlay.warnings.append(f"{action}: the target matches nothing")
        return
    if action.minor == 0:
        _refuse_primitives(action, nodes)
    if action.is_removal:
        remove_all(nodes)
        return
    if "update" not in action.fields and "copy" not in action.fields:
        effect = Effect.NOTHING
    else:
        value = action.fields["update"] if "update" in action.fields else _copied(action, root)
        kinds = {kind_of(node.value) for node in nodes}
        if len(kinds) > 1 and action.minor > 0:
            raise OverlayError(f"the target selects nodes of different kinds: {', '.join(sorted(kinds))}")
        effect = max(append_or_merge(node, value, minor=action.minor) for node in nodes)
    if effect >= Effect.REPLACED:
        (overlay.replacing if effect is Effect.REPLACED else overlay.repeating).append(action)
    if strict and effect is Effect.NOTHING:
        raise OverlayError(f"the action changes nothing; {_HINT}")


def _copied(action: Action, root: list[JSON]) -> JSON:
    """Return a copy of the one node that the action's `copy` selects."""
    path = cast("str", action.fields["copy"])
    sources = select(path, root)
    if len(sources) != 1:
        raise OverlayError(f"'copy' must select exactly one node; {shown(path)} selects {len(sources)}")
    return plain_copy(sources[0].value)


def _refuse_primitives(action: Action, nodes: list[Node]) -> None:
    """Refuse targets of a 1.0 overlay that are not objects or arrays.

    Removing a primitive property is allowed: the standard's own compliance set "remove-example" does it.
    """
    for node in nodes:
        is_property = isinstance(node.container, dict)
        if kind_of(node.value) == "primitive" and not (action.is_removal and is_property):
            raise OverlayError("the target selects a primitive value, which Overlay 1.0 does not allow (1.1 does)")


def _hold_to_expectation(action: Action, nodes: list[Node], before: list[Node]) -> None:
    """Compare the selected nodes with the number and the content that the action expects.

    If the nodes *before*, of the document that the action was written for, are as expected, they show what has changed.
    """
    # 1.0 and true equal 1 in Python, but are not counts.
    expected = action.fields.get("x-expect-matches")
    if expected is not None and type(expected) is not int:
        raise OverlayError(f"'x-expect-matches' must be an integer, not {_shown(expected)}")
    if expected is not None and expected != len(nodes):
        here, there = ([pointer(node.location) for node in each] for each in (nodes, before))
        moved = [f"{place} is gone" for place in there if place not in here] if expected == len(before) else []
        moved += [f"{place} is new" for place in here if place not in there] if moved or before else []
        names = f" ({', '.join(moved[:_MOST])})" if moved else ""
        raise OverlayError(f"expected {_shown(expected)} matches, found {len(nodes)}{names}; {_HINT}")
    expected = action.fields.get("x-expect-sha256")
    found_values, old_values = [node.value for node in nodes], [node.value for node in before]
    if expected is not None and expected != digest(found_values):
        if expected == digest(old_values):
            pairs = [(new.location, old.value, new.value) for old, new in zip(before, nodes, strict=False)]
            content = f"since then {shown_differences(pairs)}"
        else:
            content = _shown(found_values, 300)
        raise OverlayError(
            f"expected content of SHA-256 {_shown(expected, 80)}, found {digest(found_values)}: {content}; {_HINT}"
        )


def _object(value: JSON, name: str) -> dict[str, JSON]:
    """Return *value* if it is an object."""
    if not isinstance(value, dict):
        raise OverlayError(f"{name} must be an object, not {_shown(value)}")
    return value


def _refuse_unknown(fields: dict[str, JSON], known: set[str], name: str) -> None:
    """Refuse fields that the standard does not define; extensions begin with `x-`."""
    for key in fields:
        if key not in known and not key.startswith("x-"):
            raise OverlayError(f"{name} has an unknown field {_shown(key)}")


def _shown(value: object, limit: int = 60) -> str:
    """Return *value* as short JSON for a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}…"
