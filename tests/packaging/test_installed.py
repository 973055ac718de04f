"""The wheel in an environment of its own, in an empty directory, without the repository."""

import json
import sys

import pytest
from tests.packaging.environment import ROOT

from expunge import __version__
from expunge.sandbox import Sandbox

pytestmark = pytest.mark.slow

ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
REFS = [
    "truefoundry:fraud-repo/churn@3",
    "cerebras:acme/gpt-oss-120b@2",
    "baseten:mod3x7q@dep2bbb",
    f"replicate:acme/classifier@{ID}",
]

DELETE = """
import json, sys
import expunge

with expunge.Client.from_env() as client:
    tombstone = client.delete(str(expunge.parse_ref(sys.argv[1])))
files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print(json.dumps({"status": tombstone.status, "home": expunge.__file__, "files": list(filter(None, files))}))
"""


@pytest.fixture
def sandbox():
    with Sandbox(replicate_delay=0.0) as running:
        yield running


@pytest.mark.parametrize("ref", REFS, ids=lambda ref: ref.partition(":")[0])
def test_a_version_is_deleted_without_the_repository(ref, installed, sandbox, tmp_path):
    done = installed.run("python", "-I", "-c", DELETE, ref, cwd=tmp_path, environ=sandbox.environ)

    assert done.stderr == ""
    reported = json.loads(done.stdout)
    assert reported["status"] == ("accepted" if ref.startswith("replicate") else "deleted")
    assert not sandbox.holds(ref)
    assert reported["home"].startswith(str(installed.site_packages))
    assert [file for file in reported["files"] if file.startswith((str(ROOT), sys.prefix))] == []


def test_every_module_of_the_clients_can_be_imported(installed, tmp_path):
    program = (
        "import pkgutil, expunge_clients\n"
        "def fail(name): raise ImportError(name)\n"
        "for module in pkgutil.walk_packages(expunge_clients.__path__, 'expunge_clients.', fail):\n"
        "    __import__(module.name)\n"
    )

    done = installed.run("python", "-I", "-W", "error", "-c", program, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


def test_manifests_are_checked_by_the_rules_in_the_wheel(installed, tmp_path):
    program = (
        "import expunge\n"
        "client = expunge.Client(expunge.TrueFoundry(host='http://127.0.0.1:9', api_key='k'))\n"
        "try:\n    client.apply({'name': 'a b'})\n"
        "except expunge.ValidationError as error:\n    print(error)\n"
    )

    done = installed.run("python", "-I", "-c", program, cwd=tmp_path)

    assert "name must be letters" in done.stdout
    assert "ml_repo is missing" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["expunge", "--version"], id="script"),
        pytest.param(["python", "-I", "-m", "expunge", "--version"], id="module"),
    ],
)
def test_without_its_extra_the_command_says_how_to_get_it(command, installed, tmp_path):
    done = installed.run(*command, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "expunge[cli]" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_extra_the_sandbox_is_not_there(installed, tmp_path):
    """An environment that had the extras' packages anyway would prove nothing."""
    done = installed.run("python", "-I", "-c", "import expunge.sandbox", cwd=tmp_path)

    assert done.returncode == 1
    assert "uvicorn" in done.stderr or "starlette" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["expunge", "--version"], id="script"),
        pytest.param(["python", "-I", "-m", "expunge", "--version"], id="module"),
    ],
)
def test_with_every_extra_the_command_works(command, installed_with_all, tmp_path):
    done = installed_with_all.run(*command, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout


def test_with_every_extra_the_sandbox_works(installed_with_all, tmp_path):
    program = (
        "import os, expunge\n"
        "from expunge.sandbox import Sandbox\n"
        "with Sandbox() as sandbox, expunge.Client.from_env(sandbox.environ) as client:\n"
        "    print(client.delete('cerebras:acme/gpt-oss-120b@2').status)\n"
    )

    done = installed_with_all.run("python", "-I", "-c", program, cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("deleted\n", "")


def test_the_wheel_tells_pytest_of_the_plugin(installed, tmp_path):
    program = (
        "from importlib.metadata import entry_points\n"
        "print([each.value for each in entry_points(group='pytest11', name='expunge')])\n"
    )

    done = installed.run("python", "-I", "-c", program, cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("['expunge.testing.pytest_plugin']\n", "")
