"""`expunge report`: show what a plan would delete, or what became of a run."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..journal.reading import Reading
from ..plans.plan import Plan
from .approval_page.file import write_page
from .approval_page.markdown import plan_as_markdown
from .exit_codes import fail, say
from .journal.lines import lines, print_csv
from .journal.table import counts_in_words, print_journal, verified
from .options import AsJson, AsMarkdown
from .plans.table import notes_of, print_plan, summary_of
from .rendering import print_json, print_rows

_JOURNAL = b"SQLite format 3\0"


def report(  # noqa: PLR0917 - the framework passes options by name
    file: Annotated[Path, typer.Argument(metavar="JOURNAL|PLAN", help="A file that expunge has written.")],
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page for a browser instead; it can be printed."),
    ] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")] = False,
    as_markdown: AsMarkdown = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Show the hash of the last row, for comparison with one that was noted.")
    ] = False,
) -> None:
    """Show what a plan would delete, or what became of the run in a journal. Nothing is sent.

    A journal that was changed is refused: the first row that was changed, added or removed is named.
    """
    if (html is not None) + as_json + as_csv + as_markdown > 1:
        raise fail("--html, --json, --csv and --markdown exclude each other.")
    if _is_journal(file):
        if as_markdown:
            raise fail(f"{file} is a journal, and --markdown is for plans.")
        _report_journal(file, html, as_json=as_json, as_csv=as_csv, verify=verify)
    elif as_json or as_csv or verify:
        raise fail(f"{file} is not a journal, and --json, --csv and --verify are for journals.")
    else:
        _report_plan(file, html, as_markdown=as_markdown)


def _is_journal(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_JOURNAL)) == _JOURNAL
    except OSError:
        return False  # reading it as a plan names the reason


def _report_journal(file: Path, html: Path | None, *, as_json: bool, as_csv: bool, verify: bool) -> None:
    with Reading(file) as reading:
        history = reading.history
        if as_json:
            for line in lines(reading):
                print_json(dict(line))
        elif as_csv:
            print_csv(reading)
        elif html is not None:
            write_page(reading, file, html)
            say(f"The page is in {html}.")
        elif verify:
            print_rows(("", ""), verified(reading))
        else:
            print_journal(reading)
        if as_json or as_csv or html is not None:
            for name, value in verified(reading) if verify else ():
                say(f"{name}: {value}")
            say(f"{history.count} references: {counts_in_words(history)}")


def _report_plan(file: Path, html: Path | None, *, as_markdown: bool) -> None:
    plan = Plan.load(file)
    if html is not None:
        write_page(plan, file, html)
    elif as_markdown:
        sys.stdout.writelines(plan_as_markdown(plan))
    else:
        print_plan(plan)
    for line in notes_of(plan):
        say(line)
    say(summary_of(plan))
    if html is not None:
        say(f"The page is in {html}. The SHA-256 of its plan is {plan.sha256}.")
