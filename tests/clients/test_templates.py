"""Each replacement in the generator's templates is made as often as it must be, or the build stops."""

import shutil

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader
from tests.clients.small_provider import build_provider

from clients.allow.check import RefusedCode, check_generated
from clients.errors import BuildError
from clients.harden import hardened_templates, original_templates
from clients.harden.templates import REPLACEMENTS

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "paths": {
        "/things/{id}": {
            "delete": {
                "operationId": "delete_thing",
                "tags": ["things"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {"description": "gone"}},
            }
        }
    },
}
# Specs have no influence on these modules: the template decides every byte.
OF_FIXED_MODULES = [each for each in REPLACEMENTS if each.template in {"client.py.jinja", "types.py.jinja"}]


def by_name(replacements):
    return [pytest.param(each, id=each.name.replace(" ", "-")) for each in replacements]


def render(templates, name):
    """Return the module that the template *name* writes without a spec."""
    loader = ChoiceLoader([DictLoader(templates), PackageLoader("openapi_python_client")])
    options = {"trim_blocks": True, "lstrip_blocks": True, "extensions": ["jinja2.ext.loopcontrols"]}
    return Environment(loader=loader, **options).get_template(name).render(config={})  # noqa: S701 - this is Python, not HTML


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Return a package that the real pipeline has built."""
    return build_provider(SPEC, tmp_path_factory.mktemp("built")) / "expunge_clients" / "small"


@pytest.mark.parametrize("replacement", by_name(REPLACEMENTS))
@pytest.mark.parametrize("change", ["gone", "once-more"])
def test_another_number_of_places_stops_the_build_by_name(replacement, change):
    templates = original_templates()
    text = templates[replacement.template]
    one = text.replace(replacement.old, "", 1) if change == "gone" else text + replacement.old
    templates[replacement.template] = one
    found = replacement.places + (-1 if change == "gone" else 1)

    with pytest.raises(BuildError) as stopped:
        hardened_templates(templates)

    assert str(stopped.value) == (
        f"template {replacement.template}: {found} places to {replacement.name!r} found, {replacement.places} "
        "expected; the generator has moved"
    )


def test_the_names_of_replacements_are_unique():
    assert len({(each.template, each.name) for each in REPLACEMENTS}) == len(REPLACEMENTS)


@pytest.mark.parametrize("replacement", by_name(OF_FIXED_MODULES))
def test_a_module_without_one_of_them_is_refused(replacement, package, tmp_path):
    copied = shutil.copytree(package, tmp_path / "small")
    others = [each for each in REPLACEMENTS if each != replacement]
    name = replacement.template.removesuffix(".jinja")
    check_generated(copied, SPEC)

    text = render(hardened_templates(original_templates(), others), replacement.template)
    (copied / name).write_text(text, encoding="utf-8")

    with pytest.raises(RefusedCode, match=rf"small/{name}:\d+: "):
        check_generated(copied, SPEC)
