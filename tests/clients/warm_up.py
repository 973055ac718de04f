"""The part that each build would load and compute first, done when this is imported: once for all forks."""

import jinja2
import openapi_python_client.parser  # the generator loads it late
from jinja2.bccache import Bucket
from tests.trees import ROOT

from clients.allow.check import check_generated
from clients.harden import hardened_templates, original_templates
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


openapi_python_client.Environment = RememberingEnvironment
compile_templates()
check_generated(ROOT / "generated" / "expunge_clients" / "baseten", normalise("baseten", ROOT))
stamp_of(ROOT, ROOT / "generated")
