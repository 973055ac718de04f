"""The codemod counts its sites by the spec, and stops when the generator's output has moved."""

import pytest

from clients.harden.codemods import CodemodError
from clients.harden.guard_paths import expected_sites, guard_paths

ENDPOINT = """\
from urllib.parse import quote

def _get_kwargs(a, b):
    return {"url": "/x/{a}/{b}".format(a=quote(str(a), safe=""), b=quote(str(b), safe=""),)}
"""


def parameter(name, place="path"):
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def document(*names, shared=()):
    """Describe one operation with *names* as its path parameters."""
    operation = {"operationId": "o", "parameters": [parameter(name) for name in names], "responses": {}}
    return {
        "paths": {"/x": {"parameters": list(shared), "get": operation}},
        "components": {"parameters": {"c": parameter("c")}},
    }


@pytest.fixture
def package(tmp_path):
    """Give a package with one endpoint of two path parameters."""
    (tmp_path / "api" / "tag").mkdir(parents=True)
    (tmp_path / "api" / "tag" / "endpoint.py").write_text(ENDPOINT, encoding="utf-8")
    return tmp_path


def test_each_site_passes_the_guard(package):
    guard_paths(package, document("a", "b"))

    text = (package / "api" / "tag" / "endpoint.py").read_text(encoding="utf-8")
    assert 'a=path_segment("a", a)' in text
    assert 'b=path_segment("b", b)' in text
    assert "from ...._path import path_segment" in text
    assert "quote" not in text


@pytest.mark.parametrize("names", [("a",), ("a", "b", "c")], ids=["one-less", "one-more"])
def test_another_number_of_sites_stops_the_build(package, names):
    with pytest.raises(CodemodError, match=f"2 path parameters found, {len(names)} expected"):
        guard_paths(package, document(*names))


@pytest.mark.parametrize(
    "moved", ['quote(a, safe="")', 'quote(str(a), safe="/")', 'quote(str(a), "")', "quote(str(a))"]
)
def test_quoting_of_another_form_stops_the_build(package, moved):
    path = package / "api" / "tag" / "endpoint.py"
    path.write_text(ENDPOINT.replace('quote(str(a), safe="")', moved), encoding="utf-8")

    with pytest.raises(CodemodError, match="quotes something"):
        guard_paths(package, document("b"))


def test_parameters_of_the_path_and_by_reference_count_once():
    shared = [{"$ref": "#/components/parameters/c"}, parameter("a"), parameter("q", "query")]

    assert expected_sites(document("a", "b", shared=shared)) == 3
