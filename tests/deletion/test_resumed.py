"""A deletion that an earlier process may have sent: a read comes first, and the doubt stays until it is settled."""

import pytest
from tests.deletion.driving import DELETED, GONE, LOST, NEVER, THERE, answered, drive, repo, rows

from expunge._answer import Answer

ALIAS = "truefoundry:fraud-repo/churn@v3-prod"
FQN = "model:tenant-0/fraud-repo/churn:3"


def test_gone_is_deleted_without_another_request(clock):
    tombstone = drive([GONE], clock, was_under_way=True).tombstone

    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)
    assert tombstone.detail.endswith("Nothing ever showed that it had existed.")


def test_still_there_is_sent_again(clock):
    driven = drive([THERE, DELETED], clock, was_under_way=True)

    assert driven.verbs == ["get", "delete"]
    tombstone = driven.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "response", 2)


def test_unreadable_is_unknown_and_nothing_is_sent(clock):
    driven = drive([answered(503)], clock, was_under_way=True)

    assert driven.verbs == ["get"]
    assert (driven.tombstone.status, driven.tombstone.attempts) == ("unknown", 1)
    assert "an earlier process was stopped; reading back could not tell: HTTP 503" in driven.tombstone.detail


@pytest.mark.parametrize(
    ("answers", "status", "confirmed_by"),
    [
        pytest.param([THERE, GONE], "deleted", "retry", id="gone-meanwhile"),
        pytest.param([THERE, answered(403), THERE], "unknown", None, id="refused-but-the-first-may-come-late"),
        pytest.param([THERE, NEVER, THERE], "unknown", None, id="never-sent-but-the-first-may-come-late"),
        pytest.param([THERE, LOST, GONE], "deleted", "read_back", id="lost-again"),
    ],
)
def test_the_first_attempt_may_come_late(answers, status, confirmed_by, clock):
    tombstone = drive(answers, clock, was_under_way=True).tombstone

    assert (tombstone.status, tombstone.confirmed_by) == (status, confirmed_by)


@pytest.mark.parametrize(
    ("ref", "answers", "status"),
    [
        pytest.param(FQN, [rows()], "deleted", id="gone"),
        pytest.param(FQN, [answered(503)], "unknown", id="unreadable"),
        pytest.param(FQN, [rows(3, 3)], "unknown", id="two-rows"),
        pytest.param(ALIAS, [repo(), rows()], "unknown", id="the-alias-may-have-moved"),
    ],
)
def test_a_reference_that_must_be_resolved_is_never_absent_or_failed(ref, answers, status, clock):
    driven = drive(answers, clock, ref=ref, was_under_way=True)

    assert driven.tombstone.status == status
    assert set(driven.verbs) == {"list"}


def test_what_was_not_under_way_has_no_doubt(clock):
    tombstone = drive([Answer(http_status=404, is_json=True, body={}, problem="HTTP 404")], clock).tombstone

    assert (tombstone.status, tombstone.attempts) == ("absent", 1)


def test_what_a_provider_accepted_is_waited_for_and_not_sent_again(clock):
    driven = drive([THERE, THERE, GONE], clock, was_accepted=True, was_under_way=True, wait=True)

    assert driven.verbs == ["get"] * 3
    tombstone = driven.tombstone
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)


def test_what_a_provider_accepted_is_unknown_at_the_deadline(clock):
    tombstone = drive([THERE] * 6, clock, was_accepted=True, wait=True, timeout=1.5).tombstone

    assert (tombstone.status, tombstone.attempts) == ("unknown", 1)


def test_what_a_provider_accepted_was_shown_to_exist(clock):
    tombstone = drive([GONE], clock, was_accepted=True, wait=True).tombstone

    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)
    assert "Nothing ever showed" not in tombstone.detail


def test_an_earlier_attempt_is_one_of_the_three_that_may_stay_in_doubt(clock):
    driven = drive([THERE, LOST, THERE, LOST, THERE], clock, was_under_way=True)

    assert driven.verbs == ["get", "delete", "get", "delete", "get"]
    assert (driven.tombstone.status, driven.tombstone.attempts) == ("unknown", 3)
