"""The plain answers, on every provider: the meaning of each, and the versions that are left on the server.

The module is longer than most: it goes through docs/outcomes.md, and a reader compares the two from top to bottom.
"""

from itertools import pairwise

import pytest
from tests.providers import METHODS, REFS, is_late, succeeds_with

import expunge

CLASSIFIER = REFS["replicate"]
every_provider = pytest.mark.parametrize("provider", list(REFS))


@every_provider
def test_a_documented_success_is_believed_and_costs_one_request(provider, sandbox, client):
    ref = REFS[provider]

    tombstone = client.delete(ref)

    expected = "accepted" if is_late(provider) else "deleted"
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == (expected, "response", 1)
    assert (tombstone.ref, tombstone.requested_ref, tombstone.provider) == (ref, ref, provider)
    assert tombstone.request_id
    assert len(sandbox.requests) == 1


@every_provider
def test_waiting_ends_when_a_read_finds_it_gone(provider, sandbox, client):
    tombstone = client.delete(REFS[provider], wait=True)

    assert (tombstone.status, tombstone.confirmed_by) == ("deleted", "read_back")
    assert not sandbox.holds(REFS[provider])


def test_waiting_longer_than_the_deadline_is_unknown(client):
    """Replicate took it on, and the sandbox needs three seconds."""
    with pytest.raises(expunge.Unconfirmed) as raised:
        client.delete(CLASSIFIER, wait=True, timeout=1)

    assert raised.value.tombstone.status == "unknown"
    assert raised.value.tombstone.attempts == 1


@every_provider
def test_a_404_of_the_provider_is_absent(provider, sandbox, client):
    sandbox.remove(REFS[provider])

    with pytest.raises(expunge.NotFound) as raised:
        client.delete(REFS[provider])

    assert (raised.value.tombstone.status, raised.value.http_status) == ("absent", 404)
    assert client.delete(REFS[provider], missing_ok=True).status == "absent"


@every_provider
@pytest.mark.parametrize(
    ("http_status", "status", "error"),
    [
        (400, "refused", expunge.ValidationError),
        (422, "refused", expunge.ValidationError),
        (403, "refused", expunge.PermissionDenied),
        (409, "refused", expunge.Refused),
        (401, "failed", expunge.AuthenticationError),
        (405, "failed", expunge.UnexpectedResponse),
        (413, "failed", expunge.UnexpectedResponse),
        (415, "failed", expunge.UnexpectedResponse),
    ],
)
def test_an_answer_that_had_no_effect_needs_no_read(provider, http_status, status, error, sandbox, client):
    """The provider's own words reach the person who asked."""
    body = {"detail": "not on a Friday"}
    sandbox.answer_next(provider, METHODS[provider], http_status, body, {"X-Request-Id": "req-7"})

    with pytest.raises(error) as raised:
        client.delete(REFS[provider])

    tombstone = raised.value.tombstone
    assert (tombstone.status, tombstone.attempts, tombstone.confirmed_by) == (status, 1, None)
    assert (raised.value.http_status, raised.value.request_id) == (http_status, "req-7")
    assert "not on a Friday" in str(raised.value)
    assert len(sandbox.requests) == 1
    assert sandbox.holds(REFS[provider])


@pytest.mark.parametrize(
    ("provider", "body", "headers", "seconds"),
    [
        pytest.param("cerebras", {}, {"Retry-After": "37"}, 37.0, id="header"),
        pytest.param("baseten", {"error": "Rate limit exceeded.", "retry_after": 21}, {}, 21.0, id="baseten-body"),
        pytest.param(
            "replicate",
            {"detail": "Request was throttled. Your rate limit resets in ~30s."},
            {},
            30.0,
            id="replicate-sentence",
        ),
        pytest.param("truefoundry", {}, {}, None, id="none"),
    ],
)
def test_a_rate_limit_tells_how_long_to_wait(provider, body, headers, seconds, sandbox, client):
    """A hint that lies beyond the deadline ends the call at once."""
    sandbox.answer_next(provider, METHODS[provider], 429, body, headers, times=1_000)

    with pytest.raises(expunge.RateLimited) as raised:
        client.delete(REFS[provider], timeout=20)

    assert raised.value.retry_after == seconds
    assert raised.value.tombstone.status == "failed"
    assert (len(sandbox.requests) == 1) == (seconds is not None)
    assert sandbox.holds(REFS[provider])


@pytest.mark.parametrize("provider", REFS)
def test_a_rate_limit_is_waited_out_and_the_delete_sent_again(provider, sandbox, client, clock):
    sandbox.answer_next(provider, METHODS[provider], 429, {}, {"Retry-After": "7"}, times=4)

    tombstone = client.delete(REFS[provider])

    assert (tombstone.status, tombstone.attempts) == ("accepted" if is_late(provider) else "deleted", 5)
    assert clock.slept == [7.0] * 4


@pytest.mark.parametrize("provider", REFS)
def test_a_404_after_a_rate_limit_is_absent(provider, sandbox, client):
    """The rate-limited attempt surely had no effect: somebody else deleted it."""
    sandbox.answer_next(provider, METHODS[provider], 429, {}, {"Retry-After": "1"})
    sandbox.remove(REFS[provider])

    with pytest.raises(expunge.NotFound) as raised:
        client.delete(REFS[provider])

    assert raised.value.tombstone.status == "absent"


def test_truefoundry_is_never_asked_twice_without_a_read_in_between(sandbox, client):
    sandbox.answer_next("truefoundry", "POST", 429, {}, {"Retry-After": "1"}, times=3)

    client.delete(REFS["truefoundry"])

    methods = [request.method for request in sandbox.requests]
    assert methods.count("POST") == 4
    assert ("POST", "POST") not in list(pairwise(methods))


@pytest.mark.parametrize("provider", REFS)
def test_a_read_that_is_throttled_is_asked_again(provider, sandbox, client, clock):
    sandbox.answer_next(provider, "GET", 429, {}, {"Retry-After": "3"}, times=2)

    assert client.get(REFS[provider]).ref == REFS[provider]
    assert clock.slept == [3.0, 3.0]


def test_a_503_that_names_a_wait_is_read_first_and_sent_again_after_it(sandbox, client, clock):
    sandbox.answer_next("cerebras", "DELETE", 503, {}, {"Retry-After": "11"})

    tombstone = client.delete(REFS["cerebras"])

    assert (tombstone.status, tombstone.attempts) == ("deleted", 2)
    assert clock.slept == [11.0]
    assert [request.method for request in sandbox.requests] == ["DELETE", "GET", "DELETE"]


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("cerebras", {"name": "orgs/acme/models/gpt-oss-120b/versions/2", "deleted": False}),
        ("baseten", {"id": "dep2bbb", "model_id": "mod3x7q", "deleted": False}),
    ],
)
def test_deleted_false_is_refused(provider, body, sandbox, client):
    sandbox.answer_next(provider, "DELETE", 200, body)

    with pytest.raises(expunge.Refused) as raised:
        client.delete(REFS[provider])

    assert raised.value.tombstone.status == "refused"


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("cerebras", {"name": "orgs/acme/models/gpt-oss-120b/versions/1", "deleted": True}),
        ("baseten", {"id": "dep1aaa", "model_id": "mod3x7q", "deleted": True}),
        ("baseten", {"id": "dep2bbb", "model_id": "mod9z2k", "deleted": True}),
    ],
)
def test_the_name_of_something_else_is_never_success(provider, body, sandbox, client):
    sandbox.answer_next(provider, "DELETE", 200, body)

    with pytest.raises(expunge.Unconfirmed, match="omething else may have been deleted") as raised:
        client.delete(REFS[provider])

    assert raised.value.tombstone.status == "unknown"


def test_a_mere_message_is_settled_by_a_read(sandbox, client):
    """Cerebras' schema has a `message`, whose text may say anything."""
    sandbox.answer_next("cerebras", "DELETE", 200, {"message": "ok"}, takes_effect=True)

    tombstone = client.delete(REFS["cerebras"])

    assert (tombstone.status, tombstone.confirmed_by) == ("deleted", "read_back")


def test_a_message_stands_where_no_read_can_be_had(sandbox, client):
    sandbox.answer_next("cerebras", "DELETE", 200, {"message": "Model version deleted"})
    sandbox.answer_next("cerebras", "GET", 503, b"")

    tombstone = client.delete(REFS["cerebras"])

    assert (tombstone.status, tombstone.confirmed_by) == ("deleted", "response")


UNCERTAIN = [
    pytest.param(500, {"detail": "oops"}, {}, id="500"),
    pytest.param(503, b"<html>", {"Content-Type": "text/html"}, id="html-503"),
    pytest.param(204, b"", {}, id="204"),
    pytest.param(301, b"", {"Location": "/elsewhere"}, id="redirect"),
    pytest.param(418, {}, {}, id="418"),
    pytest.param(520, b"", {}, id="520"),
    pytest.param(200, b"<html>", {"Content-Type": "text/html"}, id="html-200"),
    pytest.param(200, b'{"deleted": tr', {"Content-Type": "application/json"}, id="cut-json"),
    pytest.param(200, b"[" * 100_000, {"Content-Type": "application/json"}, id="deep-json"),
    pytest.param(404, b"<html>", {"Content-Type": "text/html"}, id="html-404"),
]


@every_provider
@pytest.mark.parametrize(("http_status", "body", "headers"), UNCERTAIN)
def test_an_uncertain_answer_is_settled_by_a_read(provider, http_status, body, headers, sandbox, client):
    """It had worked, or so the read says."""
    if http_status in succeeds_with(provider) and not body:
        pytest.skip("it is this provider's documented success")
    if is_late(provider):
        sandbox.remove(REFS[provider])
    sandbox.answer_next(provider, METHODS[provider], http_status, body, headers, takes_effect=not is_late(provider))

    tombstone = client.delete(REFS[provider])

    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)
    assert sum(request.method == METHODS[provider] for request in sandbox.requests) == 1


@every_provider
def test_what_is_still_there_is_sent_again(provider, sandbox, client):
    sandbox.answer_next(provider, METHODS[provider], 500, {"detail": "oops"})

    tombstone = client.delete(REFS[provider])

    expected = "accepted" if is_late(provider) else "deleted"
    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == (expected, "response", 2)


@every_provider
def test_after_three_uncertain_attempts_it_ends(provider, sandbox, client):
    """Replicate deletes late, so a version that is still there proves nothing."""
    sandbox.answer_next(provider, METHODS[provider], 500, {"detail": "oops"}, times=3)

    with pytest.raises(expunge.ExpungeError) as raised:
        client.delete(REFS[provider])

    late = is_late(provider)
    assert raised.value.tombstone.status == ("unknown" if late else "failed")
    assert isinstance(raised.value, expunge.Unconfirmed if late else expunge.ProviderError)
    assert raised.value.tombstone.attempts == 3


@every_provider
def test_a_read_that_cannot_tell_leaves_it_unknown(provider, sandbox, client):
    sandbox.answer_next(provider, METHODS[provider], 500, {"detail": "oops"})
    sandbox.answer_next(provider, "GET", 403, {"detail": "no"})

    with pytest.raises(expunge.Unconfirmed) as raised:
        client.delete(REFS[provider])

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("unknown", 1)


@pytest.mark.parametrize("provider", [name for name in REFS if not is_late(name)])
def test_a_404_after_an_uncertain_attempt_means_that_it_worked(provider, sandbox, client):
    """The first delete takes effect late: after the read that still found it."""
    ref = REFS[provider]
    sandbox.answer_next(provider, METHODS[provider], 500, {"detail": "oops"})
    sandbox.answer_next(provider, METHODS[provider], 404, {"detail": "not found"})

    tombstone = client.delete(ref)

    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "retry", 2)


@every_provider
def test_a_refused_connection_was_never_sent(provider, sandbox, client):
    sandbox.close()

    with pytest.raises(expunge.TransportError) as raised:
        client.delete(REFS[provider])

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)


@every_provider
def test_a_wrong_credential_fails(provider, sandbox):
    environ = {name: "wrong" if name.endswith(("KEY", "TOKEN")) else value for name, value in sandbox.environ.items()}

    with expunge.Client.from_env(environ) as client, pytest.raises(expunge.AuthenticationError) as raised:
        client.delete(REFS[provider])

    assert (raised.value.tombstone.status, raised.value.http_status) == ("failed", 401)


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("truefoundry:fraud-repo/churn@v7-prod", "truefoundry:fraud-repo/churn@7"),
        ("cerebras:acme/gpt-oss-120b@production", "cerebras:acme/gpt-oss-120b@3"),
        ("orgs/acme/models/gpt-oss-120b/versions/v3-stable", "cerebras:acme/gpt-oss-120b@3"),
        ("model:acme/fraud-repo/churn:4", "truefoundry:model:acme/fraud-repo/churn:4"),
    ],
)
def test_an_alias_is_resolved_before_the_first_delete(ref, number, sandbox, client):
    """Aliases move: what was looked at must be what is deleted, so the number is sent."""
    tombstone = client.delete(ref)

    assert (tombstone.ref, tombstone.requested_ref, tombstone.status) == (number, ref, "deleted")
    assert not sandbox.holds(number)
    assert [request.method for request in sandbox.requests][:-1] == ["GET"] * (len(sandbox.requests) - 1)


@pytest.mark.parametrize(
    "ref",
    [
        "truefoundry:fraud-repo/churn@v9",
        "truefoundry:other-repo/churn@v7-prod",
        "cerebras:acme/gpt-oss-120b@nobody",
        "model:acme/fraud-repo/churn:99",
    ],
)
def test_an_alias_that_nothing_carries_is_absent(ref, sandbox, client):
    with pytest.raises(expunge.NotFound) as raised:
        client.delete(ref)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("absent", 0)
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_another_tenants_version_is_refused(sandbox, client):
    """A provider that ignores the `fqn` filter must not lead to the wrong tenant's version."""
    manifest = {"name": "churn", "ml_repo": "fraud-repo", "version": 4, "metadata": {}, "source": {}}
    row = {"id": "mv-1", "fqn": "model:rival/fraud-repo/churn:4", "ml_repo_id": "41", "manifest": manifest}
    sandbox.answer_next(
        "truefoundry", "GET", 200, {"data": [row], "pagination": {"total": 1, "offset": 0, "limit": 100}}
    )

    with pytest.raises(expunge.Refused) as raised:
        client.delete("model:acme/fraud-repo/churn:4")

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("refused", 0)
    assert sandbox.holds("truefoundry:fraud-repo/churn@4")


@pytest.mark.parametrize("ref", ["truefoundry:fraud-repo/churn@v7-prod", "cerebras:acme/gpt-oss-120b@production"])
def test_a_read_that_fails_before_any_delete_is_failed_not_unknown(ref, sandbox, client):
    sandbox.answer_next(ref.partition(":")[0], "GET", 503, {"detail": "later"})

    with pytest.raises(expunge.ProviderError) as raised:
        client.delete(ref)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("failed", 0)


@pytest.mark.parametrize(
    "ref",
    ["truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b", "baseten:mod3x7q", "replicate:acme/classifier"],
)
def test_a_model_is_not_deleted_by_accident(ref, sandbox, client):
    with pytest.raises(expunge.Refused) as raised:
        client.delete(ref)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("refused", 0)
    assert sandbox.requests == []


def test_a_complete_baseten_model_goes_when_that_is_allowed(sandbox, client):
    tombstone = client.delete("baseten:mod9z2k", allow_model=True)

    assert (tombstone.status, tombstone.scope) == ("deleted", "model")
    assert not sandbox.holds("baseten:mod9z2k")


def test_allowing_models_allows_none_where_the_provider_documents_no_such_delete(sandbox, client):
    with pytest.raises(expunge.Refused):
        client.delete("cerebras:acme/gpt-oss-120b", allow_model=True)

    assert sandbox.requests == []


@every_provider
def test_a_dry_run_sends_nothing_but_get(provider, sandbox, client):
    tombstone = client.delete(REFS[provider], dry_run=True)

    assert (tombstone.status, tombstone.attempts) == ("planned", 0)
    assert {request.method for request in sandbox.requests} == {"GET"}
    assert sandbox.holds(REFS[provider])


def test_a_dry_run_says_what_is_known_against_it(client):
    assert "live" in client.delete("cerebras:acme/gpt-oss-120b@3", dry_run=True).detail


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("baseten:mod3x7q@dep1aaa", "live"),
        (REFS["replicate"], "public"),
    ],
)
def test_a_dry_run_of_what_the_provider_will_not_delete_is_refused(ref, why, sandbox, client):
    sandbox.replicate.model("acme", "classifier").visibility = "public"

    with pytest.raises(expunge.Refused, match=why) as raised:
        client.delete(ref, dry_run=True)

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("refused", 0)
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_a_dry_run_of_what_is_not_there_is_absent(client):
    with pytest.raises(expunge.NotFound):
        client.delete("baseten:mod3x7q@dep9zzz", dry_run=True)


def test_the_providers_own_refusal_is_reported(sandbox, client):
    with pytest.raises(expunge.Refused) as raised:
        client.delete("baseten:mod3x7q@dep1aaa")

    assert raised.value.tombstone.status == "refused"
    assert sandbox.holds("baseten:mod3x7q@dep1aaa")


def test_many_yield_one_tombstone_for_each_distinct_reference(client):
    refs = [
        REFS["baseten"],
        "no reference",
        "orgs/acme/models/gpt-oss-120b/versions/2",
        REFS["cerebras"],
        "baseten:x@y",
    ]

    tombstones = {tombstone.requested_ref: tombstone for tombstone in client.delete_many(refs)}

    assert {requested: tombstone.status for requested, tombstone in tombstones.items()} == {
        REFS["baseten"]: "deleted",
        "no reference": "failed",
        "orgs/acme/models/gpt-oss-120b/versions/2": "deleted",
        "baseten:x@y": "absent",
    }
    assert (tombstones["no reference"].provider, tombstones["no reference"].scope) == (None, None)
    assert tombstones["no reference"].attempts == 0


def test_a_dry_run_says_that_the_deployments_of_a_model_could_not_be_read(sandbox, client):
    sandbox.answer_next("baseten", "GET", 403, {"error": "no right"}, path="/v1/models/mod3x7q/deployments")

    tombstone = client.delete("baseten:mod3x7q", allow_model=True, dry_run=True)

    assert tombstone.status == "planned"
    assert "Against it: what else is known of it could not be read (HTTP 403" in tombstone.detail
