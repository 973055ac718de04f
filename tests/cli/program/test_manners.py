"""How the command line speaks to a person: short options, guesses at what was meant, help, and advice."""

import json
import re

import pytest
from typer.testing import CliRunner

import expunge as library
from expunge.cli.app import COMMANDS, TOPICS, application
from expunge.cli.list_and_show import settings_of
from expunge.cli.program.advice import advice
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


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (library.NotFound("It is gone.", ref="baseten:a@1"), "See its versions: expunge list baseten:a"),
        (library.NotFound("It is gone.", ref="baseten:a"), "See the models: expunge models baseten"),
        (library.NotFound("It is gone.", ref="cerebras:acme/m"), "See the models: expunge models cerebras:acme"),
        (library.NotFound("It is gone.", ref="replicate:acme/m"), ""),
        (library.NotFound("It is gone."), ""),
        (library.AuthenticationError("HTTP 401.", ref="replicate:acme/m"), "Check REPLICATE_API_TOKEN."),
        (library.ProviderError("HTTP 500.", ref="replicate:acme/m"), ""),
    ],
)
def test_an_error_ends_with_what_to_do(error, end):
    assert advice(error) == end


def test_a_wrong_reference_leads_to_the_grammar(expunge):
    assert expunge("show", "baseten:a/b@1").stderr.endswith(" See: expunge help references.\n")


def test_a_mistyped_provider_of_models_gets_a_guess(invoke):
    assert "Did you mean 'truefoundry:fraud-repo'?" in str(invoke("models", "truefoundy:fraud-repo").exception)


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


def test_a_pipe_gets_every_column(invoke):
    lines = invoke("list", "truefoundry:fraud-repo/churn").stdout.splitlines()

    assert all(re.search(r"\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\t", line) for line in lines)
    assert all(line.startswith("truefoundry:fraud-repo/churn@") for line in lines)
