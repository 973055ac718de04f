"""What can be imported is compared as users import it."""
# ruff: noqa: E501 - a row of a table is a line

import pytest

from python_changes import python_changes, unexplained
from report import Change

MODEL = """\
from attrs import define as _attrs_define

@_attrs_define
class Tombstone:
    id: str
    deleted: bool
    note: str | None = None
"""
CALL = """\
def sync(id: str, *, client: str, page: int = 1) -> str | None:
    ...
"""
KIND = """\
from enum import Enum

class Kind(str, Enum):
    UP = "up"
    DOWN = "down"
"""


def tree(root, model=MODEL, call=CALL, kind=KIND):
    package = root / "generated" / "expunge_clients" / "p"
    for name, text in {"models/tombstone": model, "api/delete": call, "models/kind": kind}.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        (path.parent / "__init__.py").touch()
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    return root


def changed(tmp_path, **files):
    found = python_changes(tree(tmp_path / "before"), tree(tmp_path / "after", **files))
    return [(change.level, change.name.removeprefix("expunge_clients.p."), change.what) for change in found]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param("model", "    deleted: bool\n", "", [("breaking", "deleted", "attribute removed")], id="field-removed"),
        pytest.param("model", "bool", "str", [("breaking", "deleted", "type bool became str")], id="field-type"),
        pytest.param("model", "    note", "    more: int = 0\n    note", [("compatible", "more", "attribute added")], id="optional-field"),
        pytest.param("model", "    note", "    more: int\n    note", [("breaking", "more", "its class needs it to be built")], id="required-field"),
        pytest.param("model", " = None", "", [("breaking", "note", "its class needs it to be built")], id="now-required"),
        pytest.param("model", "class Tombstone", "class Stone", [("breaking", "Tombstone", "class removed"), ("compatible", "Stone", "class added")], id="class-renamed"),
        pytest.param("call", "page: int = 1", "page: int = 2", [("breaking", "sync", "default of page is 2, not 1")], id="default"),
        pytest.param("call", "page: int = 1", "page: int", [("breaking", "sync", "parameter page became required")], id="parameter-required"),
        pytest.param("call", ", page: int = 1", "", [("breaking", "sync", "parameter page removed")], id="parameter-removed"),
        pytest.param("call", "page: int = 1", "page: int = 1, q: str = ''", [("compatible", "sync", "parameter q added")], id="optional-parameter"),
        pytest.param("call", "page: int", "page: int | str", [("compatible", "sync", "parameter page takes int | str")], id="parameter-wider"),
        pytest.param("call", "client: str", "client: bytes", [("breaking", "sync", "parameter client takes bytes")], id="parameter-type"),
        pytest.param("call", "id: str, *,", "*, id: str,", [("breaking", "sync", "its positional parameters are in another order, or keyword-only")], id="keyword-only"),
        pytest.param("call", "-> str | None", "-> str", [("breaking", "sync", "returns str, not str | None")], id="returns"),
        pytest.param("call", "def sync", "def sync_all", [("breaking", "sync", "function removed"), ("compatible", "sync_all", "function added")], id="function-renamed"),
        pytest.param("call", "    ...", "    ...\n\ndef _hidden(): ...", [], id="private"),
        pytest.param("call", "    ...", "    \"\"\"Other words.\"\"\"", [], id="docstring"),
        pytest.param("kind", '    DOWN = "down"\n', "", [("breaking", "DOWN", "attribute removed")], id="enum-member-removed"),
        pytest.param("kind", '"down"', '"off"', [("breaking", "DOWN", "value 'down' became 'off'")], id="enum-value-changed"),
        pytest.param("kind", "(str, Enum)", "(Enum)", [("breaking", "Kind", "no longer a str")], id="base-class"),
    ],
)  # fmt: skip
def test_each_change_of_what_is_imported_is_told(file, old, new, expected, tmp_path):
    text = {"model": MODEL, "call": CALL, "kind": KIND}[file]
    assert old in text

    found = changed(tmp_path, **{file: text.replace(old, new, 1)})

    assert [(level, name.rpartition(".")[2], what) for level, name, what in found] == expected


def test_the_same_tree_has_no_change(tmp_path):
    assert changed(tmp_path) == []


PYTHON = Change(
    "breaking", "p", "expunge_clients.p.models.model_manifest.ModelManifest.size", "its class needs it to be built"
)


@pytest.mark.parametrize(
    ("explained", "only_read", "is_told"),
    [
        pytest.param([], [], True, id="the-spec-says-nothing"),
        pytest.param([Change("breaking", "p", "schemas.ModelManifest.size", "")], [], False, id="the-spec-says-it"),
        pytest.param(
            [Change("documentation", "p", "schemas.ModelManifest.title", "")], [], True, id="the-spec-says-less"
        ),
        pytest.param([Change("breaking", "q", "schemas.ModelManifest.size", "")], [], True, id="another-provider"),
        pytest.param([], ["ModelManifest"], False, id="nobody-builds-it"),
    ],
)
def test_a_change_is_told_once_by_the_graver_side(explained, only_read, is_told):
    assert (unexplained([PYTHON], explained, only_read) == [PYTHON]) is is_told
