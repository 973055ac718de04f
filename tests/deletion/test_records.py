"""The errors and details of a record, which say no more than is known."""

import pytest
from tests.deletion.driving import CEREBRAS, NAME, answered, drive

import expunge
from expunge._answer import Answer
from expunge._deletion.record import Record, never_sent


def record(clock):
    return Record(expunge.parse_ref(CEREBRAS), CEREBRAS, clock, lambda _answer: None)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(answered(404), expunge.UnexpectedResponse, id="something-else-was-not-there"),
        pytest.param(Answer(http_status=200), expunge.UnexpectedResponse, id="a-list-that-contradicts-itself"),
        pytest.param(answered(401), expunge.AuthenticationError, id="401"),
        pytest.param(answered(403), expunge.PermissionDenied, id="403"),
        pytest.param(answered(405), expunge.UnexpectedResponse, id="405"),
        pytest.param(answered(503), expunge.ProviderError, id="503"),
        pytest.param(Answer(problem="no connection", was_sent=False), expunge.TransportError, id="no-answer"),
    ],
)
def test_a_read_that_fails_before_anything_was_sent_is_never_an_absent_version(answer, kind, clock):
    outcome = record(clock).read_failed(answer, "HTTP").outcome

    assert type(outcome.error) is kind
    assert outcome.tombstone.status == "failed"
    assert "Nothing was sent to delete it" in outcome.tombstone.detail


def test_an_error_has_the_id_of_the_exchange_that_its_tombstone_has(clock):
    busy = Answer(http_status=500, is_json=True, body={}, problem="HTTP 500", request_id="q-1")

    outcome = drive([busy, answered(503)], clock).outcome

    assert isinstance(outcome.error, expunge.Unconfirmed)
    assert (outcome.error.http_status, outcome.error.request_id) == (500, "q-1")
    assert (outcome.tombstone.http_status, outcome.tombstone.request_id) == (500, "q-1")


@pytest.mark.parametrize(("length", "shown"), [(2_000, "x" * 2_000), (2_001, "x" * 2_000 + "…")])
def test_a_detail_has_at_most_two_thousand_characters(length, shown, clock):
    assert never_sent("text", "x" * length, clock).detail == shown
    assert record(clock).absent("y").outcome.tombstone.detail == "It was not deleted: y."
    assert record(clock).confirmed("deleted", "response", "x" * length).outcome.tombstone.detail == shown


@pytest.mark.parametrize("http_status", [200, 201, 299])
def test_a_success_that_says_no_is_a_refusal(http_status, clock):
    body = {"name": NAME, "deleted": False}
    says_no = Answer(
        http_status=http_status, is_json=True, body=body, problem="" if http_status == 200 else "not documented"
    )

    outcome = drive([says_no], clock).outcome

    assert type(outcome.error) is expunge.Refused
    assert (outcome.tombstone.status, outcome.error.http_status) == ("refused", http_status)
