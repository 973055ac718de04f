"""A plan in the making, without a network: what it makes of an answer's date, and what it says of its limits."""

from datetime import UTC, datetime

import pytest

from expunge import Version
from expunge._answer import Answer
from expunge._flow import Clock
from expunge.errors import ConfigurationError
from expunge.plans.planning import Planning
from expunge.plans.policies.explanation import limiting
from expunge.plans.retention import choose
from expunge.plans.selection import Selection
from expunge.providers import Capabilities
from expunge.providers._patterns import ModelPattern


class Noon(Clock):
    def now(self):
        return datetime(2026, 1, 1, 12, tzinfo=UTC)


def planning(**selectors):
    return Planning([ModelPattern.parse("baseten:mod3x7q")], Selection(**selectors), {}, Noon())


def dated(text):
    return Answer(http_status=200, headers={"date": text})


@pytest.mark.parametrize(
    "date",
    [
        pytest.param("", id="none"),
        pytest.param("soon", id="no-date"),
        pytest.param("Thu, 01 Jan 2026 99999999999999999999:00:00 GMT", id="beyond-any-hour"),
        pytest.param("Thu, 01 Jan 2026 12:05:00 GMT", id="five-minutes-ahead"),
        pytest.param("Thu, 01 Jan 2026 11:55:00 GMT", id="five-minutes-behind"),
        pytest.param("Thu, 01 Jan 2026 12:00:00 -0000", id="without-a-zone"),
    ],
)
def test_a_date_that_contradicts_nothing_is_taken(date):
    planning(older_than="30d").hear(dated(date))


@pytest.mark.parametrize("age", [{"older_than": "30d"}, {"keep_within": "30d"}])
@pytest.mark.parametrize(
    ("date", "apart"),
    [("12:05:01 GMT", "0:05:01"), ("11:54:59 GMT", "0:05:01"), ("12:00:00 +0100", "1:00:00")],
)
def test_ages_are_refused_when_the_clocks_differ(date, apart, age):
    with pytest.raises(ConfigurationError, match=f"differ by {apart}"):
        planning(**age).hear(dated(f"Thu, 01 Jan 2026 {date}"))


def test_without_ages_no_clock_matters():
    planning(keep_last=3).hear(dated("Thu, 01 Jan 2016 12:00:00 GMT"))


@pytest.mark.parametrize(("total", "percent"), [(3, 67), (8, 88), (2, 50)])
def test_an_explanation_says_how_much_of_a_model_would_go(total, percent):
    """Rounded up, as a limit would have to be."""
    going = total - 1
    versions = [Version(ref=f"cerebras:acme/gpt-oss-120b@{number}", aliases=()) for number in range(1, total + 1)]
    selection = Selection(keep_last=1, max_delete=7, max_percent=99)

    limits = list(limiting(choose(versions, selection, Capabilities(), Noon().now()), selection))

    assert [each.reason for each in limits] == [
        f"It is 7 for the complete plan; {going} would go of this model.",
        f"It is 99%, and this would delete {percent}% of the model.",
    ]
