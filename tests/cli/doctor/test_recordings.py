"""Recordings: the form of an exchange without what is private, and a replay of each that somebody has sent."""

import base64
import json
from urllib.parse import quote

import pytest

from expunge.cli.doctor.checkup import check
from expunge.cli.doctor.recording import recording_of
from expunge.providers import PROVIDERS

from ...http.loopback import answer, serving
from ...trees import ROOT
from .test_checkups import answering

FOLDER = ROOT / "tests" / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.json"))
SECRET = "sk/ascii-only+9f31=="
TEXTS = ["acme-fraud", "Jane Doe", "jane@example.com", "s3://weights", "TEAM Blue 42"]


def recorded(monkeypatch, name, content, scope=None):
    """Return the checkup of one provider by *content*, and the recording of it."""
    credential, base = PROVIDERS[name].settings.variables
    monkeypatch.delenv("EXPUNGE_PROFILE", raising=False)
    monkeypatch.setenv(credential, SECRET)
    kept = []
    with serving(answering(content)) as server:
        monkeypatch.setenv(base, server.origin)
        found = check(PROVIDERS[name], scope, kept.append)
    return found, recording_of(kept[0])


@pytest.mark.parametrize(
    "form",
    [SECRET, quote(SECRET, safe=""), quote(SECRET, safe="").lower(), base64.b64encode(SECRET.encode()).decode(),
     base64.b64encode(f"user:{SECRET}".encode()).decode()],
)  # fmt: skip
def test_an_echoed_credential_is_not_recorded(monkeypatch, form):
    """It may come back in a header, in a text, in a key, and in the name of a header."""
    body = json.dumps({"models": [], "echo": f"you sent {form}", form: 1, "nested": [{"url": f"/?k={form}"}]})
    headers = f"Server: {form}\r\nVia: 1.1 {form}\r\nX-Echo: {form}\r\n".encode()
    _, found = recorded(monkeypatch, "baseten", answer(body.encode(), headers=headers))

    text = json.dumps(found)
    assert form not in text
    assert SECRET not in text
    assert ["Authorization", "Api-Key [credential]"] in found["request"]["headers"]


def test_the_form_of_a_body_is_recorded_and_none_of_its_texts(monkeypatch):
    model = {"id": TEXTS[0], "name": TEXTS[1], TEXTS[2]: TEXTS[3], "created_at": "2026-01-12T09:30:00Z"}
    body = {"models": [{**model, "deployments_count": 2, "team_name": TEXTS[4], "account": 918_273_645}]}
    _, found = recorded(monkeypatch, "baseten", answer(json.dumps(body).encode(), headers=b"Set-Cookie: id=Jane\r\n"))

    text = json.dumps(found)
    assert not [private for private in (*TEXTS, "918273645", "Jane", "127.0.0.1") if private in text]
    (row,) = found["answer"]["body"]["models"]
    assert row["name"] == "Aaaa Aaa"
    assert (row["created_at"], row["deployments_count"], row["account"]) == ("2026-01-12T09:30:00Z", 2, 0)


def test_a_body_that_is_not_json_is_recorded_by_its_size_only(monkeypatch):
    _, found = recorded(monkeypatch, "baseten", answer(b"<p>Hello Jane</p>", 502))

    assert found["answer"]["body"] is None
    assert found["answer"]["body_bytes"] == len(b"<p>Hello Jane</p>")


def test_each_exchange_gets_a_file_that_others_cannot_read(expunge, sandbox, tmp_path):
    ended = expunge("doctor", "--record", str(tmp_path / "new"), "baseten", "replicate")

    assert ended.code == 0, ended.stderr
    files = sorted((tmp_path / "new").iterdir())
    assert [path.name for path in files] == ["baseten-list_models.json", "replicate-list_deployments.json"]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert not [value for value in sandbox.environ.values() if any(value in text for text in texts)]


def test_recordings_are_never_overwritten(expunge, sandbox, tmp_path):
    (tmp_path / "baseten-list_models.json").write_text("{}", encoding="utf-8")
    ended = expunge("doctor", "--record", str(tmp_path))

    assert ended.code == 2
    assert "Name a new folder" in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_read_as_it_was(monkeypatch, path):
    """The recorded answer is sent again, and leads to the recorded verdict and problem."""
    recording = json.loads(path.read_text(encoding="utf-8"))
    assert recording["expunge_recording"] == 1
    assert isinstance(recording["invented"], bool)
    said = recording["answer"]
    body = b"" if said["body"] is None and not said["body_bytes"] else json.dumps(said["body"]).encode()
    kind = next((value for name, value in said["headers"] if name.lower() == "content-type"), "application/json")
    content = answer(body, said["status"]).replace(b"application/json", kind.encode(), 1)
    _, found = recorded(monkeypatch, recording["provider"], content)

    assert found["read_as"] == recording["read_as"]
    assert (found["operation"], found["request"]["path"]) == (recording["operation"], recording["request"]["path"])


def test_every_provider_has_a_recording():
    names = {json.loads(path.read_text(encoding="utf-8"))["provider"] for path in RECORDINGS}

    assert names == set(PROVIDERS)
