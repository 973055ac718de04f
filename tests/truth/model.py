"""A model of a provider that fails at random: it holds one version, and answers a deletion's effects without a network.

Its answers when all is well were recorded from the sandbox, so that their shapes are the real ones.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from tests.faults.stands import DOCUMENTED, STANDS
from tests.providers import REFS

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Call, Sleep
from expunge._http.reading import Raw, Reader
from expunge._http.secrecy import Blanks
from expunge.providers import PROVIDERS

JSON = {"content-type": "application/json"}

# What each provider documents as its success: status and body.
SUCCESS = {
    "truefoundry": (200, {}),
    "cerebras": (200, {"name": "orgs/acme/models/gpt-oss-120b/versions/2", "deleted": True}),
    "baseten": (200, {"id": "dep2bbb", "model_id": "mod3x7q", "deleted": True}),
    "replicate": (202, {}),
    **{name: stand.success for name, stand in STANDS.items() if name not in DOCUMENTED},
}
OTHER = {
    "cerebras": {"name": "orgs/acme/models/gpt-oss-120b/versions/20", "deleted": True},
    "baseten": {"id": "dep1aaa", "model_id": "mod3x7q", "deleted": True},
}

# What may become of one delete: name, weight. What ends in `late` is carried out some steps later, when nobody waits
# any more.
DELETE_FAULTS = {
    "ok": 60, "lost": 3, "lost-done": 3, "lost-late": 1, "reset": 2, "late": 2, "504": 1, "504-late": 1, "500": 2,
    "500-done": 2, "502-late": 1, "520-late": 1, "408-late": 1, "html": 1, "html-done": 1, "html-late": 1,
    "204-done": 1, "202-late": 1, "404-html": 1, "429": 3, "409": 1, "422": 1, "401": 1, "never-sent": 2,
    "other": 1, "no": 1, "message": 1, "message-late": 1,
}  # fmt: skip
READ_FAULTS = {"truth": 12, "503": 1, "lost": 1, "html": 1, "429": 1, "somebody-deletes": 1}


_MOST_DOUBTS = 3


class Chooser(Protocol):
    """Chooses one of several names, by hypothesis or by a random source."""

    def __call__(self, weights: dict[str, int], /) -> str: ...


@dataclass
class Provider:
    """One version at one provider, whose deletion may come late, and may be somebody else's."""

    name: str
    recorded: Callable[[Call, bool], Answer]
    choose: Chooser
    is_there: bool = True
    is_ours: bool = False
    is_pending: bool = False
    steps: list[str] = field(default_factory=list[str])

    def answer(self, effect: Call, *, is_delete: bool) -> Answer:
        """Answer one call, with whatever goes wrong."""
        if self.is_pending and self.choose({"wait": 2, "come-true": 1}) == "come-true":
            self.settle()
        return self._delete(effect) if is_delete else self._read(effect)

    def settle(self) -> None:
        """Let what is under way come true."""
        if self.is_pending:
            self.is_pending = False
            self._take_out()

    def _take_out(self) -> None:
        self.is_ours |= self.is_there
        self.is_there = False

    def _read(self, effect: Call) -> Answer:
        return self._read_with(effect, self.choose(READ_FAULTS))

    def _read_with(self, effect: Call, fault: str) -> Answer:
        self.steps.append(f"read:{fault}")
        if fault == "somebody-deletes":
            self.is_there = False
        if fault == "lost":
            return Answer(problem="no answer came (ReadError)")
        if fault in {"503", "429"}:
            return self._raw(effect, int(fault), b"{}", JSON)
        if fault == "html":
            return self._raw(effect, 200, b"<html>", {"content-type": "text/html"})
        return self.recorded(effect, self.is_there)

    def _delete(self, effect: Call) -> Answer:
        return self._delete_with(effect, self.choose(DELETE_FAULTS))

    def _delete_with(self, effect: Call, fault: str) -> Answer:
        self.steps.append(f"delete:{fault}")
        status, body = SUCCESS[self.name]
        if fault == "never-sent":
            return Answer(problem="no connection could be made", was_sent=False)
        if fault.endswith("late"):
            self.is_pending |= self.is_there
        elif fault.endswith("-done") or (fault == "message" and self.name == "cerebras"):
            self._carry_out()
        if fault in {"lost", "lost-done", "lost-late", "reset", "late"}:
            return Answer(problem="no answer came", timed_out=fault == "late")
        if fault in self._scripted:
            return self._raw(effect, *self._scripted[fault])
        is_message = fault.startswith("message") and self.name == "cerebras"
        if not self.is_there and not is_message:
            return self._raw(effect, 404, b"{}", JSON)
        if is_message:
            return self._raw(effect, 200, b'{"message": "ok"}', JSON)
        self._carry_out()
        return self._raw(effect, status, body if isinstance(body, bytes) else json.dumps(body).encode(), JSON)

    @property
    def _scripted(self) -> dict[str, tuple[int, bytes, dict[str, str]]]:
        """Return the answers that do not depend on what is there."""
        found = {name: (int(name[:3]), b"{}", JSON) for name in DELETE_FAULTS if name[:3].isdigit()}
        page = (b"<html>", {"content-type": "text/html"})
        found |= {
            "204-done": (204, b"", JSON),
            "404-html": (404, *page),
            "html": (200, *page),
            "html-done": (200, *page),
            "html-late": (200, *page),
        }
        if self.name in OTHER:
            no = {**SUCCESS[self.name][1], "deleted": False}
            found |= {
                "other": (200, json.dumps(OTHER[self.name]).encode(), JSON),
                "no": (200, json.dumps(no).encode(), JSON),
            }
        return found

    def _carry_out(self) -> None:
        """Do as asked: at once, or where that takes minutes, later."""
        if PROVIDERS[self.name].deletes_before_answering:
            self._take_out()
        else:
            self.is_pending |= self.is_there

    def _raw(self, effect: Call, status: int, body: bytes, headers: dict[str, str]) -> Answer:
        reader = Reader(self.name, Blanks(), ("x-request-id",))
        raw = Raw(url="http://127.0.0.1/", http_status=status, headers=headers, body=body, cut=None)
        return reader.read(effect.operation, raw)


def play(provider: Provider, clock, *, wait: bool) -> tuple[expunge.Tombstone, int]:
    """Drive one deletion against *provider*; give its tombstone and the number of deletes that left."""
    ref = expunge.parse_ref(REFS[provider.name])
    deletion = Deletion(
        PROVIDERS[provider.name], ref, str(ref), Options(wait=wait, timeout=60.0), clock, chance=lambda: 0.5
    )
    flow = deletion.run()
    sent = 0
    try:
        effect = next(flow)
        while True:
            if isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
                effect = flow.send(None)
            else:
                is_delete = effect.operation.startswith("delete_")
                answer = provider.answer(effect, is_delete=is_delete)
                sent += is_delete and answer.was_sent
                effect = flow.send(answer)
    except StopIteration as end:
        return end.value.tombstone, sent


def lies(tombstone: expunge.Tombstone, provider: Provider, sent: int) -> str:
    """Return what is wrong with *tombstone*, once all that was under way has come true; nothing if it is true."""
    was_pending = provider.is_pending
    provider.settle()
    status = tombstone.status
    deletes = [step for step in provider.steps if step.startswith("delete:") and step != "delete:never-sent"]
    twice = any(one in deletes and other.startswith("delete:") for one, other in pairwise(provider.steps))
    wrong = {
        "it is there": status == "deleted" and provider.is_there,
        "we deleted it": status in {"failed", "refused", "absent"} and (provider.is_ours or was_pending),
        "a first answer is called a retry": tombstone.confirmed_by == "retry" and _is_first(provider.steps, deletes),
        "it never went": status == "accepted" and provider.is_there,
        f"{sent} deletes left, {tombstone.attempts} are reported": tombstone.attempts != sent,
        "more than three doubtful attempts": len(deletes) - deletes.count("delete:429") > _MOST_DOUBTS,
        "two deletes without a read in between": provider.name == "truefoundry" and twice,
    }
    return "; ".join(words for words, is_so in wrong.items() if is_so)


def _is_first(steps: Sequence[str], deletes: Sequence[str]) -> bool:
    """Return whether no earlier attempt may have deleted the version, here or in a process that was killed."""
    return len(deletes) - deletes.count("delete:429") <= 1 and "killed" not in str(steps)
