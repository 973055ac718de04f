"""The guards of a deletion: one mistaken line would take each away, and nothing else would notice."""

import pytest
from tests.deletion.driving import (
    DELETED,
    GONE,
    LATE,
    LOST,
    THERE,
    TRUEFOUNDRY,
    answered,
    drive,
    repo,
    rows,
)

import expunge
from expunge._answer import Answer

ALIAS = "truefoundry:fraud-repo/churn@v7-prod"
NEVER_SHOWN = "Nothing ever showed that it had existed."


def manifest(version):
    return {
        "name": "churn",
        "ml_repo": "fraud-repo",
        "version": version,
        "type": "model-version",
        "metadata": {},
        "source": {"type": "truefoundry"},
    }


def later(clock):
    """Return a precondition that takes 100 seconds."""

    def check(_ref):
        clock.sleep(100.0)
        yield from ()

    return check


def test_a_manifest_is_checked_again_when_the_alias_has_its_number(clock):
    """Else the request deletes the manifest's version, and the tombstone names the alias's."""
    driven = drive([repo(), rows(7, alias="v7-prod")], clock, ref=ALIAS, manifest=manifest(3))

    assert driven.operations == ["list_ml_repos", "list_model_versions"]
    assert (driven.tombstone.status, driven.tombstone.attempts) == ("refused", 0)
    assert isinstance(driven.outcome.error, expunge.ValidationError)
    assert "version must be 7" in str(driven.outcome.error)


def test_a_manifest_that_names_the_alias_s_number_is_sent(clock):
    deleted = Answer(http_status=200, is_json=True, body={})

    driven = drive([repo(), rows(7, alias="v7-prod"), deleted], clock, ref=ALIAS, manifest=manifest(7))

    assert (driven.tombstone.status, driven.tombstone.ref) == ("deleted", "truefoundry:fraud-repo/churn@7")


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("truefoundry:fraud-repo/churn@6", "named truefoundry:fraud-repo/churn@6 when it was shown"),
        ("truefoundry:fraud-repo/churn@8", "named truefoundry:fraud-repo/churn@8 when it was shown"),
        ("", "named no version that could be read when it was shown"),
    ],
)
def test_an_alias_that_moved_since_it_was_shown_is_refused(shown, words, clock):
    driven = drive([repo(), rows(7, alias="v7-prod")], clock, ref=ALIAS, resolved={ALIAS: shown})

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("refused", 0)
    assert words in str(driven.outcome.error)


@pytest.mark.parametrize("resolved", [{ALIAS: "truefoundry:fraud-repo/churn@7"}, {"another": "one"}, {}])
def test_an_alias_that_names_what_was_shown_is_sent(resolved, clock):
    deleted = Answer(http_status=200, is_json=True, body={})

    driven = drive([repo(), rows(7, alias="v7-prod"), deleted], clock, ref=ALIAS, resolved=resolved)

    assert (driven.tombstone.status, driven.tombstone.ref) == ("deleted", "truefoundry:fraud-repo/churn@7")


def test_two_rows_for_one_number_leave_a_lost_delete_unknown(clock):
    driven = drive([LOST, repo(), rows(3, 3)], clock, ref=TRUEFOUNDRY)

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("unknown", 1)
    assert isinstance(driven.outcome.error, expunge.Unconfirmed)
    assert "It may be gone" in driven.tombstone.detail
    assert "names 2 versions, not one" in driven.tombstone.detail
    assert "nothing was sent" not in driven.tombstone.detail


def test_two_rows_for_one_alias_are_refused_before_anything_is_sent(clock):
    driven = drive([repo(), rows(7, 8, alias="v7-prod")], clock, ref=ALIAS)

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("refused", 0)


def test_a_dry_run_refuses_a_number_with_two_rows(clock):
    driven = drive([repo(), rows(3, 3)], clock, ref=TRUEFOUNDRY, dry_run=True)

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("refused", 0)


@pytest.mark.parametrize("late_by", [0.0, 1.0])
def test_no_delete_leaves_after_an_alias_was_read_for_too_long(late_by, clock):
    def slowly():
        clock.sleep(20.0 + late_by)
        return rows(7, alias="v7-prod")

    driven = drive([repo(), slowly], clock, ref=ALIAS, timeout=20.0)

    assert driven.operations == ["list_ml_repos", "list_model_versions"]
    assert (driven.tombstone.status, driven.tombstone.attempts) == ("failed", 0)
    assert isinstance(driven.outcome.error, expunge.TransportError)
    assert "the time was over before it could be sent" in driven.tombstone.detail


def test_a_read_that_no_time_is_left_for_is_not_sent(clock):
    def slowly():
        clock.sleep(21.0)
        return repo()

    driven = drive([slowly], clock, ref=ALIAS, timeout=20.0)

    assert driven.operations == ["list_ml_repos"]
    assert (driven.tombstone.status, driven.tombstone.attempts) == ("failed", 0)
    assert isinstance(driven.outcome.error, expunge.TransportError)
    assert "the time for it was over" in driven.tombstone.detail


def test_the_dates_of_the_delete_and_the_read_are_compared_if_both_have_one(clock):
    """The provider's clock is half an hour behind ours, and both dates are its own."""
    behind = {"date": "Wed, 31 Dec 2025 23:46:40 GMT"}

    driven = drive([answered(500, behind), answered(404, behind)], clock)

    assert (driven.tombstone.status, driven.tombstone.confirmed_by) == ("deleted", "read_back")


def test_the_date_of_an_earlier_answer_says_nothing_about_a_delete_without_one(clock):
    """Of the second delete only the time at which it left is known, and the read is older than that."""
    old = {"date": "Thu, 01 Jan 2026 00:16:40 GMT"}

    driven = drive([answered(500, old), THERE, LOST, answered(404, old)], clock, precondition=later(clock))

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("unknown", 2)


def test_a_delete_leaves_in_the_last_moment(clock):
    def slowly():
        clock.sleep(19.999)
        return rows(7, alias="v7-prod")

    driven = drive([repo(), slowly, LOST, repo(), rows()], clock, ref=ALIAS, timeout=20.0)

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("deleted", 1)


SHOWN = [
    pytest.param([LOST, GONE], {}, False, id="nothing"),
    pytest.param([LATE, GONE], {}, False, id="a-timeout"),
    pytest.param([answered(500), GONE], {}, False, id="an-error"),
    pytest.param([LOST, THERE, LOST, GONE], {}, True, id="a-read-between"),
    pytest.param([DELETED, GONE], {"wait": True}, True, id="the-documented-success"),
    pytest.param([DELETED, THERE, GONE], {"wait": True}, True, id="a-read-while-it-waited"),
]


@pytest.mark.parametrize(("answers", "options", "was_shown"), SHOWN)
def test_that_nothing_showed_it_is_said_only_if_nothing_did(answers, options, was_shown, clock):
    driven = drive(answers, clock, **options)

    assert (driven.tombstone.status, driven.tombstone.confirmed_by) == ("deleted", "read_back")
    assert (NEVER_SHOWN not in driven.tombstone.detail) == was_shown


def test_an_alias_that_was_resolved_showed_that_it_existed(clock):
    driven = drive([repo(), rows(7, alias="v7-prod"), LOST, repo(), rows()], clock, ref=ALIAS)

    assert (driven.tombstone.status, driven.tombstone.confirmed_by) == ("deleted", "read_back")
    assert NEVER_SHOWN not in driven.tombstone.detail


def test_a_read_that_timed_out_is_not_asked_again(clock):
    driven = drive([LOST, LATE], clock)

    assert driven.verbs == ["delete", "get"]
    assert driven.tombstone.status == "unknown"


def test_a_read_whose_connection_broke_is_asked_again_once(clock):
    driven = drive([LOST, LOST, LOST], clock)

    assert driven.verbs == ["delete", "get", "get"]
    assert driven.tombstone.status == "unknown"


def test_a_read_that_never_left_is_not_asked_again(clock):
    never = Answer(problem="no connection could be made (ConnectError)", was_sent=False)

    driven = drive([LOST, never], clock)

    assert driven.verbs == ["delete", "get"]
    assert driven.tombstone.status == "unknown"


def test_a_read_that_a_cache_kept_longer_than_the_delete_took_proves_nothing(clock):
    """The seconds since the delete left, and not the clock's own number, are compared with `Age`."""
    kept = answered(404, {"age": "86400"})

    driven = drive([LATE, kept], clock)

    assert (driven.verbs, driven.tombstone.status) == (["delete", "get"], "unknown")
    assert "from a cache" in driven.tombstone.detail
