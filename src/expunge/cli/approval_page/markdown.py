"""Plans and differences as Markdown, for the text of a merge request."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import get_args

from ...plans.difference import Change, Decision, Difference
from ...plans.plan import Plan
from ...plans.planned_model import PlannedModel
from ...plans.retention import Choice, Rule
from ..plans.table import notes_of, rule_of
from ..rendering import LIVE_WORDS, time_shown
from .request import RuleView
from .view import counted, view_of
from .visible_text import visible

# Words, and marks that end a clause. A dot or colon inside a word could begin a link.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ();%-]|[.,:](?=\s|\Z))*", re.ASCII)

_HEADS = {
    "starts": "would newly be deleted",
    "stops": "would no longer be deleted",
    "gone": "not there any more",
    "changed": "the same decision for another reason",
}
"""The lists of a difference in words."""


def plan_as_markdown(plan: Plan) -> Iterator[str]:
    """Yield a report on *plan*: every version that goes, and the number of versions that stay by each rule."""
    return (f"{line}\n" for line in _plan(plan))


def difference_as_markdown(found: Difference) -> Iterator[str]:
    """Yield a table for each list of *found* that is not empty."""
    return (f"{line}\n" for line in _difference(found))


def counts_of(found: Difference) -> str:
    """Return the number of versions in each list of *found*, as one line."""
    counts = [f"{len(changes)} {_HEADS[name]}" for name, changes in found.lists() if changes]
    return ", ".join(counts) if counts else "No version is decided on in another way"


def quoted(given: str) -> str:
    """Return *given*, which may be anybody's text, as a span of code: nothing inside has a meaning."""
    shown = " ".join(visible(given).split()) or " "
    if "\\" in shown:
        # Renderers differ on a backslash before a bar, which ends a cell of a table also inside a span of code.
        shown = shown.replace("|", "[U+007C]")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"`{shown}`"


def text(given: str) -> str:
    """Return *given* as it is if it holds only words, else as a span of code."""
    return given if _PLAIN.fullmatch(given) else quoted(given)


def _plan(plan: Plan) -> Iterator[str]:
    page = view_of(plan)
    yield from (f"### {page.title}", "")
    yield from (f"- Host of {provider}: {quoted(host)}" for provider, host in page.hosts)
    yield f"- Made {page.created} by {quoted(page.created_by)} with {quoted(page.tool)}"
    yield f"- SHA-256 of the plan: {quoted(page.sha256)}"
    yield from (f"- {text(sentence)}" for sentence in page.asked_for)
    for rule in page.rules:
        yield from _rule(rule)
    yield from (f"- {text(note)}" for note in notes_of(plan))
    for model in plan.models:
        yield from _model(model, rule_of(plan, model))


def _difference(found: Difference) -> Iterator[str]:
    yield f"### {counts_of(found)}"
    for name, changes in found.lists():
        if changes:
            yield from ("", f"#### {_HEADS[name].capitalize()}: {len(changes)}", "")
            yield from _table(("version", "before", "now"), map(_change_row, changes))


def _rule(rule: RuleView) -> Iterator[str]:
    yield f"- {text(rule.title)}"
    yield from (f"  - {text(sentence)}" for sentence in rule.asked_for)


def _model(model: PlannedModel, rule: str) -> Iterator[str]:
    choices = tuple(model.choices)
    goes = [choice for choice in choices if choice.action == "delete"]
    stays = Counter(choice.rule for choice in choices if choice.action == "keep")
    yield from ("", f"#### {quoted(model.ref)}: {len(goes)} of {counted(len(choices))}", "")
    if rule:
        yield from (f"By {rule}.", "")
    if goes:
        yield from _table(("version", "created", "aliases", "live", "why"), map(_row, goes))
        yield ""
    kept = [f"{stays[rule]} by {quoted(rule)}" for rule in get_args(Rule) if stays[rule]]
    yield f"Kept: {', '.join(kept) or 'none'}."


def _row(choice: Choice) -> tuple[str, ...]:
    version = choice.version
    aliases = ", ".join(map(quoted, version.aliases)) or "-"
    return quoted(choice.ref), time_shown(version), aliases, LIVE_WORDS[version.is_live], text(choice.reason)


def _change_row(change: Change) -> tuple[str, ...]:
    return quoted(change.ref), _decision(change.before), _decision(change.after)


def _decision(decision: Decision | None) -> str:
    return "-" if decision is None else f"{decision.action}: {text(decision.reason)}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in chain((heads, ["---"] * len(heads)), rows):
        cells = [cell.replace("|", r"\|") for cell in row]
        yield f"| {' | '.join(cells)} |"
