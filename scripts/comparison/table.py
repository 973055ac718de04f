"""The result of the comparison as Markdown, as the documentation shows it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from .cases import Case
from .run import Client, Run

Row: TypeAlias = tuple[Client, Case, Run, Run]
"""An SDK, a case, and what the SDK and expunge made of it."""


def table(rows: Sequence[Row], not_run: Iterable[tuple[str, str]], *, shows_all: bool) -> str:
    """Return the rows in which an SDK is wrong and expunge is not, or all, and the SDKs that were not run."""
    return "\n".join(_lines(rows, not_run, shows_all=shows_all))


def _lines(rows: Sequence[Row], not_run: Iterable[tuple[str, str]], *, shows_all: bool) -> Iterator[str]:
    wrong = [row for row in rows if row[2].verdict.judgement == "wrong" and row[3].verdict.judgement != "wrong"]
    yield "| case | SDK | it said | the truth | so it | expunge said |"
    yield "|---|---|---|---|---|---|"
    for sdk, case, their, our in rows if shows_all else wrong:
        verdict = their.verdict.why or f"is {their.verdict.judgement}"
        ours = our.said + ("" if our.verdict.judgement == "right" else f" ({our.verdict.why or our.verdict.judgement})")
        yield f"| {case.name} | {sdk} | {their.said} | {their.truth} | {verdict} | {ours} |"
    yield ""
    yield f"{len(rows)} cases; in {len(wrong)} an SDK is wrong and expunge is not."
    yield ""
    yield "| not compared | reason |"
    yield "|---|---|"
    yield from (f"| {package} | {reason} |" for package, reason in not_run)
