"""`make dist`: the same bytes wherever it runs, and nothing in them that does not belong there."""

import gzip
import hashlib
import json
import os
import tarfile
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from tests.packaging.environment import run
from tests.packaging.repository import BIN, FILES, FOLDERS, copy_tree, environment

from release.contents import flaws
from tree.unpack import unpack

pytestmark = pytest.mark.slow

PRIVATE_KEY = b"KEY = '''-----BEGIN " + b"RSA PRIVATE KEY-----'''\n"


def built_in(tree):
    """Return the files in `dist/`, by name, without the statement."""
    paths = [path for path in (tree / "dist").iterdir() if not path.name.endswith(".intoto.json")]
    return {path.name: path.read_bytes() for path in paths}


def statement_in(tree):
    """Return the one statement in `dist/`."""
    (path,) = (tree / "dist").glob("*.intoto.json")
    return json.loads(path.read_text(encoding="utf-8"))


def names_in(built):
    """Name the files of the wheel and of the sdist in the folder *built*, the sdist's below its one folder."""
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    with ZipFile(wheel) as archive, tarfile.open(sdist) as tar:
        return set(archive.namelist()), {name.partition("/")[2] for name in tar.getnames()}


def test_the_bytes_are_the_same_in_any_folder_at_any_time(repository, tmp_path):
    """One is a clone; the other has no git, other modes, dates, umask, time zone, language and order of sets."""
    other = tmp_path / "ein anderer Ort" / "x"
    other.mkdir(parents=True)
    copy_tree(other)
    for path in other.rglob("*"):
        if path.is_file():
            path.chmod(0o700)
            os.utime(path, (915_148_800, 915_148_800))
    strange = {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.ISO-8859-9", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "99"}

    here = repository.program("dist")
    there = run(
        *("sh", "-c", 'umask 077; exec "$@"', "sh", BIN / "python", other / "scripts/dist.py"),
        cwd=tmp_path,
        environ=environment(**strange),
    )

    assert (here.returncode, here.stderr) == (0, "")
    assert there.returncode == 0
    assert there.stderr == "note: the statement names no commit, because the tree is not equal to one\n"
    assert here.stdout == there.stdout
    assert len(built_in(repository.path)) == 2
    assert built_in(repository.path) == built_in(other)


def test_it_replaces_our_older_files_and_names_the_new_ones_with_their_hash(repository):
    dist = repository.path / "dist"
    dist.mkdir()
    ours = ("expunge-0.0.1.tar.gz", "expunge-0.0.1-py3-none-any.whl", "expunge-0.0.1.intoto.json")
    for name in (*ours, "somebody-elses.txt"):
        (dist / name).write_text("old")

    done = repository.make("dist")

    assert (done.returncode, done.stderr) == (0, "")
    files = built_in(repository.path)
    assert files.pop("somebody-elses.txt") == b"old"
    *lines, last = done.stdout.splitlines()
    assert last == "The statement dist/expunge-0.1.0.intoto.json is not signed (docs/maintainers/publishing.md)."
    reported = [line.split() for line in lines]
    assert {name: (digest, size.replace(",", "")) for digest, size, _, name in reported} == {
        f"dist/{name}": (hashlib.sha256(content).hexdigest(), str(len(content))) for name, content in files.items()
    }
    assert not any("0.0.1" in name for name in files)


def test_the_statement_names_the_files_the_commit_the_specs_and_the_generator(repository):
    done = repository.program("dist")

    assert done.returncode == 0, done.stderr
    found = statement_in(repository.path)
    assert (found["_type"], found["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://slsa.dev/provenance/v1",
    )
    assert {item["name"]: item["digest"]["sha256"] for item in found["subject"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in built_in(repository.path).items()
    }
    build = found["predicate"]["buildDefinition"]
    inputs = {item["name"]: item for item in build["resolvedDependencies"]}
    commit = repository.git("rev-parse", "HEAD").strip()
    assert build["externalParameters"]["commit"] == inputs["source"]["digest"]["gitCommit"] == commit
    specs = json.loads((repository.path / "specs/provenance.json").read_text())
    assert {name: inputs[name]["digest"]["sha256"] for name in specs} == {
        name: spec["sha256"] for name, spec in specs.items()
    }
    assert inputs["openapi-python-client"]["uri"] == "pkg:pypi/openapi-python-client@0.29.1"


def test_a_tree_that_differs_from_its_commit_gives_a_statement_without_one(repository):
    with (repository.path / "README.md").open("a") as file:
        file.write("\nOne more line.\n")

    done = repository.program("dist")

    assert (done.returncode, done.stderr) == (
        0,
        "note: the statement names no commit, because the tree is not equal to one\n",
    )
    build = statement_in(repository.path)["predicate"]["buildDefinition"]
    assert build["externalParameters"]["commit"] is None
    assert not any("gitCommit" in item.get("digest", {}) for item in build["resolvedDependencies"])


def test_what_git_does_not_track_stays_out(repository):
    package = repository.path / "src/expunge"
    (package / "__pycache__").mkdir()
    strays = ["secret.env", "notes.py", "__pycache__/notes.cpython-311.pyc"]
    for name in strays:
        (package / name).write_text("TOKEN=1")
    (repository.path / "generated/expunge_clients/id_rsa").write_text("key")

    done = repository.program("dist")

    assert (done.returncode, done.stderr) == (0, "")
    in_wheel, in_sdist = names_in(repository.path / "dist")
    assert {f"expunge/{name}" for name in strays} & in_wheel == set()
    assert {f"src/expunge/{name}" for name in strays} & in_sdist == set()
    assert not any("id_rsa" in name for name in in_wheel | in_sdist)


def test_without_git_what_looks_like_a_secret_stays_out(tmp_path):
    copy_tree(tmp_path)
    (tmp_path / "src/expunge/__pycache__").mkdir()
    strays = ["secret.env", ".env.local", "server.pem", "__pycache__/notes.cpython-311.pyc"]
    for name in strays:
        (tmp_path / "src/expunge" / name).write_text("TOKEN=1")

    done = run(BIN / "python", "scripts/dist.py", cwd=tmp_path, environ=environment())

    assert done.returncode == 0, done.stderr
    in_wheel, in_sdist = names_in(tmp_path / "dist")
    assert "expunge/__init__.py" in in_wheel
    assert {f"expunge/{name}" for name in strays} & in_wheel == set()
    assert {f"src/expunge/{name}" for name in strays} & in_sdist == set()


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        pytest.param("LICENSE", "LICENSE", id="licence"),
        pytest.param("src/expunge/py.typed", "no expunge/py.typed", id="types-of-the-library"),
        pytest.param("generated/expunge_clients/py.typed", "no expunge_clients/py.typed", id="types-of-the-clients"),
    ],
)
def test_a_tree_that_lacks_a_file_gives_nothing(gone, words, repository):
    (repository.path / "dist").mkdir()
    for name in ("expunge-0.0.1-py3-none-any.whl", "expunge-0.0.1.intoto.json"):
        (repository.path / "dist" / name).write_text("an old one must not be taken for the new")
    (repository.path / gone).unlink()

    done = repository.program("dist")

    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.startswith("error: nothing was built: ")
    assert done.stderr.count("\n") == 1
    assert list((repository.path / "dist").iterdir()) == []


def test_a_link_out_of_the_tree_is_refused(repository, tmp_path):
    (tmp_path / "outside.py").write_text("TOKEN = 1\n")
    (repository.path / "src/expunge/inside.py").symlink_to(tmp_path / "outside.py")
    repository.commit("Link")

    done = repository.program("dist")

    assert done.returncode == 1
    assert "src/expunge/inside.py is a symbolic link" in done.stderr


class Built:
    """A wheel and an sdist with their tree, for a test to change one thing."""

    def __init__(self, built, tree):
        (self.wheel,), (self.sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
        unpack(gzip.decompress(self.sdist.read_bytes()), tree)
        (self.tree,) = tree.iterdir()
        (self.tree / "PKG-INFO").unlink()

    def flaws(self):
        paths = (path.relative_to(self.tree).as_posix() for path in self.tree.rglob("*") if path.is_file())
        return flaws(self.wheel, self.sdist, self.tree, sorted(paths))

    def rewrite_wheel(self, path, changes):
        """Make the wheel again, with the files *changes*: None takes one out."""
        with ZipFile(self.wheel) as archive, ZipFile(path, "w", ZIP_DEFLATED) as new:
            files = {name: archive.read(name) for name in archive.namelist()} | changes
            for name, content in files.items():
                if content is not None:
                    new.writestr(name, content)
        self.wheel = path


@pytest.fixture
def built_tree(built, tmp_path):
    return Built(built, tmp_path / "tree")


def test_this_tree_has_no_flaws(built_tree):
    assert built_tree.flaws() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"expunge/py.typed": None}, "the wheel lacks expunge/py.typed", id="no-types"),
        pytest.param({"expunge/extra.py": b""}, "has expunge/extra.py, which is not a source file", id="too-much"),
        pytest.param({"tests/test_x.py": b""}, "tests/test_x.py is a test", id="a-test"),
        pytest.param({"expunge/tests/cases.json": b""}, "expunge/tests/cases.json is a test", id="a-test's-data"),
        pytest.param({"expunge/.env": b""}, "expunge/.env looks like a secret", id="a-secrets-name"),
        pytest.param({"expunge/config.py": PRIVATE_KEY}, "expunge/config.py looks like a secret", id="a-private-key"),
        pytest.param(
            {"expunge/refs.py": b"pass\n"}, "the wheel has expunge/refs.py with other bytes", id="other-bytes"
        ),
        pytest.param(
            {"expunge_clients/baseten/rules.json": None}, "no expunge_clients/baseten/rules.json", id="no-rules"
        ),
        pytest.param(
            {"expunge_clients/provenance.json": b"{}"}, "provenance.json is not specs/provenance.json", id="provenance"
        ),
    ],
)
def test_a_wheel_with_a_flaw_is_seen(changes, words, built_tree, tmp_path):
    built_tree.rewrite_wheel(tmp_path / "changed.whl", changes)

    found = built_tree.flaws()

    assert any(words in flaw for flaw in found), found


SBOM = "expunge-0.1.0.dist-info/sboms/expunge.cdx.json"


@pytest.mark.parametrize(
    ("bill", "words"),
    [
        pytest.param(None, "the wheel has no SBOM", id="none"),
        pytest.param(b'{"components": []}', "the wheel's SBOM names other specs", id="of-another-tree"),
    ],
)
def test_a_wheel_without_its_own_bill_of_materials_is_seen(bill, words, built_tree, tmp_path):
    built_tree.rewrite_wheel(tmp_path / "changed.whl", {SBOM: bill})

    assert any(words in flaw for flaw in built_tree.flaws())


def test_a_wheel_without_a_licence_is_seen(built_tree, tmp_path):
    with ZipFile(built_tree.wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/licenses/LICENSE"))

    built_tree.rewrite_wheel(tmp_path / "changed.whl", {name: None})

    assert "the wheel has no LICENSE" in built_tree.flaws()


@pytest.mark.parametrize("name", ["specs/baseten.yaml", "LICENSE", "overlays/cerebras.overlay.yaml"])
def test_an_sdist_with_other_bytes_than_the_tree_is_seen(name, built_tree):
    (built_tree.tree / name).write_bytes(b"changed")

    assert f"the sdist has {name} with other bytes than the tree" in built_tree.flaws()


def test_the_copy_that_these_tests_build_is_all_that_is_shipped(built):
    """Otherwise they would build another package than we ship."""
    _, in_sdist = names_in(built)

    assert {name.partition("/")[0] for name in in_sdist} <= {*FOLDERS, *FILES, "PKG-INFO"}
