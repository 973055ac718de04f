"""The extra `sandbox` by itself: the stand-in runs, and other commands say what they need."""

import pytest
from tests.packaging.environment import Environment, make_environment, once

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def installed_with_sandbox(wheel, tmp_path_factory):
    return Environment(
        once(tmp_path_factory, "installed-sandbox", lambda path: make_environment(path, wheel, ["sandbox"]))
    )


def test_the_sandbox_runs_with_its_extra_alone(installed_with_sandbox, tmp_path):
    python = str(installed_with_sandbox.python)
    script = "import expunge; print(expunge.Client.from_env().get('baseten:mod3x7q@dep1aaa').ref)"

    done = installed_with_sandbox.run("expunge", "sandbox", "--", python, "-I", "-c", script, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "baseten:mod3x7q@dep1aaa\n", "")
