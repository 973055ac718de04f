"""The choice of versions: each rule by itself, and properties that hold for any versions and any selectors.

The module is longer than most: examples of every rule stand beside the properties of all of them together.
"""

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import get_args

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from expunge import Version
from expunge.cli.approval_page import version_table
from expunge.errors import PlanTooLarge
from expunge.plans.plan import PlannedModel, require_within_limits
from expunge.plans.retention import Rule, choose, remarks, unused_globs
from expunge.plans.selection import Selection
from expunge.providers import Capabilities

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DATED = Capabilities(creation_times=True, aliases=True)
SERVING = Capabilities(creation_times=True, live_state=True, proves_idle=True)
NAMING = Capabilities(creation_times=True, live_state=True)
NUMBERED = Capabilities(aliases=True, live_state=True, proves_idle=True)


def version(name, days=None, *, created=None, aliases=(), live=None):
    """A version that is *days* old."""
    moment = created if days is None else NOW - timedelta(days=days)
    return Version(ref=f"baseten:m@{name}", created_at=moment, aliases=tuple(aliases), is_live=live)


def chosen(versions, capabilities=DATED, now=NOW, **selectors):
    """Return, by name, the rule that decided about each version."""
    choices = choose(versions, Selection(**selectors), capabilities, now)
    return {choice.ref.rpartition("@")[2]: choice.rule for choice in choices}


THREE = [version("a", 1), version("b", 40), version("c", 80)]


def test_keep_last_keeps_the_newest_by_creation_time():
    assert chosen(THREE, keep_last=2) == {"a": "keep_last", "b": "keep_last", "c": "selected"}


def test_keep_last_of_more_than_there_are_keeps_all():
    assert set(chosen(THREE, keep_last=9).values()) == {"keep_last"}


def test_at_equal_times_the_higher_number_is_newer():
    """As a number: 10 is above 9."""
    assert chosen([version("9", 5), version("10", 5)], keep_last=1) == {"10": "keep_last", "9": "selected"}


def test_at_equal_times_the_higher_id_is_newer():
    assert chosen([version("dep10", 5), version("dep9", 5)], keep_last=1) == {"dep9": "keep_last", "dep10": "selected"}


def test_ids_are_compared_as_numbers_only_if_all_are_numbers():
    """One number among other ids says nothing about their order, and is not an error."""
    mixed = [version("9", 1), version("10", 1), version("abc", 1)]

    assert chosen(mixed, keep_last=1) == {"abc": "keep_last", "9": "selected", "10": "selected"}
    assert chosen(mixed[:2], keep_last=1) == {"10": "keep_last", "9": "selected"}


def test_a_choice_keeps_no_object_of_the_provider():
    """A plan of a million versions would hold them all."""
    (choice,) = choose([evolve(version("1", 1), raw={"a": "long answer"})], Selection(keep_last=1), DATED, NOW)

    assert choice.version.raw is None


def test_without_creation_times_keep_last_goes_by_number():
    versions = [version(number, live=False) for number in ("9", "10", "11")]

    assert chosen(versions, NUMBERED, keep_last=2) == {"11": "keep_last", "10": "keep_last", "9": "selected"}


def test_without_creation_times_no_age_is_known():
    versions = [version(number, live=False) for number in ("1", "2")]
    selection = Selection(older_than="1h")
    choices = choose(versions, selection, NUMBERED, NOW)

    assert {choice.rule for choice in choices} == {"older_than"}
    assert "selects nothing" in remarks(choices, selection, NUMBERED, "cerebras")[0]


@pytest.mark.parametrize(
    ("age", "made", "goes"),
    [
        ("12h", NOW - timedelta(hours=12, seconds=1), True),
        ("12h", NOW - timedelta(hours=12), False),
        ("30d", NOW - timedelta(days=30, seconds=1), True),
        ("30d", NOW - timedelta(days=29), False),
        ("2w", NOW - timedelta(days=14, seconds=1), True),
        ("2w", NOW - timedelta(days=13), False),
        ("3mo", datetime(2026, 3, 15, 11, 59, tzinfo=UTC), True),
        ("3mo", datetime(2026, 3, 15, 12, 1, tzinfo=UTC), False),
        ("1y", datetime(2025, 6, 15, 11, 59, tzinfo=UTC), True),
        ("1y", datetime(2025, 6, 15, 12, 1, tzinfo=UTC), False),
        ("0d", NOW - timedelta(seconds=1), True),
    ],
)
def test_older_than_is_exact(age, made, goes):
    rules = chosen([version("new", created=NOW), version("old", created=made)], older_than=age)

    assert rules == {"new": "older_than", "old": "selected" if goes else "older_than"}


def test_a_year_is_the_calendars():
    """A leap day lies in between: 365 days would be a day too few."""
    now = datetime(2024, 6, 1, tzinfo=UTC)
    versions = [version("new", created=now), version("old", created=datetime(2023, 6, 1, 12, tzinfo=UTC))]

    assert chosen(versions, now=now, older_than="1y")["old"] == "older_than"


def test_every_rule_has_words_on_the_page():
    assert set(version_table.KEPT_BY) == set(get_args(Rule)) - {"selected"}


def test_a_month_before_the_thirty_first_is_the_last_of_february():
    now = datetime(2026, 3, 31, tzinfo=UTC)
    versions = [version("new", created=now), version("old", created=datetime(2026, 2, 27, 23, tzinfo=UTC))]

    assert chosen(versions, now=now, older_than="1mo")["old"] == "selected"


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(None, id="unknown"),
        pytest.param(datetime(1999, 12, 31, tzinfo=UTC), id="before-2000"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="epoch"),
        pytest.param(NOW + timedelta(seconds=1), id="future"),
        pytest.param(datetime(2020, 1, 1), id="without-offset"),  # noqa: DTZ001 - what is tested
    ],
)
@pytest.mark.parametrize("selectors", [{"older_than": "1d"}, {"keep_last": 1}, {"match": ("*",)}])
def test_a_time_that_cannot_be_believed_is_never_old(made, selectors):
    rules = chosen([*THREE, version("x", created=made)], **selectors)

    assert rules["x"] == "undated"


@pytest.mark.parametrize("made", [datetime(2000, 1, 1, tzinfo=UTC), NOW], ids=["the-oldest", "now"])
def test_the_first_and_the_last_time_that_can_be_believed_are(made):
    assert chosen([version("x", created=made), version("b", created=made)], keep_last=1)["b"] == "selected"


def test_a_version_without_a_time_takes_no_place_among_those_kept():
    rules = chosen([*THREE, version("x")], keep_last=2)

    assert rules == {"a": "keep_last", "b": "keep_last", "c": "selected", "x": "undated"}


@pytest.mark.parametrize(
    ("glob", "fit"),
    [
        ("v1-*", {"v1"}),
        ("V1-*", set()),
        ("1", {"one"}),
        ("*-beta", {"v1"}),
        ("v1", set()),
        ("[12]", {"one", "two"}),
        ("[!1]", {"two"}),
        ("?", {"one", "two"}),
        ("*", {"v1", "one", "two"}),
    ],
)
def test_a_glob_fits_a_complete_number_or_alias(glob, fit):
    versions = [version("31", 9, aliases=["v1-beta"]), version("1", 8), version("2", 7), version("77", 1, live=True)]
    names = {"31": "v1", "1": "one", "2": "two", "77": None}
    rules = chosen(versions, match=(glob,), include_aliased=True)

    assert {names[name] for name, rule in rules.items() if rule == "selected"} == fit


def test_of_several_globs_one_must_fit():
    assert chosen(THREE, match=("b", "c")) == {"a": "match", "b": "selected", "c": "selected"}


def test_selectors_are_joined_by_and():
    rules = chosen([*THREE, version("d", 90)], keep_last=1, older_than="50d", match=("c", "b"))

    assert rules == {"a": "keep_last", "b": "older_than", "c": "selected", "d": "match"}


@pytest.mark.parametrize(
    ("old", "capabilities", "rule"),
    [
        (version("x", 99, live=True), SERVING, "live"),
        (version("x", 99, live=None), SERVING, "live_unknown"),
        (version("x", 99, live=None), DATED, "selected"),
        (version("x", 99, live=None), NAMING, "selected"),
        (version("x", 99, live=True), NAMING, "live"),
        (version("x", 99, live=False, aliases=["prod"]), SERVING, "aliased"),
        (version("x", 99, live=True, aliases=["prod"]), SERVING, "live"),
    ],
)
def test_a_guard_rail_keeps_what_was_selected(old, capabilities, rule):
    assert chosen([*THREE, old], capabilities, keep_last=3)["x"] == rule


@pytest.mark.parametrize("live", [None, True])
@pytest.mark.parametrize("capabilities", [SERVING, NAMING])
@pytest.mark.parametrize("assumed", [True, False])
def test_a_live_state_that_was_not_read_is_assumed_only_if_asked(live, capabilities, assumed):
    """A version that is known to be live stays anyway."""
    old = version("x", 99, live=live)
    unread = {} if live else {old.ref: "HTTP 403"}

    choices = choose(
        [*THREE, old], Selection(keep_last=3), capabilities, NOW, live_unread=unread, assume_not_live=assumed
    )

    assert choices[-1].rule == ("live" if live else "selected" if assumed else "live_unknown")
    assert live or ("assumed not to be live" if assumed else "HTTP 403") in choices[-1].reason


def test_an_alias_is_no_guard_where_it_is_lifted():
    old = version("x", 99, aliases=["prod"])

    assert chosen([*THREE, old], keep_last=3, include_aliased=True)["x"] == "selected"
    assert chosen([*THREE, old], keep_last=3, include_aliased=True, protect=("pro*",))["x"] == "protected"


def test_a_model_is_never_emptied():
    assert chosen(THREE, match=("*",)) == {"a": "last_version", "b": "selected", "c": "selected"}
    assert chosen(THREE[2:], older_than="1d") == {"c": "last_version"}


def test_a_glob_that_fits_nothing_is_named():
    selection = Selection(keep_last=1, protect=("prdo*", "a"), match=("b",))
    choices = choose(THREE, selection, DATED, NOW)

    assert unused_globs(choices, selection) == ("'prdo*' protects nothing: it matches no version.",)
    assert unused_globs(choices, Selection(match=("b", "z"), protect=("a", "y"))) == (
        "'y' protects nothing: it matches no version.",
        "'z' selects nothing: it matches no version.",
    )
    assert unused_globs(choices, Selection(match=("b",), protect=("a",))) == ()


def planned(count, going):
    versions = [version(str(number), number) for number in range(1, count + 1)]
    selection = Selection(keep_last=count - going) if count > going else Selection(match=("*",))
    return PlannedModel(ref="baseten:m", choices=choose(versions, selection, DATED, NOW))


@pytest.mark.parametrize(
    ("count", "going", "selectors", "lifted"),
    [
        (60, 51, {"keep_last": 9}, {"max_delete": 51}),
        (60, 50, {"keep_last": 10}, {}),
        (10, 6, {"older_than": "4d"}, {"max_percent": 60}),
        (10, 5, {"older_than": "5d"}, {}),
        (3, 2, {"older_than": "1d"}, {"max_percent": 67}),
        (3, 2, {"older_than": "1d", "keep_last": 1}, {}),
        (3, 2, {"keep_last": 1, "max_percent": 40}, {"max_percent": 67}),
        (90, 80, {"older_than": "10d"}, {"max_delete": 80, "max_percent": 89}),
        (3, 1, {"keep_last": 2, "max_delete": 0}, {"max_delete": 1}),
    ],
)
def test_too_much_is_refused_with_the_limits_that_would_allow_it(count, going, selectors, lifted):
    models = [planned(count, going)]
    assert len(models[0].deletions) == going

    if not lifted:
        require_within_limits(models, lambda _model: Selection(**selectors))
        return
    with pytest.raises(PlanTooLarge) as caught:
        require_within_limits(models, lambda _model: Selection(**selectors))

    assert (caught.value.needed, caught.value.settings) == (lifted, tuple(lifted))
    assert all(f"{name}={limit}" in str(caught.value) for name, limit in lifted.items())
    require_within_limits(models, lambda _model: Selection(**(selectors | lifted)))


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "delete 60% of baseten:m1;"),
        (5, "60% of baseten:m5;"),
        (6, "60% of baseten:m5 and too much of 1 more model;"),
        (8, "of 3 more models;"),
    ],
)
def test_of_many_models_above_a_limit_five_are_named(count, words):
    models = [evolve(planned(5, 3), ref=f"baseten:m{number}") for number in range(1, count + 1)]

    with pytest.raises(PlanTooLarge) as caught:
        require_within_limits(models, lambda _model: Selection(older_than="2d"))

    assert words in str(caught.value)
    assert str(caught.value).count("60% of") == min(count, 5)
    assert caught.value.needed == {"max_percent": 60}


@pytest.mark.parametrize(
    ("selection", "capabilities", "is_said"),
    [
        (Selection(keep_last=1), NUMBERED, True),
        (Selection(keep_last=1), DATED, False),
        (Selection(match=("*",)), NUMBERED, False),
    ],
)
def test_without_creation_times_keep_last_goes_by_number_and_says_so(selection, capabilities, is_said):
    choices = choose([version("1"), version("2")], selection, capabilities, NOW)

    said = remarks(choices, selection, capabilities, "cerebras")

    assert ("cerebras gives no creation times: keep_last goes by number here." in said) == is_said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 matching version is kept because it has an alias. Use include_aliased to delete it."),
        (2, "2 matching versions are kept because they have an alias. Use include_aliased to delete them."),
    ],
)
def test_versions_that_an_alias_keeps_are_counted(count, said):
    versions = [version(str(number), 10 + number, aliases=[f"a{number}"]) for number in range(count)]
    choices = choose([*THREE, *versions], Selection(match=("[0-9]*",)), DATED, NOW)

    assert remarks(choices, Selection(match=("[0-9]*",)), DATED, "baseten") == (said,)


@pytest.mark.parametrize(("count", "said"), [(1, "1 version whose"), (2, "2 versions whose")])
def test_versions_whose_aliases_could_not_be_read_are_counted(count, said):
    unread = {found.ref for found in THREE[1 : 1 + count]}
    choices = choose(THREE, Selection(keep_last=1), DATED, NOW, aliases_unread=unread)

    (remark,) = remarks(choices, Selection(keep_last=1), DATED, "baseten")

    assert remark == f"{said} aliases could not be read: not selected."


NAMES = st.integers(min_value=1, max_value=40).map(str)
ALIASES = st.lists(st.sampled_from(["prod", "v1-a", "v1-b", "candidate", "latest"]), max_size=2, unique=True)
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(datetime(1980, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - without an offset
    st.datetimes(datetime(1998, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.integers(min_value=-5, max_value=60).map(lambda days: NOW - timedelta(days=days)),
)
VERSIONS = st.lists(
    st.builds(
        lambda name, made, aliases, live: version(name, created=made, aliases=aliases, live=live),
        NAMES,
        MOMENTS,
        ALIASES,
        st.sampled_from([True, False, False, None]),
    ),
    unique_by=lambda found: found.ref,
    max_size=25,
)
GLOBS = st.lists(st.sampled_from(["*", "1*", "v1-*", "prod", "?", "[2-9]", "zzz"]), max_size=2).map(tuple)
AGES = {"1h": timedelta(hours=1), "7d": timedelta(days=7), "4w": timedelta(weeks=4)}
SELECTIONS = st.builds(
    dict,
    keep_last=st.one_of(st.none(), st.integers(min_value=1, max_value=8)),
    older_than=st.one_of(st.none(), st.sampled_from(sorted(AGES))),
    match=GLOBS,
    protect=GLOBS,
    include_aliased=st.booleans(),
).filter(lambda asked: asked["keep_last"] or asked["older_than"] or asked["match"])
CAPABILITIES = st.builds(
    Capabilities, creation_times=st.booleans(), live_state=st.booleans(), proves_idle=st.booleans()
)


def is_believable(made):
    return made is not None and made.tzinfo is not None and datetime(2000, 1, 1, tzinfo=UTC) <= made <= NOW


def fits_any(found, globs):
    return any(fnmatchcase(name, glob) for glob in globs for name in (found.ref.rpartition("@")[2], *found.aliases))


def may_serve(found, capabilities, unread, assumed):
    """Return, in other words than the code's, whether *found* is or may be in use."""
    if found.is_live is not None:
        return found.is_live or (found.ref in unread and not assumed)
    is_told = not (capabilities.live_state and capabilities.proves_idle) and found.ref not in unread
    return not is_told and not assumed


def may_go(found, asked, capabilities, unread, assumed):
    """Return, in other words than the code's, whether anything at all speaks against deleting *found*."""
    if capabilities.creation_times and not is_believable(found.created_at):
        return False
    if asked["older_than"] and not (
        is_believable(found.created_at) and NOW - found.created_at > AGES[asked["older_than"]]
    ):
        return False
    if asked["match"] and not fits_any(found, asked["match"]):
        return False
    if fits_any(found, asked["protect"]) or may_serve(found, capabilities, unread, assumed):
        return False
    return asked["include_aliased"] or not found.aliases


@given(VERSIONS, SELECTIONS, CAPABILITIES, NAMES.map(int), st.booleans(), st.randoms(use_true_random=False))
def test_nothing_goes_that_must_not_and_all_goes_that_was_asked_for(
    versions, asked, capabilities, step, assumed, chance
):
    unread = {found.ref: "HTTP 403" for found in versions[::step]}

    def decide(found):
        return choose(found, Selection(**asked), capabilities, NOW, live_unread=unread, assume_not_live=assumed)

    choices = decide(versions)
    ranked = sorted(
        (found for found in versions if is_believable(found.created_at) or not capabilities.creation_times),
        key=lambda found: (
            found.created_at if is_believable(found.created_at) else datetime(2000, 1, 1, tzinfo=UTC),
            int(found.ref.rpartition("@")[2]),
        ),
    )
    newest = {found.ref for found in ranked[-asked["keep_last"] :]} if asked["keep_last"] else set()
    expected = {
        found.ref
        for found in versions
        if may_go(found, asked, capabilities, unread, assumed) and found.ref not in newest
    }
    if versions and len(expected) == len(versions):
        expected.discard(ranked[-1].ref)
    going = {choice.ref for choice in choices if choice.action == "delete"}

    assert sorted(choice.ref for choice in choices) == sorted(found.ref for found in versions)
    assert going == expected
    assert not versions or len(going) < len(versions)
    shuffled = list(versions)
    chance.shuffle(shuffled)
    assert decide(shuffled) == choices


@given(st.lists(st.integers(min_value=0, max_value=300), max_size=40), st.integers(min_value=1, max_value=45))
def test_keep_last_keeps_exactly_the_newest(days, number):
    versions = [version(str(place), age) for place, age in enumerate(days, 1)]
    kept = [
        choice.ref for choice in choose(versions, Selection(keep_last=number), DATED, NOW) if choice.action == "keep"
    ]
    by_age = sorted(versions, key=lambda found: (found.created_at, int(found.ref.rpartition("@")[2])), reverse=True)

    assert kept == [found.ref for found in by_age[:number]]
