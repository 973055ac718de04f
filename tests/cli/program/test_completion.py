"""Completion: what a shell offers, and what it sends for it."""

import pytest

from expunge.cli.program import completion
from expunge.cli.program.completion import SCRIPTS, candidates
from expunge.sandbox import Sandbox


@pytest.fixture(scope="module")
def stand_in():
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(stand_in, monkeypatch):
    stand_in.reset()
    monkeypatch.setattr(completion, "SECONDS", 120.0)  # a slow machine may need more than three
    for name, value in stand_in.environ.items():
        monkeypatch.setenv(name, value)
    return stand_in


def words(before, last, **options):
    return [each.word for each in candidates(before, last, **options)]


@pytest.mark.parametrize(
    ("before", "last", "offered"),
    [
        ([], "pr", ["providers", "prune"]),
        ([], "--v", ["--version"]),
        (["delete"], "--allow", ["--allow-model"]),
        (["delete"], "", ["baseten:", "cerebras:", "replicate:", "truefoundry:"]),
        (["delete", "--timeout", "5"], "base", ["baseten:"]),
        (["delete", "--yes", "baseten:a@1"], "base", ["baseten:"]),
        (["list"], "true", ["truefoundry:"]),
        (["list", "baseten:a"], "", []),
        (["models"], "ba", ["baseten"]),
        (["help"], "ex", ["execute", "exit-codes"]),
        (["policy"], "", ["check", "explain"]),
        (["nonsense"], "", []),
        (["--profile"], "", []),
        (["--profile", "staging", "list"], "true", ["truefoundry:"]),
    ],
)
def test_what_may_come_next_is_offered(before, last, offered):
    assert words(before, last) == offered


@pytest.mark.parametrize("before", [["delete", "--from-file"], ["report"], ["execute"], ["plan", "-o"]])
def test_files_are_left_to_the_shell(before):
    assert words(before, "") == []


def test_nothing_is_sent_unless_a_variable_allows_it(sandbox):
    assert words(["delete"], "baseten:mod") == []
    assert sandbox.requests == []


def test_models_and_versions_are_offered_if_a_variable_allows_it(sandbox):
    assert "baseten:mod3x7q" in words(["list"], "baseten:mod", is_online=True)
    assert "baseten:mod3x7q@" in words(["delete"], "baseten:mod", is_online=True)
    assert "truefoundry:fraud-repo/churn@7" in words(["show"], "truefoundry:fraud-repo/churn@", is_online=True)
    assert {request.method for request in sandbox.requests} == {"GET"}


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("last", ["baseten:nothing@", "replicate:acme/", "baseten:..@", "truefoundry:x"])
def test_an_error_offers_nothing(last):
    assert words(["show"], last, is_online=True) == []


@pytest.fixture
def profiles(sandbox, monkeypatch, tmp_path):
    """Have a profile of the sandbox, and variables that lead elsewhere."""
    path = tmp_path / "expunge" / "profiles.toml"
    path.parent.mkdir(mode=0o700)
    host = sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"]
    path.write_text(f'[staging.cerebras]\nhost = "{host}"\ncredential = "env:STAGING_KEY"\n[production]\n')
    path.chmod(0o600)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("STAGING_KEY", sandbox.environ["CEREBRAS_MANAGEMENT_API_KEY"])
    monkeypatch.setenv("CEREBRAS_MANAGEMENT_BASE_URL", "http://127.0.0.1:9")


@pytest.mark.usefixtures("profiles")
def test_the_names_of_profiles_are_offered():
    assert words(["--profile"], "") == ["production", "staging"]
    assert words(["--profile"], "sta") == ["staging"]


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("option", [["--profile", "staging"], ["--profile=staging"]])
def test_what_is_read_comes_from_the_profile_in_the_line(option):
    assert words([*option, "list"], "cerebras:acme/gpt", is_online=True) == ["cerebras:acme/gpt-oss-120b"]


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("option", [[], ["--profile", "other"], ["--profile", "../x"], ["--profile", ""]])
def test_no_other_profile_is_asked(option, sandbox):
    assert words([*option, "list"], "cerebras:acme/gpt", is_online=True) == []
    assert sandbox.requests == []


@pytest.mark.parametrize("shell", SCRIPTS)
def test_each_shell_has_a_script(shell, expunge):
    assert expunge("--show-completion", shell).stdout == SCRIPTS[shell]
    assert expunge(_EXPUNGE_COMPLETE=f"source_{shell}").stdout == SCRIPTS[shell]


def test_a_shell_without_a_script_is_named(expunge):
    ended = expunge("--show-completion", "tcsh")

    assert (ended.code, ended.stdout) == (2, "")
    assert "name bash, zsh or fish" in ended.stderr
