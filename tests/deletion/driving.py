"""One deletion driven by hand: each effect is answered from a list, and no network is there."""

from collections.abc import Callable, Iterable

from attrs import frozen
from tests.conftest import SteppedClock
from tests.faults.stands import STANDS

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._deletion.record import Outcome
from expunge._flow import Call, Departure, Flow, Sleep
from expunge.providers import PROVIDERS
from expunge_clients.cerebras.models import ModelVersionStatus
from expunge_clients.truefoundry.models import MLRepoPage, ModelVersionPage

CEREBRAS = "cerebras:acme/gpt-oss-120b@2"
TRUEFOUNDRY = "truefoundry:fraud-repo/churn@3"
NAME = "orgs/acme/models/gpt-oss-120b/versions/2"
GONE = Answer(http_status=404, is_json=True, body={}, problem="HTTP 404")
LOST = Answer(problem="no answer came (ReadError)")
LATE = Answer(problem="no answer came (ReadTimeout)", timed_out=True)
NEVER = Answer(problem="no connection could be made (ConnectError)", was_sent=False)
MESSAGE = Answer(http_status=200, is_json=True, body={"message": "ok"})
DELETED = Answer(http_status=200, is_json=True, body={"name": NAME, "deleted": True})
THERE = Answer(
    http_status=200,
    is_json=True,
    body={"name": NAME},
    parsed=ModelVersionStatus.from_dict({"name": NAME, "done": True}),
)


def answered(http_status, headers=None):
    """Return an answer in the provider's own JSON."""
    return Answer(http_status=http_status, is_json=True, body={}, problem=f"HTTP {http_status}", headers=headers or {})


def repo():
    """Return TrueFoundry's answer about the ML repo of its version."""
    body = STANDS["truefoundry"].others["/api/ml/v1/ml-repos"]
    return Answer(http_status=200, is_json=True, body=body, parsed=MLRepoPage.from_dict(body))


def rows(*numbers, alias=None):
    """Return TrueFoundry's list of the versions *numbers*; one that is there twice has two rows. All have *alias*."""
    data = []
    for place, number in enumerate(numbers):
        manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": number, "type": "model-version"}
        manifest |= {"metadata": {}, "source": {"type": "truefoundry"}}
        fqn = f"model:tenant-{place}/fraud-repo/churn:{number}"
        data.append({"id": f"mv-{place}", "fqn": fqn, "ml_repo_id": "41", "version_alias": alias, "manifest": manifest})
    body = {"data": data, "pagination": {"total": len(data), "offset": 0, "limit": 100}}
    return Answer(http_status=200, is_json=True, body=body, parsed=ModelVersionPage.from_dict(body))


@frozen
class Driven:
    """The end of a deletion, the operations that it asked for, and the seconds that each was allowed."""

    outcome: Outcome
    operations: list[str]
    seconds: list[float]

    @property
    def tombstone(self) -> expunge.Tombstone:
        return self.outcome.tombstone

    @property
    def verbs(self) -> list[str]:
        """The first word of each operation."""
        return [operation.partition("_")[0] for operation in self.operations]


def drive(
    answers: Iterable[Answer | Callable[[], Answer]],
    clock: SteppedClock,
    *,
    ref: str = CEREBRAS,
    chance: float = 0.5,
    last_read_seconds: float = 5.0,
    **options: object,
) -> Driven:
    """Drive a deletion of *ref*, with *answers* to its calls in order; one that is called may move the clock."""
    parsed = expunge.parse_ref(ref)
    deletion = Deletion(
        PROVIDERS[parsed.provider],
        parsed,
        ref,
        Options(**options),
        clock,
        chance=lambda: chance,
        last_read_seconds=last_read_seconds,
    )
    flow, remaining, answer = deletion.run(), list(answers), None
    operations, seconds = [], []
    try:
        while True:
            effect = flow.send(answer)
            answer = None
            if isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
                continue
            operations.append(effect.operation)
            seconds.append(effect.seconds)
            following = remaining.pop(0)
            answer = following if isinstance(following, Answer) else following()
    except StopIteration as end:
        assert not remaining
        return Driven(end.value, operations, seconds)


def sending(clock: SteppedClock) -> tuple[Deletion, Flow[Outcome], Departure]:
    """Return a deletion whose delete is under way, its flow, and the note on whether the request left."""
    parsed = expunge.parse_ref(CEREBRAS)
    deletion = Deletion(PROVIDERS[parsed.provider], parsed, CEREBRAS, Options(), clock)
    flow = deletion.run()
    effect = next(flow)
    assert isinstance(effect, Call)
    assert effect.departure
    return deletion, flow, effect.departure
