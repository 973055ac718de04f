"""Every course of the first events, and random ones: the tombstone is true, and nothing else is deleted.

`make truth` runs them with EXPUNGE_DEPTH events and EXPUNGE_SEEDS random courses. A wrong course is printed event by
event, as small as it can be made.
"""

import os
import random
import sys
from collections import Counter

import pytest
from tests.providers import REFS
from tests.truth.courses import Course, every_course, smallest
from tests.truth.world import ALIASED, SETTINGS, Recorder, World, play_world

from expunge.sandbox import Sandbox

DEPTH = int(os.environ.get("EXPUNGE_DEPTH") or "2")
SEEDS = int(os.environ.get("EXPUNGE_SEEDS") or "200")
LONGEST = 40
"""Number of events of a random course in which something may go wrong."""
WORLDS = [(name, setting) for name in REFS for setting in SETTINGS if setting != "by alias" or name in ALIASED]


@pytest.fixture(scope="module")
def recorder():
    with Sandbox(replicate_delay=0.0) as sandbox:
        recorder = Recorder(sandbox)
        yield recorder
        recorder.close()


@pytest.fixture(scope="module")
def counted():
    """Return counters of courses and their outcomes, which are printed at the end if `make truth` asks for them."""
    counts = {}
    yield counts
    if "EXPUNGE_DEPTH" in os.environ:
        for words, outcomes in counts.items():
            shares = ", ".join(f"{status} {count:,}" for status, count in sorted(outcomes.items()))
            sys.__stdout__.write(f"\n{words}: {outcomes.total():,} courses, no lie: {shares}")
        sys.__stdout__.write(f"\n{sum(outcomes.total() for outcomes in counts.values()):,} courses in all\n")


def play(name, setting, recorder, choose):
    """Return the world and the tombstone of one course."""
    world = World(name, lambda *_: None, choose, is_there=setting != "absent", setting=setting, recorder=recorder)
    world.recorded = world.recall
    return world, play_world(world)


def lies_of(world, tombstone):
    """Return what is wrong with the end of a course."""
    return world.lies(tombstone)


def told(world, tombstone):
    """Return a wrong course in words, event by event."""
    steps = "".join(f"\n  {number}. {step}" for number, step in enumerate(world.steps, 1))
    return (
        f"{world.name}, {world.setting}: {world.lies(tombstone)}{steps}\n"
        f"  {tombstone.ref}: {tombstone.status} by {tombstone.confirmed_by}, {tombstone.attempts} attempts. "
        f"{tombstone.detail}"
    )


@pytest.mark.parametrize(("name", "setting"), WORLDS)
def test_every_course_ends_with_the_truth(name, setting, recorder, counted):
    outcomes = counted[f"{name}, {setting}"] = Counter()

    def run(course):
        world, tombstone = play(name, setting, recorder, course)
        outcomes[tombstone.status] += 1
        assert not world.lies(tombstone), told(world, tombstone)

    every_course(DEPTH, run)

    assert outcomes["deleted"] + outcomes["accepted"] > 0  # else the world is wrong


class Weighted:
    """Chooses at random, by weight, and remembers the places of what it chose."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same courses every time
        self.choices: tuple[int, ...] = ()

    def __call__(self, weights: dict[str, int], /) -> str:
        names = list(weights)
        if len(self.choices) == LONGEST:
            return names[0]
        name = self._random.choices(names, list(weights.values()))[0]
        self.choices += (names.index(name),)
        return name


def test_random_courses_end_with_the_truth(recorder, counted):
    for seed in range(SEEDS):
        name, setting = WORLDS[seed % len(WORLDS)]
        choose = Weighted(seed)
        world, tombstone = play(name, setting, recorder, choose)
        counted.setdefault(f"{name}, random", Counter())[tombstone.status] += 1
        if world.lies(tombstone):

            def fails(choices, name=name, setting=setting):
                return bool(lies_of(*play(name, setting, recorder, Course(choices, 0))))

            least = smallest(choose.choices, fails)
            pytest.fail(f"seed {seed}: {told(*play(name, setting, recorder, Course(least, 0)))}")


def test_a_course_that_lies_is_told_event_by_event(recorder):
    world, tombstone = play("truefoundry", "named", recorder, Course((4,), 0))
    assert world.steps[0] == "delete:reset"

    world.is_there = True

    assert told(world, tombstone).startswith("truefoundry, named: it is there\n  1. delete:reset\n  2. read:truth")


def test_each_choice_of_the_first_events_is_made_once():
    seen = []

    def run(course):
        first = course({"well": 1, "badly": 1})
        second = course({"a": 1, "b": 1, "c": 1} if first == "well" else {"d": 1})
        course({"beyond": 1, "never": 1})
        seen.append(first + second)

    assert every_course(2, run) == 4
    assert seen == ["wella", "badlyd", "wellb", "wellc"]


def test_the_smallest_course_has_only_what_makes_it_fail():
    assert smallest((3, 1, 0, 2), lambda choices: choices[1] == 1) == (0, 1, 0, 0)
