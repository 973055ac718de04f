"""How the command line speaks to a person: short options, guesses at what was meant, help, and tables that fit."""

import io
import json
import re
from datetime import timedelta

import pytest
from rich.console import Console
from typer.testing import CliRunner

import expunge as library
from expunge.cli.app import COMMANDS, TOPICS, application
from expunge.cli.list_and_show import settings_of
from expunge.cli.rendering import age_in_words
from expunge.cli.terminal.table import print_table
from expunge.providers import PROVIDERS
from expunge.sandbox import Sandbox

ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


@pytest.fixture(scope="module")
def stand_in():
    with Sandbox(replicate_delay=0.0) as running:
        yield running


@pytest.fixture
def sandbox(stand_in):
    stand_in.reset()
    return stand_in


@pytest.fixture
def invoke(sandbox, tmp_path):
    """Run a command in this process, against the sandbox."""

    def run(*arguments, stdin="", **environ):
        variables = sandbox.environ | {"XDG_STATE_HOME": str(tmp_path)} | environ
        return CliRunner().invoke(application(arguments), arguments, input=stdin, env=variables, prog_name="expunge")

    return run


# --- words of options and commands


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in COMMANDS)], ids=lambda words: " ".join(words) or "program"
)
def test_h_is_short_for_help(command, invoke):
    assert invoke(*command, "-h").output == invoke(*command, "--help").output


def test_y_is_short_for_yes(invoke, sandbox):
    assert invoke("delete", "cerebras:acme/gpt-oss-120b@2", "-y").exit_code == 0
    assert not sandbox.holds("cerebras:acme/gpt-oss-120b@2")


@pytest.mark.parametrize(
    ("arguments", "guess"),
    [
        pytest.param(["lst"], "Did you mean 'list'?", id="command"),
        pytest.param(["delete", "--yess"], "Did you mean --yes?", id="option"),
        pytest.param(["--vrsion"], "Did you mean --version?", id="option-of-the-program"),
        pytest.param(["help", "exit-code"], "Did you mean expunge help exit-codes?", id="topic"),
    ],
)
def test_a_mistyped_word_gets_a_guess(arguments, guess, invoke, sandbox):
    done = invoke(*arguments)

    assert done.exit_code == 2
    assert guess in done.output
    assert sandbox.requests == []


@pytest.mark.parametrize("text", ["truefoundy:a-repo/b@1", "Truefoundry:a-repo/b@1", "true-foundry:a-repo/b@1"])
def test_a_mistyped_provider_gets_a_guess(text):
    with pytest.raises(library.InvalidReference, match=r"Did you mean 'truefoundry:a-repo/b@1'\?"):
        library.parse_ref(text)


@pytest.mark.parametrize("text", ["xyz:a/b@1", "acme/b", "x" * 100_000 + ":y"])
def test_without_a_guess_all_providers_are_named(text):
    with pytest.raises(library.InvalidReference, match="one of these providers: truefoundry, cerebras, baseten"):
        library.parse_ref(text)


# --- expunge help


def test_help_without_a_topic_names_all(invoke):
    assert invoke("help").stdout.split() == [*TOPICS, *COMMANDS]


def test_help_on_references_shows_references_that_are_read(invoke):
    rows = [json.loads(line) for line in invoke("help", "references", "--json").stdout.splitlines()]

    for row in rows:
        if "GLOB" not in row["form"]:
            library.parse_ref(row["example"].replace("5c7d…", ID))
    assert {row["form"].partition(":")[0] for row in rows} > set(PROVIDERS)


def test_help_on_the_environment_names_every_variable_of_the_providers(invoke, sandbox):
    shown = invoke("help", "environment").stdout

    assert [name for name in sandbox.environ if name not in shown] == []
    assert sandbox.environ["TFY_API_KEY"] not in shown


def test_help_on_exit_codes_has_those_of_all_errors(invoke):
    codes = [json.loads(line)["code"] for line in invoke("help", "exit-codes", "--json").stdout.splitlines()]

    assert codes == ["0", "1", "2", "3", "130"]


def test_help_on_a_command_is_its_own_help(invoke):
    assert invoke("help", "delete").output == invoke("delete", "--help").output


# --- errors that say what to do


def test_all_missing_variables_are_named_in_one_line(monkeypatch):
    for adapter in PROVIDERS.values():
        for name in adapter.settings.variables:
            monkeypatch.delenv(name, raising=False)

    with pytest.raises(library.ConfigurationError) as caught:
        settings_of(["truefoundry", "baseten"])

    for name in ("TFY_HOST", "TFY_API_KEY", "BASETEN_API_KEY"):
        assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_connection_names_the_host_and_what_to_check(expunge):
    ended = expunge("show", "baseten:mod3x7q@dep1aaa", BASETEN_BASE_URL="http://127.0.0.1:1")

    assert ended.code == 1
    assert "no connection could be made to http://127.0.0.1:1 (" in ended.stderr
    assert ended.stderr.endswith("Check the host, the network and the proxy.\n")


def test_a_wrong_line_of_a_file_is_named_by_file_and_line(invoke, tmp_path, sandbox):
    path = tmp_path / "old.txt"
    path.write_text("# old\nbaseten:mod3x7q@dep1aaa\nbasten:mod3x7q@dep1aaa\n")

    done = invoke("delete", "--from-file", str(path), "--yes")

    assert done.exit_code == 2
    assert f"{path}:3: " in done.output
    assert "Did you mean 'baseten:mod3x7q@dep1aaa'?" in done.output
    assert sandbox.requests == []


# --- models that are not there


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["list"], id="list"),
        pytest.param(["plan", "--keep-last", "1", "-o", "plan.json"], id="plan"),
        pytest.param(["prune", "--keep-last", "1", "--yes"], id="prune"),
    ],
)
@pytest.mark.parametrize(
    "model",
    ["truefoundry:fraud-repo/nothing", "truefoundry:no-repo/churn", "cerebras:acme/nothing", "baseten:nothing"],
)
def test_a_model_that_is_not_there_is_an_error(model, arguments, invoke, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = invoke(arguments[0], model, *arguments[1:])

    assert isinstance(done.exception, library.NotFound)
    assert done.exception.exit_code == 1
    assert f"{model} is not there" in str(done.exception)
    assert list(tmp_path.glob("plan.json")) == []


def test_a_truefoundry_model_without_versions_is_there(sandbox):
    """Its ML repo lists it; a glob that finds it is not an error."""
    sandbox.add("truefoundry:fraud-repo/empty@1")
    sandbox.remove("truefoundry:fraud-repo/empty@1")

    with library.Client.from_env(sandbox.environ) as client:
        assert list(client.versions("truefoundry:fraud-repo/empty")) == []
        assert list(client.versions("truefoundry:fraud-repo/emp*")) == []


def test_an_empty_list_is_said_to_be_one(invoke, sandbox):
    sandbox.answer_next("cerebras", "GET", 200, {"model_versions": []}, path="/management/v1/orgs/acme/models/wrong")

    done = invoke("list", "cerebras:acme/wrong")

    assert done.exit_code == 0
    assert "cerebras:acme/wrong lists no versions" in done.stderr


# --- pipes of programs


def test_lines_of_a_list_are_references_for_delete(invoke, sandbox):
    sandbox.add("cerebras:acme/old@1")
    sandbox.add("cerebras:acme/old@2")
    listed = invoke("list", "cerebras:acme/old", "--json")

    done = invoke("delete", "--from-file", "-", "--yes", "--json", stdin=listed.stdout)

    assert done.exit_code == 0
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["deleted", "deleted"]


# --- tables


def shown(heads, rows, width=80, title=None):
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None, legacy_windows=False)
    print_table(console, heads, [[(cell, "") for cell in row] for row in rows], title=title)
    return out.getvalue()


def test_a_reference_longer_than_the_terminal_is_on_a_line_of_its_own():
    refs = [f"replicate:acme/classifier@{ID[:-1]}{last}" for last in "12"]

    text = shown(("outcome", "reference", "detail"), [("deleted", ref, "Confirmed by read-back. " * 5) for ref in refs])

    assert [ref for ref in refs if ref not in text] == []


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_width_cuts_a_reference(width):
    refs = ["baseten:mod3x7q@dep1aaa", "truefoundry:fraud-repo/churn@7", f"replicate:acme/classifier@{ID}"]

    text = shown(("outcome", "reference", "detail"), [("deleted", ref, "some words of detail") for ref in refs], width)

    assert [ref for ref in refs if ref not in text] == []


def test_a_column_that_says_the_same_in_every_row_is_one_line():
    rows = [("1", "-", "2026-01-02 (8 months)", "not known", "READY"), ("2", "-", "2026-02-02", "not known", "READY")]

    lines = shown(("version", "aliases", "created", "live", "status"), rows, title="cerebras:acme/m").splitlines()

    assert lines[0] == "cerebras:acme/m"
    assert lines[1].split() == ["version", "created"]
    assert lines[-1] == "All of these: aliases -, live not known, status READY"
    assert len(lines) == 5


def test_a_row_by_itself_keeps_all_columns():
    assert "READY" in shown(("version", "status"), [("1", "READY")]).splitlines()[1]


def test_outcomes_are_never_said_once():
    text = shown(("outcome", "reference", "detail"), [("deleted", "baseten:a@1", "x"), ("deleted", "baseten:a@2", "x")])

    assert text.count("deleted") == 2


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), "new"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=45), "45 days"),
        (timedelta(days=70), "2 months"),
        (timedelta(days=366), "1 year"),
        (timedelta(days=800), "2 years"),
        (timedelta(seconds=-5), "new"),
    ],
)
def test_an_age_is_in_its_largest_unit(age, words):
    assert age_in_words(age) == words


def test_a_list_on_a_terminal_has_the_model_in_its_title_and_ages(expunge):
    model = "truefoundry:fraud-repo/churn"

    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", expunge.on_terminal("list", model, COLUMNS="80").stdout).splitlines()

    assert lines[0].strip() == model
    assert sum(model in line for line in lines) == 1
    assert re.search(r"\d{4}-\d\d-\d\d \(\d+ (day|month|year)s?\)", "\n".join(lines))
    assert max(map(len, lines)) <= 80


def test_a_pipe_gets_every_column(invoke):
    lines = invoke("list", "truefoundry:fraud-repo/churn").stdout.splitlines()

    assert all(re.search(r"\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\t", line) for line in lines)
    assert all(line.startswith("truefoundry:fraud-repo/churn@") for line in lines)
