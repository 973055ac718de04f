"""Fixtures that the suites of the installed wheel share; each is made once a run."""

import pytest
from tests.packaging.environment import ROOT, Environment, build, make_environment, once
from tests.packaging.package_index import CREDENTIALS, pypiserver, scripted_index
from tests.packaging.repository import Repository


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


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The repository that the others are clones of."""
    return Repository(once(tmp_path_factory, "repository", Repository.create))


@pytest.fixture
def repository(template, tmp_path):
    """A repository of the test's own, with this tree as its one commit."""
    return template.clone(tmp_path / "repository")


@pytest.fixture
def empty_index(tmp_path):
    """A pypiserver of the test's own, with nothing in it."""
    (tmp_path / "index").mkdir()
    with pypiserver(tmp_path / "index") as index:
        yield index


@pytest.fixture
def scripted():
    """An index that answers what the test tells it."""
    with scripted_index() as index:
        yield index


@pytest.fixture(scope="session")
def first_release(template, tmp_path_factory):
    """A pypiserver with the first release, which `make publish` put there, and what that said. Nobody changes it."""
    folder = tmp_path_factory.mktemp("first-release")
    clone = template.clone(folder / "repository")
    with pypiserver(folder) as index:
        done = clone.make("publish", f"INDEX={index.url}", environ=CREDENTIALS)
        yield index, done
