"""The other commands, their help, and the page that documents them."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.faults.server import Act, FaultServer
from tests.faults.stands import STANDS

from expunge import __version__

COMMANDS = [
    *(
        "delete",
        "apply",
        "list",
        "models",
        "show",
        "plan",
        "execute",
        "prune",
        "resume",
        "report",
        "diff",
        "policy",
        "sandbox",
        "doctor",
        "providers",
        "help",
    ),
]
PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


@pytest.mark.parametrize("model", ["truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b", "baseten:mod3x7q"])
def test_list_gives_a_line_a_version(model, expunge, sandbox):
    plain, as_json = expunge("list", model), expunge("list", model, "--json")

    assert (plain.code, as_json.code) == (0, 0)
    assert [line.split("\t")[0] for line in plain.stdout.splitlines()] == [line["ref"] for line in as_json.objects]
    assert set(as_json.objects[0]) == {"ref", "aliases", "created_at", "is_live", "status"}
    assert all(sandbox.holds(line["ref"]) for line in as_json.objects)


def test_show_resolves_an_alias(expunge):
    (version,) = expunge("show", "truefoundry:fraud-repo/churn@v7-prod", "--json").objects

    assert version["ref"] == "truefoundry:fraud-repo/churn@7"
    assert version["aliases"] == ["v7-prod"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "baseten:mod3x7q@nothing"], 1),
        (["list", "baseten:nothing"], 1),
        (["show", "baseten:mod3x7q"], 2),
        (["list", "baseten:mod3x7q@dep1aaa"], 2),
        (["show", "baseten:..@x"], 2),
        (["nonsense"], 2),
        (["apply", "manifest.txt"], 2),
    ],
)
def test_a_failure_is_reported_on_stderr_only(arguments, code, expunge):
    ended = expunge(*arguments)

    assert (ended.code, ended.stdout) == (code, "")
    assert ended.stderr
    assert "Traceback" not in ended.stderr


MANIFEST = {"name": "churn", "metadata": {}, "ml_repo": "fraud-repo", "source": {"type": "truefoundry"}, "version": 12}


@pytest.mark.parametrize("name", ["manifest.json", "manifest.yaml"])
def test_apply_prints_the_fqn(name, expunge, sandbox, tmp_path):
    path = tmp_path / name
    path.write_text(json.dumps(MANIFEST, indent=2))

    ended = expunge("apply", str(path))

    assert (ended.code, ended.stdout, ended.stderr) == (0, "model:acme/fraud-repo/churn:12\n", "")
    assert sandbox.holds("truefoundry:fraud-repo/churn@12")


def test_apply_tells_the_providers_words_and_ends_with_1(expunge, sandbox, tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFEST))
    detail = [{"loc": ["body", "manifest", "name"], "msg": "is reserved", "type": "value_error"}]
    sandbox.answer_next("truefoundry", "PUT", 422, {"detail": detail})

    ended = expunge("apply", str(path))

    assert (ended.code, ended.stdout) == (1, "")
    assert "body.manifest.name: is reserved" in ended.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_apply_says_that_it_may_have_been_applied(number, code, expunge, tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFEST))
    stand = STANDS["truefoundry"]
    asked = threading.Event()

    def hold(wire, _stand):
        asked.set()
        wire.hold()

    server = FaultServer(stand, deletes=[Act(name="held", play=hold)])
    process = subprocess.Popen(
        [sys.executable, "-m", "expunge", "apply", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=expunge.environ | {"TFY_HOST": server.origin, "TFY_API_KEY": "key"},
    )
    try:
        assert asked.wait(60)
        os.kill(process.pid, number)
        _, stderr = process.communicate(timeout=60)
    finally:
        server.stop()

    assert process.returncode == code
    assert "while truefoundry was asked to apply fraud-repo/churn. It may have been applied: check" in stderr


def test_apply_names_every_wrong_field_and_sends_nothing(expunge, sandbox, tmp_path):
    path = tmp_path / "manifest.yaml"
    path.write_text("name: a b\nml_repo: ab\nversion: 0\nmetadata: {}\nsource: {type: ftp}\n")

    ended = expunge("apply", str(path))

    assert ended.code == 2
    for field in (
        "name must be letters",
        "ml_repo must be 3 to 100 letters",
        "version must be at least 1",
        "source.type must be",
    ):
        assert field in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "text", ["- a\n- list\n", "name: [", "a: 1\na: 2\n", "!!python/object:os.system {}\n", "", "\x00"]
)
def test_what_is_no_manifest_is_one_line_and_exit_2(text, expunge, sandbox, tmp_path):
    path = tmp_path / "manifest.yaml"
    path.write_text(text)

    ended = expunge("apply", str(path))

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert sandbox.requests == []


def test_providers_says_what_is_missing_and_sends_nothing(expunge, sandbox):
    ended = expunge("providers", TFY_HOST="")

    assert ended.code == 0
    assert "TFY_HOST is not set" in ended.stdout
    assert sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"] in ended.stdout
    assert sandbox.requests == []


def test_the_sandbox_prints_its_variables_then_ready_and_ends_at_a_signal(expunge, sandbox):
    process = subprocess.Popen(
        [sys.executable, "-m", "expunge", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    environ: dict[str, str] = {}
    while (line := process.stdout.readline().rstrip("\n")) != "ready":
        name, _, value = line.partition("=")
        environ[name] = value

    listed = expunge("list", "baseten:mod3x7q", **environ)
    os.kill(process.pid, signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=60)

    assert set(environ) == set(sandbox.environ)
    assert listed.code == 0
    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_a_sandbox_with_a_fleet_serves_so_many_models_and_versions(expunge):
    command = [sys.executable, "-m", "expunge", "sandbox", "--fleet", "8x3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "ready\n")
        environ = dict(line.rstrip("\n").split("=", 1) for line in lines)

        found = expunge("models", "baseten", **environ)
        process.kill()

    assert found.stdout == "baseten:mod001\t3\nbaseten:mod002\t3\n"


@pytest.mark.parametrize("size", ["300", "0x3", "9999999x9999999", "a x b"])
def test_a_fleet_of_no_size_is_one_line(size, expunge):
    ended = expunge("sandbox", "--fleet", size)

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: --fleet: ")
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_is_one_line(expunge, sandbox):
    port = sandbox.environ["TFY_HOST"].rpartition(":")[2]

    ended = expunge("sandbox", "--port", port)

    assert (ended.code, ended.stdout) == (1, "")
    assert port in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_version_is_that_of_the_package(expunge):
    assert expunge("--version").stdout == f"expunge {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_stands_in_the_documentation(command, expunge):
    ended = expunge(command, "--help", COLUMNS="200")
    page = PAGE.read_text(encoding="utf-8")

    assert ended.code == 0
    assert re.search(rf"Examples?:\n +expunge {command}", ended.stdout)
    assert f"## expunge {command}" in page
    for line in re.findall(r"^  (?:-[a-z], )?(--[a-z-]+)(.*)$", ended.stdout.partition("Options:")[2], re.MULTILINE):
        option, rest = line
        assert re.search(r"\s{2,}\S", rest), f"{option} has no help"
        assert option == "--help" or f"`{option}" in page


def test_every_command_there_is_is_tested_here(expunge):
    shown = re.search(r"Commands:\n(.*)", expunge("--help").stdout, re.DOTALL)

    assert shown
    assert re.findall(r"^  ([a-z]+)  ", shown.group(1), re.MULTILINE) == COMMANDS


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "HTTPS_PROXY"])
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["delete", "cerebras:acme/gpt-oss-120b@2", "cerebras:acme/gpt-oss-120b@3", "--yes"], id="delete"),
        pytest.param(["delete", "cerebras:acme/gpt-oss-120b@2", "--dry-run"], id="dry-run"),
        pytest.param(["show", "cerebras:acme/gpt-oss-120b@2"], id="show"),
        pytest.param(["models", "cerebras:acme"], id="models"),
        pytest.param(["list", "cerebras:acme/*"], id="list"),
        pytest.param(["plan", "cerebras:acme/gpt-oss-120b", "--keep-last", "1", "-o", "plan.json"], id="plan"),
    ],
)
def test_a_setting_of_the_environment_that_cannot_be_used_is_exit_2(arguments, variable, expunge):
    host = {"CEREBRAS_MANAGEMENT_BASE_URL": "https://api.example.com"}

    ended = expunge(*arguments, **host, **{variable: "gopher://user:pass-word@nowhere"})

    assert (ended.code, ended.stdout) == (2, "")
    assert "cannot be used" in ended.stderr
    assert "Nothing was sent." in ended.stderr
    assert "pass-word" not in ended.stderr
