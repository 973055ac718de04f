"""The wheel works on each Python that is here, with the lowest packages that it accepts and with those of our lock.

`make pythons` sets EXPUNGE_PYTHONS, and downloads the packages.
"""

import os
import subprocess

import pytest
from packaging.version import Version
from tests.packaging.environment import ROOT, Environment, run
from tests.packaging.repository import BIN
from tests.packaging.uses import USES
from tests.project.markdown import blocks

PLACES = os.environ.get("EXPUNGE_PYTHONS", "").split()
LOCKS = {"lowest": "locks/lowest.txt", "newest": "locks/dev.txt"}
OLDEST = (3, 11)
ENVIRON = dict(os.environ)
"""The variables of the user, before a fixture takes those for certificates away."""

ASK = "import sys; print(*sys.version_info[:3], sep='.')"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PLACES, reason="EXPUNGE_PYTHONS is not set; `make pythons` sets it"),
]


def pythons():
    """Return a path for each version of Python in PLACES that is supported, the oldest first."""
    found = {}
    for path in PLACES:
        done = subprocess.run([path, "-c", ASK], capture_output=True, text=True, check=False)
        if done.returncode == 0 and Version(done.stdout).release >= OLDEST:
            found.setdefault(Version(done.stdout), path)
    return [pytest.param(found[version], id=str(version)) for version in sorted(found)]


PYTHONS = pythons()
CASES = [pytest.param(*python.values, "all", id=f"{python.id}-all") for python in PYTHONS]
CASES += [pytest.param(*PYTHONS[0].values, extra, id=f"{PYTHONS[0].id}-{extra or 'none'}") for extra in USES if PYTHONS]


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(("python", "extra"), list({case.id: case for case in CASES}.values()))
def test_the_wheel_does_what_it_is_for(python, extra, lock, wheel, tmp_path):
    environment = Environment(tmp_path / "venv")
    uv = [BIN / "uv", "--quiet"]
    wanted = f"{wheel}[{extra}]" if extra else wheel
    install = [*uv, "pip", "install", "--python", environment.python, "--constraint", ROOT / LOCKS[lock], wanted]
    for command in ([*uv, "venv", "--python", python, environment.path], install):
        done = run(*command, cwd=tmp_path, environ=ENVIRON)
        assert done.returncode == 0, done.stderr

    for use in USES[extra]:
        use(environment, tmp_path)
    if extra == "all":
        run_the_example_of_the_plugin(environment, tmp_path, [*uv, "pip", "install", "--python", environment.python])


def run_the_example_of_the_plugin(environment, folder, install):
    """Run the complete example of docs/testing.md, as a user would, with a pytest of its own."""
    example = next(blocks(ROOT / "docs" / "testing.md", "python")).text
    (folder / "test_retire.py").write_text(example, encoding="utf-8")
    done = run(*install, "pytest", cwd=folder, environ=ENVIRON)
    assert done.returncode == 0, done.stderr

    done = environment.run("pytest", "-q", "test_retire.py", cwd=folder)

    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "8 passed" in done.stdout


def test_the_lock_of_the_lowest_packages_is_current(tmp_path):
    """Or else it is older than a change of pyproject.toml: `make lock`."""
    command = [BIN / "uv", "--quiet", "pip", "compile", "--no-deps", "--no-header", "--no-annotate", "--all-extras"]
    lowest = ["--universal", "--python-version", "3.11", "--resolution", "lowest-direct", ROOT / "pyproject.toml"]
    done = run(*command, *lowest, cwd=tmp_path, environ=ENVIRON)
    assert done.returncode == 0, done.stderr
    pinned = [line.removesuffix(" \\") for line in (ROOT / LOCKS["lowest"]).read_text(encoding="utf-8").splitlines()]

    assert [line for line in done.stdout.splitlines() if line not in pinned] == []
