"""The pytest plugin: its fixtures, used here as by any other tests, and runs of pytest with no other plugin."""

import json
import logging
import os
import subprocess
import sys

import pytest
from tests.project.markdown import blocks
from tests.trees import ROOT

import expunge

pytest_plugins = ["pytester"]

EXAMPLES = list(blocks(ROOT / "docs" / "testing.md", "python"))


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that runs pytest on the tests of *pytester*.

    It does so in another process: in this one, a run would forget the modules that it was the first to import.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return lambda *arguments: pytester.runpytest_subprocess(
        "-p", "expunge.testing.pytest_plugin", "-W", "error", *arguments
    )


@pytest.mark.slow
def test_the_examples_pass_under_xdist(pytester, run):
    """Each block of the page is a file of its own."""
    for number, block in enumerate(EXAMPLES):
        pytester.path.joinpath(f"test_{number}.py").write_text(block.text, encoding="utf-8")

    done = run("-p", "xdist", "-n", "2", "-r", "A")

    outcomes = done.parseoutcomes()
    tests = sum(("\n" + block.text).count("\ndef test_") for block in EXAMPLES)
    assert outcomes.keys() == {"passed"}
    assert outcomes["passed"] >= tests >= len(EXAMPLES)


@pytest.mark.slow
def test_without_its_extra_only_the_tests_that_use_it_fail(pytester, run):
    pytester.makeconftest("""
        import sys

        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == "starlette":
                    raise ModuleNotFoundError("No module named " + name, name=name)

        sys.meta_path.insert(0, Missing())
    """)
    pytester.makepyfile("""
        def test_that_uses_it(expunge_client):
            pass

        def test_that_does_not():
            pass
    """)

    done = run()

    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*expunge_sandbox needs the package starlette*pip install 'expunge?sandbox?'"])
    done.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("ref", ["cerebras:acme/a@1", "cerebras:acme/b@1"])
def test_the_sandbox_is_running_and_empty_for_each_test(ref, expunge_sandbox, expunge_client):
    held = [expunge_sandbox.holds(each) for each in ("cerebras:acme/a@1", "cerebras:acme/b@1", "baseten:mod3x7q")]
    expunge_sandbox.add(ref)

    tombstone = expunge_client.delete(ref)

    assert isinstance(expunge_client, expunge.Client)
    assert (held, tombstone.status) == ([False, False, False], "deleted")
    assert [request.method for request in expunge_sandbox.requests] == ["DELETE"]


def test_replicate_deletes_as_soon_as_it_has_answered(expunge_sandbox, expunge_client):
    ref = expunge_sandbox.add(f"replicate:acme/classifier@{'5c' * 32}")

    tombstone = expunge_client.delete(ref)

    assert (tombstone.status, expunge_sandbox.holds(ref)) == ("accepted", False)


@pytest.fixture
def own_environ(monkeypatch):
    """Set variables as a user may have them, before the plugin sets its own."""
    monkeypatch.setenv("TFY_HOST", "https://real.example.com")
    monkeypatch.setenv("EXPUNGE_PROFILE", "staging")


@pytest.mark.usefixtures("own_environ")
def test_the_variables_lead_to_the_sandbox(expunge_sandbox, expunge_environ, tmp_path):
    """A profile of the user's own would lead elsewhere."""
    ref = expunge_sandbox.add("truefoundry:fraud-repo/churn@3")

    with expunge.Client.from_env() as client:
        tombstone = client.delete(ref)

    assert tombstone.status == "deleted"
    assert expunge_sandbox.environ.items() <= expunge_environ.items() <= os.environ.items()
    assert os.environ["XDG_STATE_HOME"].startswith(str(tmp_path))
    assert "EXPUNGE_PROFILE" not in os.environ


@pytest.mark.usefixtures("own_environ", "expunge_client")
def test_the_client_leaves_the_environment_alone():
    assert (os.environ["TFY_HOST"], os.environ["EXPUNGE_PROFILE"]) == ("https://real.example.com", "staging")


def test_no_line_of_the_server_is_among_the_lines_of_a_test(expunge_sandbox, expunge_client, caplog):
    caplog.set_level(logging.DEBUG)

    expunge_client.delete(expunge_sandbox.add("baseten:mod1@dep1"))

    assert [record.name for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_a_run_that_uses_no_fixture_imports_next_to_nothing():
    """Every run of pytest loads the plugin where expunge is installed."""
    program = (
        "import json, sys, pytest\n"
        "before = set(sys.modules)\n"
        "import expunge.testing.pytest_plugin\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [
        "expunge", "expunge._version", "expunge.testing", "expunge.testing.pytest_plugin",
    ]  # fmt: skip
