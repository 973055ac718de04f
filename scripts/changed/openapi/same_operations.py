"""Find for each operation what became of it: by its id, by the module that the id gives, or by its method and path."""

from difflib import SequenceMatcher

from .client_facts import module_name
from .document import Document, Operation
from .normal_form import as_object

_ALIKE = 0.5
"""The likeness of two paths from which one may be the other, moved."""


def operations_by_id(before: Document, after: Document) -> tuple[dict[str, Operation], dict[str, Operation]]:
    """Return the operations of both sides by their ids; one whose id changed has the earlier id on both sides."""
    old, new = before.operations, after.operations
    modules = {module_name(name): name for name in old}
    has_own_modules = len(modules) == len(old) and len({module_name(name) for name in new}) == len(new)
    places = {(it.method, it.path): name for name, it in old.items() if name not in new}
    found: dict[str, Operation] = {}
    for name, each in new.items():
        same = modules.get(module_name(name), name) if has_own_modules else name
        if same not in old:
            same = places.get((each.method, each.path), same)
        found[name if same in found else same] = each
    return old, found


def looks_like(gone: Operation, come: list[Operation]) -> str:
    """Return a clause that names the added operation to which *gone* may have moved; empty if none looks like it."""
    scores = [(_likeness(gone, each), each) for each in come]
    best, found = max(scores, key=lambda it: it[0], default=(0.0, gone))
    return f"; {found.method} {found.path}, which was added, looks like it" if best >= _ALIKE else ""


def _likeness(one: Operation, other: Operation) -> float:
    """Return how much two operations look alike, from 0 to 1: by the steps of their paths, and by their answers.

    A variable counts half if its name is another one: it stands in most paths.
    """
    statuses = [set(as_object(it.node.get("responses"))) for it in (one, other)]
    if one.method != other.method or not statuses[0] & statuses[1]:
        return 0.0
    named = [it.path.strip("/").split("/") for it in (one, other)]
    bare = [[step if not step.startswith("{") else "{}" for step in steps] for steps in named]
    return sum(SequenceMatcher(None, mine, theirs, autojunk=False).ratio() for mine, theirs in (named, bare)) / 2
