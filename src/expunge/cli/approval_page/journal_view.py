"""The content of the page about a journal: every number and sentence, without markup."""

from collections.abc import Iterator
from operator import attrgetter

from attrs import frozen

from ...journal.reading import Reading
from ...types import Status
from ..journal.lines import IN_ORDER, NOT_BEGUN, Line, evidence_of, lines_of, word_of
from ..journal.table import DONE, facts_of, moment, resume_line
from .columns import differing
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
        columns: The columns after that of the reference, each with its head.
        common: The other columns, each with what it would say in every row.
        is_open: Whether its table is unfolded.
    """

    anchor: str
    title: str
    words: str
    count: int
    rows: tuple[JournalRow, ...]
    columns: tuple[tuple[str, str], ...]
    common: tuple[tuple[str, str], ...]
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


_HEADS = {
    "word": "Outcome",
    "settled": "Settled",
    "seconds": "After",
    "evidence": "Evidence",
    "detail": "Detail",
}
"""The columns after that of the reference, in their order."""


def journal_view_of(reading: Reading) -> JournalView:
    """Return the content of the page about an open journal; it depends only on the journal."""
    history = reading.history
    counts = history.counts()
    rows: dict[str, list[JournalRow]] = {anchor: [] for anchor, _, _ in _GROUPS}
    # Only the references that are shown are read.
    for line in lines_of(reading, lambda n: len(rows[_group_of(history.status_of(n))]) < _MOST_ROWS):
        rows[_group_of(history.status_of(int(str(line["n"]))))].append(_row(line))
    done = sum(counts[status] for status in IN_ORDER if status in DONE)

    def outcomes() -> Iterator[tuple[str, str]]:
        return ((str(facts["settled_at"]), str(facts["status"])) for _, facts in reading.entries("outcome"))

    return JournalView(
        title=f"{done} of {history.count} done" if done < history.count else f"All {history.count} done",
        command=str(history.run["command"]),
        counts=tuple((each or NOT_BEGUN, counts[each], each in DONE) for each in IN_ORDER if counts[each]),
        facts=tuple(facts_of(reading)),
        chart=chart_of(outcomes, history.parts, history.count),
        groups=tuple(
            _group(
                (anchor, title, words), rows[anchor], sum(counts[each] for each in counts if _group_of(each) == anchor)
            )
            for anchor, title, words in _GROUPS
            if rows[anchor]
        ),
        resume=None if history.is_complete else resume_line(reading),
        hash=history.chain.hex(),
    )


def _group(texts: tuple[str, str, str], rows: list[JournalRow], count: int) -> Group:
    anchor, title, words = texts
    columns = differing(rows, {name: attrgetter(name) for name in _HEADS})
    return Group(
        anchor=anchor,
        title=title,
        words=words,
        count=count,
        rows=tuple(rows),
        columns=tuple((name, head) for name, head in _HEADS.items() if name in columns),
        common=tuple(
            (head, text)
            for name, head in _HEADS.items()
            if name not in columns and (text := str(getattr(rows[0], name))) not in {"", "-"}
        ),
        is_open=anchor != "done",
    )


def _group_of(status: Status | None) -> str:
    if status == "unknown":
        return "unknown"
    if status is None:
        return "not-begun"
    return "done" if status in DONE else "not-done"


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
