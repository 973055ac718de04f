"""Ctrl-C at any moment of any course: the tombstone that the interruption carries is true."""

import random

import pytest
from tests.conftest import SteppedClock
from tests.providers import REFS
from tests.truth.model import SUCCESS, Provider, lies

import expunge
from expunge._answer import Answer
from expunge._deletion.machine import Deletion
from expunge._deletion.options import Options
from expunge._flow import Sleep
from expunge.providers import PROVIDERS

from .stands import STANDS

COURSES = 1_500
MOMENTS = (0, 0, 0, 1, 1, 2, 3, 4, 6, 9)
"""Which effect is interrupted: most courses have few."""

CUT_SHORT = {"not-arrived": 1, "done": 1, "late": 1}
"""The end of a delete that is interrupted while it is under way."""


def documented(name):
    """Return a function that answers a read as documented, in the shapes of the fault server."""
    stand = STANDS[name]

    def read(effect, is_there):
        if effect.operation == "list_ml_repos":
            body = stand.others["/api/ml/v1/ml-repos"]
            status = 200
        else:
            status, body = (200, stand.there) if is_there else stand.gone
        problem = "" if status == 200 else f"HTTP {status}"
        return Answer(http_status=status, is_json=True, body=body, problem=problem, parsed=parsed(effect, status, body))

    return read


def parsed(effect, status, body):
    """Make the generated object of a success, as the endpoint itself does."""

    class Response:
        status_code = status
        content = b""
        headers = {}  # noqa: RUF012 - nothing changes it

        def json(self):
            return body

    client = type("Client", (), {"raise_on_unexpected_status": False})
    return effect.endpoint._parse_response(client=client, response=Response()) if status == 200 else None


def interrupted(provider, clock, *, at, again, wait):
    """Drive one deletion, interrupt effect number *at* and perhaps another; give its tombstone and the deletes sent."""
    flow = Deletion(
        PROVIDERS[provider.name],
        expunge.parse_ref(REFS[provider.name]),
        REFS[provider.name],
        Options(wait=wait, timeout=60.0),
        clock,
        chance=lambda: 0.5,
    ).run()
    sent, number, moments = 0, 0, {at, at + again} if again else {at}
    try:
        effect = next(flow)
        while True:
            is_delete = not isinstance(effect, Sleep) and effect.operation.startswith("delete_")
            if number in moments:
                sent += is_delete and cut_short(provider)
                effect = flow.throw(KeyboardInterrupt())
            elif isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
                effect = flow.send(None)
            else:
                answer = provider.answer(effect, is_delete=is_delete)
                sent += is_delete and answer.was_sent
                effect = flow.send(answer)
            number += 1
    except StopIteration as end:
        return end.value.tombstone, sent
    except KeyboardInterrupt as interruption:
        return interruption.tombstone, sent


def cut_short(provider):
    """Let an interrupted delete have had an effect, or not, or have it later; it may have left in any case."""
    what = provider.choose(CUT_SHORT)
    provider.steps.append(f"delete:interrupted-{what}")
    if what == "done":
        provider.is_ours |= provider.is_there
        provider.is_there = False
    elif what == "late":
        provider.is_pending |= provider.is_there
    return True


@pytest.mark.slow
@pytest.mark.parametrize("name", SUCCESS)
def test_an_interruption_at_any_moment_leaves_a_true_tombstone(name):
    source = random.Random(20)  # noqa: S311 - the same courses every time

    def choose(weights):
        return source.choices(list(weights), list(weights.values()))[0]

    for _ in range(COURSES):
        provider = Provider(name, documented(name), choose, is_there=source.random() < 0.9)
        at, again, wait = source.choice(MOMENTS), source.choice((0, 0, 1, 2)), source.random() < 0.3

        tombstone, sent = interrupted(provider, SteppedClock(), at=at, again=again, wait=wait)

        assert lies(tombstone, provider, sent) == "", (tombstone, provider.steps)
