"""Faults by name: the client meets each of them, and what becomes of the version is as documented."""

import logging
import socket

import httpx
import pytest

import expunge
from expunge.sandbox import Sandbox

REFS = [
    "truefoundry:fraud-repo/churn@1",
    "cerebras:acme/arch@1",
    "baseten:mod1@dep1",
    f"replicate:acme/classifier@{'5c' * 32}",
]
REF = REFS[2]
REQUEST = b"HEAD /v1/models HTTP/1.1\r\nHost: sandbox\r\n\r\n"


@pytest.fixture
def sandbox():
    with Sandbox(seeded=False, replicate_delay=0.0) as running:
        for ref in REFS:
            running.add(ref)
        yield running


@pytest.fixture
def client(sandbox):
    with expunge.Client.from_env(sandbox.environ) as blocking:
        yield blocking


def provider_of(ref):
    return ref.partition(":")[0]


@pytest.mark.parametrize("ref", REFS, ids=provider_of)
def test_a_delete_that_is_reset_is_sent_again(ref, sandbox, client, caplog):
    sandbox.fault("reset", provider_of(ref))

    with caplog.at_level(logging.INFO):
        tombstone = client.delete(ref)

    assert (tombstone.attempts, sandbox.holds(ref)) == (2, False)
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_a_reset_can_hide_that_the_work_was_done(sandbox, client):
    sandbox.fault("reset", "baseten", takes_effect=True)

    tombstone = client.delete(REF)

    assert (tombstone.status, tombstone.confirmed_by, tombstone.attempts) == ("deleted", "read_back", 1)


def connect(sandbox):
    host, port = sandbox.environ["BASETEN_BASE_URL"].removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(REQUEST)
    return connection


def test_a_reset_is_a_reset_and_strikes_one_connection(sandbox):
    """An orderly end would look like a server that is shutting down."""
    with connect(sandbox) as other:
        before = other.recv(65_536)
        sandbox.fault("reset", "baseten", "HEAD")
        with connect(sandbox) as struck, pytest.raises(ConnectionResetError):
            struck.recv(1)
        other.sendall(REQUEST)
        after = other.recv(65_536)

    assert [answer[:12] for answer in (before, after)] == [b"HTTP/1.1 401", b"HTTP/1.1 401"]


def test_a_timeout_ends_with_the_patience_of_the_client(sandbox):
    sandbox.fault("timeout", "baseten", "GET")

    with pytest.raises(httpx.ReadTimeout):
        httpx.get(
            sandbox.environ["BASETEN_BASE_URL"] + "/v1/models", timeout=httpx.Timeout(30, read=0.05), trust_env=False
        )


def test_it_stops_although_a_request_waits_for_its_answer():
    with Sandbox(seeded=False) as sandbox:
        sandbox.fault("timeout", "baseten", "HEAD")
        waiting = connect(sandbox)
        # Another request is answered, so the first one has been taken in.
        assert httpx.get(sandbox.environ["BASETEN_BASE_URL"], trust_env=False).status_code == 404

    with waiting:
        try:
            rest = waiting.recv(1)
        except ConnectionResetError:
            rest = b""
    assert rest == b""


@pytest.mark.parametrize("ref", REFS, ids=provider_of)
def test_a_late_delete_is_unknown_until_it_is_carried_out(ref, sandbox, client):
    sandbox.fault("late", provider_of(ref), times=3)

    with pytest.raises(expunge.Unconfirmed) as raised:
        client.delete(ref)
    before = sandbox.holds(ref)
    sandbox.finish_deletions()

    assert (raised.value.tombstone.status, raised.value.tombstone.attempts) == ("unknown", 3)
    assert (before, sandbox.holds(ref)) == (True, False)


def test_finished_deletions_are_those_that_replicate_accepted_too(sandbox, client):
    ref = REFS[3]
    sandbox.replicate.delay = 3600

    tombstone = client.delete(ref)
    before = sandbox.holds(ref)
    sandbox.finish_deletions()

    assert (tombstone.status, before, sandbox.holds(ref)) == ("accepted", True, False)


@pytest.mark.parametrize("ref", REFS, ids=provider_of)
def test_a_429_asks_for_a_wait_in_the_words_of_the_provider(ref, sandbox, client):
    sandbox.fault("429", provider_of(ref), retry_after=500)

    with pytest.raises(expunge.RateLimited) as raised:
        client.delete(ref, timeout=60)

    assert (raised.value.retry_after, raised.value.tombstone.status) == (500, "failed")
    assert "Too many requests" in raised.value.tombstone.detail


def test_a_429_without_a_wait_is_over_at_once(sandbox, client):
    sandbox.fault("429", "baseten")

    assert client.delete(REF).attempts == 2


def test_faults_and_answers_come_in_the_order_in_which_they_were_scripted(sandbox):
    sandbox.answer_next("baseten", "GET", 503)
    sandbox.fault("429", "baseten", "GET", path="/v1/models")
    sandbox.answer_next("baseten", "GET", 500)
    url = sandbox.environ["BASETEN_BASE_URL"]

    paths = ["/v1/models", "/v1", "/v1/models"]
    assert [httpx.get(url + path, trust_env=False).status_code for path in paths] == [503, 500, 429]


def test_a_reset_of_the_sandbox_forgets_faults_and_late_requests(sandbox, client):
    sandbox.fault("late", "baseten")
    client.delete(REF)
    sandbox.fault("reset", "baseten")

    sandbox.reset()
    sandbox.add(REF)
    sandbox.finish_deletions()

    assert sandbox.holds(REF)
    assert client.delete(REF).attempts == 1


def test_late_requests_need_a_running_sandbox():
    with Sandbox(seeded=False) as sandbox:
        sandbox.fault("late", "baseten", "GET")
        httpx.get(sandbox.environ["BASETEN_BASE_URL"], trust_env=False)

    with pytest.raises(RuntimeError, match="is closed"):
        sandbox.finish_deletions()


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        pytest.param(("refuse", "baseten"), {}, "there is no fault refuse; there are reset", id="fault"),
        pytest.param(("reset", "basten"), {}, "there is no provider basten", id="provider"),
        pytest.param(("late", "baseten"), {"takes_effect": True}, "takes_effect is for reset and timeout", id="effect"),
    ],
)
def test_a_fault_that_does_not_exist_is_an_error(arguments, options, words, sandbox):
    with pytest.raises(ValueError, match=words):
        sandbox.fault(*arguments, **options)
