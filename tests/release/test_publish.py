"""`make publish`: a release reaches the index once, complete and proved; all else is refused and changes nothing."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import venv

import pytest
from tests.packaging.environment import Environment, copy_requirements, run
from tests.packaging.package_index import CREDENTIALS, PASSWORD, Answer, pypiserver
from tests.packaging.repository import environment
from tests.release.publishing import FILES, PAGE, install, refusal

pytestmark = pytest.mark.slow

REF = "cerebras:acme/gpt-oss-120b@2"
DELETE = """
import json, sys
import expunge

with expunge.Client.from_env() as client:
    print(json.dumps([client.delete(sys.argv[1]).status, expunge.__file__]))
"""


def test_a_first_release_is_published_and_proved(first_release):
    index, done = first_release

    assert (done.returncode, done.stderr) == (0, "")
    assert set(index.files()) == FILES
    for name, content in index.files().items():
        assert f"{hashlib.sha256(content).hexdigest()}  {name}: the index has it, byte for byte" in done.stdout
    assert f"pip install --index-url {index.simple} expunge==0.1.0" in done.stdout
    assert PASSWORD not in done.stdout


def test_what_is_published_is_what_make_dist_builds(first_release, repository):
    index, _ = first_release

    repository.program("dist")

    built = [path for path in (repository.path / "dist").iterdir() if path.suffix != ".json"]
    assert {path.name: path.read_bytes() for path in built} == index.files()


def test_a_change_that_is_not_committed_is_refused(repository, empty_index):
    with (repository.path / "README.md").open("a") as file:
        file.write("\nOne more line.\n")

    done = repository.program("publish", empty_index.url, environ=CREDENTIALS)

    assert "the tree differs from the last commit (README.md)" in refusal(done)
    assert empty_index.files() == {}


@pytest.mark.parametrize(
    ("notes", "named"),
    [
        pytest.param(["plan.added.md"], "(plan.added.md)", id="one"),
        pytest.param(
            ["a.added.md", "baseten.spec.md", "c.fixed.md", "d.fixed.md", "e.changed.md"],
            "(a.added.md, baseten.spec.md, c.fixed.md and 2 more)",
            id="several",
        ),
    ],
)
def test_notes_that_are_not_in_the_changelog_are_refused(notes, named, repository, scripted):
    (repository.path / "changelog.d").mkdir()
    for name in ("README.md", *notes):
        (repository.path / "changelog.d" / name).write_text("A note.\n")
    repository.commit("Write notes")

    done = repository.program("publish", scripted.url, environ=CREDENTIALS)

    said = refusal(done)
    assert f"CHANGELOG.md lacks the notes in changelog.d/ {named}: run make changelog" in said
    assert scripted.asked == []


def test_the_changelogs_own_readme_is_not_a_note(repository, scripted):
    (repository.path / "changelog.d").mkdir()
    (repository.path / "changelog.d/README.md").write_text("# Notes for the next release\n")
    repository.commit("Explain notes")
    scripted.tell(PAGE, Answer(500))

    assert "HTTP 500" in refusal(repository.program("publish", scripted.url, environ=CREDENTIALS))


def test_a_file_that_git_does_not_track_is_refused(repository, empty_index):
    repository.git("config", "status.showUntrackedFiles", "no")
    (repository.path / "src/expunge/secret.env").write_text("TOKEN=1")

    done = repository.program("publish", empty_index.url, environ=CREDENTIALS)

    assert "src/expunge/secret.env" in refusal(done)
    assert empty_index.files() == {}


def test_a_tree_without_git_is_refused(template, empty_index, tmp_path):
    shutil.copytree(template.path, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))

    command = (sys.executable, "scripts/publish.py", empty_index.url)
    done = run(
        *command, cwd=tmp_path / "copy", environ=environment(**CREDENTIALS, GIT_CEILING_DIRECTORIES=str(tmp_path))
    )

    assert "git status failed" in refusal(done)
    assert empty_index.files() == {}


def test_a_version_that_the_index_has_is_never_overwritten(repository, first_release):
    index, _ = first_release
    before = index.files()
    repository.replace("README.md", "# expunge\n", "# expunge, improved\n")
    repository.commit("Improve")

    done = repository.program("publish", index.url, environ=CREDENTIALS)

    assert "already has version 0.1.0" in refusal(done)
    assert index.files() == before


@pytest.mark.parametrize(
    ("version", "words"),
    [
        pytest.param("0.0.9", "version 0.0.9 is older than 0.1.0", id="older"),
        pytest.param("0.1.0rc1", "version 0.1.0rc1 is older than 0.1.0", id="before-the-final"),
        pytest.param("0.1", "already has version 0.1 ", id="the-same-in-other-words"),
    ],
)
def test_a_version_that_does_not_follow_is_refused(version, words, repository, first_release):
    index, _ = first_release
    before = index.files()
    repository.release(version)

    done = repository.program("publish", index.url, environ=CREDENTIALS)

    assert words in refusal(done)
    assert index.files() == before


@pytest.fixture
def second_index(first_release, tmp_path):
    """A pypiserver of the test's own, which has the first release."""
    index, _ = first_release
    shutil.copytree(index.packages, tmp_path / "index/packages")
    with pypiserver(tmp_path / "index") as second:
        yield second


def break_a_client(repository):
    """Take away a function that users of the typed clients may import."""
    repository.replace(
        "generated/expunge_clients/baseten/api/models/delete_model.py", "def sync_detailed(", "def sync_in_detail("
    )


def test_a_version_too_small_for_what_broke_is_refused(repository, first_release):
    index, _ = first_release
    before = index.files()
    break_a_client(repository)
    repository.release("0.1.1")

    said = refusal(repository.program("publish", index.url, environ=CREDENTIALS))

    assert "version 0.1.1 is too small" in said
    assert "0.2.0" in said
    assert "breaking" in said
    assert "sync_detailed" in said
    assert index.files() == before


@pytest.mark.parametrize("version", ["0.2.0", "0.2.0rc1"])
def test_a_version_large_enough_for_what_broke_is_published(version, repository, second_index):
    before = second_index.files()
    break_a_client(repository)
    repository.release(version)

    done = repository.program("publish", second_index.url, environ=CREDENTIALS)

    assert done.returncode == 0, done.stderr
    assert "large enough for the changes since 0.1.0" in done.stdout
    assert set(second_index.files()) == {*before, f"expunge-{version}.tar.gz", f"expunge-{version}-py3-none-any.whl"}
    assert {name: second_index.files()[name] for name in before} == before


def damage(path, place, damaged):
    """Put the bytes *damaged* into the file."""
    content = bytearray(path.read_bytes())
    content[place : place + len(damaged)] = damaged
    path.write_bytes(content)


def pack(path, *names):
    """Put empty files called *names* into a new archive."""
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(lambda path: path.unlink(), "has no sdist to compare with", id="no-sdist"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), "cannot be read", id="cut"),
        pytest.param(lambda path: path.write_bytes(b"no archive"), "cannot be read", id="no-archive"),
        pytest.param(lambda path: damage(path, 5000, bytes(100)), "cannot be read", id="damaged"),
        pytest.param(lambda path: damage(path, 10, b"\xff"), "cannot be read", id="not-compressed-as-it-says"),
        pytest.param(lambda path: pack(path, "a/x", "b/x"), "cannot be read", id="two-folders"),
        pytest.param(lambda path: pack(path, "expunge-0.1.0/x"), "has no specs, overlays", id="without-specs"),
        pytest.param(lambda path: pack(path, "../x"), "cannot be read", id="leads-out-of-its-folder"),
    ],
)
def test_a_last_release_that_cannot_be_compared_with_is_refused(harm, words, repository, second_index):
    harm(second_index.packages / "expunge-0.1.0.tar.gz")
    before = second_index.files()
    repository.release("0.1.1")

    done = repository.program("publish", second_index.url, environ=CREDENTIALS)

    assert words in refusal(done)
    assert second_index.files() == before


@pytest.fixture(scope="session")
def from_index(first_release, tmp_path_factory):
    """An environment that pip filled from the index, and pip's own report of where from."""
    index, _ = first_release
    folder = tmp_path_factory.mktemp("from-index")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    made = Environment(folder / "venv")
    report = install(made, index, folder, "expunge==0.1.0")
    copy_requirements(made, ["all"])
    return made, report


def test_pip_installs_the_very_file_from_that_index(from_index, first_release):
    index, _ = first_release
    _, installed = from_index
    name = "expunge-0.1.0-py3-none-any.whl"

    assert installed["download_info"]["url"] == f"{index.url}packages/{name}"
    hashes = installed["download_info"]["archive_info"]["hashes"]
    assert hashes["sha256"] == hashlib.sha256(index.files()[name]).hexdigest()


def test_the_release_from_the_index_deletes_a_version_on_its_own_sandbox(from_index, tmp_path):
    installed, _ = from_index
    command = [installed.scripts / "expunge", "sandbox", "--port", "0"]
    sandbox = subprocess.Popen(command, cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(sandbox.stdout.readline, "ready\n")
        environ = dict(line.rstrip("\n").split("=", 1) for line in lines if line)

        first = installed.run("python", "-I", "-c", DELETE, REF, cwd=tmp_path, environ=environ)
        second = installed.run("expunge", "delete", REF, "--yes", cwd=tmp_path, environ=environ)
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=30)
        sandbox.stdout.close()

    assert first.returncode == 0, first.stderr
    status, home = json.loads(first.stdout)
    assert status == "deleted"
    assert home.startswith(str(installed.site_packages))
    assert second.returncode == 1
    assert "absent" in second.stdout
