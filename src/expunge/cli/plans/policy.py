"""`expunge policy`: check a file of rules, or explain what it says about one version."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from ..._client import Client
from ...plans.policies.policy import Policy
from ...plans.policies.rule import PolicyRule
from ...plans.selection import CALENDAR, COUNTED, Selection
from ...providers import PROVIDERS
from ...providers._patterns import version_of
from ..exit_codes import fail, say, usage
from ..list_and_show import settings_for
from ..options import AsJson, PolicyFile
from ..rendering import print_json, print_rows, reading

_CHECK_HEADS = ("rule", "line", "models", "what it does")
_EXPLAIN_HEADS = ("rule", "line", "verdict", "why")


class Action(StrEnum):
    """The two things to do with a policy."""

    CHECK = "check"
    EXPLAIN = "explain"


def policy(
    action: Annotated[Action, typer.Argument(help="check FILE, which sends nothing, or explain FILE REF.")],
    file: PolicyFile,
    ref: Annotated[
        str | None, typer.Argument(metavar="[REF]", help="The version to explain, such as baseten:mod3x7q@dep1aaa.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a policy, or explain what it says about one version. Deletes nothing.

    A mistake ends with 2, and a line names it as FILE:LINE. explain shows each rule, guard rail and limit, and the
    decision last.
    """
    if action is Action.CHECK:
        if ref is not None:
            raise fail("check takes only a FILE; use explain for a version. Nothing was sent.")
        _check(Policy.load(file), as_json=as_json)
    elif ref is None:
        raise fail("explain needs a REF after the FILE, such as baseten:mod3x7q@dep1aaa; nothing was sent.")
    else:
        _explain(Policy.load(file), ref, as_json=as_json)


def _check(checked: Policy, *, as_json: bool) -> None:
    if as_json:
        for row in checked.to_rows():
            print_json(dict(row))
    else:
        print_rows(
            _CHECK_HEADS,
            [
                (f"rule {rule.number}", f"line {rule.line}", ", ".join(rule.models), "; ".join(_words(rule.selection)))
                for rule in checked.rules
            ],
        )
    for rule in checked.rules:
        if rule.protects_everything:
            say(f"{checked.name}:{rule.line}: This rule deletes nothing; it keeps its models from later rules.")
        for note in _notes(rule):
            say(f"{checked.name}:{rule.line}: {note}")
    count = len(checked.rules)
    say(f"{checked.name} is a policy with {count} rule{'' if count == 1 else 's'}; it has no mistake.")


def _explain(checked: Policy, text: str, *, as_json: bool) -> None:
    with usage():
        ref = version_of(text)
    with Client(*settings_for([ref])) as client, reading(str(ref.model)):
        explained = client.explain(ref, policy=checked)
    if as_json:
        for verdict in (*explained.verdicts, *explained.limits):
            print_json(verdict.to_dict())
        print_json(explained.to_dict())
        return
    rows = [
        (each.rule, "-" if each.line is None else f"line {each.line}", each.opinion, each.reason)
        for each in (*explained.verdicts, *explained.limits)
    ]
    print_rows(_EXPLAIN_HEADS, [*rows, ("decision", "-", explained.decision, explained.reason)])


def _words(selection: Selection) -> Iterator[str]:
    """Yield each part of a rule in the words of its file."""
    names = [name for name in (*COUNTED, "keep_within") if getattr(selection, name) is not None]
    kept = [f"{name.removeprefix('keep_')} {getattr(selection, name)}" for name in names]
    if kept:
        yield f"keep {', '.join(kept)}"
    if selection.older_than is not None:
        yield f"delete older_than {selection.older_than}"
    if selection.match:
        yield f"delete match {', '.join(selection.match)}"
    if selection.protect:
        yield f"protect {', '.join(selection.protect)}"


def _notes(rule: PolicyRule) -> Iterator[str]:
    """Yield a sentence for each selector that a provider's data cannot answer."""
    dateless = [
        name
        for name in dict.fromkeys(pattern.provider for pattern in rule.patterns)
        if not PROVIDERS[name].capabilities.creation_times
    ]
    for name in ("older_than", *CALENDAR):
        if getattr(rule.selection, name) is not None:
            for provider in dateless:
                key = name.removeprefix("keep_")
                yield f"{provider} gives no creation times, so {key} makes this rule select nothing there."
