"""`expunge resume`: settle and finish a run that was interrupted."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, cast

import typer

from .._client import Client
from .._json import JSON
from .._provider_access import limits_of
from .._runs.job import require_origins
from .._runs.recording import Watched
from ..errors import InvalidReference
from ..journal.history import NOT_BEGUN, SETTLED, UNDER_WAY, Facts
from ..journal.reading import Reading, tombstone_of
from ..providers import parse_ref
from ..types import Tombstone
from .exit_codes import USAGE, fail, say
from .journal.recorded import Recorded
from .journal.table import counts_in_words, who_of
from .list_and_show import settings_of
from .options import AsJson, Yes
from .profiles.active import require_profile_of, with_profile
from .rendering import print_json
from .run.outcomes import Again, deleting, replanning
from .run.run import Run

_GLOB = frozenset("*?[]")


def resume(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL", help="The journal of a run that was interrupted.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Finish a run that was interrupted: read the versions that were under way, and delete what is left.

    Nothing that has an outcome is touched. On a terminal, expunge asks first; without one, --yes is required.
    """
    with Reading(journal) as reading:
        history = reading.history
        by_provider = _left_by_provider(reading)
        require_profile_of(history.run.get("profile"), str(journal))
        settings = settings_of(cast("dict[str, JSON]", history.run["origins"]))
        hosts: dict[str, str] = {each.provider: each.origin for each in settings}
        require_origins(history.run, hosts.get)
        _say_what_is_left(reading)
    if not history.is_complete:
        _ask(sum(by_provider.values()), hosts, yes=yes)
    options = cast("dict[str, JSON]", history.run["options"])
    with Client(*settings) as client:
        run = Run(
            Recorded(journal, history.count),
            by_provider,
            lambda: limits_of(client),
            _again(options, is_of_plan=history.plan is not None),
            missing_ok=bool(options["missing_ok"]),
            wait=bool(options["wait"]),
            journal=journal,
        )
        if not _take_recorded(journal, run, as_json=as_json):
            with run:
                run.show(finishing(client, run.watched), as_json=as_json)
    raise typer.Exit(run.exit_code())


def _again(options: Mapping[str, JSON], *, is_of_plan: bool) -> Again:
    """Return how to try again all that is not done: as the run did, so that a plan is checked again."""
    if is_of_plan:
        return replanning()
    flags = {name: bool(options[name]) for name in ("wait", "allow_model", "missing_ok")}
    return deleting(**flags)


def finishing(client: Client, journal: Watched) -> Iterator[Tombstone]:
    """Open the journal only when the first result is asked for: an interruption before that leaves it closed."""
    yield from client.resume(journal)


def _left_by_provider(reading: Reading) -> "Counter[str]":
    """Count the references without an outcome by provider, and refuse a glob among them."""
    states = reading.history.states
    counts: Counter[str] = Counter()
    for n, text, _ in reading.references(lambda n: states[n - 1] != SETTLED):
        if _GLOB & set(text):
            raise fail(f"{reading.path} has {text!r}, which is a glob, as reference {n}. Nothing was sent.")
        try:
            counts[parse_ref(text).provider] += 1
        except InvalidReference:
            counts["no reference"] += 1
    return counts


def _say_what_is_left(reading: Reading) -> None:
    history = reading.history
    for part in history.parts:
        say(f"{history.run['command']}: {who_of(part)}")
    under_way, not_begun = history.states.count(UNDER_WAY), history.states.count(NOT_BEGUN)
    if history.is_complete:
        say(f"{reading.path} has an outcome for each of its {history.count} references; nothing is left to do.")
        return
    say(f"{history.count} references: {counts_in_words(history)}")
    say(f"{under_way} may have been sent and are read first; {not_begun} were not begun.")


def _ask(count: int, hosts: dict[str, str], *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise fail("there is no terminal to ask on, so --yes is required; nothing was sent.")
    which = "it" if count == 1 else f"all {count} that are left"
    sys.stderr.write(f"Delete {which}{with_profile()}, on {', '.join(sorted(hosts.values()))}? Type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise fail("not confirmed; nothing was sent.", USAGE)


def _take_recorded(journal: Path, run: Run, *, as_json: bool) -> bool:
    """Have *run* count what has an outcome, and print it as it was recorded; return whether everything has one.

    The journal is read again: another process may have finished it while a person was asked.
    """
    with Reading(journal) as reading:
        history = reading.history
        for n, _, facts in reading.references(lambda n: history.states[n - 1] != NOT_BEGUN):
            if history.states[n - 1] != SETTLED:
                run.count_open(n)
                continue
            recorded = cast("Facts", facts)
            run.count_recorded(n, tombstone_of(recorded))
            if as_json:
                print_json(dict(recorded))
        return history.is_complete
