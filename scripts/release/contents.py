"""Check a wheel and an sdist: required files, unwanted files, and equality with the tree."""

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, cast
from zipfile import ZipFile

from tree.git import SECRET_NAMES

_PACKAGES = {"src/expunge/": "expunge/", "generated/expunge_clients/": "expunge_clients/"}
_NEEDED = ("expunge/py.typed", "expunge_clients/py.typed", "expunge_clients/provenance.json")
_PROVENANCE = "specs/provenance.json"
_SBOM = ".dist-info/sboms/expunge.cdx.json"  # hatch_build.py writes it
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def flaws(wheel: Path, sdist: Path, tree: Path, names: list[str]) -> list[str]:
    """Return a phrase for each flaw in the distributions that were built from the files *names* of *tree*."""
    sources = {name: (tree / name).read_bytes() for name in names}
    in_wheel, in_sdist = _read_wheel(wheel), _read_sdist(sdist)
    return [
        *_wheel_flaws(in_wheel, sources),
        *(f"the sdist {flaw}" for flaw in _differences(in_sdist, sources, {"PKG-INFO"})),
        *(f"the sdist has no {name}" for name in ("LICENSE", _PROVENANCE) if name not in in_sdist),
        *(flaw for name, content in {**in_sdist, **in_wheel}.items() for flaw in _unwanted(name, content)),
    ]


def _wheel_flaws(found: Mapping[str, bytes], sources: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what the wheel lacks, and where its files differ from those of the tree."""
    expected = {
        inside + name.removeprefix(outside): content
        for name, content in sources.items()
        for outside, inside in _PACKAGES.items()
        if name.startswith(outside)
    }
    metadata = {name for name in found if PurePosixPath(name).parts[0].endswith(".dist-info")}
    yield from (f"the wheel {flaw}" for flaw in _differences(found, expected, metadata))
    providers = [Path(name).stem for name in sources if fnmatch(name, "specs/*.yaml")]
    clients = [f"expunge_clients/{name}/{file}" for name in providers for file in ("__init__.py", "rules.json")]
    yield from (f"the wheel has no {name}" for name in (*_NEEDED, *clients) if name not in found)
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in metadata):
        yield "the wheel has no LICENSE"
    bill = next((content for name, content in found.items() if name.endswith(_SBOM)), None)
    if bill is None:
        yield "the wheel has no SBOM (hatch_build.py writes it)"
    elif _specs_of_bill(bill) != {
        name: sha256(content).hexdigest() for name, content in sources.items() if fnmatch(name, "specs/*.yaml")
    }:
        yield "the wheel's SBOM names other specs than the tree has"
    if found.get("expunge_clients/provenance.json") != sources.get(_PROVENANCE):
        yield f"the wheel's expunge_clients/provenance.json is not {_PROVENANCE}: run `make generate`"


def _specs_of_bill(bill: bytes) -> dict[str, str]:
    """Return the SHA-256 of each spec that the SBOM lists, by its name."""
    components = cast("list[dict[str, Any]]", json.loads(bill)["components"])
    return {node["name"]: node["hashes"][0]["content"] for node in components if node["type"] == "data"}


def _differences(found: Mapping[str, bytes], expected: Mapping[str, bytes], extra: set[str]) -> Iterator[str]:
    """Yield where *found* differs from *expected*; the names *extra* may be there too."""
    for name in sorted((found.keys() | expected.keys()) - extra):
        if name not in found:
            yield f"lacks {name}"
        elif name not in expected:
            yield f"has {name}, which is not a source file"
        elif found[name] != expected[name]:
            yield f"has {name} with other bytes than the tree"


def _unwanted(name: str, content: bytes) -> Iterator[str]:
    """Yield the reasons why a file must not be shipped."""
    path = PurePosixPath(name)
    if "tests" in path.parts or fnmatch(path.name, "test_*.py"):
        yield f"{name} is a test: tests are not shipped"
    if any(fnmatch(path.name, pattern) for pattern in SECRET_NAMES) or _PRIVATE_KEY.search(content):
        yield f"{name} looks like a secret: remove it from the tree, and revoke it"


def _read_wheel(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _read_sdist(path: Path) -> dict[str, bytes]:
    """Read the files of an sdist, by their names below its top folder."""
    with tarfile.open(path) as archive:
        files = [(member.name.partition("/")[2], archive.extractfile(member)) for member in archive if member.isfile()]
        return {name: file.read() for name, file in files if file}
