"""`expunge delete`: what goes, what is asked, and how it ends."""

import os
import signal
import subprocess
import sys

import pytest

CEREBRAS = "cerebras:acme/gpt-oss-120b@2"
BASETEN = "baseten:mod3x7q@dep2bbb"
LIVE = "baseten:mod3x7q@dep1aaa"
TRUEFOUNDRY = "truefoundry:fraud-repo/churn@3"
REPLICATE = "replicate:acme/classifier@5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


def sent(sandbox):
    return [request for request in sandbox.requests if request.method != "GET"]


def test_one_command_deletes_on_all_four(expunge, sandbox):
    refs = [TRUEFOUNDRY, CEREBRAS, BASETEN, REPLICATE]

    ended = expunge("delete", *refs, "--yes", "--json", "--wait")

    assert ended.code == 0
    assert {line["ref"]: line["status"] for line in ended.objects} == dict.fromkeys(refs, "deleted")
    assert not any(sandbox.holds(ref) for ref in refs)
    assert ended.said == ["4 deleted"]


def test_a_json_line_has_the_fields_of_a_tombstone(expunge):
    (line,) = expunge("delete", "orgs/acme/models/gpt-oss-120b/versions/v2-fallback", "--yes", "--json").objects

    assert set(line) == {
        *("ref", "requested_ref", "provider", "scope", "status", "confirmed_by", "attempts", "http_status"),
        *("request_id", "requested_at", "settled_at", "detail"),
    }
    assert line["ref"] == CEREBRAS
    assert line["requested_ref"] == "orgs/acme/models/gpt-oss-120b/versions/v2-fallback"


def test_without_a_terminal_nothing_goes_unless_yes_is_said(expunge, sandbox):
    ended = expunge("delete", BASETEN)

    assert (ended.code, ended.stdout) == (2, "")
    assert "--yes" in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize("answer", ["no\n", "y\n", "\n", "\x04"], ids=["no", "y", "enter", "end-of-input"])
def test_on_a_terminal_it_asks_and_anything_but_yes_is_no(answer, expunge, sandbox):
    ended = expunge.on_terminal("delete", BASETEN, types=answer)

    assert ended.code == 2
    assert "cannot be undone" in ended.stdout
    assert f"{BASETEN}   (one version, on {sandbox.environ['BASETEN_BASE_URL']})" in ended.stdout
    assert sent(sandbox) == []


def test_yes_on_a_terminal_shows_a_table_with_colours(expunge, sandbox):
    ended = expunge.on_terminal("delete", BASETEN, types="yes\n")

    assert ended.code == 0
    assert "\x1b[32mdeleted" in ended.stdout
    assert not sandbox.holds(BASETEN)


def test_no_color_is_honoured(expunge):
    ended = expunge.on_terminal("delete", BASETEN, "--yes", NO_COLOR="1")

    assert "\x1b[32m" not in ended.stdout


def test_a_complete_model_is_shown_as_one_before_it_goes(expunge, sandbox):
    ended = expunge.on_terminal("delete", "baseten:mod9z2k", "--allow-model", types="yes\n")

    assert "THE COMPLETE MODEL" in ended.stdout
    assert not sandbox.holds("baseten:mod9z2k")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["baseten:mod9z2k"], "--allow-model", id="model"),
        pytest.param(["cerebras:acme/gpt-oss-120b", "--allow-model"], "no operation", id="undocumented-model"),
        pytest.param([BASETEN, "cerebras:acme/..@3"], "model", id="one-wrong-among-many"),
        pytest.param(["nowhere:a/b@1"], "provider", id="unknown-provider"),
        pytest.param([BASETEN, CEREBRAS, "--max-delete", "1"], "--max-delete 1", id="more-than-allowed"),
        pytest.param([], "no reference", id="none"),
        pytest.param([BASETEN, "--from-file", "not-there.txt"], "not-there.txt", id="no-such-file"),
        pytest.param([BASETEN, "--manifest", "not-there.yaml"], "not-there.yaml", id="no-such-manifest"),
        pytest.param([BASETEN, "--nonsense"], "--nonsense", id="unknown-option"),
        pytest.param([BASETEN, "--timeout", "0"], "timeout", id="no-time"),
        pytest.param([BASETEN, "--timeout", "nan"], "timeout", id="nan-time"),
    ],
)
def test_wrong_use_ends_with_2_and_sends_nothing(arguments, says, expunge, sandbox):
    ended = expunge("delete", *arguments, "--yes")

    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"BASETEN_API_KEY": ""}, "BASETEN_API_KEY"),
        ({"BASETEN_BASE_URL": "http://baseten.example"}, "BASETEN_BASE_URL"),
        ({"BASETEN_API_KEY": "two words"}, "BASETEN_API_KEY"),
    ],
)
def test_a_wrong_setting_is_one_line_and_nothing_is_sent_anywhere(environ, says, expunge, sandbox):
    ended = expunge("delete", CEREBRAS, BASETEN, "--yes", **environ)

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: {says}")
    assert ended.stderr.count("\n") == 1
    assert sandbox.requests == []


def test_references_come_from_a_file_too_and_duplicates_are_counted(expunge, sandbox, tmp_path):
    listed = tmp_path / "refs.txt"
    listed.write_text(f"# old ones\n\n{CEREBRAS}\n  {BASETEN}  \n{CEREBRAS}\n")

    ended = expunge("delete", "--from-file", str(listed), "--yes", "--json")

    assert {line["ref"] for line in ended.objects} == {CEREBRAS, BASETEN}
    assert ended.said == ["1 duplicate dropped", "2 deleted"]
    assert len(sent(sandbox)) == 2


def test_a_model_that_was_not_typed_is_never_deleted(expunge, sandbox):
    """One line that was cut short must not delete a model."""
    ended = expunge("delete", "--from-file", "-", "--yes", "--allow-model", stdin=f"{BASETEN}\nbaseten:mod9z2k\n")

    assert ended.code == 2
    assert "baseten:mod9z2k" in ended.stderr
    assert sandbox.requests == []


def test_a_dry_run_shows_the_host_and_sends_nothing_but_get(expunge, sandbox):
    ended = expunge("delete", BASETEN, "cerebras:acme/gpt-oss-120b@production", "--dry-run")

    assert ended.code == 0
    assert sandbox.environ["BASETEN_BASE_URL"] in ended.stderr
    assert ended.stdout.count("would be deleted\t") == 2
    assert "live now" in ended.stdout
    assert sent(sandbox) == []


def test_a_dry_run_of_what_the_provider_will_not_delete_ends_with_1(expunge, sandbox):
    sandbox.replicate.model("acme", "classifier").visibility = "public"

    shown = expunge("delete", LIVE, REPLICATE, BASETEN, "--dry-run")
    lines = expunge("delete", LIVE, REPLICATE, "--dry-run", "--json")

    assert (shown.code, lines.code) == (1, 1)
    assert shown.stdout.count("would be refused") == 2
    assert shown.stdout.count("would be deleted\t") == 1
    assert {(line["status"], line["attempts"]) for line in lines.objects} == {("refused", 0)}
    assert sent(sandbox) == []


def test_the_worst_outcome_decides_the_exit_code(expunge, sandbox):
    assert expunge("delete", LIVE, BASETEN, "--yes").code == 1
    assert expunge("delete", BASETEN, "--yes").code == 1
    assert expunge("delete", BASETEN, "--yes", "--missing-ok").code == 0
    sandbox.answer_next("cerebras", "DELETE", 500)
    sandbox.answer_next("cerebras", "GET", 500)
    assert expunge("delete", LIVE, CEREBRAS, "--yes").code == 3


def test_the_providers_words_cannot_style_the_terminal(expunge, sandbox):
    sandbox.answer_next("cerebras", "DELETE", 409, {"detail": "[bold red]no[/]\x1b[2J\x07"})

    ended = expunge.on_terminal("delete", CEREBRAS, "--yes")

    assert "[bold red]no[/] [2J" in ended.stdout
    assert "\x1b[2J" not in ended.stdout


def test_a_manifest_is_deleted_by_and_must_name_the_reference(expunge, sandbox, tmp_path):
    manifest = tmp_path / "churn.yaml"
    manifest.write_text(
        "name: churn\nml_repo: fraud-repo\nversion: 3\nmetadata: {since: 2026-01-01}\nsource: {type: truefoundry}\n"
    )

    wrong = expunge("delete", "truefoundry:fraud-repo/churn@4", "--manifest", str(manifest), "--yes")
    right = expunge("delete", TRUEFOUNDRY, "--manifest", str(manifest), "--yes")

    assert wrong.code == 2
    assert "version must be 4" in wrong.stderr
    assert right.code == 0
    (request,) = sandbox.requests
    assert request.json()["manifest"]["metadata"] == {"since": "2026-01-01"}


@pytest.mark.parametrize("environ", [{}, {"PYTHONFAULTHANDLER": "1", "EXPUNGE_DEBUG": "1"}])
def test_no_credential_is_ever_shown(environ, expunge, sandbox):
    keys = [value for name, value in sandbox.environ.items() if name.endswith(("KEY", "TOKEN"))]
    sandbox.answer_next("baseten", "DELETE", 403, {"error": f"{sandbox.environ['BASETEN_API_KEY']} may not"})

    shown = [
        expunge("delete", BASETEN, CEREBRAS, LIVE, "--yes", "--json", **environ),
        expunge("providers", "--json", **environ),
        expunge("delete", BASETEN, "--yes", BASETEN_API_KEY="wrong-key-0815"),
    ]

    assert not any(key in ended.stdout + ended.stderr for key in [*keys, "wrong-key-0815"] for ended in shown)
    assert "[credential] may not" in shown[0].stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
    ids=str,
)
def test_a_signal_ends_the_waiting_with_what_the_provider_has_taken_on(number, code, expunge, sandbox):
    """Replicate is still working on it when the signal comes; what was not begun is not begun."""
    sandbox.replicate.delay = 10_000.0
    process = subprocess.Popen(
        [sys.executable, "-m", "expunge", "delete", REPLICATE, "--wait", "--yes", "--json", "--timeout", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=expunge.environ,
    )
    while not any(request.method == "GET" for request in sandbox.requests):
        assert process.poll() is None

    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == code
    assert '"status": "accepted"' in stdout
    assert "stopping" in stderr
    assert "Traceback" not in stderr


def test_a_program_that_nohup_started_goes_on_when_its_terminal_closes(expunge, sandbox):
    sandbox.replicate.delay = 10_000.0
    process = subprocess.Popen(
        ["nohup", sys.executable, "-m", "expunge", "delete", REPLICATE, "--wait", "--yes", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=expunge.environ,
    )
    while not any(request.method == "GET" for request in sandbox.requests):
        assert process.poll() is None

    os.kill(process.pid, signal.SIGHUP)
    os.kill(process.pid, signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 143
    assert "stopping" in stderr


def test_ctrl_c_at_the_question_ends_with_130(expunge, sandbox):
    ended = expunge.on_terminal("delete", BASETEN, types="\x03")

    assert ended.code == 130
    assert sent(sandbox) == []


ALIAS = "cerebras:acme/gpt-oss-120b@production"


def test_the_question_shows_the_number_of_an_alias_and_what_is_live(expunge, sandbox):
    refs = [ALIAS, LIVE, REPLICATE, "baseten:mod3x7q@dep9zzz"]

    ended = expunge.on_terminal("delete", *refs, types="no\n")

    host = sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"]
    assert f"{ALIAS} → 3, LIVE   (one version, on {host})" in ended.stdout
    assert f"{LIVE}, LIVE   (one" in ended.stdout
    assert f"{REPLICATE}   (one" in ended.stdout
    assert "dep9zzz, NOT THERE   (one" in ended.stdout
    assert sent(sandbox) == []


def test_the_number_that_the_question_showed_is_deleted(expunge, sandbox):
    ended = expunge.on_terminal("delete", "cerebras:acme/gpt-oss-120b@v2-fallback", types="yes\n")

    assert ended.code == 0
    assert "v2-fallback → 2   (one version" in ended.stdout
    assert not sandbox.holds(CEREBRAS)
