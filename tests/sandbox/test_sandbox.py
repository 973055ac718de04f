"""The complete sandbox: its records, its scripts, how it starts and stops."""

import gc
import socket
import time
import warnings
from datetime import UTC, datetime

import httpx
import pytest

from expunge.sandbox import Sandbox

from .conftest import BASETEN, CEREBRAS, DOCUMENTED, REPLICATE, VARIABLES, Speaker


def test_requests_are_recorded_as_they_were_on_the_wire(sandbox, speak):
    speak("cerebras", "DELETE", f"{CEREBRAS}/a%2Fb?x=%20", content=b"hello", headers={"X-Try": "1"})

    (request,) = sandbox.requests
    assert (request.provider, request.method) == ("cerebras", "DELETE")
    assert (request.target, request.body) == (f"{CEREBRAS}/a%2Fb?x=%20", b"hello")
    assert request.header("Authorization") == speak.credential("cerebras")
    assert ("x-try", "1") in request.headers


def test_recorded_requests_can_be_forgotten(sandbox, speak):
    speak("baseten", "GET", BASETEN)
    before = sandbox.requests

    sandbox.clear_requests()

    assert (len(before), sandbox.requests) == (1, [])


def test_a_scripted_answer_is_given_once_and_nothing_is_done(sandbox, speak):
    sandbox.answer_next("baseten", "DELETE", 503, {"error": "later"}, {"Retry-After": "7"})

    first = speak("baseten", "DELETE", BASETEN)

    assert (first.status_code, first.json(), first.headers["retry-after"]) == (503, {"error": "later"}, "7")
    assert first.headers["x-request-id"]
    assert sandbox.holds("baseten:mod3x7q")
    assert speak("baseten", "DELETE", BASETEN).status_code == 200


def test_a_scripted_answer_can_hide_that_the_work_was_done(sandbox, speak):
    sandbox.answer_next("baseten", "DELETE", 502, b"<html>", takes_effect=True)

    answer = speak("baseten", "DELETE", BASETEN)

    assert (answer.status_code, answer.text) == (502, "<html>")
    assert not sandbox.holds("baseten:mod3x7q")


def test_scripted_answers_go_to_the_requests_that_they_name(sandbox, speak):
    sandbox.answer_next("baseten", "GET", 429, {}, path=f"{BASETEN}/deployments", times=2)

    paths = ["/v1/models", f"{BASETEN}/deployments", f"{BASETEN}/deployments/dep1aaa", f"{BASETEN}/deployments"]
    assert [speak("baseten", "GET", path).status_code for path in paths] == [200, 429, 429, 200]


def test_a_script_for_an_unknown_provider_is_an_error(sandbox):
    with pytest.raises(ValueError, match="there is no provider basten"):
        sandbox.answer_next("basten", "GET", 500)


@pytest.mark.parametrize("ref", [
    "truefoundry:fraud-repo/churn@7",
    "truefoundry:fraud-repo/churn@v7-prod",
    "truefoundry:model:acme/fraud-repo/churn:7",
    "cerebras:acme/gpt-oss-120b@3",
    "cerebras:acme/gpt-oss-120b@production",
    "baseten:mod9z2k@dep6fff",
    "baseten:mod9z2k",
    f"replicate:acme/classifier@{DOCUMENTED}",
])  # fmt: skip
def test_the_seeds_are_held_until_they_are_removed(ref, sandbox):
    before = sandbox.holds(ref)

    sandbox.remove(ref)

    assert (before, sandbox.holds(ref)) == (True, False)


@pytest.mark.parametrize("ref", [
    "truefoundry:new-repo/new@3",
    "truefoundry:new-repo/new@v1",
    "truefoundry:model:rival/new-repo/new:3",
    "cerebras:new/arch-1@3",
    "cerebras:new/arch-1@latest",
    "baseten:new",
    "baseten:new@dep1",
    f"replicate:acme/new@{DOCUMENTED}",
])  # fmt: skip
def test_whatever_a_reference_names_can_be_put_in(ref, sandbox):
    before = sandbox.holds(ref)

    sandbox.add(ref)

    assert (before, sandbox.holds(ref)) == (False, True)


@pytest.mark.parametrize("ref", ["", "acme/classifier", "azure:a/b@1", "cerebras:", "cerebras:acme", "replicate:a/b"])
def test_a_text_that_is_no_reference_is_an_error_and_not_absent(ref, sandbox):
    with pytest.raises(ValueError, match=r"is no|is not"):
        sandbox.holds(ref)


def test_a_reset_brings_everything_back(sandbox, speak):
    sandbox.answer_next("baseten", "GET", 500)
    speak("baseten", "DELETE", BASETEN)

    sandbox.reset()

    assert sandbox.requests == []
    assert speak("baseten", "GET", BASETEN).status_code == 200


def test_an_unseeded_sandbox_is_empty():
    with Sandbox(seeded=False) as sandbox:
        held = [sandbox.holds("baseten:mod3x7q"), sandbox.holds("cerebras:acme/gpt-oss-120b@3")]

    assert held == [False, False]


def test_every_answer_has_the_date_at_which_it_was_made(http):
    """A date that stood still would make each read-back look like one from a cache."""
    moments = iter([datetime(2026, 1, 1, 12, 0, tzinfo=UTC), datetime(2026, 1, 1, 13, 0, 5, tzinfo=UTC)])
    with Sandbox(now=lambda: next(moments)) as sandbox:
        speak = Speaker(sandbox.environ, http)
        sandbox.answer_next("baseten", "GET", 500)
        dates = [speak("baseten", "GET", BASETEN).headers.get_list("date") for _ in range(2)]

    assert dates == [["Thu, 01 Jan 2026 12:00:00 GMT"], ["Thu, 01 Jan 2026 13:00:05 GMT"]]


def test_two_sandboxes_share_nothing(sandbox):
    with Sandbox() as other:
        other.remove("baseten:mod3x7q")

        assert sandbox.holds("baseten:mod3x7q")
        assert not set(sandbox.environ.values()) & {url for url in other.environ.values() if url.startswith("http")}


def test_it_starts_and_stops_at_once():
    """Seen at the quickest of ten: a pause of its own would be in each, and the load of the machine is not."""
    seconds = []
    for _ in range(10):
        begun = time.perf_counter()
        with Sandbox():
            pass
        seconds.append(time.perf_counter() - begun)

    assert min(seconds) < 0.2


def test_it_stops_although_a_request_is_half_sent():
    with Sandbox() as sandbox:
        host, port = sandbox.environ["TFY_HOST"].removeprefix("http://").split(":")
        half_sent = socket.create_connection((host, int(port)))
        half_sent.sendall(b"POST /api/ml/v1/model-versions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        # Another request is answered, so the first one has been taken in.
        assert httpx.get(sandbox.environ["TFY_HOST"], trust_env=False).status_code == 404

    with half_sent:
        half_sent.settimeout(5)
        try:
            rest = half_sent.recv(1)
        except ConnectionResetError:
            rest = b""
    assert rest == b""
    assert [request.method for request in sandbox.requests] == ["GET"]


def test_it_closes_what_it_was_accepting_when_it_stopped(recwarn):
    """Python warns of each socket that nobody closed."""
    warnings.simplefilter("always")
    for _ in range(10):
        with Sandbox() as sandbox:
            host, port = sandbox.environ["TFY_HOST"].removeprefix("http://").split(":")
            callers = [socket.create_connection((host, int(port))) for _ in range(5)]
        for caller in callers:
            caller.close()
    gc.collect()

    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []


def test_a_taken_port_is_an_error_that_names_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1: it is in use"):
            Sandbox(port=port).start()


@pytest.mark.parametrize("port", [-1, 65533, 70000])
def test_a_port_that_does_not_exist_is_an_error(port):
    with pytest.raises(OSError, match="do not all lie between 1 and 65535"):
        Sandbox(port=port).start()


def test_it_can_be_started_again(sandbox):
    sandbox.close()
    sandbox.start()

    origin = sandbox.environ[VARIABLES["replicate"][0]]
    assert httpx.get(origin + REPLICATE, trust_env=False).status_code == 401
