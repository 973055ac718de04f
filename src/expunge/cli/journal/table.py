"""A journal in a terminal: the facts of the run, then its references, those that need a person first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from shlex import quote
from typing import cast

from ..._text import one_line
from ...journal.history import History, Part
from ...journal.reading import Reading
from ...types import Status
from ..rendering import Styled, is_terminal, print_rows, style_of
from .lines import IN_ORDER, NOT_BEGUN, Line, evidence_of, lines, seconds_between, word_of

_HEADS = ("outcome", "reference", "settled", "seconds", "evidence", "detail")
DONE: frozenset[object] = frozenset({"deleted", "accepted", "planned"})
_MOST_DONE = 50
"""References that are done which a terminal shows: nobody reads more."""


def print_journal(reading: Reading) -> None:
    """Print the facts and the references of a journal on stdout."""
    print_rows(("", ""), facts_of(reading))
    if not is_terminal():
        print_rows(_HEADS, (_row(line) for line in lines(reading)))
        return
    left_out = 0
    rows: list[tuple[Styled, str, str, str, str, str]] = []
    done = 0
    for line in lines(reading):
        is_done = line["status"] in DONE
        done += is_done
        if is_done and done > _MOST_DONE:
            left_out += 1
        else:
            rows.append(_row(line))
    print_rows(_HEADS, rows)
    if left_out:
        print_rows(("",), [(f"… and {left_out} more that are done; --csv lists all of them.",)])


def facts_of(reading: Reading) -> list[tuple[str, str]]:
    """Return the facts of the run, each with its name."""
    history = reading.history
    return [
        ("command", str(history.run["command"])),
        *_who(history),
        *(("host of " + name, one_line(str(origin))) for name, origin in history.origins.items()),
        *((("profile", one_line(str(history.run["profile"]))),) if "profile" in history.run else ()),
        ("took", duration_of(history)),
        ("references", f"{history.count}: {counts_in_words(history)}"),
        *(() if history.is_complete else (("to finish it", resume_line(reading)),)),
        *verified(reading),
    ]


def verified(reading: Reading) -> list[tuple[str, str]]:
    """Return the result of verifying a journal: reading one that was changed would have failed."""
    history = reading.history
    return [
        ("verified", f"{history.count} references and {history.entries} entries are as they were written"),
        ("last hash", history.chain.hex()),
    ]


def counts_in_words(history: History) -> str:
    """Return the number of references by status, those that need a person first."""
    counts = history.counts()
    return " · ".join(f"{counts[each]} {each or NOT_BEGUN}" for each in IN_ORDER if counts[each]) or "none"


def resume_line(reading: Reading) -> str:
    """Return the command that finishes the run."""
    profile = reading.history.run.get("profile")
    named = "" if profile is None else f" --profile {quote(str(profile))}"
    return f"expunge{named} resume {quote(str(reading.path))}"


def duration_of(history: History) -> str:
    """Return the time that processes worked on the run, in words."""
    spent = [seconds_between(part.at, part.last) for part in history.parts]
    known = [seconds for seconds in spent if seconds is not None]
    if len(known) < len(spent):
        return "not known: the clock was set back"
    return f"{sum(known):.1f} s"


def moment(text: str) -> str:
    """Return a time of the journal as people read it."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _who(history: History) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(history.parts):
        yield "resumed" if number else "begun", who_of(part)


def who_of(part: Part) -> str:
    """Return when, by whom and where *part* of the work was done, and how it ended."""
    end = part.end or "no end: it was killed"
    return one_line(f"{moment(part.at)} by {part.user} on {part.host} with {part.tool}; {end}")


def _row(line: Line) -> tuple[Styled, str, str, str, str, str]:
    asked, ref = str(line["requested_ref"]), str(line["ref"])
    return (
        Styled(word_of(line), style_of(cast("Status | None", line["status"]))),
        ref if asked == ref else f"{ref} (asked for as {asked})",
        moment(str(line["settled_at"])) if line["settled_at"] else "-",
        "-" if line["seconds"] is None else f"{line['seconds']:.1f}",
        evidence_of(line),
        str(line["detail"] or ""),
    )
