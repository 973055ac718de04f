"""Profiles: one name for hosts and credentials, shown wherever a person decides, and never mixed with another."""

import json
import os

import pytest

from expunge.cli.profiles.document import read_profile
from expunge.errors import ConfigurationError

TOKEN = "token-5d2e81c7"
REF = "cerebras:acme/gpt-oss-120b@2"
MODEL = "cerebras:acme/gpt-oss-120b"


@pytest.fixture
def file(tmp_path):
    """Return a function that writes the file of profiles."""
    folder = tmp_path / "expunge"
    folder.mkdir(mode=0o700)

    def write(text, mode=0o600):
        path = folder / "profiles.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def staging(expunge, sandbox, file, tmp_path):
    """Return the program, with a profile for the sandbox, and variables that lead elsewhere."""
    environ = sandbox.environ
    host = environ["CEREBRAS_MANAGEMENT_BASE_URL"]
    file(
        f'[staging.cerebras]\nhost = "{host}"\ncredential = "env:STAGING_KEY"\n'
        f'[production.cerebras]\nhost = "{host}"\ncredential = "env:STAGING_KEY"\n'
    )
    expunge.environ["STAGING_KEY"] = environ["CEREBRAS_MANAGEMENT_API_KEY"]
    expunge.environ["CEREBRAS_MANAGEMENT_API_KEY"] = "of-another-account"
    expunge.environ["CEREBRAS_MANAGEMENT_BASE_URL"] = "http://127.0.0.1:9"
    expunge.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    return expunge


def test_a_profile_takes_the_place_of_the_variables(staging, sandbox):
    ended = staging("--profile", "staging", "delete", REF, "--yes")

    assert ended.code == 0, ended.stderr
    assert not sandbox.holds(REF)


def test_a_variable_names_the_profile_and_the_option_wins(staging):
    (found,) = staging("doctor", "--json", "cerebras:acme", EXPUNGE_PROFILE="staging").objects
    assert (found["profile"], found["credential"], found["credential_from"]) == (
        "staging",
        "accepted",
        "env:STAGING_KEY",
    )

    (found,) = staging(
        "--profile", "production", "doctor", "--json", "cerebras:acme", EXPUNGE_PROFILE="staging"
    ).objects
    assert found["profile"] == "production"


def test_a_provider_that_the_profile_lacks_is_not_taken_from_the_environment(staging, sandbox):
    ended = staging("--profile", "staging", "delete", "baseten:mod3x7q@dep1aaa", "--yes")

    assert ended.code == 2
    assert "Profile staging" in ended.stderr
    assert "does not have baseten" in ended.stderr
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--profile", "stagin"], "has no profile 'stagin'; it has: staging, production"),
        (["--profile", ""], "--profile needs a name"),
        (["--profile", "../x"], "is not a profile's name"),
    ],
)
def test_a_profile_that_is_not_there_ends_the_command(staging, sandbox, arguments, words):
    ended = staging(*arguments, "delete", REF, "--yes")

    assert ended.code == 2
    assert words in ended.stderr
    assert sandbox.requests == []


def test_the_question_shows_the_profile_and_its_host(staging, sandbox):
    ended = staging.on_terminal("--profile", "staging", "delete", REF, types="no\n")

    assert "deleted with profile staging" in ended.stdout
    assert sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"] in ended.stdout
    assert sandbox.holds(REF)


def test_a_plan_names_its_profile_and_is_executed_with_no_other(staging, sandbox, tmp_path):
    plan = str(tmp_path / "p.json")
    made = staging("--profile", "staging", "plan", MODEL, "--keep-last", "1", "--include-aliased", "-o", plan)
    assert made.code == 0, made.stderr
    assert "(profile staging)" in made.stderr
    assert f"expunge --profile staging execute {plan}" in made.stderr
    assert "staging" in staging("report", plan, "--markdown").stdout
    sandbox.clear_requests()

    for other in ([], ["--profile", "production"]):
        ended = staging(*other, "execute", plan, "--yes")
        assert ended.code == 2
        assert "was made with profile staging" in ended.stderr
    assert sandbox.requests == []
    assert staging("--profile", "staging", "execute", plan, "--dry-run").code == 0


def test_a_profile_cannot_be_changed_in_a_plan(staging, tmp_path):
    plan = tmp_path / "p.json"
    staging("--profile", "staging", "plan", MODEL, "--keep-last", "1", "-o", str(plan))
    content = json.loads(plan.read_text(encoding="utf-8"))
    plan.write_text(json.dumps(content | {"profile": "production"}), encoding="utf-8")

    assert staging("--profile", "production", "execute", str(plan), "--yes").code == 2


def test_a_journal_names_its_profile_and_is_resumed_with_no_other(staging, sandbox, tmp_path):
    host = sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"]
    journal = str(tmp_path / "run.journal")
    staging("--profile", "staging", "delete", REF, "--yes", "--journal", journal)

    assert "profile\tstaging" in staging("report", journal).stdout
    (line,) = staging("report", journal, "--json").objects
    assert (line["profile"], line["origin"]) == ("staging", host)
    assert f",staging,{host}," in staging("report", journal, "--csv").stdout
    staging("report", journal, "--html", str(tmp_path / "run.html"))
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "<dt>Profile</dt><dd><bdi>staging</bdi>" in page
    assert f"<bdi>{host}</bdi>" in page
    ended = staging("resume", journal, "--yes")
    assert ended.code == 2
    assert "was made with profile staging" in ended.stderr
    assert staging("--profile", "staging", "resume", journal, "--yes").code == 0


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f'[s.baseten]\n\ncredential = "{TOKEN}"\n', 3, "a credential cannot stand in the file itself"),
        (f'[s.baseten]\napi_key = "{TOKEN}"\n', 2, "'api_key' is not known"),
        (f'[s.baseten]\ncredential = {TOKEN}\n', 2, "the file is not TOML"),
        (f'[s.baseten]\ncredential = "env:X"\n"{TOKEN}" = 1\n', 3, "a key is not known"),
        (f'[s."{TOKEN}"]\nx = 1\n', 1, "a profile's tables are providers"),
        ('[s.baseten]\nhost = "https://x.example"\n', 1, "has no credential"),
        ('[s.truefoundry]\ncredential = "env:X"\n', 1, "has no host"),
        ('[s.baseten]\ncredential = 7\n', 2, "must be a text"),
        ('s = 1\n', 1, "must be a table"),
        ('[s]\n', 1, "names no provider"),
        ('[s]\nbaseten = "x"\n', 2, "must be a table"),
        ('x = """\na\n"""\n[s.baseten]\ncredential = "env:9"\n', 5, "does not name a variable"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_never_with_its_value(file, text, line, words):
    path = file(text)

    with pytest.raises(ConfigurationError) as raised:
        read_profile(path, "s")
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert words in str(raised.value)
    assert TOKEN not in str(raised.value)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_change_is_not_used(file, mode):
    path = file('[s.baseten]\ncredential = "env:X"\n', mode)

    with pytest.raises(ConfigurationError, match="can be changed by other users"):
        read_profile(path, "s")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_folder_that_others_can_change_is_not_used(file):
    path = file('[s.baseten]\ncredential = "env:X"\n', 0o644)
    assert read_profile(path, "s").entries["baseten"].host is None
    path.parent.chmod(0o777)

    with pytest.raises(ConfigurationError, match="can be changed by other users"):
        read_profile(path, "s")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_not_used(file):
    path = file('[s.baseten]\ncredential = "env:X"\n')
    os.chown(path, 4321, 4321)

    with pytest.raises(ConfigurationError, match="belongs to another user"):
        read_profile(path, "s")


@pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX's")
def test_a_pipe_in_its_place_does_not_hang(tmp_path):
    place = tmp_path / "profiles.toml"
    os.mkfifo(place, 0o600)

    with pytest.raises(ConfigurationError, match="is not a file"):
        read_profile(place, "s")


def test_plain_http_to_another_machine_is_refused_with_the_profile_s_name(staging, sandbox, file):
    file('[staging.cerebras]\nhost = "http://cerebras.example.com"\ncredential = "env:STAGING_KEY"\n')
    ended = staging("--profile", "staging", "delete", REF, "--yes")

    assert ended.code == 2
    assert "Profile staging" in ended.stderr
    assert sandbox.requests == []


def test_a_command_runs_once_and_only_for_its_provider(staging, file, sandbox, tmp_path):
    """The other provider's command would leave a trace too."""
    host, key = sandbox.environ["CEREBRAS_MANAGEMENT_BASE_URL"], staging.environ["STAGING_KEY"]
    trace = tmp_path / "trace"
    file(
        f"""[staging.cerebras]\nhost = "{host}"\ncredential = "command:sh -c 'echo c >>{trace}; echo {key}'"\n"""
        f"""[staging.baseten]\ncredential = "command:sh -c 'echo b >>{trace}; echo x'"\n"""
    )
    ended = staging("--profile", "staging", "prune", MODEL, "--keep-last", "1", "--dry-run")

    assert ended.code == 0, ended.stderr
    assert trace.read_text(encoding="utf-8") == "c\n"
    assert key not in ended.stdout + ended.stderr
