"""The part that each build would load and compute first, done when this is imported: once for all forks."""

import json
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import jinja2
import openapi_python_client.parser  # the generator loads it late
from jinja2.bccache import Bucket
from tests.trees import ROOT

import clients.build
from clients.allow.check import check_generated
from clients.harden import hardened_templates, original_templates
from clients.harden.codemods import Codemod, rewrite
from clients.stamp import stamp_of
from spec.normalised import normalise


class CompiledTemplates(jinja2.BytecodeCache):
    """The code of each template, found by its name and its text: builds have equal templates in different folders."""

    def __init__(self) -> None:
        self._code = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 - differs by the folder
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


class RememberingEnvironment(jinja2.Environment):
    """The environment of each run of the generator in a fork."""

    _compiled = CompiledTemplates()

    def __init__(self, **options) -> None:
        super().__init__(**options, bytecode_cache=self._compiled)


def compile_templates() -> None:
    """Compile all templates that the generator has, as it would: with its options and our replacements."""
    environment = RememberingEnvironment(
        loader=jinja2.ChoiceLoader(
            [jinja2.DictLoader(hardened_templates(original_templates())), jinja2.PackageLoader("openapi_python_client")]
        ),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols"],
        keep_trailing_newline=True,
    )
    environment.filters.update(openapi_python_client.TEMPLATE_FILTERS)
    for name in environment.list_templates(["jinja"]):
        environment.get_template(name)


KNOWN = Path(sys.argv[2]).with_name("known")
"""The folder of what forks have found out, beside the socket of their server."""


def keep(name: str, text: str) -> None:
    """Write the file *name* of what is known, at once: other forks may be reading."""
    with tempfile.NamedTemporaryFile("w", dir=KNOWN, delete=False, encoding="utf-8") as file:
        file.write(text)
    Path(file.name).rename(KNOWN / name)


def rewrite_once(path: Path, codemod: Codemod) -> None:
    """Rewrite the module at *path*, or recall what the codemod has made of the same text."""
    name = sha256(f"{type(codemod).__qualname__} {path.read_text(encoding='utf-8')}".encode()).hexdigest()
    if (KNOWN / name).exists():
        sites, _, text = (KNOWN / name).read_text(encoding="utf-8").partition("\n")
        codemod.sites = int(sites)
        path.write_text(text, encoding="utf-8")
    else:
        rewrite(path, codemod)
        keep(name, f"{codemod.sites}\n{path.read_text(encoding='utf-8')}")


def check_once(package: Path, document: dict[str, object]) -> None:
    """Check *package*, unless the same files, from the same document, have passed."""
    digest = sha256(f"{package.name} {json.dumps(document, sort_keys=True)}".encode())
    for path in sorted(package.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.relative_to(package)} {path.is_symlink()} {len(content)} ".encode() + content)
    if not (KNOWN / digest.hexdigest()).exists():
        check_generated(package, document)
        keep(digest.hexdigest(), "")


KNOWN.mkdir()
for codemod in ("annotate_types", "choose_body"):  # the package has functions of the same names
    sys.modules[f"clients.harden.{codemod}"].rewrite = rewrite_once
clients.build.check_generated = check_once
openapi_python_client.Environment = RememberingEnvironment
compile_templates()
check_generated(ROOT / "generated" / "expunge_clients" / "baseten", normalise("baseten", ROOT))
stamp_of(ROOT, ROOT / "generated")
