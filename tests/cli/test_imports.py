"""The modules that each command imports: that is most of the time that a short program takes."""

import pytest
from tests.forks import start

from expunge.cli.app import COMMANDS, application

HTTP = {"httpx", "httpx2", "httpcore", "httpcore2", "h11"}
SHOWN = {"rich", "yaml", "jinja2"}
COSTLY = {*HTTP, *SHOWN, "asyncio", "attr", "dateutil", "pydantic", "typer"}


@pytest.fixture
def imported(expunge):
    """Run a command in a process of its own, and return its exit code and the costly packages that it imported."""

    def run(*arguments):
        command = ["-X", "importtime", "-m", "expunge", *arguments]
        done = start(command, env=expunge.environ)
        names = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")]
        assert "expunge" in names
        return done.returncode, COSTLY & {name.partition(".")[0] for name in names}

    return run


def test_the_version_needs_nothing_but_python(imported):
    assert imported("--version") == (0, set())


def test_help_needs_no_command(imported):
    assert imported("--help") == (0, {"attr", "typer"})


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_needs_no_http(name, imported):
    code, found = imported(name, "--help")

    assert (code, found & {*HTTP, *SHOWN, "pydantic"}) == (0, set())


def test_a_report_needs_no_http(imported):
    assert imported("report", "nothing.json")[1] & {*HTTP, *SHOWN} == set()


def test_a_deletion_needs_no_more_than_its_connections(imported):
    """Httpx brings the certificate authorities, which plain HTTP does not need."""
    code, found = imported("delete", "cerebras:acme/gpt-oss-120b@3", "--yes", "--json")

    assert (code, found & {*SHOWN, "httpx", "httpx2", "pydantic"}) == (0, set())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_has_the_first_line_of_each(name):
    assert COMMANDS[name].load().__doc__.splitlines()[0] == COMMANDS[name].summary


def test_a_command_that_is_not_named_is_not_loaded():
    names = {info.name: info.callback.__name__ for info in application(["list", "--json"]).registered_commands}

    assert names["list"] == "list_versions"
    assert {name for name in names if names[name] != "unused"} == {"list"}
