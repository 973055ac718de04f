"""Several deletions as one job: with a journal, or from the journal of a run that was stopped."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import cast

from attrs import evolve, field, frozen

from .._deletion.options import Options
from .._duplicates import Seen
from .._flow import Clock
from .._json import JSON
from ..bulk.engine import Terms
from ..bulk.feed import Item, Items
from ..bulk.outages import Outages
from ..errors import InvalidJournal, InvalidPlan, InvalidReference
from ..journal.history import Facts
from ..journal.journal import Journal
from ..plans.execution import Execution
from ..plans.plan import Plan
from ..providers import parse_ref
from ..refs import Reference
from ..types import Tombstone
from .recording import AnyJournal, Recording, Watched, ledger_of, new_journal, path_of

_LOGGER = logging.getLogger("expunge")


def any_reference(_ref: Reference) -> None:
    """Refuse no reference."""


def as_it_is(tombstone: Tombstone) -> Tombstone:
    """Return *tombstone* and take no note of it."""
    return tombstone


@frozen(kw_only=True)
class Job:
    """Several deletions.

    Attributes:
        items: The references.
        options: The options of each deletion.
        terms: The terms of the run.
        require: Refuses a reference that the run may not delete.
        ended: Takes note of a tombstone, and returns it.
        recording: Its journal, if it has one.
        outages: The providers that cannot be reached.
    """

    items: Items
    options: Options
    terms: Terms
    require: Callable[[Reference], None] = any_reference
    ended: Callable[[Tombstone], Tombstone] = as_it_is
    recording: Recording | None = None
    outages: Outages = field(factory=Outages)

    def options_for(self, item: Item) -> Options:
        """Return the options of one deletion."""
        return self.options if self.recording is None else self.recording.options_for(item, self.options)

    def not_begun(self, item: Item, tombstone: Tombstone) -> Tombstone:
        """Return *tombstone* of an item that was not begun here, in view of what an earlier process may have done."""
        return tombstone if self.recording is None else self.recording.not_begun(item, tombstone)

    def journalled(
        self,
        journal: AnyJournal | None,
        command: str,
        origin_of: Callable[[str], str | None],
        clock: Clock,
        plan: Plan | None = None,
    ) -> "Job":
        """Return the job with a new *journal*; a dry run has none, and only its display hears of it."""
        path, ledger = path_of(journal), ledger_of(journal)
        if path is None or self.options.dry_run:
            return evolve(self, terms=evolve(self.terms, ledger=ledger))
        facts: Facts = {
            "command": command,
            "options": _options_content(self.options, self.terms),
            **({"profile": journal.profile} if isinstance(journal, Watched) and journal.profile else {}),
        }
        return self.recorded(
            Recording(
                new_journal(path, self.items, facts, origin_of, clock, None if plan is None else plan.canonical()),
                self.require,
                waits=self.options.wait,
                beside=ledger,
            )
        )

    def recorded(self, recording: Recording) -> "Job":
        """Return the job with the references of *recording*, which hears of each of them."""
        terms = evolve(self.terms, ledger=recording)
        return evolve(self, items=recording.items(), terms=terms, recording=recording)


def resumed(journal: AnyJournal, concurrency: int | None, origin_of: Callable[[str], str | None], clock: Clock) -> Job:
    """Return what is left of the run in *journal*, which is open from now on.

    Raises:
        InvalidJournal: It is damaged, foreign or in use, or the settings name other hosts; nothing was sent.
    """
    path = path_of(journal)
    if path is None:
        raise TypeError("a run is resumed from a file")
    opened = Journal.open(path, clock)
    try:
        require_origins(opened.history.run, origin_of)
        options, terms = _options_of(opened.history.run, concurrency)
        job = Job(items=Items(iter(()), never_wait=True), options=options, terms=terms)
        if opened.history.plan is not None:
            execution = Execution(Plan.from_dict(opened.history.plan))
            options = evolve(options, precondition=execution.check)
            job = evolve(job, options=options, require=execution.require_planned, ended=execution.settled)
        if not opened.history.is_complete:
            opened.resume()
    except (InvalidPlan, KeyError, TypeError, ValueError) as error:
        opened.close()
        raise InvalidJournal(f"{path} cannot be resumed: {error}") from None
    except BaseException:
        opened.close()
        raise
    return job.recorded(
        Recording(lambda _is_over: opened, job.require, waits=job.options.wait, beside=ledger_of(journal))
    )


def items_of(
    refs: Iterable[str | Reference], require: Callable[[Reference], None] = any_reference, *, name: str = "refs"
) -> Items:
    """Read references one by one, without repeats; *require* may refuse one. *name* is the caller's argument."""
    if isinstance(refs, str):
        raise TypeError(f"{name} is one text; pass a list of them")
    return Items(_items(refs, require), never_wait=isinstance(refs, Collection))


def text_of(given: str | Reference) -> str:
    """Return the requested text; a subclass of `str`, such as an enum, is reduced to its text."""
    return str.__str__(given) if isinstance(given, str) else str(given)


def require_origins(run: Facts, origin_of: Callable[[str], str | None]) -> None:
    """Refuse a journal whose run went to another host than the settings name.

    Raises:
        InvalidJournal: It did.
    """
    for provider, origin in cast("Mapping[str, JSON]", run["origins"]).items():
        here = origin_of(provider)
        if here != origin and origin is not None:
            raise InvalidJournal(f"The run was for {provider} at {origin}; the settings name {here}. Nothing was sent.")


def _items(refs: Iterable[str | Reference], require: Callable[[Reference], None]) -> Iterator[Item]:
    seen, number, dropped = Seen(), 0, 0
    for given in refs:
        requested = text_of(given)
        ref, wrong = None, None
        try:
            ref = parse_ref(given)
            require(ref)
        except InvalidReference as error:
            ref, wrong = None, error
        if seen.is_new(requested if ref is None else str(ref)):
            number += 1
            yield Item(number, requested, ref, wrong)
        else:
            dropped += 1
    if dropped:
        _LOGGER.info("%d duplicate reference(s) dropped", dropped)


def _options_content(options: Options, terms: Terms) -> dict[str, JSON]:
    return {
        "wait": options.wait,
        "timeout": options.timeout,
        "missing_ok": terms.missing_ok,
        "allow_model": options.allow_model,
        "concurrency": terms.concurrency,
        "fail_fast": terms.fail_fast,
        "manifest": None if options.manifest is None else dict(options.manifest),
        "resolved": None if options.resolved is None else dict(options.resolved),
    }


def _options_of(run: Facts, concurrency: int | None) -> tuple[Options, Terms]:
    content = cast("Mapping[str, JSON]", run["options"])
    options = Options(
        wait=bool(content["wait"]),
        timeout=float(cast("float", content["timeout"])),
        allow_model=bool(content["allow_model"]),
        manifest=cast("Mapping[str, JSON] | None", content.get("manifest")),
        resolved=cast("Mapping[str, str] | None", content.get("resolved")),
    )
    most = concurrency or int(cast("int", content["concurrency"]))
    return options, Terms(
        concurrency=most, timeout=options.timeout, rests=options.wait, missing_ok=bool(content["missing_ok"])
    )
