"""Each codemod changes as many sites as it must, or stops the build: naming the package and both numbers."""

import pytest

from clients.errors import BuildError
from clients.harden.annotate_types import annotate_types
from clients.harden.choose_body import choose_body

CHOICES = """\
def _get_kwargs(body):
    if isinstance(body, Part):
        a
    if isinstance(body, list[Part]):
        b
    if isinstance(body, Part):
        c
    return body
"""
CHOSEN = """\
def _get_kwargs(body):
    if isinstance(body, Part):
        a
    elif isinstance(body, list):
        b
    return body
"""


def document(number):
    """Describe one operation whose body has this *number* of content types."""
    body = {"content": {f"text/{index}": {} for index in range(number)}}
    return {"paths": {"/things": {"put": {"operationId": "put", "requestBody": body, "responses": {}}}}}


@pytest.fixture
def endpoint(tmp_path):
    """Return the only endpoint of a package."""
    path = tmp_path / "small" / "api" / "tag" / "put.py"
    path.parent.mkdir(parents=True)
    path.write_text(CHOICES, encoding="utf-8")
    return path


def test_a_body_of_several_content_types_is_asked_for_once_each(endpoint):
    choose_body(endpoint.parents[2], document(3))

    assert endpoint.read_text(encoding="utf-8") == CHOSEN


def test_another_number_of_choices_stops_the_build(endpoint):
    with pytest.raises(BuildError, match="small: 1 choices of a body found, 0 expected"):
        choose_body(endpoint.parents[2], document(1))


def test_a_module_that_is_not_python_stops_the_build(endpoint):
    endpoint.write_text("import (\n", encoding="utf-8")

    with pytest.raises(BuildError, match=r"\Atag/put\.py is not Python: [^\n]+\Z"):
        choose_body(endpoint.parents[2], document(1))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("d: dict[str, Any] = f(factory=dict)", "d: dict[str, Any] = f(factory=dict)", id="other-field"),
        pytest.param(
            "additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)",
            "additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict[str, Any])",
            id="any",
        ),
        pytest.param(
            "additional_properties: dict[str, Part | None] = _attrs_field(init=False, factory=dict)",
            "additional_properties: dict[str, Part | None] = _attrs_field(init=False, factory=dict[str, 'Part | None'])",  # noqa: E501 - as it is written
            id="what-is-not-there-when-it-runs",
        ),
        pytest.param("def f(): x = []", "def f(): x: list[Any] = []", id="list"),
        pytest.param("def f(): x = {}", "def f(): x: dict[str, Any] = {}", id="dictionary"),
        pytest.param("def f(): x: list[str]; x = []", "def f(): x: list[str]; x = []", id="declared"),
        pytest.param("def f(): x = []; x = []", "def f(): x: list[Any] = []; x = []", id="once"),
        pytest.param("Part.from_dict(data)", 'Part.from_dict(cast("dict[str, Any]", data))', id="model"),
        pytest.param("Part.from_dict(other)", "Part.from_dict(other)", id="model-of-known-type"),
        pytest.param("x = data", 'x = cast("Any", data)', id="items"),
        pytest.param(
            "class A:\n    def f():\n        if a:\n            return [Part.from_dict(data)]",
            'class A:\n    def f():\n        if a:\n            return [Part.from_dict(cast("dict[str, Any]", data))]',
            id="deep-inside",
        ),
    ],
)
def test_types_that_checkers_cannot_infer_are_annotated(code, expected, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "part.py").write_text(code + "\n", encoding="utf-8")

    annotate_types(tmp_path)

    assert (tmp_path / "models" / "part.py").read_text(encoding="utf-8") == expected + "\n"
