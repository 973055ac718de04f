"""The contents of the wheel and the sdist, and the promises of their metadata."""

import gzip
import tarfile
import tomllib
from email import message_from_bytes
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from tests.packaging.environment import ROOT, build

from tree.unpack import unpack

pytestmark = pytest.mark.slow

PACKAGES = {"expunge": ROOT / "src/expunge", "expunge_clients": ROOT / "generated/expunge_clients"}
CLIENTS = ["truefoundry", "cerebras", "baseten", "replicate"]


@pytest.fixture(scope="session")
def files(wheel):
    """The wheel's files, by name."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def metadata(files):
    (name,) = (name for name in files if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(files[name])


def requirements(metadata, extra=""):
    """Names of what is needed with *extra*, and not without it."""
    asked = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    if not extra:
        return {item.name.lower() for item in asked if item.marker is None or item.marker.evaluate({"extra": ""})}
    return {item.name.lower() for item in asked if item.marker and item.marker.evaluate({"extra": extra})}


def test_the_wheel_holds_both_packages_and_nothing_else(files):
    expected = {
        f"{package}/{path.relative_to(directory).as_posix()}"
        for package, directory in PACKAGES.items()
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert {name for name in files if ".dist-info/" not in name} == expected


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_says_that_it_is_typed(package, files):
    assert f"{package}/py.typed" in files


@pytest.mark.parametrize("client", CLIENTS)
def test_each_typed_client_comes_with_its_rules(client, files):
    assert f"expunge_clients/{client}/__init__.py" in files
    assert (
        files[f"expunge_clients/{client}/rules.json"]
        == (PACKAGES["expunge_clients"] / client / "rules.json").read_bytes()
    )


def test_the_licence_comes_with_the_wheel(files, metadata):
    (name,) = (name for name in files if name.endswith("/licenses/LICENSE"))

    assert files[name] == (ROOT / "LICENSE").read_bytes()
    assert metadata["License-Expression"] == "Apache-2.0"


def test_where_the_specs_came_from_rides_along(files):
    assert files["expunge_clients/provenance.json"] == (ROOT / "specs/provenance.json").read_bytes()


@pytest.mark.parametrize(
    "field", ["Summary", "Author", "Keywords", "Classifier", "Requires-Python", "Description-Content-Type"]
)
def test_the_metadata_is_complete(field, metadata):
    assert metadata[field]


def test_the_wheel_fits_every_machine(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_metadata_names_the_oldest_python(metadata):
    supported = SpecifierSet(metadata["Requires-Python"])

    assert "3.11" in supported
    assert "3.10" not in supported


def test_the_library_needs_four_packages(metadata):
    assert requirements(metadata) == {"attrs", "h11", "httpx", "python-dateutil"}


@pytest.mark.parametrize(
    ("extra", "needs"),
    [
        pytest.param("cli", {"typer", "rich", "pyyaml", "jinja2", "markupsafe", "platformdirs"}, id="cli"),
        pytest.param("sandbox", {"typer", "starlette", "uvicorn"}, id="sandbox"),
        pytest.param(
            "all", {"typer", "rich", "pyyaml", "jinja2", "markupsafe", "platformdirs", "starlette", "uvicorn"}, id="all"
        ),
    ],
)
def test_an_extra_needs_what_it_is_for(extra, needs, metadata):
    assert requirements(metadata, extra) == needs


def test_there_are_no_other_extras(metadata):
    assert set(metadata.get_all("Provides-Extra")) == {"cli", "sandbox", "all"}


def test_the_version_is_the_packages_own(wheel, metadata):
    namespace = {}
    exec((ROOT / "src/expunge/_version.py").read_text(), namespace)  # noqa: S102 - our own file, and it says so

    assert metadata["Version"] == namespace["__version__"]
    assert wheel.name.startswith(f"expunge-{namespace['__version__']}-")


def test_the_command_is_installed(files):
    (name,) = (name for name in files if name.endswith(".dist-info/entry_points.txt"))
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]

    assert [f"{key} = {value}" for key, value in scripts.items()] == files[name].decode().split("\n")[1:2]


def test_the_sdist_builds_the_same_wheel(built, files, tmp_path):
    """A packager who starts from the sdist gets the same files as everybody."""
    (sdist,) = built.glob("*.tar.gz")
    unpack(gzip.decompress(sdist.read_bytes()), tmp_path)
    (tree,) = tmp_path.iterdir()
    (tmp_path / "out").mkdir()

    build(tree, tmp_path / "out", "--wheel")

    (rebuilt,) = (tmp_path / "out").iterdir()
    with ZipFile(rebuilt) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_the_sdist_has_what_the_clients_were_made_from_and_no_tests(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {f"specs/{client}.yaml" for client in CLIENTS} <= names
    assert {f"overlays/{client}.overlay.yaml" for client in CLIENTS} <= names
    assert "specs/provenance.json" in names
    assert {name.partition("/")[0] for name in names} <= {
        *("src", "generated", "specs", "overlays"),
        *("README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", "pyproject.toml", "hatch_build.py", ".gitignore"),
    }
