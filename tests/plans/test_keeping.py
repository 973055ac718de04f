"""Keep rules of the calendar: examples of each, and properties with an oracle that counts where the code sorts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples
from tests.plans.reading import BASETEN, CEREBRAS, Today, rules

import expunge
from expunge import Version
from expunge.plans.calendar import zone_of
from expunge.plans.keeping import kept_by, why_not_kept
from expunge.plans.retention import choose
from expunge.plans.selection import Selection
from expunge.providers import Capabilities

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DATED = Capabilities(creation_times=True)
PERIODS = {"keep_daily": "day", "keep_weekly": "week", "keep_monthly": "month", "keep_yearly": "year"}


def version(name, *when):
    return Version(ref=f"baseten:m@{name}", created_at=datetime(*when, tzinfo=UTC), is_live=False)


def kept(versions, *, now=NOW, **selectors):
    """Return the names of the versions that the rules keep, in their order."""
    choices = choose(versions, Selection(**selectors), DATED, now)
    rules = [choice.rule for choice in choices if choice.action == "keep"]
    assert "last_version" not in rules, "the rules kept nothing"
    return [choice.ref.rpartition("@")[2] for choice in choices if choice.action == "keep"]


def test_a_day_keeps_its_newest_version_and_days_without_any_do_not_count():
    versions = [
        version(1, 2026, 6, 1, 9),
        version(2, 2026, 6, 1, 17),
        version(3, 2026, 6, 9),
        version(4, 2026, 6, 9, 1),
    ]

    assert kept(versions, keep_daily=1) == ["4"]
    assert kept(versions, keep_daily=2) == ["4", "2"]
    assert kept(versions, keep_daily=9) == ["4", "2"]


def test_a_week_begins_on_monday_and_belongs_to_the_iso_year():
    """2024-12-30 is in the first week of 2025, as 2025-01-05 is."""
    versions = [version(1, 2024, 12, 29), version(2, 2024, 12, 30), version(3, 2025, 1, 5), version(4, 2025, 1, 6)]

    assert kept(versions, keep_weekly=2) == ["4", "3"]
    assert kept(versions, keep_weekly=9) == ["4", "3", "1"]


def test_a_month_and_a_year_keep_their_newest_version():
    versions = [version(1, 2024, 2, 28), version(2, 2024, 2, 29), version(3, 2024, 3, 1), version(4, 2025, 12, 31)]

    assert kept(versions, keep_monthly=3) == ["4", "3", "2"]
    assert kept(versions, keep_yearly=3) == ["4", "3"]


@pytest.mark.parametrize(
    ("asked", "clause"),
    [
        ({"keep_last": 1}, "not the newest"),
        ({"keep_last": 2}, "not among the newest 2"),
        ({"keep_daily": 1}, "not the newest of the last day"),
        ({"keep_daily": 2}, "not the newest of the last 2 days"),
        ({"keep_yearly": 3}, "not the newest of the last 3 years"),
        ({"keep_within": "1w"}, "older than 1w"),
    ],
    ids=str,
)
def test_a_version_that_a_rule_does_not_keep_gets_its_reason(asked, clause):
    (kept,) = why_not_kept(Selection(**asked))

    assert kept == (*asked, clause)


def test_rules_keep_together_all_that_any_of_them_keeps():
    versions = [version(day, 2026, 5, day) for day in range(1, 32)]

    assert kept(versions, keep_last=2, keep_monthly=1, keep_weekly=2) == ["31", "30", "24"]


def test_keep_within_keeps_to_the_second():
    versions = [version(1, 2026, 5, 16, 11, 59, 59), version(2, 2026, 5, 16, 12), version(3, 2026, 6, 15)]

    assert kept(versions, keep_within="30d") == ["3", "2"]


def test_the_time_zone_decides_where_a_day_begins():
    versions = [version(1, 2026, 6, 9, 21, 59), version(2, 2026, 6, 9, 22, 1)]

    assert kept(versions, keep_daily=2) == ["2"]
    assert kept(versions, keep_daily=2, timezone="Europe/Berlin") == ["2", "1"]
    assert choose(versions, Selection(keep_daily=1, timezone="Europe/Berlin"), DATED, NOW)[0].reason == (
        "The newest of the day 2026-06-10 in Europe/Berlin."
    )


def test_a_clock_that_is_put_back_over_midnight_repeats_no_day():
    """In St. John's, 2010-11-07 00:01 was followed by 2010-11-06 23:01."""
    first = version(1, 2010, 11, 7, 2, 30, 30)  # the first half minute of November 7
    again = version(2, 2010, 11, 7, 3, 0)  # the last hour of November 6, again
    zone = {"timezone": "America/St_Johns"}

    assert kept([first, again], keep_daily=2, **zone) == ["2", "1"]
    assert kept([first, again], keep_daily=1, **zone) == ["1"]


def test_at_equal_times_the_higher_number_is_the_newest_of_its_day():
    assert kept([version(number, 2026, 6, 9) for number in (2, 10, 9)], keep_daily=3) == ["10"]


def test_a_version_without_a_time_is_kept_and_takes_no_place(sandbox, client):
    sandbox.baseten.add_deployment("mod3x7q", "dep0zzz", status="INACTIVE", created_at="2999-01-01T00:00:00Z")

    plan = client.plan(BASETEN, keep_daily=1)

    assert rules(plan)["dep0zzz"] == "undated"
    assert "keep_daily" in rules(plan).values()


@pytest.mark.parametrize("asked", [{rule: 1} for rule in PERIODS] + [{"keep_within": "1h"}], ids=str)
def test_without_creation_times_a_rule_of_the_calendar_selects_nothing(asked, client):
    plan = client.plan(CEREBRAS, match="*", include_aliased=True, **asked)

    (name,) = asked
    assert plan.deletions == ()
    assert any(f"{name} selects nothing" in remark for remark in plan.models[0].remarks)


@pytest.mark.parametrize(
    ("asked", "needs_a_limit"),
    [({"keep_daily": 1}, False), ({"keep_yearly": 1}, False), ({"keep_within": "1h"}, True)],
)
def test_a_rule_that_keeps_a_number_needs_no_percentage(asked, needs_a_limit):
    assert (Selection(**asked).most_percent == 50) is needs_a_limit


@pytest.mark.parametrize(
    "asked",
    [
        {"keep_daily": 0},
        {"keep_weekly": -1},
        {"keep_monthly": True},
        {"keep_yearly": 1.5},
        {"keep_within": "30"},
        {"keep_within": ""},
        {"keep_within": "999999y"},
        {"keep_last": 1, "at_most": 0},
        {"at_most": 3},
    ],
    ids=str,
)
def test_a_rule_that_does_not_parse_sends_nothing(asked, sandbox, client):
    with pytest.raises(expunge.ConfigurationError):
        client.plan(BASETEN, **asked)

    assert sandbox.requests == []


@pytest.mark.parametrize(
    "name", ["Europe/Nowhere", "", "..", "../../etc/passwd", "Europe", "/etc/localtime", "a\0b", None]
)
def test_an_unknown_time_zone_is_an_error(name):
    with pytest.raises(expunge.ConfigurationError, match="is not a time zone"):
        zone_of(name)


ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Chatham",
]
# Around leap days, turns of the year, and the days on which clocks change.
CENTRES = [
    datetime(2024, 2, 29, tzinfo=UTC),
    datetime(2024, 12, 30, tzinfo=UTC),
    datetime(2010, 11, 7, 2, 30, 30, tzinfo=UTC),  # in the minute before St. John's put its clocks back over midnight
    datetime(2011, 12, 30, 10, tzinfo=UTC),  # a day that Apia left out
    datetime(2018, 2, 18, 2, tzinfo=UTC),
    datetime(2025, 3, 30, 1, tzinfo=UTC),
    datetime(2025, 10, 26, 1, tzinfo=UTC),
    datetime(2000, 1, 3, tzinfo=UTC),
]
STEPS = st.sampled_from([timedelta(minutes=30), timedelta(hours=5), timedelta(days=1), timedelta(days=11)])
PLACES = st.lists(st.tuples(st.integers(min_value=-4, max_value=8), STEPS), max_size=14)


def fleet_of(centre, places):
    """Versions around one moment: several in a day, in a week and in a month, and some at equal times."""
    made = [max(centre + number * step, datetime(2000, 1, 1, tzinfo=UTC)) for number, step in places]
    return [Version(ref=f"baseten:m@{number}", created_at=moment) for number, moment in enumerate(made, 1)]


FLEETS = st.builds(fleet_of, st.sampled_from(CENTRES), PLACES)
COUNTS = {name: st.one_of(st.none(), st.integers(min_value=1, max_value=5)) for name in ("keep_last", *PERIODS)}
RULES = st.fixed_dictionaries(COUNTS | {"keep_within": st.sampled_from([None, "1h", "3d", "40w"])}).filter(
    lambda asked: any(asked.values())
)
AGES = {"1h": timedelta(hours=1), "3d": timedelta(days=3), "40w": timedelta(weeks=40)}


def place_of(rule, made, zone):
    """Return the number of the period that holds *made*, by the wall clock there: no period has the name of another."""
    there = made.replace(tzinfo=None) + made.astimezone(ZoneInfo(zone)).utcoffset()
    return {
        "keep_daily": there.toordinal(),
        "keep_weekly": (there.toordinal() - 1) // 7,  # the first day of the calendar was a Monday
        "keep_monthly": 12 * there.year + there.month,
        "keep_yearly": there.year,
    }[rule]


def stays(found, fleet, asked, zone, now):
    """Return whether any rule keeps *found*: no newer version is in its period, and few later periods have any."""

    def age(other):
        return other.created_at, int(other.ref.rpartition("@")[2])

    newer = [other for other in fleet if age(other) > age(found)]
    if asked["keep_last"] and len(newer) < asked["keep_last"]:
        return True
    if asked["keep_within"] and now - found.created_at <= AGES[asked["keep_within"]]:
        return True
    for rule in PERIODS:
        own = place_of(rule, found.created_at, zone)
        later = {place for other in fleet if (place := place_of(rule, other.created_at, zone)) > own}
        is_newest = all(place_of(rule, other.created_at, zone) != own for other in newer)
        if asked[rule] and is_newest and len(later) < asked[rule]:
            return True
    return False


@pytest.mark.slow
@settings(max_examples=examples(1_000))
@given(FLEETS, RULES, st.sampled_from(ZONES), st.sampled_from(CENTRES))
def test_exactly_the_versions_stay_that_the_calendar_keeps(fleet, asked, zone, centre):
    now = centre + timedelta(days=300)
    newest_first = sorted(fleet, key=lambda found: (found.created_at, int(found.ref.rpartition("@")[2])), reverse=True)

    found = kept_by(newest_first, Selection(**asked, timezone=zone), now)

    # A time that is after `now` is young; a plan drops such times before.
    assert set(found) == {each.ref for each in fleet if stays(each, fleet, asked, zone, now)}


@pytest.fixture
def clock():
    return Today()


def test_at_most_takes_the_oldest_of_all_models(client):
    everything = {"match": "*", "include_aliased": True, "max_percent": 100}
    all_of_it = client.plan([BASETEN, "replicate:acme/churn"], **everything)
    ages = sorted((choice.version.created_at, choice.ref) for choice in all_of_it.deletions)

    plan = client.plan([BASETEN, "replicate:acme/churn"], at_most=3, max_delete=3, **everything)

    assert {choice.ref for choice in plan.deletions} == {ref for _, ref in ages[:3]}
    assert sum(choice.rule == "at_most" for model in plan.models for choice in model.choices) == len(ages) - 3
    assert {choice.reason for model in plan.models for choice in model.choices if choice.rule == "at_most"} == {
        f"Not among the oldest 3 of {len(ages)} that may go."
    }


def test_a_backlog_drains_with_none_skipped(sandbox, client):
    """Each run takes the oldest that are left, so all go that would have gone at once."""
    asked = {"match": "*", "include_aliased": True, "max_percent": 100}
    expected = [choice.ref for choice in client.plan("replicate:acme/churn", **asked).deletions]
    gone = []

    while going := client.plan("replicate:acme/churn", at_most=9, **asked).deletions:
        for choice in going:
            sandbox.remove(choice.ref) if hasattr(sandbox.replicate, "remove") else client.delete(choice.ref, wait=True)
            gone.append(choice.ref)

    assert gone == expected


def test_cerebras_has_no_times_and_its_lowest_numbers_go_first(client):
    plan = client.plan(CEREBRAS, keep_last=1, include_aliased=True, at_most=1)

    assert [choice.ref.rpartition("@")[2] for choice in plan.deletions] == ["1"]
