"""Fixtures that the suites of the installed wheel share; each is made once a run."""

import pytest
from tests.packaging.environment import ROOT, Environment, build, make_environment, once


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The directory with the wheel and the sdist of this tree."""
    return once(tmp_path_factory, "built", lambda into: build(ROOT, into, "--wheel", "--sdist"))


@pytest.fixture(scope="session")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel and its dependencies, without extras."""
    return Environment(once(tmp_path_factory, "installed", lambda path: make_environment(path, wheel)))


@pytest.fixture(scope="session")
def installed_with_all(wheel, tmp_path_factory):
    """An environment with the wheel, its dependencies and those of its extra `all`."""
    return Environment(once(tmp_path_factory, "installed-all", lambda path: make_environment(path, wheel, ["all"])))
