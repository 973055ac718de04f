"""A provider with more than one version, on which others work, and a process of ours that may be killed.

It adds to the model of one version: an alias that moves, the last other version that goes, a deployment that begins to
serve the version, and a run that is killed and resumed from its journal.
"""

from dataclasses import dataclass, field
from typing import Literal

from attrs import evolve
from tests.conftest import SteppedClock
from tests.providers import REFS
from tests.truth.model import DELETE_FAULTS, READ_FAULTS, Provider, lies
from tests.truth.recorder import ALIAS, ALIASED, NEIGHBOURS, AliasPlace, Recorder, State

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Call, Flow, Rest
from expunge._runs.recording import Recording
from expunge.bulk.feed import Item
from expunge.plans.execution import Execution
from expunge.plans.plan import PlannedModel
from expunge.plans.retention import Choice
from expunge.plans.selection import Selection
from expunge.providers import PROVIDERS

Setting = Literal["named", "absent", "waited for", "by alias", "planned", "journaled"]
"""How the deletion is asked for; `absent`: the version was never there."""

SETTINGS: tuple[Setting, ...] = ("named", "absent", "waited for", "by alias", "planned", "journaled")

EVENTS: dict[Setting, tuple[str, ...]] = {
    "by alias": ("alias-moves",),
    "planned": ("others-vanish", "goes-live"),
    "journaled": ("killed",),
}
"""Events at a read, besides what goes wrong with it."""


class Killed(Exception):
    """The process of ours is gone; its journal is what is left."""


@dataclass
class World(Provider):
    """The provider with its other versions and its other users."""

    setting: Setting = "named"
    recorder: Recorder | None = None
    is_alias_moved: bool = False
    has_others: bool = True
    is_live: bool = False
    is_neighbour: bool = False
    """Whether the deletion is about the neighbour, to which the alias has moved."""
    other_is_there: bool = True
    sent: int = 0
    sent_before: int = 0
    """How many deletes left, and how many of them before the process was killed."""
    wrong: list[str] = field(default_factory=list[str])
    changed: set[str] = field(default_factory=set[str])
    stale: set[str] = field(default_factory=set[str])
    """The events since the plan, and those of them before its last check began."""

    def answer(self, effect: Call, *, is_delete: bool) -> Answer:
        """Answer one call, with whatever goes wrong, and look at what it asks for."""
        if is_delete:
            self._require_right(effect)
        answer = super().answer(effect, is_delete=is_delete)
        self.sent += is_delete and answer.was_sent
        return answer

    def _require_right(self, effect: Call) -> None:
        """Note a delete of another version than the one that was asked for, and one that a check had to stop."""
        ours, theirs = (str(self._delete_of(ref)) for ref in self.refs)
        if self.setting == "by alias" and str(effect.arguments) == theirs and not self.is_neighbour:
            self.is_neighbour = True
            self.is_there, self.other_is_there = self.other_is_there, self.is_there
            if not self.is_alias_moved:
                self.wrong.append("the neighbour was deleted, which never had the alias")
        elif str(effect.arguments) != (theirs if self.is_neighbour else ours):
            self.wrong.append(f"a delete of something else: {effect.arguments}")
        if self.is_there:  # else a check may have found no sign of it any more, and the delete finds nothing
            self.wrong += [f"deleted, although a check began after this: {event}" for event in self.stale]

    def _delete_of(self, ref: str) -> object:
        return PROVIDERS[self.name].delete_call(expunge.parse_ref(ref), None).arguments

    @property
    def refs(self) -> tuple[str, str]:
        """The version that is asked for, and its neighbour."""
        return REFS[self.name], NEIGHBOURS[self.name]

    @property
    def requested(self) -> str:
        """The text that is asked for."""
        return f"{self.refs[0].partition('@')[0]}@{ALIAS}" if self.setting == "by alias" else self.refs[0]

    @property
    def named(self) -> str:
        """The version that the deletion is about."""
        return self.refs[self.is_neighbour]

    @property
    def events(self) -> tuple[str, ...]:
        """The events at a read that the provider shows: not each says which versions serve."""
        says_live = PROVIDERS[self.name].capabilities.live_state
        return tuple(event for event in EVENTS.get(self.setting, ()) if says_live or event != "goes-live")

    def check_begins(self) -> None:
        """Note that the plan is compared with the provider again; something may have happened since the last time."""
        event = self.choose({"nothing": 8, **dict.fromkeys(self.events, 1)})
        if event != "nothing":
            self.steps.append(f"before the check: {event}")
            self._happen(event)
        self.stale = set(self.changed)

    def _read(self, effect: Call) -> Answer:
        event = self.choose({**READ_FAULTS, **dict.fromkeys(self.events, 1)})
        if event not in self.events:
            return self._read_with(effect, event)
        self.steps.append(f"read:{event}")
        if event == "killed":
            raise Killed
        self._happen(event)
        return self.recorded(effect, self.is_there)

    def _happen(self, event: str) -> None:
        self.changed.add(event)
        self.is_alias_moved |= event == "alias-moves"
        self.has_others &= event != "others-vanish"
        self.is_live |= event == "goes-live"

    def _delete(self, effect: Call) -> Answer:
        if self.setting != "journaled":
            return super()._delete(effect)
        event = self.choose({**DELETE_FAULTS, "killed": 1, "killed-done": 1, "killed-late": 1})
        if not event.startswith("killed"):
            return self._delete_with(effect, event)
        self.steps.append(f"delete:{event}")
        self.is_pending |= event == "killed-late" and self.is_there
        if event == "killed-done":
            self._carry_out()
        self.sent += event != "killed"
        raise Killed

    def lies(self, tombstone: expunge.Tombstone) -> str:
        """Return what is wrong with *tombstone* and with what was sent; nothing if all is well."""
        sent, wrong = self.sent, list(self.wrong)
        if tombstone.ref != self.named and (self.sent or tombstone.status not in {"absent", "failed", "refused"}):
            wrong.append(f"it is about {self.named}")
        if "killed" in str(self.steps):
            if tombstone.attempts < max(sent - self.sent_before, bool(sent)):
                wrong.append(f"{sent} deletes left, {tombstone.attempts} are reported")
            sent = tombstone.attempts
        return "; ".join(filter(None, (*wrong, lies(tombstone, self, sent))))

    def _alias_at(self) -> AliasPlace:
        if self.setting != "by alias":
            return "nobody"
        return "neighbour" if self.is_alias_moved else "ours"

    def recall(self, effect: Call, is_there: bool) -> Answer:
        ours, theirs = (is_there, self.other_is_there)
        if self.is_neighbour:
            ours, theirs = theirs, ours
        state = State(
            is_there=ours,
            has_neighbour=theirs or self.name not in ALIASED,
            alias_at=self._alias_at(),
            has_others=self.has_others,
            is_live=self.is_live,
        )
        assert self.recorder is not None
        return self.recorder.read(self.name, effect, state)


@dataclass
class Kept:
    """The journal of a run with one reference, as a killed process leaves it."""

    resolved: dict[int, str] = field(default_factory=dict[int, str])
    is_under_way: bool = False
    is_accepted: bool = False

    @property
    def history(self) -> "Kept":
        """The journal's history, which knows what aliases stand for."""
        return self

    def was_under_way(self, _number: int) -> bool:
        """Return whether an earlier process may have sent the delete."""
        return self.is_under_way

    def was_accepted(self, _number: int) -> bool:
        """Return whether the provider accepted the delete of an earlier process."""
        return self.is_accepted

    def resolve(self, number: int, ref: str) -> int:
        """Note what an alias stands for."""
        self.resolved[number] = ref
        return number

    def wait_for(self, _entry: int) -> None:
        """Do nothing: all is durable at once."""


def play_world(world: World) -> expunge.Tombstone:
    """Drive one deletion in *world* to its end, through every process that is killed; return its tombstone."""
    clock, kept = SteppedClock(), Kept()
    while True:
        try:
            return _play_process(world, clock, kept)
        except Killed:
            world.sent_before = world.sent
            kept.is_under_way = True  # its intent was written down before the work on it began


def _play_process(world: World, clock: SteppedClock, kept: Kept) -> expunge.Tombstone:
    ref = expunge.parse_ref(kept.resolved.get(1, world.requested))
    options = Options(wait=world.setting in {"waited for", "journaled"}, timeout=60.0)
    if world.setting == "planned":
        options = evolve(options, precondition=_check_of(world, clock))
    recording = Recording(lambda _is_over: kept, lambda _ref: None, waits=options.wait)  # type: ignore[arg-type,return-value]
    options = recording.options_for(Item(1, world.requested, ref), options)
    deletion = Deletion(PROVIDERS[world.name], ref, world.requested, options, clock, chance=lambda: 0.5)
    flow, answer = deletion.run(), None
    try:
        while True:
            effect = flow.send(answer)
            answer = None
            if isinstance(effect, Call):
                answer = world.answer(effect, is_delete=effect.operation.startswith("delete_"))
                continue
            if isinstance(effect, Rest) and deletion.account().status == "accepted":
                kept.is_accepted = True
            clock.sleep(effect.seconds)
    except StopIteration as end:
        return end.value.tombstone


def _check_of(world: World, clock: SteppedClock):
    """Return the check of a plan that deletes the version and keeps its neighbour."""
    proves_idle = PROVIDERS[world.name].capabilities.proves_idle
    going, kept = (expunge.Version(ref=ref, is_live=False if proves_idle else None) for ref in world.refs)
    choices = (
        Choice(version=kept, action="keep", rule="keep_last", reason="It is among the newest."),
        Choice(version=going, action="delete", rule="selected", reason="It is not."),
    )
    execution = Execution(
        expunge.Plan(
            models=(PlannedModel(ref=str(expunge.parse_ref(going.ref).model), choices=choices),),
            selection=Selection(keep_last=1),
            origins={},
            created_at=clock.now(),
            created_by="somebody",
        )
    )

    def check(ref: expunge.Reference) -> Flow[None]:
        world.check_begins()
        yield from execution.check(ref)

    return check
