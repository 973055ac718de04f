"""The check before each delete: what it finds ends the deletion as far as earlier attempts let anybody know."""

import pytest
from tests.deletion.driving import CEREBRAS, DELETED, GONE, LOST, THERE, answered, drive

import expunge
from expunge._answer import Answer
from expunge.providers._failed_reads import Absent, ReadFailed, Replaced

REPLICATE = f"replicate:acme/churn@{'5c7d' * 16}"
BUSY = answered(500)
"""A doubt that does not come late, on a provider that deletes before it answers."""


def ending_with(errors):
    """Return a precondition that passes where *errors* has None, and raises what else is there."""
    remaining = list(errors)

    def check(_ref):
        error = remaining.pop(0)
        if error is not None:
            raise error
        yield from ()

    return check


def refused():
    return expunge.Refused(f"{CEREBRAS} has changed since it was planned.", ref=CEREBRAS)


def replaced():
    return Replaced(f"{CEREBRAS} is another version with the same name.", ref=CEREBRAS)


def absent():
    return Absent(answered(404), "HTTP 404")


def unread():
    return ReadFailed(answered(503), "HTTP 503")


CASES = [
    pytest.param([], [refused()], "refused", 0, id="changed"),
    pytest.param([], [replaced()], "refused", 0, id="replaced"),
    pytest.param([], [absent()], "absent", 0, id="gone"),
    pytest.param([], [unread()], "failed", 0, id="unreadable"),
    pytest.param([BUSY, THERE], [None, refused()], "refused", 1, id="changed-after-a-doubt"),
    pytest.param([BUSY, THERE], [None, replaced()], "unknown", 1, id="replaced-after-a-doubt"),
    pytest.param([BUSY, THERE], [None, absent()], "deleted", 1, id="gone-after-a-doubt"),
    pytest.param([BUSY, THERE], [None, unread()], "failed", 1, id="unreadable-after-a-doubt"),
    pytest.param([LOST, THERE], [None, refused()], "unknown", 1, id="changed-after-a-loss"),
    pytest.param([LOST, THERE], [None, replaced()], "unknown", 1, id="replaced-after-a-loss"),
    pytest.param([LOST, THERE], [None, absent()], "deleted", 1, id="gone-after-a-loss"),
    pytest.param([LOST, THERE], [None, unread()], "unknown", 1, id="unreadable-after-a-loss"),
    pytest.param([answered(429)], [None, refused()], "refused", 1, id="changed-after-a-429"),
    pytest.param([answered(429)], [None, replaced()], "refused", 1, id="replaced-after-a-429"),
    pytest.param([answered(429)], [None, unread()], "failed", 1, id="unreadable-after-a-429"),
]


@pytest.mark.parametrize(("answers", "errors", "status", "attempts"), CASES)
def test_a_check_that_fails_ends_the_deletion(answers, errors, status, attempts, clock):
    driven = drive(answers, clock, precondition=ending_with(errors))

    assert (driven.tombstone.status, driven.tombstone.attempts) == (status, attempts)
    assert driven.verbs.count("delete") == attempts


def test_a_version_that_changed_before_anything_was_sent_is_refused_where_deletions_come_late(clock):
    driven = drive([], clock, ref=REPLICATE, precondition=ending_with([refused()]))

    assert (driven.tombstone.status, driven.tombstone.attempts) == ("refused", 0)


def test_a_check_that_could_not_be_made_says_whether_anything_was_sent(clock):
    before = drive([], clock, precondition=ending_with([unread()])).tombstone.detail
    after = drive([BUSY, THERE], clock, precondition=ending_with([None, unread()])).tombstone.detail

    assert "Nothing was sent to delete it" in before
    assert "Nothing was sent" not in after
    assert "it could not be read again: HTTP 503" in after


def test_what_a_check_found_showed_that_the_version_existed(clock):
    driven = drive([LOST, GONE], clock, precondition=ending_with([None]))

    assert (driven.tombstone.status, driven.tombstone.confirmed_by) == ("deleted", "read_back")
    assert "Nothing ever showed" not in driven.tombstone.detail


def test_each_delete_has_its_own_check(clock):
    checked = []

    def check(ref):
        checked.append(str(ref))
        yield from ()

    driven = drive([LOST, THERE, answered(429), DELETED], clock, precondition=check)

    assert driven.tombstone.status == "deleted"
    assert checked == [CEREBRAS] * 3


def test_a_doubt_that_is_unreadable_names_its_last_answer(clock):
    tombstone = drive([answered(500), Answer(problem="no answer came", timed_out=True)], clock).tombstone

    assert tombstone.status == "unknown"
    assert tombstone.detail.startswith("It may be gone: HTTP 500; reading back could not tell: no answer came")
