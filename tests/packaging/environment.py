"""The wheel as a user gets it, in environments that hold it, what it asks for, and nothing else."""

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
from attrs import frozen
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Have *make* fill the directory *name* once a run, however many processes pytest-xdist started."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    directory = base / name
    done = base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            make(directory)
            done.touch()
    return directory


LEADS_ASTRAY = {"PYTHONPATH", "PYTHONHOME", "MYPYPATH", "VIRTUAL_ENV"}
"""Variables that would show a program the repository's sources instead of what is installed."""


def run(*command: str | Path, cwd: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    if environ is None:
        environ = {name: value for name, value in os.environ.items() if name not in LEADS_ASTRAY}
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=120)


def build(source: Path, into: Path, *kinds: str) -> None:
    """Build *kinds* (`--wheel`, `--sdist`) of the tree at *source* with what the development environment has."""
    done = run(sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", into, source, cwd=into)
    assert done.returncode == 0, done.stdout + done.stderr


@frozen
class Environment:
    """A virtual environment with the wheel installed, as far from the repository as one gets."""

    path: Path

    @property
    def scripts(self) -> Path:
        return self.path / "bin"

    @property
    def python(self) -> Path:
        return self.scripts / "python"

    @property
    def site_packages(self) -> Path:
        return next(self.path.glob("lib/python*/site-packages"))

    def run(self, *command: str | Path, cwd: Path, environ: Mapping[str, str] | None = None):
        """Run a program of this environment, which sees no variables but *environ*."""
        return run(self.scripts / command[0], *command[1:], cwd=cwd, environ=dict(environ or {}))


def make_environment(path: Path, wheel: Path, extras: Iterable[str] = ()) -> None:
    """Install *wheel* with *extras* into a new environment at *path*, without asking an index.

    Its declared dependencies are copied from the development environment. So the test is quick and works offline, and
    still fails if the metadata forgets a dependency. uv takes a tenth of pip's time; tests of the index install by pip.
    """
    venv.create(path, with_pip=False, symlinks=True)
    environment = Environment(path)
    uv = (sys.executable, "-m", "uv", "pip", "install", "--python", environment.python, "--no-cache", "--no-config")
    done = run(*uv, "--quiet", "--offline", "--no-index", "--no-deps", wheel, cwd=path)
    assert done.returncode == 0, done.stdout + done.stderr
    copy_requirements(environment, extras)


def copy_requirements(environment: Environment, extras: Iterable[str] = ()) -> None:
    """Add what the one distribution in *environment* asks for, with *extras*."""
    (installed,) = distributions(path=[str(environment.site_packages)])
    _copy_requirements(installed.requires or [], {"", *extras}, environment.site_packages, set())


def _copy_requirements(requires: Iterable[str], extras: set[str], into: Path, copied: set[str]) -> None:
    for requirement in map(Requirement, requires):
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        found = distribution(requirement.name)
        assert requirement.specifier.contains(found.version, prereleases=True), f"{requirement}: {found.version}"
        if found.name in copied:
            continue
        copied.add(found.name)
        for file in found.files or []:
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.exists():  # scripts lie outside, with another interpreter's path
                (into / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, into / file)  # with its time, by which what was compiled is known
        _copy_requirements(found.requires or [], {"", *requirement.extras}, into, copied)
