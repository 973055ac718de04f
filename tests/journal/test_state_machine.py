"""Any course of a run, killed and resumed at any point, against a model: nothing is lost, and nothing settled twice."""

import tempfile
from itertools import islice
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import booleans, data, integers, sampled_from
from tests.journal.journals import FACTS, killed, refs, rows, tombstone

from expunge._flow import Clock
from expunge.journal.history import SETTLED, UNDER_WAY
from expunge.journal.journal import Journal
from expunge.journal.reading import Reading


class Runs(RuleBasedStateMachine):
    """One run over several processes. `sent` holds the deletes that left, `certain` the outcomes on the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.processes = 1

    @property
    def path(self):
        return Path(self.folder.name) / f"process-{self.processes}"

    @initialize(count=integers(0, 12))
    def begin(self, count):
        self.refs = refs(count)
        self.sent = set()
        self.settled = {}
        self.certain = {}
        self.journal = Journal.create(self.path, self.refs, FACTS, Clock())
        self.left = self.journal.left()
        self.ready = []
        self.under_way = []

    @rule(count=integers(1, 4))
    def intend(self, count):
        found = list(islice(self.left, count))
        self.journal.intend([each.n for each in found])
        self.ready += found
        if len(found) < count:
            known = {*self.settled, *(each.n for each in self.ready), *(each.n for each in self.under_way)}
            assert known == set(range(1, len(self.refs) + 1))

    @precondition(lambda self: self.ready)
    @rule()
    def send(self):
        each = self.ready.pop(0)
        assert each.ref == self.refs[each.n - 1]
        assert each.n not in self.settled
        # A process that was killed may have sent more than it lived to say.
        assert self.journal.was_under_way(each.n) or each.n not in self.sent
        self.sent.add(each.n)
        self.under_way.append(each)

    @precondition(lambda self: self.under_way)
    @rule(choice=data(), status=sampled_from(["deleted", "absent", "refused", "unknown"]), is_certain=booleans())
    def settle(self, choice, status, is_certain):
        each = choice.draw(sampled_from(self.under_way))
        self.under_way.remove(each)
        number = self.journal.settle(each.n, tombstone(each.ref, status))
        self.settled[each.n] = status
        if is_certain:
            self.journal.wait_for(number)
            self.certain = dict(self.settled)

    @rule(is_killed=booleans())
    def resume(self, is_killed):
        before = self.path
        if is_killed:
            copy = before.with_name(f"process-{self.processes + 1}")
            killed(before, copy)
        self.journal.close("stopped")
        self.processes += 1
        if not is_killed:
            before.rename(self.path)
            self.certain = dict(self.settled)
        self.journal = Journal.open(self.path, Clock())
        found = self.journal.history
        self.settled = {n: self.settled[n] for n in self.settled if found.states[n - 1] == SETTLED}
        assert self.certain.items() <= self.settled.items()
        for n in self.sent - set(self.settled):
            assert found.states[n - 1] == UNDER_WAY
        self.journal.resume()
        self.left = self.journal.left()
        self.ready = []
        self.under_way = []

    @invariant()
    def a_copy_of_it_is_good(self):
        if not hasattr(self, "journal"):
            return
        copy = killed(self.path, Path(self.folder.name) / "copy")
        with Reading(copy) as reading:
            known = {n: facts["status"] for n, _, facts in reading.references() if facts}
        for file in copy.parent.glob("copy*"):
            file.unlink()
        assert self.certain.items() <= known.items() <= self.settled.items()

    def teardown(self):
        if hasattr(self, "journal"):
            self.journal.close()
            entries = [(kind, n) for _, kind, n, _, _ in rows(self.path)["entry"] if kind == "outcome"]
            assert len(entries) == len(set(entries)) == len(self.settled)
        self.folder.cleanup()


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
