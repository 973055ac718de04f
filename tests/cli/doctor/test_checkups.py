"""`expunge doctor`: one GET to each configured provider, and a verdict that shows no credential."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from expunge._http.proxies import proxy_for
from expunge.cli.doctor.checkup import check
from expunge.providers import PROVIDERS

from ...http.loopback import TOKEN, answer, request_of, serving


def answering(content):
    def serve(_server, connection, _number):
        while request_of(connection):
            connection.sendall(content)

    return serve


@pytest.fixture
def baseten(monkeypatch):
    """Return a function that checks Baseten at an address."""

    def checked(origin, keep=None):
        monkeypatch.setenv("BASETEN_API_KEY", TOKEN)
        monkeypatch.setenv("BASETEN_BASE_URL", origin)
        return check(PROVIDERS["baseten"], None, keep)

    monkeypatch.delenv("EXPUNGE_PROFILE", raising=False)
    return checked


def test_each_configured_provider_is_asked_once_and_nothing_is_changed(expunge, sandbox):
    ended = expunge("doctor", "--json")

    assert ended.code == 0, ended.stderr
    verdicts = {each["provider"]: each["credential"] for each in ended.objects}
    assert verdicts == {
        "truefoundry": "accepted",
        "cerebras": "not rejected",
        "baseten": "accepted",
        "replicate": "accepted",
    }
    assert [request.method for request in sandbox.requests] == ["GET"] * 4
    assert all(each["host"].startswith("http://127.0.0.1:") and each["tls"] == "none" for each in ended.objects)
    assert all(each["proxy"] is None and each["clock_difference"] is not None for each in ended.objects)


def test_an_organisation_makes_the_verdict_certain(expunge):
    (found,) = expunge("doctor", "cerebras:acme", "--json").objects

    assert (found["credential"], found["problem"]) == ("accepted", None)


def test_a_rejected_credential_is_named_by_its_variable_and_never_shown(expunge):
    ended = expunge("doctor", BASETEN_API_KEY="no-such-key-91f2")

    assert ended.code == 1
    line = next(line for line in ended.stdout.splitlines() if line.startswith("baseten"))
    assert "rejected" in line
    assert "Set BASETEN_API_KEY to a valid one." in line
    assert "no-such-key-91f2" not in ended.stdout + ended.stderr


def test_no_credential_is_shown(expunge, sandbox):
    ended = expunge("doctor")

    secrets = [value for name, value in sandbox.environ.items() if not name.endswith(("_URL", "_HOST"))]
    assert secrets
    assert not [secret for secret in secrets if secret in ended.stdout + ended.stderr]


def test_without_any_settings_nothing_is_sent(expunge, sandbox):
    ended = expunge("doctor", **dict.fromkeys(sandbox.environ, ""))

    assert ended.code == 2
    assert "no provider is configured" in ended.stderr
    assert sandbox.requests == []


def test_half_of_the_settings_are_a_problem(expunge, sandbox):
    ended = expunge("doctor", "--json", TFY_API_KEY="")

    assert ended.code == 1
    assert ended.objects[0]["configured"] is False
    assert "TFY_API_KEY is not set" in ended.objects[0]["problem"]
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [(200, b'{"models": []}', "accepted"), (401, b"{}", "rejected"), (403, b"{}", "not permitted"),
     (404, b"{}", "not rejected"), (500, b"{}", "not known"), (200, b"[]", "not known"), (302, b"{}", "not known")],
)  # fmt: skip
def test_only_a_documented_success_is_called_accepted(baseten, status, body, verdict):
    with serving(answering(answer(body, status))) as server:
        assert baseten(server.origin).credential == verdict


def test_a_host_that_does_not_answer_is_named(baseten):
    with serving(lambda *_: None) as server:
        origin = server.origin
        found = baseten(origin)

    assert (found.credential, found.is_well) == ("not known", False)
    assert origin in found.problem


@pytest.mark.parametrize(("minutes", "is_well"), [(0, True), (10, False), (-10, False)])
def test_a_clock_that_differs_by_minutes_is_a_problem(baseten, minutes, is_well):
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    content = answer(b'{"models": []}', headers=f"Date: {date}\r\n".encode())
    with serving(answering(content)) as server:
        found = baseten(server.origin)

    assert found.is_well is is_well
    assert ("clock" in (found.problem or "")) is not is_well


def test_a_proxy_is_shown_without_its_user(monkeypatch):
    for name in ("HTTPS_PROXY", "NO_PROXY", "no_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://me:pass-77@proxy.example.com:3128")

    assert str(proxy_for("https://api.example.com")) == "http://proxy.example.com:3128"
