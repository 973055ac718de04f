"""Put a software bill of materials into the wheel (PEP 770), in CycloneDX 1.6: the same bytes for the same tree.

hatchling runs this for each wheel, so a wheel that others build from the sdist has it too.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.requirements import Requirement

NAME = "expunge.cdx.json"
_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"

Node = dict[str, Any]


class CustomBuildHook(BuildHookInterface[Any]):
    """Writes the bill beside the build, and names it to hatchling."""

    def initialize(self, version: str, build_data: Node) -> None:
        """Add the bill to a wheel; an editable one holds nothing to list."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="expunge-sbom-")
        path = Path(self._folder.name, NAME)
        # hatchling does not say of which plugins its metadata is.
        core = self.metadata.core  # pyright: ignore[reportUnknownMemberType]
        release = self.metadata.version  # pyright: ignore[reportUnknownMemberType]
        root = _package(core.name, release)
        root |= {"description": core.description, "licenses": [{"license": {"id": core.license_expression}}]}
        bill = bill_of_materials(Path(self.root), root, core.dependencies, core.optional_dependencies)
        path.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        build_data["sbom_files"].append(str(path))

    def finalize(self, version: str, build_data: Node, artifact_path: str) -> None:  # noqa: ARG002 - hatchling's own
        """Remove the file, which is in the wheel now."""
        if version != "editable":
            self._folder.cleanup()


def bill_of_materials(root: Path, package: Node, needs: list[str], extras: dict[str, list[str]]) -> Node:
    """Return the bill of *package* at *root*: its specs, the generator of its clients, and the packages it needs.

    Args:
        root: The tree, or an unpacked sdist.
        package: The component that is described.
        needs: The requirements of the library.
        extras: The requirements of each extra.
    """
    described = [*_specs(root), _generator(root)]
    required = _requirements(needs, extras)
    return {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": package, "lifecycles": [{"phase": "build"}]},
        "components": [*described, *required],
        "dependencies": [{"ref": package["bom-ref"], "dependsOn": sorted(node["bom-ref"] for node in required)}],
    }


def _specs(root: Path) -> list[Node]:
    """Return the providers' specs, which the clients in the wheel were made from."""
    known = json.loads((root / "specs" / "provenance.json").read_text(encoding="utf-8"))
    return [
        {
            "type": "data",
            "bom-ref": name,
            "name": name,
            "version": spec["taken"],
            "description": spec["source"],
            "hashes": [{"alg": "SHA-256", "content": spec["sha256"]}],
        }
        for name, spec in sorted(known.items())
    ]


def _generator(root: Path) -> Node:
    """Return the program that wrote the clients, which nobody needs to run them."""
    tools = json.loads((root / "generated" / "stamp.json").read_text(encoding="utf-8"))["tools"]
    name = "openapi-python-client"
    node = {**_package(name, tools[name]), "type": "application", "scope": "excluded"}
    return node | {"description": "It generated expunge_clients from the specs."}


def _requirements(needs: list[str], extras: dict[str, list[str]]) -> list[Node]:
    """Return a component for each package that is needed, with the versions that are accepted."""
    found: dict[str, list[Node]] = {}
    extra_of: dict[str, set[str]] = {}
    for extra, texts in {"": needs, **extras}.items():
        for requirement in map(Requirement, texts):
            extra_of.setdefault(requirement.name.lower(), set()).add(extra)
            wanted = {"name": "expunge:requirement", "value": str(requirement).partition(";")[0].strip()}
            if wanted not in (properties := found.setdefault(requirement.name.lower(), [])):
                properties.append(wanted)
    return [
        {
            **_package(name),
            "scope": "required" if "" in extra_of[name] else "optional",
            "properties": [
                *sorted(found[name], key=lambda wanted: wanted["value"]),
                *({"name": "expunge:extra", "value": extra} for extra in sorted(extra_of[name] - {""})),
            ],
        }
        for name in sorted(found)
    ]


def _package(name: str, version: str | None = None) -> Node:
    """Return the component of the package *name*; only a *version* that is certain is named."""
    purl = f"pkg:pypi/{name}" + (f"@{version}" if version else "")
    return {"type": "library", "bom-ref": purl, "name": name, **({"version": version} if version else {}), "purl": purl}
