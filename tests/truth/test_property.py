"""Whatever goes wrong, in whatever order: what the tombstone says agrees with what the server holds in the end."""

import random
import sys
from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import SteppedClock
from tests.conftest import settings as client_settings
from tests.providers import REFS
from tests.truth.model import Provider, lies, play

import expunge
from expunge._http.session import Session
from expunge.sandbox import Sandbox

ALL = tuple(REFS)
COURSES = 3_000


@pytest.fixture(scope="module")
def recorded():
    """Return a function that returns what the sandbox answers to a read, with the version there or gone."""
    answers = {}
    with Sandbox(replicate_delay=0.0) as sandbox:
        sessions = {
            each.provider: Session(each, expunge.PROVIDERS[each.provider].authorization(each.secret), ())
            for each in client_settings(sandbox.environ)
        }

        def of(provider):
            def record(effect, is_there):
                key = (provider, effect.operation, str(effect.arguments), is_there)
                if key not in answers:
                    if is_there != sandbox.holds(REFS[provider]):
                        (sandbox.add if is_there else sandbox.remove)(REFS[provider])
                    answer = sessions[provider].perform(effect)
                    # It is played again at other times.
                    headers = {name: value for name, value in answer.headers.items() if name != "date"}
                    answers[key] = evolve(answer, headers=headers)
                return answers[key]

            return record

        yield of
        for session in sessions.values():
            session.close()


def weighted(data):
    return lambda weights: data.draw(st.sampled_from([name for name, weight in weights.items() for _ in range(weight)]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_the_tombstone_is_true_whatever_goes_wrong(name, recorded):
    @settings(max_examples=300, deadline=None)
    @given(data=st.data(), wait=st.booleans(), is_there=st.booleans())
    def course(data, wait, is_there):
        provider = Provider(name, recorded(name), weighted(data), is_there=is_there)

        tombstone, sent = play(provider, SteppedClock(), wait=wait)

        assert lies(tombstone, provider, sent) == "", (tombstone, provider.steps)

    course()


@pytest.mark.slow
def test_unknown_is_rare(recorded, capsys):
    """Random courses, in which a third of all deletes goes wrong: how often nobody can say what became of it."""
    source = random.Random(20)  # noqa: S311 - the same courses every time
    reported = {name: Counter() for name in ALL}

    def choose(weights):
        return source.choices(list(weights), list(weights.values()))[0]

    for name in ALL:
        for _ in range(COURSES):
            provider = Provider(name, recorded(name), choose)
            tombstone, sent = play(provider, SteppedClock(), wait=False)
            assert lies(tombstone, provider, sent) == "", (tombstone, provider.steps)
            reported[name][tombstone.status] += 1

    with capsys.disabled():
        for name in ALL:
            shares = ", ".join(f"{status} {count / COURSES:.1%}" for status, count in reported[name].most_common())
            sys.stdout.write(f"\n{name}: {shares}")
    assert all(counts["unknown"] < counts.total() / 10 for counts in reported.values())
