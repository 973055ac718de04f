"""Real changes of public documents have the verdict that a person gave them."""

import pytest
from tests.changed.neighbours import neighbours

from changed.openapi.client_facts import ENUMERATIONS_ARE_OPEN
from changed.openapi.operations import spec_changes
from changed.report import Report

FACTS = neighbours()


@pytest.mark.parametrize(("before", "after", "verdict"), [pytest.param(*rest, id=name) for name, *rest in FACTS])
def test_a_real_change_has_the_verdict_of_a_person(before, after, verdict):
    on_value = "compatible" if ENUMERATIONS_ARE_OPEN else "breaking"

    assert Report.of(spec_changes("p", before, after)).level == {"value": on_value}.get(verdict, verdict)


def test_there_are_enough_facts_and_none_twice():
    assert len(FACTS) >= 60
    assert len({str(rest) for _, *rest in FACTS}) == len(FACTS)
