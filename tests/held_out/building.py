"""Build a client in this process, as `clients.build` does, without the steps that only format or judge its code."""

import json
from pathlib import Path
from typing import Any

import jinja2
import openapi_python_client
from openapi_python_client.config import Config, ConfigFile, MetaType

from clients.connecting import write_connect
from clients.errors import BuildError
from clients.generator_input import for_generator
from clients.harden import SHARED_MODULES, hardened_templates, original_templates, run_codemods
from spec.normalised import normalise

_OVERLAY = {
    "overlay": "1.1.0",
    "info": {"title": "Nothing to correct", "version": "1"},
    "actions": [
        {
            "target": "$.info",
            "description": "An overlay has an action.",
            "x-source": "invented",
            "x-expect-matches": 1,
            "update": {"x-small": True},
        }
    ],
}
_CODE: dict[str, Any] = {}


class _Compiled(jinja2.bccache.BytecodeCache):
    """The code of each template, which is the same for each client."""

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        bucket.code = _CODE.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        _CODE[bucket.key + bucket.checksum] = bucket.code


class _Environment(jinja2.Environment):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options, bytecode_cache=_Compiled())


def write_templates(folder: Path) -> Path:
    """Write the hardened templates to *folder* and return it; all clients share them."""
    openapi_python_client.Environment = _Environment
    for name, text in hardened_templates(original_templates()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def build_tree(spec: dict[str, Any], root: Path, templates: Path) -> dict[str, Any]:
    """Lay out the tree of the provider `small`, which has *spec*, below *root*; return the normalised document.

    Raises:
        NormaliseError: The spec is refused.
        BuildError: The generator refuses it.
    """
    for name, content in (("specs/small.yaml", spec), ("overlays/small.overlay.yaml", _OVERLAY)):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(json.dumps(content), encoding="utf-8")
    document = normalise("small", root)
    source, package = root / "openapi.json", root / "generated" / "expunge_clients"
    source.write_text(json.dumps(for_generator(document)), encoding="utf-8")
    package.mkdir(parents=True)
    config = Config.from_sources(
        ConfigFile(literal_enums=True, post_hooks=[]),
        meta_type=MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=False,
        output_path=package / "small",
    )
    errors = openapi_python_client.generate(config=config, custom_template_path=templates)
    if errors:
        raise BuildError(f"{errors[0].header}: {errors[0].detail}")
    run_codemods(package / "small", document)
    write_connect(package / "small", document)
    for name, text in {"__init__.py": "", **SHARED_MODULES}.items():
        (package / name).write_text(text, encoding="utf-8")
    return document
