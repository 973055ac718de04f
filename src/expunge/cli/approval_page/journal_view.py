"""The content of the page about a journal: every number and sentence, without markup."""

from attrs import frozen

from ...journal.reading import Reading
from ..journal.lines import IN_ORDER, NOT_BEGUN, Line, evidence_of, lines, word_of
from ..journal.table import DONE, facts_of, moment, resume_line
from .progress_chart import Chart, chart_of

_MOST_ROWS = 2_000
"""Rows of one table: a browser gets slow with more, and `--csv` has all of them."""


@frozen(kw_only=True)
class JournalRow:
    """One reference in a table."""

    n: int
    ref: str
    asked: str
    word: str
    settled: str
    seconds: str
    evidence: str
    detail: str


@frozen(kw_only=True)
class Group:
    """The references with one kind of outcome.

    Attributes:
        anchor: The name of its place on the page.
        title: Its heading.
        words: A sentence about what to do.
        count: The number of references.
        rows: The references, as many as are shown.
        is_open: Whether its table is unfolded.
    """

    anchor: str
    title: str
    words: str
    count: int
    rows: tuple[JournalRow, ...]
    is_open: bool


@frozen(kw_only=True)
class JournalView:
    """The complete page.

    Attributes:
        title: The outcome of the run, in a line.
        command: The command of the run.
        counts: The number of references by status, in words.
        facts: The person, the machine, the times and the hosts of the run.
        chart: The progress, if anything was settled.
        groups: The references, those that are unknown first.
        resume: The command that finishes the run; None if nothing is left.
        hash: The hash of the last entry.
    """

    title: str
    command: str
    counts: tuple[tuple[str, int, bool], ...]
    facts: tuple[tuple[str, str], ...]
    chart: Chart | None
    groups: tuple[Group, ...]
    resume: str | None
    hash: str


_GROUPS = (
    ("unknown", "Unknown", "These may be gone, or may still go. To see what is there now: expunge show REF"),
    ("not-done", "Not deleted", "These had no effect. The detail has the reason."),
    ("not-begun", "Not begun", "Nothing was sent for these."),
    ("done", "Done", "The provider or a read confirmed these, or the provider has accepted them."),
)


def journal_view_of(reading: Reading) -> JournalView:
    """Return the content of the page about an open journal; it depends only on the journal."""
    history = reading.history
    counts = history.counts()
    rows: dict[str, list[JournalRow]] = {anchor: [] for anchor, _, _ in _GROUPS}
    found = dict.fromkeys(rows, 0)
    for line in lines(reading):
        anchor = _group_of(line)
        found[anchor] += 1
        if len(rows[anchor]) < _MOST_ROWS:
            rows[anchor].append(_row(line))
    done = sum(counts[status] for status in IN_ORDER if status in DONE)
    outcomes = ((str(facts["settled_at"]), str(facts["status"])) for _, facts in reading.entries("outcome"))
    return JournalView(
        title=f"{done} of {history.count} done" if done < history.count else f"All {history.count} done",
        command=str(history.run["command"]),
        counts=tuple((each or NOT_BEGUN, counts[each], each in DONE) for each in IN_ORDER if counts[each]),
        facts=tuple(facts_of(reading)),
        chart=chart_of(outcomes, history.parts, history.count),
        groups=tuple(
            Group(
                anchor=anchor,
                title=title,
                words=words,
                count=found[anchor],
                rows=tuple(rows[anchor]),
                is_open=anchor != "done",
            )
            for anchor, title, words in _GROUPS
            if found[anchor]
        ),
        resume=None if history.is_complete else resume_line(reading),
        hash=history.chain.hex(),
    )


def _group_of(line: Line) -> str:
    if line["status"] == "unknown":
        return "unknown"
    if line["status"] is None:
        return "not-begun"
    return "done" if line["status"] in DONE else "not-done"


def _row(line: Line) -> JournalRow:
    ref, asked = str(line["ref"]), str(line["requested_ref"])
    return JournalRow(
        n=int(str(line["n"])),
        ref=ref,
        asked="" if asked == ref else asked,
        word=word_of(line),
        settled=moment(str(line["settled_at"])) if line["settled_at"] else "-",
        seconds="-" if line["seconds"] is None else f"{line['seconds']:.1f} s",
        evidence=evidence_of(line),
        detail=str(line["detail"] or ""),
    )
