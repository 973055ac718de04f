"""`make publish` and pip on real indexes: a first release, the next one, an upgrade, and the way back.

A devpi is there only with `make indexes`.
"""

import hashlib
import shutil
import venv
from pathlib import Path

import pytest
from attrs import frozen
from tests.packaging.devpi import INDEXES, Devpi, devpi
from tests.packaging.environment import Environment, copy_requirements
from tests.packaging.package_index import CREDENTIALS, PackageIndex, pypiserver
from tests.packaging.repository import Repository
from tests.release.publishing import FILES, install, refusal

from expunge.sandbox import Sandbox

pytestmark = pytest.mark.slow

NEXT = {"expunge-0.1.1.tar.gz", "expunge-0.1.1-py3-none-any.whl"}
NEW_MODULE = "expunge/_of_the_next_release.py"
REF = "cerebras:acme/gpt-oss-120b@2"
WITH_DEVPI = pytest.mark.skipif(not INDEXES, reason="EXPUNGE_INDEXES is not set; `make indexes` sets it")


@frozen
class Released:
    """An index with two releases, the repository of the second, and the words of `make publish`."""

    index: PackageIndex | Devpi
    repository: Repository
    refused: str
    first: str
    second: str


@pytest.fixture(scope="module", params=["pypiserver", pytest.param("devpi", marks=WITH_DEVPI)])
def released(request, template, first_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    repository = template.clone(folder / "repository")
    if request.param == "pypiserver":
        published, done = first_release
        shutil.copytree(published.packages, folder / "packages")
        with pypiserver(folder) as index:
            yield _release_again(index, repository, done)
    else:
        with devpi(folder) as index:
            done = repository.make("publish", f"INDEX={index.url}", environ=CREDENTIALS)
            assert done.returncode == 0, done.stderr
            yield _release_again(index, repository, done)


def _release_again(index, repository, first):
    """Publish a second release, after an attempt with a wrong password."""
    (repository.path / "src" / NEW_MODULE).write_text('"""New."""\n')
    repository.release("0.1.1")
    wrong = repository.program("publish", index.url, environ={**CREDENTIALS, "TWINE_PASSWORD": "falsch"})
    assert set(index.files()) == FILES
    second = repository.program("publish", index.url, environ=CREDENTIALS)
    assert second.returncode == 0, second.stderr
    return Released(index, repository, refusal_of_upload(wrong), first.stdout, second.stdout)


def refusal_of_upload(done):
    """Return the line of a refusal: an index that anybody may read refuses only the upload."""
    assert done.returncode == 1, done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_each_release_is_there_byte_for_byte(released):
    there = released.index.files()

    assert set(there) == FILES | NEXT
    for name, content in there.items():
        printed = released.first if name in FILES else released.second
        assert f"{hashlib.sha256(content).hexdigest()}  {name}: the index has it, byte for byte" in printed


def test_a_wrong_password_uploads_nothing(released):
    assert "TWINE_USERNAME and TWINE_PASSWORD" in released.refused
    assert "falsch" not in released.refused


def test_a_release_that_is_there_is_never_uploaded_again(released):
    before = released.index.files()

    done = released.repository.program("publish", released.index.url, environ=CREDENTIALS)

    assert "already has version 0.1.1" in refusal(done)
    assert released.index.files() == before


def installed_files(environment):
    """Return the bytes of the package's files, without Python's caches."""
    packages = (environment.site_packages / name for name in ("expunge", "expunge_clients"))
    paths = [path for package in packages for path in package.rglob("*") if path.is_file()]
    kept = [path for path in paths if "__pycache__" not in path.parts]
    return {path.relative_to(environment.site_packages).as_posix(): path.read_bytes() for path in kept}


def test_an_upgrade_can_be_rolled_back(released, tmp_path):
    """After it, nothing of the newer release is left, and a plan that it made is executed."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    environment = Environment(tmp_path / "venv")
    install(environment, released.index, tmp_path, "expunge==0.1.0")
    copy_requirements(environment, ["all"])
    first = installed_files(environment)
    with Sandbox() as sandbox:
        upgrade = install(environment, released.index, tmp_path, "--upgrade", "expunge")
        second = installed_files(environment)
        version = expunge(environment, sandbox, tmp_path, "--version")
        plan = expunge(environment, sandbox, tmp_path, "plan", REF.partition("@")[0], "--keep-last=1", "-o", "p.json")
        back = install(environment, released.index, tmp_path, "expunge==0.1.0")
        older = expunge(environment, sandbox, tmp_path, "--version")
        done = expunge(environment, sandbox, tmp_path, "execute", "p.json", "--yes")

    assert Path(NEW_MODULE).as_posix() in second
    assert (version, older) == ("expunge 0.1.1\n", "expunge 0.1.0\n")
    assert installed_files(environment) == first
    assert "would be deleted" in plan
    assert "deleted" in done
    there = released.index.files()
    for report, name in ((upgrade, "expunge-0.1.1-py3-none-any.whl"), (back, "expunge-0.1.0-py3-none-any.whl")):
        promised = report["download_info"]["archive_info"]["hashes"]["sha256"]
        assert promised == hashlib.sha256(there[name]).hexdigest()


def expunge(environment, sandbox, folder, *arguments):
    """Run the installed program on *sandbox*, and return its words."""
    variables = {**sandbox.environ, "XDG_STATE_HOME": str(folder)}
    done = environment.run("expunge", *arguments, cwd=folder, environ=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
